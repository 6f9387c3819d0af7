"""The first account of an empty clinic: made once, with its trail; refused with a sentence, whole or not at all."""

import io
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.core.management.base import CommandError

from clinic.accounts.actors import actor_for, service_actor
from clinic.accounts.models import Membership, Site, User
from clinic.accounts.permissions import Permission
from clinic.trail.models import TrailEvent
from clinic.trail.verify import verify_chain
from tests.factories import PASSWORD, make_site, make_user

pytestmark = pytest.mark.django_db

OPTIONS = {
    "email": "Head@Clinic.Example", "name": "Hedda Demo", "site_code": "N", "site_name": "Site North",
    "time_zone": "Europe/Berlin",
}  # fmt: skip


def run(monkeypatch: pytest.MonkeyPatch, *, password: str = PASSWORD, **changed: Any) -> str:
    """Run the command with the password on standard input; return what it printed."""
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    out = io.StringIO()
    call_command("create_first_manager", password_stdin=True, stdout=out, **(OPTIONS | changed))
    return out.getvalue()


def test_the_first_manager_can_sign_in_and_manage_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "head@clinic.example" in run(monkeypatch)
    user = authenticate(None, email="head@clinic.example", password=PASSWORD)
    assert isinstance(user, User)
    actor = actor_for(user, site_id=None)
    assert actor is not None
    assert (actor.site.code, actor.name, actor.may(Permission.MANAGE_STAFF)) == ("N", "Hedda Demo", True)


def test_the_trail_tells_of_the_site_the_account_and_the_role(monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch)
    told = TrailEvent.objects.order_by("seq").values_list("object_type", "action", "actor_name")
    assert list(told) == [
        (name, "create", "Hedda Demo") for name in ("clinic.Site", "clinic.User", "clinic.Membership")
    ]
    assert verify_chain() is None
    assert PASSWORD not in "".join(TrailEvent.objects.values_list("body", flat=True))


def test_a_clinic_with_staff_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    make_user()
    with pytest.raises(CommandError, match="staff already"):
        run(monkeypatch)
    assert (User.objects.count(), Site.objects.count()) == (1, 0)


def test_the_clinics_own_account_is_no_staff(monkeypatch: pytest.MonkeyPatch) -> None:
    service_actor(make_site("Z"))
    run(monkeypatch)
    assert Membership.objects.get().user.full_name == "Hedda Demo"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"email": "head"}, "e-mail address"),
        ({"name": "  "}, "full name"),
        ({"name": "H" * 121}, "at most 120"),
        ({"name": "Hedda\nDemo"}, "one line"),
        ({"password": "short"}, "12 characters"),
        ({"password": "hedda demo head"}, "too similar"),
        ({"site_code": "north"}, "capital letters"),
        ({"site_name": "S" * 81}, "at most 80"),
        ({"time_zone": "Berlin"}, "not a time zone"),
    ],
)
def test_what_cannot_be_accepted_is_told_and_nothing_is_made(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        run(monkeypatch, **changed)
    assert not User.objects.exists()
    assert not Site.objects.exists()


def test_what_was_not_given_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["head@clinic.example", "Hedda Demo", "N", "Site North", "Europe/Berlin"])
    monkeypatch.setattr("builtins.input", lambda question: next(typed))
    monkeypatch.setattr("clinic.management.commands.create_first_manager.getpass", lambda question: PASSWORD)
    call_command("create_first_manager", stdout=io.StringIO())
    assert Membership.objects.get().role == "manager"


def test_two_different_passwords_make_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([PASSWORD, PASSWORD + "!"])
    monkeypatch.setattr("clinic.management.commands.create_first_manager.getpass", lambda question: next(typed))
    with pytest.raises(CommandError, match="aren't the same"):
        call_command("create_first_manager", stdout=io.StringIO(), **OPTIONS)
    assert not User.objects.exists()


def test_without_a_keyboard_it_says_which_option_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(CommandError, match="E-mail address of the manager"):
        call_command("create_first_manager", stdout=io.StringIO())
