"""Addresses of outside services are judged before anything is started."""

import pytest

from launch.failure import Failure
from launch.run import check_address

POSTGRES = {"postgres", "postgresql"}


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://clinic:secret@db.example:5432/clinic",
        "postgres://clinic@localhost/clinic",
        "postgresql://postgres@/clinic?host=%2Fvar%2Frun",
        "postgresql://u:p%40ss@[::1]/clinic?sslmode=require",
    ],
)
def test_a_postgres_address_is_taken(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    check_address("DATABASE_URL", POSTGRES)


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        "clinic:secret@db.example/clinic",
        "mysql://localhost/clinic",
        "postgresql://localhost:99999/clinic",
        "postgresql://localhost:port/clinic",
        "postgresql://localhost/",
        "postgresql:///clinic",
        "postgresql://[::1/clinic",
    ],
)
def test_anything_else_is_refused_with_the_right_shape(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(Failure, match="postgresql://USER:PASSWORD@HOST:5432/NAME") as refused:
        check_address("DATABASE_URL", POSTGRES)
    assert "secret" not in str(refused.value)


def test_a_redis_address_needs_no_database_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:secret@cache.example:6379")
    check_address("REDIS_URL", {"redis", "rediss"})


def test_an_unset_address_means_that_we_start_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    check_address("DATABASE_URL", POSTGRES)
