"""Five wrong passwords close signing for fifteen minutes, however they arrive."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.utils import timezone

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site, User
from clinic.accounts.permissions import Role
from clinic.errors import WrongPassword
from clinic.outbox.models import Alert
from clinic.signing.services import prove_identity
from clinic.trail.models import Action, TrailEvent
from tests.factories import PASSWORD, make_actor


def wrong(actor: Actor) -> str:
    """Return what somebody is told who types a wrong password."""
    with pytest.raises(WrongPassword) as refused:
        prove_identity(by=actor, password="not it")
    return refused.value.message


@pytest.mark.django_db
def test_the_sixth_is_not_looked_at_for_fifteen_minutes(site: Site) -> None:
    actor = make_actor(site, Role.OPERATOR)
    told = [wrong(actor) for _ in range(6)]
    assert ["closed" in each for each in told] == [False] * 5 + [True]
    with pytest.raises(WrongPassword, match="closed"):
        prove_identity(by=actor, password=PASSWORD)
    assert Alert.objects.filter(kind="signing_closed").count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT expires FROM clinic_cache WHERE cache_key LIKE %s", [f"%signing-wrong:{actor.user.pk}"])
        ((opens_again,),) = cursor.fetchall()
    left = opens_again - timezone.now().replace(tzinfo=opens_again.tzinfo)
    assert timedelta(minutes=14) < left <= timedelta(minutes=15, seconds=1)


@pytest.mark.django_db
def test_the_right_one_begins_the_count_anew(site: Site) -> None:
    actor = make_actor(site, Role.OPERATOR)
    for _ in range(3):
        for _ in range(4):
            assert "closed" not in wrong(actor)
        prove_identity(by=actor, password=PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_of_twelve_at_once_five_are_looked_at(site: Site) -> None:
    actor = make_actor(site, Role.OPERATOR)
    looked_at = []

    def check(self: User, raw_password: str) -> bool:
        looked_at.append(raw_password)
        return False

    def attempt(_number: int) -> str:
        try:
            return wrong(actor)
        finally:
            connections.close_all()

    with patch.object(User, "check_password", check), ThreadPoolExecutor(12) as people:
        told = list(people.map(attempt, range(12)))
    assert len(looked_at) == 5
    assert sum("closed" in each for each in told) == 7
    assert TrailEvent.objects.filter(action=Action.SIGN_REFUSED).count() == 5
    cache.clear()
