"""What the sign-in says when it can't go on: in our words, and nothing of whether the account exists."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Membership, Site
from clinic.accounts.permissions import Role
from tests.factories import make_user
from tests.pages import words

pytestmark = pytest.mark.django_db


def refused(client: Client, email: str) -> str:
    response = client.post(reverse("account_login"), {"login": email, "password": "not the password"})
    assert "_auth_user_id" not in client.session
    return str(response.context["form"].non_field_errors()[0])


def test_a_wrong_password_and_an_unknown_address_are_told_alike(client: Client, site: Site) -> None:
    known = make_user("Clara Demo", site=site, roles=[Role.OPERATOR]).email
    told = refused(client, known)
    assert told == refused(client, "nobody@clinic.example")
    assert "E-mail address and password don't fit together." in told
    assert "ask the clinic's manager" in told


def test_who_works_nowhere_any_more_is_told_so_and_can_sign_out(client: Client, site: Site) -> None:
    user = make_user("Dino Demo", site=site, roles=[Role.OPERATOR])
    Membership.objects.filter(user=user).update(ended_at=clock.now(), ended_by=user)
    client.force_login(user)
    page = client.get(reverse("today"))
    assert page.status_code == 403
    assert "You work at no site" in words(page)
    assert f'action="{reverse("account_logout")}"' in page.content.decode()
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session
