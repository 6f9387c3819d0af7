"""Finding a patient: by name in any script and order, date of birth, record number, telephone."""

import re
import uuid
from collections.abc import Callable
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.web.paging import Place
from patients.registry.models import NamePair, NameToken, Patient
from patients.registry.queries import listed, search
from patients.registry.services import FIELDS, add_other_names, register_patient, update_patient
from tests.factories import make_actor
from tests.patients.builders import registered_patient

PEOPLE = [
    ("Müller", "Änne", "+49 30 5550101"), ("O'Brien", "Sean", "0043 1 5550102"), ("王", "大明", ""),
    ("Петров", "Иван", ""), ("García Márquez", "José", "+34 91 5550104"), ("محمد", "علي", ""),
    ("Demo", "Bruno", "030 5550106"), ("Demo", "Brunhilde", ""),
]  # fmt: skip

PAIR = import_module("patients.migrations.0011_names_in_twos").PAIR
add_spellings = import_module("patients.migrations.0012_names_as_in_passports").add_spellings

#: The words that are kept since names are found as passports spell them.
ADDED = {"mueller", "aenne", "gruenert", "oezil", "oezildemo"}


@pytest.fixture
def people(site: Site) -> None:
    by = make_actor(site, Role.FRONT_DESK)
    for place, (family, given_name, phone) in enumerate(PEOPLE):
        registered_patient(site, family, given_name, by=by, phone=phone, birth_date=date(1979, 3, 10 + place))


def found(site: Site, text: str) -> list[str]:
    return [patient.family_name for patient in search(site, text, 25)]


def pairs_of(*patients: Patient) -> set[tuple[str, str]]:
    """Return the words that the names of `patients` are found by in twos."""
    return set(NamePair.objects.filter(patient__in=patients).values_list("token", "beside"))


@pytest.mark.usefixtures("people")
class TestSearching:
    @pytest.mark.parametrize(
        ("text", "families"),
        [
            ("mull", ["Müller"]), ("MÜLLER", ["Müller"]), ("muller anne", ["Müller"]), ("änne mü", ["Müller"]),
            ("brien", ["O'Brien"]), ("obrien", ["O'Brien"]), ("O’Brien s", ["O'Brien"]), ("大明", ["王"]),
            ("王大明", ["王"]), ("明", ["王"]), ("петр", ["Петров"]), ("иван пет", ["Петров"]),
            ("garcia jose", ["García Márquez"]), ("marq", ["García Márquez"]), ("علي", ["محمد"]),
            ("demo brun", ["Demo", "Demo"]), ("demo bruno", ["Demo"]), ("bruno müller", []), ("xyz", []),
            ("demo demo", ["Demo", "Demo"]),
        ],
    )  # fmt: skip
    def test_by_name(self, site: Site, text: str, families: list[str]) -> None:
        assert found(site, text) == families

    @pytest.mark.parametrize("text", ["16.3.1979", "16 Mar 1979", "1979-03-16", "16031979", "3/16/1979"])
    def test_by_date_of_birth(self, site: Site, text: str) -> None:
        assert found(site, text) == ["Demo"]

    @pytest.mark.parametrize(
        ("text", "families"),
        [
            ("müller 10.3.1979", ["Müller"]), ("10.03.1979 anne mull", ["Müller"]), ("anne 1979-03-10", ["Müller"]),
            ("müller 11.3.1979", []), ("anne mill 10.3.1979", []), ("demo 10. 3. 1979", []),
            ("bruno 16. 3. 1979", ["Demo"]), ("müller 31.2.1979", []), ("müller 10.3.", []),
        ],
    )  # fmt: skip
    def test_by_name_and_date_of_birth(self, site: Site, text: str, families: list[str]) -> None:
        assert found(site, text) == families

    @pytest.mark.parametrize(
        ("text", "families"),
        [
            ("müller 1979", ["Müller"]), ("1979 anne mull", ["Müller"]), ("demo 1979", ["Demo", "Demo"]),
            ("demo 1980", []), ("demo 1979 1980", []), ("demo 1850", []), ("demo 198", []),
            ("demo 197", ["Demo", "Demo"]),
            ("xyz 1979", []), ("brunh demo 1979", ["Demo"]), ("brunh müller 1979", []),
            ("王 1979", ["王"]), ("demo ١٩٧٩", ["Demo", "Demo"]),
        ],
    )  # fmt: skip
    def test_by_name_and_year_of_birth(self, site: Site, text: str, families: list[str]) -> None:
        assert found(site, text) == families

    def test_by_name_and_a_year_of_birth_that_is_all_that_is_known(self, site: Site) -> None:
        registered_patient(site, "Demo", "Élodie", birth_date=None, birth_date_text="1990")
        registered_patient(site, "Demo", "Élodie", birth_date=date(1991, 5, 1))
        assert found(site, "elodie 1990") == ["Demo"]

    def test_a_name_that_holds_the_number_is_found_by_it(self, site: Site) -> None:
        registered_patient(site, "Demo 1990")
        assert found(site, "demo 1990") == ["Demo 1990"]

    @pytest.mark.parametrize("text", ["N-00002", "n-00002", "N 00002", "N-2", "n2", "2", "00002"])
    def test_by_record_number(self, site: Site, text: str) -> None:
        assert "O'Brien" in found(site, text)

    @pytest.mark.parametrize("text", ["0305550101", "0305550", "030 5550 10", "0 30 555"])
    def test_by_the_national_form_of_a_number_kept_with_its_countrys_code(self, site: Site, text: str) -> None:
        assert "Müller" in found(site, text)

    def test_a_record_number_is_found_with_its_letter_as_without(self, site: Site) -> None:
        for place in range(8):
            registered_patient(site, f"More{place}", birth_date=date(1950, 1, 1 + place))
        assert found(site, "12") == found(site, "n12") == found(site, "N12") == ["More3"]

    def test_by_the_beginning_of_a_record_number(self, site: Site) -> None:
        assert len(found(site, "N-0000")) == len(PEOPLE)

    @pytest.mark.parametrize(
        "text", ["+49 30 5550101", "0049305550101", "49305", "030 5550101", "5550101", "(030) 555-0101"]
    )
    def test_by_telephone(self, site: Site, text: str) -> None:
        assert found(site, text) == ["Müller"]

    @pytest.mark.parametrize("text", ["0101", "5 0101", "50101", "550101"])
    def test_by_the_last_digits_of_a_telephone_number(self, site: Site, text: str) -> None:
        assert found(site, text) == ["Müller"]

    def test_three_digits_find_nobody_by_the_end_of_a_number(self, site: Site) -> None:
        assert found(site, "101") == []

    def test_by_another_spelling_of_the_telephone_number(self, site: Site) -> None:
        assert found(site, "01 5550102") == ["O'Brien"]
        assert found(site, "+49 30 5550106") == ["Demo"]

    @pytest.mark.parametrize("text", ["", " ", "%", "_", "%%%", "'", "--", "\\", "\x00", "()", "🙂", "' OR 1=1"])
    def test_odd_text_finds_nobody_and_harms_nothing(self, site: Site, text: str) -> None:
        assert found(site, text) == []

    def test_a_word_is_found_by_its_beginning_only_also_beside_another(self, site: Site) -> None:
        assert found(site, "bruno emo") == []
        assert found(site, "brun demo brunh") == ["Demo"]

    def test_one_word_that_begins_with_both_is_enough(self, site: Site) -> None:
        assert found(site, "mul mull") == found(site, "mull mul ann an") == ["Müller"]
        assert found(site, "mul mill") == []

    def test_many_words_are_found_in_any_order(self, site: Site) -> None:
        assert found(site, "marq jos garc") == found(site, "garc marq 1979 jose") == ["García Márquez"]
        assert found(site, "garc marq jose sean") == found(site, "garc marq 1980 jose") == []

    def test_of_very_many_words_the_first_forty_are_found_in_twos_and_each_alone(self, site: Site) -> None:
        by = make_actor(site, Role.FRONT_DESK)
        patient = registered_patient(site, "Wordy", "Demo", by=by)
        words = [f"{chr(97 + place // 26)}{chr(97 + place % 26)}q" for place in range(60)]
        add_other_names(by=by, patient=patient, names=[" ".join(words[:30]), " ".join(words[30:])], at=clock.now())
        assert found(site, f"wordy {words[37]}") == found(site, f"{words[0]} {words[37]}") == ["Wordy"]
        assert found(site, words[59]) == ["Wordy"]
        assert found(site, f"bruno {words[0]}") == []

    def test_a_changed_name_and_year_are_found_and_the_old_ones_no_more(self, site: Site) -> None:
        by = make_actor(site, Role.FRONT_DESK)
        patient = registered_patient(site, "Before", "Ada", by=by, birth_date=date(1951, 1, 1))
        entry = {name: getattr(patient, name) for name in FIELDS if name != "birth_date_text"}
        changed = {**entry, "family_name": "After", "birth_date": date(1952, 1, 1)}
        update_patient(
            by=by, patient=patient, row_version=patient.row_version, reason="Misread", at=clock.now(), **changed
        )
        assert found(site, "ada after") == found(site, "ada 1952") == found(site, "1952 aft") == ["After"]
        assert found(site, "ada before") == found(site, "ada 1951") == found(site, "before") == []

    def test_names_from_before_are_paired_as_new_ones_are(self, site: Site) -> None:
        registered_patient(site, "Demo", "Élodie", birth_date=None, birth_date_text="1990-05")
        registered_patient(site, "Demo", "Unborn", birth_date=None)
        expected = pairs_of(*Patient.objects.all())
        NamePair.objects.all().delete()
        assert found(site, "anne mull") == []
        with connection.cursor() as cursor:
            cursor.execute(PAIR)
        assert pairs_of(*Patient.objects.all()) == expected
        assert {("brien", "sean"), ("sean", "obrien"), ("1990", "elodie"), ("unborn", "demo")} <= expected

    def test_who_is_registered_already_is_found_as_passports_spell_them(self, site: Site) -> None:
        composed = registered_patient(site, "Grünert", "Ada", birth_date=date(1979, 3, 16))
        apart = registered_patient(site, "O\u0308zil-Demo", "Ben")
        expected = pairs_of(*Patient.objects.all())
        NamePair.objects.filter(Q(token__in=ADDED) | Q(beside__in=ADDED)).delete()
        NameToken.objects.filter(token__in=ADDED).delete()
        assert found(site, "gruenert") == found(site, "oezil") == []
        add_spellings(apps, None)
        assert found(site, "gruenert 1979") == [composed.family_name]
        assert found(site, "oezil demo") == found(site, "ben oezildemo") == [apart.family_name]
        assert pairs_of(*Patient.objects.all()) == expected

    def test_another_sites_patients_are_not_found(self, other_site: Site) -> None:
        assert found(other_site, "demo") == []
        assert found(other_site, "N-00001") == []

    def test_is_one_query(self, site: Site, django_assert_num_queries: Any) -> None:
        for text in ("demo", "demo bruno", "demo 1979", "16.3.1979", "N-00002", "+49 30 5550101", "12"):
            with django_assert_num_queries(1):
                search(site, text, 25)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80))
def test_any_text_can_be_searched(site: Site, text: str) -> None:
    search(site, text, 25)


def grow(by: Actor, patients: int) -> None:
    """Add `patients` by set-based SQL: common and rare names, dates and telephone numbers."""
    register_patient(
        by=by, family_name="Rarissima", given_name="Zoe", birth_date=date(1931, 1, 1), sex="female",
        phone="+49 30 99912345", submission_key=uuid.uuid4(), at=clock.now(),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO patients_patient (submission_key, row_version, site_id, record_number, family_name, given_name,
                sort_name, birth_date, birth_date_text, sex, phone, phone_digits, email, address, notes, deceased,
                registered_at, registered_by_id)
            SELECT gen_random_uuid(), 1, %(site)s, 'N-' || lpad((n + 1000)::text, 6, '0'),
                'Name' || (n %% 5000), 'Given' || (n %% 300), 'name' || (n %% 5000) || '  given' || (n %% 300),
                date '1940-01-01' + (n %% 25000), '', 'female', '+4930' || (5000000 + n), '4930' || (5000000 + n),
                '', '', '', false, now() - n * interval '1 minute', %(user)s
            FROM generate_series(1, %(patients)s) n
            """,
            {"site": by.site.pk, "user": by.user.pk, "patients": patients},
        )
        for column in ("family_name", "given_name"):
            cursor.execute(
                "INSERT INTO patients_nametoken (patient_id, site_id, token) "
                f"SELECT id, site_id, lower({column}) "
                "FROM patients_patient WHERE record_number LIKE 'N-0_____' AND family_name LIKE 'Name%%' "
                "ON CONFLICT DO NOTHING"
            )
        cursor.execute("DELETE FROM patients_namepair")
        cursor.execute(PAIR)
        for table in ("patient", "nametoken", "namepair"):
            cursor.execute(f"ANALYZE patients_{table}")


@pytest.mark.slow
def test_neither_a_search_nor_a_page_reads_a_whole_table_of_a_hundred_thousand_patients(site: Site) -> None:
    # One test of both: to make so many takes longer than to read them.
    grow(make_actor(site, Role.FRONT_DESK), 100_000)
    check_searches(site)
    check_a_page_deep_in_the_list(site)


def check_searches(site: Site) -> None:
    """Fail when a search among those that `grow` made reads a table, or more of an index than it needs."""
    texts = (
        "rarissima", "zoe rariss", "name", "name1", "name1 given2", "given", "given name", "n", "N-00", "N-001234",
        "1.1.1931", "14.3.1979", "+49 30 999", "030 99912345", "99912345", "1234", "2345", "0001", "12345",
        "nobodyatall", "nobodyatall name", "name 1990", "given 1941", "rarissima 1931", "nobodyatall 1990",
        "given2 name 1990", "rarissima zoe 1931",
    )  # fmt: skip
    for text in texts:
        plan, rows = explained(site, text)
        assert "Seq Scan" not in plan, f"{text}: {plan}"
        assert rows <= 1_000, f"{text} looks at {rows} rows"
    assert found(site, "zoe rariss") == ["Rarissima"]
    assert found(site, "030 99912345") == ["Rarissima"]
    assert "Rarissima" in found(site, "12345")


def explained(site: Site, text: str) -> tuple[str, int]:
    """Return the plan of a search and the most rows that a step of it read."""
    return explained_query(lambda: search(site, text, 25))


def explained_query(work: Callable[[], object]) -> tuple[str, int]:
    """Return the plan of the one query of `work` and the most rows that a step of it read."""
    with CaptureQueriesContext(connection) as queries:
        work()
    assert len(queries) == 1
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT TEXT) " + queries[0]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    steps = [int(float(rows)) * int(loops) for rows, loops in re.findall(r"actual rows=([\d.]+) loops=(\d+)", plan)]
    return plan, max(steps)


def check_a_page_deep_in_the_list(site: Site) -> None:
    """Fail when a page in the middle of the list, forwards or backwards, reads more than it shows."""
    middle = Patient.objects.for_site(site).order_by("sort_name", "pk").values_list("sort_name", "pk")[50_000]
    for place in (Place(values=middle, backwards=False), Place(values=middle, backwards=True)):
        plan, rows = explained_query(lambda place=place: listed(site, place, 26))
        assert "patient_list" in plan
        assert "Sort" not in plan.replace("Sort Key", "")
        assert "Removed" not in plan
        assert rows == 26
