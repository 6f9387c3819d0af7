"""Queries whose statement is written once: they answer as the same query written anew does."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet, Value
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from clinic.accounts.models import Site
from clinic.kept import Kept
from patients.registry.models import Patient
from tests.patients.builders import registered_patient

pytestmark = pytest.mark.django_db


def born(site: int, on: date) -> QuerySet[Patient]:
    rows = Patient.objects.filter(site=site, birth_date=on).select_related("site")
    return rows.annotate(said=Value("100 % of {it} %s")).order_by("-id")


def test_it_answers_as_the_query_does(site: Site, other_site: Site, django_assert_num_queries: Any) -> None:
    first, second = registered_patient(site), registered_patient(site)
    registered_patient(other_site)
    kept = Kept(born)
    on = first.birth_date
    assert on is not None
    for where, day in ((site, on), (other_site, on), (site, on + timedelta(days=1))):
        expected = list(born(where.pk, day))
        with django_assert_num_queries(1):
            found = kept.all(site=where.pk, on=day)
            assert [row.site for row in found] == [where for _row in found]  # loaded along
        assert found == expected
        assert [vars(row)["said"] for row in found] == ["100 % of {it} %s" for _row in expected]
        assert kept.first(site=where.pk, on=day) == born(where.pk, day).first()
    assert kept.all(site=site.pk, on=on) == [second, first]


def test_its_text_is_the_same_each_time(site: Site) -> None:
    kept = Kept(born)
    with CaptureQueriesContext(connection) as sent:
        for number in (site.pk, 7, 2**62):
            kept.first(site=number, on=date(1990, 1, 1))
    texts = {
        query["sql"].replace(f"{number}::bigint", "") for query, number in zip(sent, (site.pk, 7, 2**62), strict=True)
    }
    assert len(texts) == 1


def test_moments_and_one_value_in_two_places(site: Site) -> None:
    patient = registered_patient(site)
    kept = Kept(lambda at: Patient.objects.filter(registered_at__lte=at).exclude(registered_at__gt=at))
    assert kept.all(at=patient.registered_at) == [patient]
    assert kept.all(at=patient.registered_at - timedelta(microseconds=1)) == []
    assert kept.first(at=datetime(1990, 1, 1, tzinfo=UTC)) is None


def test_texts_and_keys_of_submissions(site: Site) -> None:
    patient = registered_patient(site)
    by_name = Kept(lambda name: Patient.objects.filter(family_name=name))
    for name in (patient.family_name, "100 %", "O'Hara", "%s", "\\", ""):
        assert by_name.all(name=name) == list(Patient.objects.filter(family_name=name))
    by_key = Kept(lambda key: Patient.objects.filter(submission_key=key))
    assert by_key.first(key=patient.submission_key) == patient
    assert by_key.first(key=uuid.uuid4()) is None


def test_what_it_is_about_must_stand_in_it(site: Site) -> None:
    with pytest.raises(ValueError, match="must stand in it"):
        Kept(lambda site, pk: Patient.objects.filter(site=site)).all(site=site.pk, pk=1)


def test_what_follows_from_a_value_is_given_to_it() -> None:
    """A day that is reckoned while the query is built would stay what it was at the first question."""
    within = Kept(lambda on: Patient.objects.filter(birth_date__gte=on, birth_date__lte=on - timedelta(days=1)))
    with pytest.raises(ValueError, match="given to it"):
        within.all(on=date(1990, 1, 1))
    by_the_clock = Kept(lambda site: Patient.objects.filter(site=site, registered_at__lte=datetime.now(UTC)))
    with pytest.raises(ValueError, match="given to it"):
        by_the_clock.all(site=1)


def test_several_keys(site: Site) -> None:
    first, _second, third = (registered_patient(site) for _each in range(3))
    among = Kept(lambda site, keys: Patient.objects.filter(site=site, pk__in=keys).order_by("id"))
    for keys in ((third.pk, first.pk), (first.pk,), (), (2**62,)):
        assert among.all(site=site.pk, keys=keys) == [row for row in (first, third) if row.pk in keys]


def test_it_asks_about_nothing_too_and_for_no_more_than_it_says(site: Site) -> None:
    patients = [registered_patient(site) for _each in range(3)]
    assert Kept(lambda: Patient.objects.order_by("id")[:2]).all() == patients[:2]
    assert Kept(lambda: Patient.objects.order_by("id")).first() == patients[0]


def test_rows_of_some_columns_and_of_several_tables(site: Site) -> None:
    patient = registered_patient(site)
    names = Kept(lambda pk: Patient.objects.filter(pk=pk).values_list("family_name", flat=True))
    assert names.all(pk=patient.pk) == [patient.family_name]

    def either(site: int) -> QuerySet[Any, tuple[int, str]]:
        patients = Patient.objects.filter(site=site).order_by().values_list("pk", "record_number")
        sites = Site.objects.filter(pk=site).order_by().values_list("pk", "code")
        return patients.union(sites, all=True).order_by("pk")

    expected = sorted([(patient.pk, patient.record_number), (site.pk, site.code)], key=lambda row: row[0])
    assert sorted(Kept(either).all(site=site.pk)) == sorted(expected)


def test_rows_are_locked_in_a_transaction(site: Site) -> None:
    patient = registered_patient(site)
    kept = Kept(lambda pk: Patient.objects.select_for_update(no_key=True).filter(pk=pk))
    with transaction.atomic(), CaptureQueriesContext(connection) as sent:
        assert kept.first(pk=patient.pk) == patient
    assert any(query["sql"].endswith("FOR NO KEY UPDATE") for query in sent)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_outside_a_transaction() -> None:
    kept = Kept(lambda pk: Patient.objects.select_for_update(no_key=True).filter(pk=pk))
    with transaction.atomic():
        assert kept.first(pk=1) is None
    with pytest.raises(TransactionManagementError):
        kept.first(pk=1)
