"""The pages of the record trail: sentences, filters, one site only, and that reading a patient's is recorded."""

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import ROLES, Permission, Role
from clinic.amending.models import Amendment
from clinic.trail.models import Action, TrailEvent
from clinic.trail.queries import ORDER, entries_of
from clinic.trail.showing import SENTENCES, Fact, changes, shown
from clinic.trail.unit import record, record_read, unit_of_work
from patients.registry.models import Patient
from tests.factories import make_actor
from tests.patients.builders import registered_patient

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


@unit_of_work
def corrected(patient: Patient, by: Any, *, reason: str = "Misheard.", at: datetime | None = None) -> None:
    """Write down that a telephone number was changed."""
    record(
        by=by, action=Action.CHANGE, subject=patient, patient=patient, reason=reason, at=at,
        before={"phone": "01 555 0100", "deceased": False}, after={"phone": "01 555 0199", "deceased": False},
    )  # fmt: skip


def text_of(client: Client, url: str, **headers: str) -> str:
    """The page's words, without markup and line breaks."""
    response = client.get(url, headers=headers)
    assert response.status_code == 200, response.status_code
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def entries_on(page: str) -> list[int]:
    """The numbers of the entries of a page, in its order."""
    return [int(number) for number in re.findall(r"Entry (\d+)", page)]


def test_every_action_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Action)


def test_an_entry_says_who_did_what_to_whom_why_and_what_changed(site: Site, sign_in: Any, client: Client) -> None:
    patient = registered_patient(site, "Adler")
    operator = make_actor(site, Role.OPERATOR, name="Olga Demo")
    corrected(patient, operator)
    sign_in(site, Role.AUDITOR)
    page = text_of(client, reverse("trail_list"))
    assert "Olga Demo changed patient “Alma Adler" in page
    assert "Why: Misheard." in page
    assert "Operator" in page
    assert "01 555 0100" in page
    assert "01 555 0199" in page
    assert "Deceased" not in page.split("01 555 0199")[1].split("Recorded")[0]  # it stayed as it was


def test_the_newest_entry_comes_first_and_all_are_reached_page_by_page(
    site: Site, sign_in: Any, client: Client
) -> None:
    patient, by = registered_patient(site), make_actor(site, Role.OPERATOR)
    for _number in range(30):
        record_read(by=by, subject=patient, patient=patient)
    sign_in(site, Role.MANAGER)
    url, seen = reverse("trail_list"), []
    while url:
        response = client.get(url)
        seen += entries_on(text_of(client, url))
        url = response.context["page"].next_url and reverse("trail_list") + response.context["page"].next_url
    assert seen == sorted(TrailEvent.objects.values_list("seq", flat=True), reverse=True)


def test_only_ones_own_sites_entries_are_shown(site: Site, other_site: Site, sign_in: Any, client: Client) -> None:
    corrected(registered_patient(other_site, "Elsewhere"), make_actor(other_site, Role.OPERATOR, name="Otto Other"))
    sign_in(site, Role.MANAGER)
    page = text_of(client, reverse("trail_list"))
    assert "Elsewhere" not in page
    assert "Otto Other" not in page
    assert "Nothing on record yet" in page


def test_it_is_narrowed_by_person_action_and_record_number(site: Site, sign_in: Any, client: Client) -> None:
    first, second = registered_patient(site), registered_patient(site)
    one, two = make_actor(site, Role.OPERATOR), make_actor(site, Role.OPERATOR)
    corrected(first, one)
    corrected(second, two)
    record_read(by=one, subject=second, patient=second)
    sign_in(site, Role.MANAGER)

    def found(**filters: Any) -> set[tuple[int, str, int | None]]:
        numbers = entries_on(text_of(client, reverse("trail_list", query=filters), **{"HX-Request": "true"}))
        return set(TrailEvent.objects.filter(seq__in=numbers).values_list("actor", "action", "patient"))

    assert found(person=one.user.pk) == {(one.user.pk, "change", first.pk), (one.user.pk, "read", second.pk)}
    assert found(person=one.user.pk, action="change") == {(one.user.pk, "change", first.pk)}
    assert {row[2] for row in found(record_number=second.record_number.lower())} == {second.pk}


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-03-01", {"before midnight"}), ("2026-03-02", {"after midnight"}), ("2026-02-28", set()),
     ("2026-03-05", set())],
)  # fmt: skip
def test_a_day_is_one_on_the_sites_clocks(site: Site, day: str, expected: set[str]) -> None:
    with clock.moved_to(datetime(2026, 2, 20, 9, tzinfo=BERLIN)):
        patient, by = registered_patient(site), make_actor(site, Role.OPERATOR)
    for at, reason in (
        (datetime(2026, 3, 1, 23, 59, tzinfo=BERLIN), "before midnight"),
        (datetime(2026, 3, 2, 0, 1, tzinfo=BERLIN), "after midnight"),
        (datetime(2026, 3, 4, 9, 0, tzinfo=BERLIN), "later"),
    ):
        with clock.moved_to(at):
            corrected(patient, by, reason=reason)
    assert {event.reason for event in entries_of(site, day=date.fromisoformat(day))} == expected


def test_a_filter_that_cannot_be_read_shows_nothing_and_says_so(site: Site, sign_in: Any, client: Client) -> None:
    sign_in(site, Role.MANAGER)
    page = text_of(client, reverse("trail_list", query={"record_number": "N-99999"}))
    assert page.count("Nobody here has this name or record number") == 1  # at its field
    assert "No such entries" in page
    assert entries_on(page) == []


def test_a_patient_is_found_by_name_and_chosen_when_several_are_meant(site: Site, sign_in: Any, client: Client) -> None:
    anna = registered_patient(site, family_name="Muster", given_name="Anna")
    ben = registered_patient(site, family_name="Muster", given_name="Ben")
    by = make_actor(site, Role.OPERATOR)
    for patient in (anna, ben):
        record_read(by=by, subject=patient, patient=patient)
    sign_in(site, Role.MANAGER)

    def about(text: str) -> set[int | None]:
        page = text_of(client, reverse("trail_list", query={"record_number": text}))
        return set(TrailEvent.objects.filter(seq__in=entries_on(page)).values_list("patient", flat=True))

    assert about("anna muster") == about("must ann") == about(anna.record_number) == {anna.pk}
    asked = {"record_number": "muster", "action": "read"}
    page = text_of(client, reverse("trail_list", query=asked))
    assert "Several patients can be meant" in page
    assert entries_on(page) == []
    links = client.get(reverse("trail_list", query=asked)).content.decode()
    for patient in (anna, ben):
        assert f"?action=read&amp;record_number={patient.record_number}" in links
    alone = text_of(client, reverse("trail_list", query=asked), **{"HX-Request": "true"})
    assert anna.record_number in alone


def test_reading_a_patients_trail_is_recorded(site: Site, sign_in: Any, client: Client) -> None:
    patient = registered_patient(site)
    auditor = sign_in(site, Role.AUDITOR)
    page = text_of(client, reverse("patient_trail", args=[patient.pk]))
    event = TrailEvent.objects.latest("seq")
    assert (event.action, event.actor, event.patient, event.object_id) == (
        "read", auditor.user, patient, str(patient.pk),
    )  # fmt: skip
    assert '"after":{"part":"record trail"}' in event.body
    assert f"{auditor.name} opened the record trail of patient “{patient}”" in page  # it stands there already


def test_narrowing_the_sites_trail_to_a_patient_is_recorded_as_well(site: Site, sign_in: Any, client: Client) -> None:
    patient = registered_patient(site)
    sign_in(site, Role.AUDITOR)
    text_of(client, reverse("trail_list"))
    assert not TrailEvent.objects.filter(action="read").exists()
    text_of(client, reverse("trail_list", query={"record_number": patient.record_number}))
    assert TrailEvent.objects.get(action="read").patient == patient


def test_a_patients_trail_is_of_that_patient_only(site: Site, sign_in: Any, client: Client) -> None:
    patient, other = registered_patient(site), registered_patient(site)
    by = make_actor(site, Role.OPERATOR)
    corrected(patient, by)
    corrected(other, by)
    sign_in(site, Role.MANAGER)
    numbers = entries_on(text_of(client, reverse("patient_trail", args=[patient.pk])))
    assert set(numbers) == set(TrailEvent.objects.filter(patient=patient).values_list("seq", flat=True))


def test_a_record_number_in_the_address_does_not_leave_the_patient(site: Site, sign_in: Any, client: Client) -> None:
    patient, other = registered_patient(site), registered_patient(site)
    sign_in(site, Role.MANAGER)
    url = reverse("patient_trail", args=[patient.pk], query={"record_number": other.record_number})
    found = TrailEvent.objects.filter(seq__in=entries_on(text_of(client, url)))
    assert {event.patient for event in found} == {patient}


@pytest.mark.parametrize("role", Role)
def test_the_patients_page_leads_there_for_those_who_may(site: Site, sign_in: Any, client: Client, role: Role) -> None:
    if Permission.VIEW_PATIENTS not in ROLES[role].permissions:
        return
    patient = registered_patient(site)
    sign_in(site, role)
    page = client.get(reverse("patient", args=[patient.pk])).content.decode()
    shown = reverse("patient_trail", args=[patient.pk]) in page
    assert shown == (role in {Role.MANAGER, Role.AUDITOR})
    assert (f'href="{reverse("trail_list")}"' in page) == shown  # and so does the navigation


def test_an_altered_entry_shows_itself(site: Site, sign_in: Any, client: Client) -> None:
    corrected(registered_patient(site), make_actor(site, Role.OPERATOR))
    event = TrailEvent.objects.latest("seq")
    sign_in(site, Role.MANAGER)
    said = f"Entry {event.seq} isn’t what was recorded"
    assert said not in text_of(client, reverse("trail_list"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE clinic_trailevent SET reason = 'Something else.' WHERE seq = %s", [event.seq])
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert said in text_of(client, reverse("trail_list"))


@pytest.mark.parametrize(
    "altered",
    ["body = 'no JSON'", "body = '{}'", "body = '[1]'", """body = '{"before": 1, "after": [2], "roles": 3}'""",
     "action = 'hack'", "object_type = 'nonsense'", "object_type = ''"],
)  # fmt: skip
def test_an_entry_altered_beyond_reading_is_listed_all_the_same(
    site: Site, sign_in: Any, client: Client, altered: str
) -> None:
    sign_in(site, Role.MANAGER)
    registered_patient(site)
    event = TrailEvent.objects.order_by("-seq").first()
    assert event is not None
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE clinic_trailevent SET {altered} WHERE id = %s", [event.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert f"Entry {event.seq} isn’t what was recorded" in text_of(client, reverse("trail_list"))
    assert client.post(reverse("trail_csv")).status_code == 200


def test_the_page_never_says_that_the_chain_was_verified(site: Site, sign_in: Any, client: Client) -> None:
    sign_in(site, Role.MANAGER)
    page = text_of(client, reverse("trail_list"))
    assert "is not checked by this page" in page
    assert "verified" not in page


def test_an_htmx_request_gets_the_entries_alone(site: Site, sign_in: Any, client: Client) -> None:
    sign_in(site, Role.MANAGER)
    answer = client.get(reverse("trail_list"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in answer
    assert "Nothing on record yet" in answer


@pytest.mark.parametrize("entries", [3, 30])
def test_the_list_costs_the_same_queries_however_long_it_is(
    site: Site, sign_in: Any, client: Client, django_assert_max_num_queries: Any, entries: int
) -> None:
    by = make_actor(site, Role.OPERATOR)
    for _number in range(entries):
        corrected(registered_patient(site), by)
    manager = sign_in(site, Role.MANAGER)
    # session, account, memberships, people, the page; of more than a page, whether they fit one document
    with django_assert_max_num_queries(6):
        client.get(reverse("trail_list"))
    # and the day's first and last number
    day = clock.today(site).isoformat()
    with django_assert_max_num_queries(8):
        client.get(reverse("trail_list", query={"day": day, "person": manager.user.pk, "action": "change"}))


#: Twenty thousand entries, of which every thousandth is of the one patient, person and action looked for.
MANY = """
INSERT INTO clinic_trailevent (epoch, seq, recorded_at, occurred_at, actor_id, actor_name, site_id, action, object_type,
    object_id, object_label, patient_id, request_id, reason, body, prev_hash, hash)
SELECT 1, 1000 + n, timestamptz '2026-01-01' + n * interval '10 minutes', now(),
    CASE WHEN n %% 1000 = 1 THEN %(rare)s ELSE %(usual)s END, 'Olga Demo', %(site)s,
    CASE WHEN n %% 1000 = 2 THEN 'retire' ELSE 'read' END, 'clinic.Site', '1', 'Site',
    CASE WHEN n %% 1000 = 3 THEN %(patient)s::bigint END, '', '', '{}', md5('before' || n), md5('of' || n)
FROM generate_series(1, 20000) AS n
"""


def test_each_filter_follows_an_index(site: Site) -> None:
    usual, rare = make_actor(site, Role.OPERATOR), make_actor(site, Role.OPERATOR)
    patient = registered_patient(site)
    with connection.cursor() as cursor:
        values = {"rare": rare.user.pk, "usual": usual.user.pk, "site": site.pk, "patient": patient.pk}
        cursor.execute("SET LOCAL session_replication_role = replica")  # they are no chain
        cursor.execute(MANY, values)
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE clinic_trailevent")

    def plan(**filters: Any) -> str:
        found: str = entries_of(site, **filters).select_related(None).order_by(*ORDER)[:26].explain()
        assert "Sort" not in found
        assert "Seq Scan" not in found
        return found

    assert "trail_patient" in plan(patient_id=patient.pk)
    assert "trail_actor" in plan(person_id=rare.user.pk)
    assert "trail_action" in plan(action="retire")
    assert "seq >=" in plan(day=date(2026, 2, 3))
    plan()
    since = TrailEvent.objects.filter(site=site, recorded_at__gte=datetime(2026, 2, 3, tzinfo=BERLIN))
    assert "trail_recorded" in since.order_by("recorded_at", "seq").values_list("seq", flat=True)[:1].explain()


def test_a_filter_that_cannot_be_read_says_so_to_htmx(site: Site, sign_in: Any, client: Client) -> None:
    sign_in(site, Role.MANAGER)
    url = reverse("trail_list", query={"day": "soon"})
    assert "Give day, month and year." in text_of(client, url, **{"HX-Request": "true"})


def test_values_are_written_as_people_read_them(site: Site) -> None:
    before = {"wasted_ul": 100, "ready": False, "on": "2026-03-01", "notes": "", "zones": ["vertex"]}
    after = {
        "phone": "",
        "wasted_ul": 1250,
        "ready": True,
        "on": "2026-03-02",
        "notes": "Slow",
        "zones": ["vertex", "crown"],
    }
    assert [(each.label, each.old, each.new) for each in changes(None, before, after)] == [
        ("Wasted", "0.10 mL", "1.25 mL"),
        ("Ready", "No", "Yes"),
        ("On", "1 Mar 2026", "2 Mar 2026"),
        ("Notes", "", "Slow"),
        ("Zones", "vertex", "vertex · crown"),
    ]


@unit_of_work
def amendment_noted(by: Any, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
    """Write down that an amendment was signed, as one or the other release does."""
    subject = Amendment(pk=7, number=2, entry=(before or after)["entry"], correct="90")
    record(by=by, action=Action.CHANGE, subject=subject, reason="Misread.", before=before, after=after)


@pytest.mark.parametrize(
    ("before", "after", "facts"),
    [
        (
            None,
            {"record": ["patients.Patient", "5"], "entry": "Given · Points", "as_signed": "88", "correct": "90",
             "version": 2},
            [("Record", "patient 5"), ("Entry", "Given · Points"), ("As signed", "88"), ("What is right", "90"),
             ("Version", "2")],
        ),
        (  # as entries of earlier releases say it: nothing can be changed in them
            {"entry": "Given · Points", "as signed": "88"}, {"version": 2, "correct": "90"},
            [("Entry", "Given · Points"), ("As signed", "88"), ("What is right", "90"), ("Version", "2")],
        ),
        (
            None, {"entry": "Given · Notes", "as_signed": "", "correct": "Dizzy.", "version": 3},
            [("Entry", "Given · Notes"), ("As signed", "Nothing entered."), ("What is right", "Dizzy."),
             ("Version", "3")],
        ),
        (
            {"entry": "", "as signed": ""}, {"version": 2, "correct": "Noted late."},
            [("Entry", "The record as a whole"), ("What is right", "Noted late."), ("Version", "2")],
        ),
    ],
)  # fmt: skip
def test_an_amendment_takes_nothing_out(
    site: Site, sign_in: Any, client: Client, before: Any, after: Any, facts: list[tuple[str, str]]
) -> None:
    amendment_noted(make_actor(site, Role.OPERATOR, name="Olga Demo"), before, after)
    (entry,) = shown(TrailEvent.objects.filter(object_type="clinic.Amendment"))
    assert entry.facts == [Fact(*each) for each in facts]
    assert entry.changes == []
    assert entry.in_words("→") == "; ".join(f"{label}: {value}" for label, value in facts)
    sign_in(site, Role.AUDITOR)
    url = reverse("trail_list", query={"object_type": "clinic.Amendment", "action": "change"})
    source = client.get(url).content.decode()
    assert "<del>" not in source
    page = text_of(client, url)
    assert "Olga Demo signed and added amendment" in page
    assert "Why: Misread." in page
    assert "taken out" not in page
    for label, value in facts:
        assert f"{label} {value}" in page


def test_a_change_is_shown_in_words_with_what_was_before(site: Site) -> None:
    corrected(registered_patient(site), make_actor(site, Role.OPERATOR))
    (entry,) = shown(TrailEvent.objects.filter(action=Action.CHANGE, object_type="patients.Patient"))
    assert entry.in_words(">") == "Phone: 01 555 0100 > 01 555 0199"
    assert entry.facts == []
