"""Who works at a site: what a manager may change, what is refused, and what goes on record."""

import pytest
from django.contrib.auth.hashers import is_password_usable
from django.test import Client

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Membership, Site, User
from clinic.accounts.permissions import ROLES, Permission, Role
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.staff.services import (
    add_person,
    change_roles,
    choose_first_password,
    end_work,
    make_first_password_link,
    take_password_away,
)
from clinic.trail.models import TrailEvent
from tests.factories import PASSWORD, make_actor, make_user

pytestmark = pytest.mark.django_db
GOOD = "seven herons over slow water"


def added(by: Actor, *roles: Role, email: str = "nora@clinic.example", name: str = "Nora Neu") -> User:
    """Add a person in `roles`, an operator by default."""
    return add_person(
        by=by, email=email, full_name=name, registration_number="R-1", roles=roles or (Role.OPERATOR,), at=clock.now()
    )


def roles_of(person: User, site: Site) -> set[str]:
    """The roles that somebody has at a site now."""
    return set(Membership.objects.current().filter(user=person, site=site).values_list("role", flat=True))


def changed(by: Actor, person: User, *roles: Role, before: set[Role] | None = None) -> None:
    """Change the roles of a person as a page does that was opened just now."""
    shown = before if before is not None else {Role(role) for role in roles_of(person, by.site)}
    change_roles(by=by, person=person, before=shown, roles=roles, reason="New duties.", at=clock.now())


@pytest.fixture
def manager(site: Site) -> Actor:
    """A manager of the site."""
    return make_actor(site, Role.MANAGER)


class TestAdding:
    def test_a_new_person_gets_an_account_without_a_password_and_it_is_on_record(
        self, manager: Actor, site: Site
    ) -> None:
        person = added(manager, Role.OPERATOR, Role.PREPARER, email=" Nora@Clinic.example ")
        assert (person.email, person.full_name, person.registration_number) == (
            "nora@clinic.example",
            "Nora Neu",
            "R-1",
        )
        assert not is_password_usable(person.password)
        assert roles_of(person, site) == {"operator", "preparer"}
        said = [(event.action, event.object_type) for event in TrailEvent.objects.order_by("seq")]
        assert said == [("create", "clinic.User"), ("create", "clinic.Membership"), ("create", "clinic.Membership")]

    def test_somebody_of_another_site_keeps_their_account(self, manager: Actor, site: Site, other_site: Site) -> None:
        known = make_user("Known Demo", site=other_site, roles=[Role.PHYSICIAN])
        person = added(manager, email=known.email, name="Another Name")
        person.refresh_from_db()
        assert (person, person.full_name, is_password_usable(person.password)) == (known, "Known Demo", True)
        assert (roles_of(known, site), roles_of(known, other_site)) == ({"operator"}, {"physician"})

    def test_somebody_who_left_comes_back(self, manager: Actor, site: Site) -> None:
        person = added(manager)
        end_work(by=manager, person=person, reason="Moved.", at=clock.now())
        assert added(manager, Role.PREPARER) == person
        assert roles_of(person, site) == {"preparer"}

    def test_the_same_sent_twice_changes_nothing(self, manager: Actor) -> None:
        person, entries = added(manager), TrailEvent.objects.count()
        assert added(manager) == person
        assert TrailEvent.objects.count() == entries

    def test_who_works_here_already_is_refused(self, manager: Actor) -> None:
        added(manager)
        with pytest.raises(Refused, match="works here already") as refused:
            added(manager, Role.PHYSICIAN)
        assert refused.value.field == "email"

    def test_a_switched_off_account_is_refused(self, manager: Actor) -> None:
        make_user("Gone Demo", active=False)
        gone = User.objects.get(full_name="Gone Demo")
        with pytest.raises(Refused, match="switched off"):
            added(manager, email=gone.email)

    @pytest.mark.parametrize(
        ("email", "name", "field"), [("nobody", "Nora Neu", "email"), ("nora@clinic.example", "  ", "full_name")]
    )
    def test_what_cannot_be_accepted_names_its_field(self, manager: Actor, email: str, name: str, field: str) -> None:
        with pytest.raises(Refused) as refused:
            added(manager, email=email, name=name)
        assert refused.value.field == field


class TestChanging:
    def test_roles_that_stay_stay_as_they_were(self, manager: Actor, site: Site) -> None:
        person = added(manager, Role.OPERATOR, Role.PREPARER)
        kept = Membership.objects.get(user=person, role="operator")
        changed(manager, person, Role.OPERATOR, Role.PHYSICIAN)
        assert roles_of(person, site) == {"operator", "physician"}
        assert Membership.objects.current().get(user=person, role="operator") == kept
        ended = Membership.objects.get(user=person, role="preparer")
        assert (ended.ended_by, ended.ended_at is not None) == (manager.user, True)
        assert {event.reason for event in TrailEvent.objects.order_by("-seq")[:2]} == {"New duties."}

    def test_another_sites_roles_are_not_touched(self, manager: Actor, other_site: Site) -> None:
        person = make_user(site=other_site, roles=[Role.PHYSICIAN])
        added(manager, email=person.email)
        changed(manager, person, Role.PREPARER)
        assert roles_of(person, other_site) == {"physician"}

    def test_what_somebody_else_changed_meanwhile_is_not_written_over(self, manager: Actor, site: Site) -> None:
        person = added(manager)
        changed(manager, person, Role.PREPARER)
        with pytest.raises(StaleWrite):
            changed(manager, person, Role.PHYSICIAN, before={Role.OPERATOR})
        assert roles_of(person, site) == {"preparer"}

    def test_nobody_takes_the_managers_role_from_themselves(self, manager: Actor, site: Site) -> None:
        make_actor(site, Role.MANAGER)
        with pytest.raises(Refused, match="from yourself"):
            changed(manager, manager.user, Role.OPERATOR)

    def test_managers_may_take_on_another_role(self, manager: Actor, site: Site) -> None:
        changed(manager, manager.user, Role.MANAGER, Role.PREPARER)
        assert roles_of(manager.user, site) == {"manager", "preparer"}

    def test_a_manager_who_is_switched_off_does_not_count_as_one_who_is_left(self, manager: Actor, site: Site) -> None:
        # The account of the acting manager is looked at when the request begins; it may go inactive meanwhile.
        second = make_user(site=site, roles=[Role.MANAGER])
        User.objects.filter(pk=manager.user.pk).update(is_active=False)
        with pytest.raises(Refused, match="one manager at least"):
            changed(manager, second, Role.OPERATOR)

    def test_somebody_without_a_role_here_is_refused(self, manager: Actor, other_site: Site) -> None:
        stranger = make_user(site=other_site, roles=[Role.OPERATOR])
        with pytest.raises(Refused, match="doesn't work here"):
            changed(manager, stranger, Role.PHYSICIAN, before=set())


class TestEnding:
    def test_all_roles_here_and_all_sign_ins_end(self, manager: Actor, site: Site, other_site: Site) -> None:
        person = added(manager, Role.OPERATOR, Role.PREPARER)
        Membership.objects.create(
            user=person, site=other_site, role=Role.OPERATOR, granted_at=clock.now(), granted_by=person
        )
        first, second, mine = Client(), Client(), Client()
        for client in (first, second):
            client.force_login(person)
        mine.force_login(manager.user)
        assert end_work(by=manager, person=person, reason="Moved.", at=clock.now()) == 2
        assert roles_of(person, site) == set()
        assert roles_of(person, other_site) == {"operator"}
        assert first.get("/today/").status_code == second.get("/today/").status_code == 302
        assert mine.get("/today/").status_code == 200
        event = TrailEvent.objects.latest("seq")
        assert (event.action, event.object_label, event.reason) == ("end", "Nora Neu", "Moved.")

    def test_nobody_ends_their_own_work(self, manager: Actor, site: Site) -> None:
        make_actor(site, Role.MANAGER)
        with pytest.raises(Refused, match="your own work"):
            end_work(by=manager, person=manager.user, reason="Enough.", at=clock.now())

    def test_another_manager_may_be_ended_while_one_is_left(self, manager: Actor, site: Site) -> None:
        second = make_actor(site, Role.MANAGER)
        end_work(by=manager, person=second.user, reason="Moved.", at=clock.now())
        assert roles_of(second.user, site) == set()
        assert roles_of(manager.user, site) == {"manager"}


class TestFirstPassword:
    def test_a_link_works_once(self, manager: Actor) -> None:
        person = added(manager)
        uid, token = make_first_password_link(by=manager, person=person, at=clock.now())
        values = {"uid": uid, "token": token, "request_id": "r", "address": "", "at": clock.now()}
        choose_first_password(password=GOOD, **values)
        person.refresh_from_db()
        assert person.check_password(GOOD)
        assert TrailEvent.objects.latest("seq").actor == person
        with pytest.raises(Refused, match="doesn't work any more"):
            choose_first_password(password="another one that is long", **values)
        person.refresh_from_db()
        assert person.check_password(GOOD)

    def test_a_weak_password_is_refused_and_the_link_goes_on_working(self, manager: Actor) -> None:
        uid, token = make_first_password_link(by=manager, person=added(manager), at=clock.now())
        values = {"uid": uid, "token": token, "request_id": "r", "address": "", "at": clock.now()}
        with pytest.raises(Refused) as refused:
            choose_first_password(password="short", **values)
        assert refused.value.field == "password"
        assert choose_first_password(password=GOOD, **values).email == "nora@clinic.example"

    def test_no_link_is_made_for_who_has_a_password(self, manager: Actor, site: Site) -> None:
        person = make_user(site=site, roles=[Role.OPERATOR])
        with pytest.raises(Refused, match="chosen a password already"):
            make_first_password_link(by=manager, person=person, at=clock.now())

    def test_a_link_of_somebody_who_left_meanwhile_does_not_work(self, manager: Actor) -> None:
        person = added(manager)
        uid, token = make_first_password_link(by=manager, person=person, at=clock.now())
        end_work(by=manager, person=person, reason="Never came.", at=clock.now())
        with pytest.raises(Refused, match="doesn't work any more"):
            choose_first_password(uid=uid, token=token, password=GOOD, request_id="r", address="", at=clock.now())


class TestTakingAPasswordAway:
    def test_the_old_one_and_all_sign_ins_end_and_a_link_gives_a_new_one(self, manager: Actor, site: Site) -> None:
        person = make_user(site=site, roles=[Role.PHYSICIAN])
        theirs = Client()
        theirs.force_login(person)
        take_password_away(by=manager, person=person, reason="Forgotten.", at=clock.now())
        person.refresh_from_db()
        assert not person.check_password(PASSWORD)
        assert theirs.get("/today/").status_code == 302
        assert TrailEvent.objects.latest("seq").reason == "Forgotten."
        uid, token = make_first_password_link(by=manager, person=person, at=clock.now())
        choose_first_password(uid=uid, token=token, password=GOOD, request_id="r", address="", at=clock.now())
        person.refresh_from_db()
        assert person.check_password(GOOD)

    def test_a_link_from_before_does_not_work_after_it(self, manager: Actor) -> None:
        person = added(manager)
        uid, token = make_first_password_link(by=manager, person=person, at=clock.now())
        take_password_away(by=manager, person=person, reason="The paper is lost.", at=clock.now())
        with pytest.raises(Refused, match="doesn't work any more"):
            choose_first_password(uid=uid, token=token, password=GOOD, request_id="r", address="", at=clock.now())

    def test_a_manager_of_one_site_does_not_get_at_the_account_of_another(
        self, manager: Actor, site: Site, other_site: Site
    ) -> None:
        person = make_user(site=other_site, roles=[Role.PHYSICIAN])
        added(manager, email=person.email)
        with pytest.raises(Refused, match="another site too"):
            take_password_away(by=manager, person=person, reason="Forgotten.", at=clock.now())
        User.objects.filter(pk=person.pk).update(password="!")
        person.refresh_from_db()
        with pytest.raises(Refused, match="another site too"):
            make_first_password_link(by=manager, person=person, at=clock.now())

    def test_nobody_takes_away_their_own(self, manager: Actor) -> None:
        with pytest.raises(Refused, match="Change your own"):
            take_password_away(by=manager, person=manager.user, reason="Why not.", at=clock.now())


@pytest.mark.parametrize("role", [role for role in Role if Permission.MANAGE_STAFF not in ROLES[role].permissions])
def test_nobody_but_who_manages_staff_does_any_of_it(site: Site, manager: Actor, role: Role) -> None:
    person, by = added(manager), make_actor(site, role)
    with pytest.raises(NotAllowed):
        added(by, email="other@clinic.example")
    with pytest.raises(NotAllowed):
        changed(by, person, Role.MANAGER)
    with pytest.raises(NotAllowed):
        end_work(by=by, person=person, reason="No.", at=clock.now())
    with pytest.raises(NotAllowed):
        make_first_password_link(by=by, person=person, at=clock.now())
    with pytest.raises(NotAllowed):
        take_password_away(by=by, person=person, reason="No.", at=clock.now())
    assert roles_of(person, site) == {"operator"}
