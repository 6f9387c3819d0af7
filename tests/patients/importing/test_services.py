"""Taking imported patients into the records: once each, whole or not at all, with the trail."""

import json
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection

from clinic import clock
from clinic.accounts.actors import Actor, service_actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission, Role
from clinic.errors import NotAllowed
from clinic.trail.models import Action, TrailEvent
from clinic.trail.verify import verify_chain
from patients.importing import services
from patients.importing.queries import facts_by_rule
from patients.importing.services import Summary, import_patients
from patients.registry.models import NameToken, OtherName, Patient, RecordNumberCounter, ReportedFact, SourceIdentifier
from patients.registry.services import update_patient
from tests.factories import make_actor, make_site
from tests.patients.importing.samples import bundle, condition, patient


@pytest.fixture
def importer(site: Site) -> Actor:
    """The clinic's own account, as the command acts."""
    return service_actor(site, permissions=[Permission.REGISTER_PATIENTS])


@pytest.fixture
def take(importer: Actor, tmp_path: Path) -> Callable[..., Summary]:
    """Import a FHIR value (or several, as files of a folder)."""

    def take_it(*values: Any, by: Actor = importer, dry_run: bool = False, at: datetime | None = None) -> Summary:
        folder = tmp_path / f"source{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for number, value in enumerate(values):
            (folder / f"{number}.json").write_text(json.dumps(value))
        return import_patients(by=by, source=folder, dry_run=dry_run, at=at or clock.now())

    return take_it


Take = Callable[..., Summary]
MRN = [{"system": "urn:mrn", "value": "7"}]


def everything() -> list[int]:
    """How many rows the tables hold that an import writes."""
    models = (Patient, NameToken, SourceIdentifier, ReportedFact, TrailEvent)
    return [model._default_manager.count() for model in models]


def test_a_patient_comes_in_with_entry_numbers_and_facts(take: Take, site: Site, importer: Actor) -> None:
    given = patient(
        identifier=MRN,
        telecom=[{"system": "phone", "value": "+49 30 5550100"}, {"system": "email", "value": "alma@example.org"}],
        address=[{"line": ["1 Demo Street"], "city": "Demo", "postalCode": "3999", "country": "AU"}],
        deceasedBoolean=True,
    )
    psoriasis = condition("Psoriasis", onsetDateTime="2004", recordedDate="2005-01-02", note=[{"text": "scalp"}])
    pregnant = condition({"coding": [{"system": "http://snomed.info/sct", "code": "77386006"}]}, id="c2")
    summary = take(bundle(given, psoriasis, pregnant))
    assert (summary.read, summary.created, summary.already_there, summary.facts_created) == (1, 1, 0, 2)
    found = Patient.objects.get()
    assert (found.family_name, found.given_name, str(found.birth_date), found.sex) == (
        "Demo", "Alma", "1990-02-03", "female",
    )  # fmt: skip
    assert (found.phone, found.email, found.deceased, found.site) == (
        "+49 30 5550100", "alma@example.org", True, site,
    )  # fmt: skip
    assert found.address == "1 Demo Street, 3999 Demo, AU"
    assert found.registered_by == importer.user
    assert list(SourceIdentifier.objects.values_list("system", "value")) == [("urn:mrn", "7")]
    first, second = ReportedFact.objects.order_by("id")
    assert (first.kind, first.category, first.status, first.text) == (
        "condition",
        "skin_disease",
        "present",
        "Psoriasis",
    )
    assert (first.onset_text, first.reported_text, first.detail) == ("2004", "2005-01-02", "scalp")
    assert first.given_status == "clinicalStatus: active"
    assert (first.source, first.source_key) == ("0.json entry 2", "Condition/c1")
    assert '"Psoriasis"' in first.excerpt
    assert (second.category, second.matched_by, second.categories_version) == ("pregnancy", "SNOMED CT 77386006", 1)
    assert {token.token for token in NameToken.objects.all()} == {"alma", "demo"}


def test_the_trail_says_who_imported_what_from_where(take: Take, importer: Actor) -> None:
    take(bundle(patient(identifier=MRN), condition("Psoriasis")))
    found = Patient.objects.get()
    created, imported = TrailEvent.objects.filter(patient=found).order_by("seq")
    assert (created.action, imported.action) == (Action.CREATE, Action.IMPORT)
    assert imported.actor == importer.user
    assert json.loads(imported.body)["after"] == {
        "source": "0.json entry 1",
        "numbers": ["urn:mrn|7"],
        "facts": ["Condition/c1"],
    }
    assert verify_chain() is None


def test_importing_the_same_again_creates_nothing_and_writes_nothing(take: Take) -> None:
    value = bundle(patient(identifier=MRN), condition("Psoriasis"), condition("Acne", id="c2"))
    take(value)
    before = everything()
    summary = take(value)
    assert (summary.read, summary.created, summary.already_there) == (1, 0, 1)
    assert (summary.facts_created, summary.facts_already_there) == (0, 2)
    assert everything() == before


def test_a_changed_statement_is_another_fact_and_the_older_one_stays(take: Take) -> None:
    take(bundle(patient(), condition("Psoriasis")))
    resolved = condition("Psoriasis", clinicalStatus={"coding": [{"code": "resolved"}]}, meta={"versionId": "2"})
    summary = take(bundle(patient(), resolved))
    assert (summary.already_there, summary.facts_created) == (1, 1)
    assert list(ReportedFact.objects.order_by("id").values_list("source_key", "status")) == [
        ("Condition/c1", "present"),
        ("Condition/c1", "past"),
    ]
    assert TrailEvent.objects.filter(action=Action.IMPORT).count() == 2


def test_the_same_statement_twice_in_a_source_is_one_fact(take: Take) -> None:
    summary = take(bundle(patient(), condition("Psoriasis"), condition("Psoriasis")))
    assert (summary.facts_created, summary.facts_already_there) == (1, 1)


def test_a_patient_is_known_by_any_of_their_numbers_and_learns_the_others(take: Take) -> None:
    take(patient(identifier=MRN))
    other = [{"system": "urn:insurance", "value": "A1"}]
    assert take(patient(identifier=MRN + other)).already_there == 1
    assert take(patient(identifier=other)).already_there == 1
    assert (Patient.objects.count(), SourceIdentifier.objects.count()) == (1, 2)


def test_other_names_are_kept_and_found_and_stay_when_the_entry_is_edited(take: Take, importer: Actor) -> None:
    names = [{"family": "Demo", "given": ["Alma"]}, {"use": "maiden", "family": "Windsor"}, {"text": "阿尔玛"}]
    take(patient(name=names))
    found = Patient.objects.get()
    assert [row.name for row in OtherName.objects.order_by("id")] == ["Windsor", "阿尔玛"]
    update_patient(
        by=importer, patient=found, row_version=1, family_name="Demo-Bo", given_name="Alma", reason="married",
        birth_date=found.birth_date, sex=found.sex, phone="", email="", address="", notes="", at=clock.now(),
    )  # fmt: skip
    tokens = {token.token for token in NameToken.objects.all()}
    assert tokens == {"alma", "demo", "bo", "demobo", "windsor", "阿", "尔", "玛"}
    assert take(patient(name=names)).already_there == 1
    assert OtherName.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "family", "given", "others"),
    [
        ({"text": "王大明", "family": "WANG", "given": ["DAMING"]}, "王大明", "", ["DAMING WANG"]),
        ({"text": "DEMO, ALMA", "family": "Demo", "given": ["Alma"]}, "Demo", "Alma", []),
        ({"text": "Alma (Al) Demo", "family": "Demo", "given": ["Alma"]}, "Demo", "Alma", ["Alma (Al) Demo"]),
        ({"given": ["Kenzi"]}, "Kenzi", "", []),
        ({"text": "Only One Line"}, "Only One Line", "", []),
        ({"family": "Demo"}, "Demo", "", []),
    ],
)
def test_a_name_is_taken_by_its_parts_unless_its_text_is_another_name(
    take: Take, name: dict[str, Any], family: str, given: str, others: list[str]
) -> None:
    take(patient(name=[name]))
    found = Patient.objects.get()
    assert (found.family_name, found.given_name) == (family, given)
    assert [row.name for row in OtherName.objects.all()] == others


def test_gaps_are_filled_and_what_people_entered_stays(take: Take) -> None:
    take({"resourceType": "Patient", "identifier": MRN})
    found = Patient.objects.get()
    assert (found.family_name, found.birth_date, found.sex) == ("—", None, "unknown")
    assert take(patient(identifier=MRN, telecom=[{"system": "phone", "value": "030 5550100"}])).already_there == 1
    found.refresh_from_db()
    assert (found.full_name, str(found.birth_date), found.sex, found.phone) == ("Alma Demo", "1990-02-03", "female", "")
    assert take(patient(identifier=MRN, name=[{"family": "Windsor"}], deceasedBoolean=True)).already_there == 1
    found.refresh_from_db()
    assert (found.full_name, found.deceased) == ("Alma Demo", True)
    changes = TrailEvent.objects.filter(action=Action.CHANGE)
    assert [event.reason for event in changes.order_by("seq")] == ["Missing here, given by 0.json"] * 2


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (patient(identifier=MRN, birthDate="1991-02-03"), "born 1991-02-03 in the source, 1990-02-03 here"),
        (patient(identifier=MRN, birthDate="1989"), "born 1989 in the source"),
        (patient(identifier=MRN, birthDate=None, name=[{"family": "Other"}]), "another name, and no birth date"),
    ],
)
def test_a_number_that_two_persons_share_gives_neither_the_others_facts(
    take: Take, second: dict[str, Any], reason: str
) -> None:
    take(patient(identifier=MRN))
    summary = take(bundle(second, condition("Psoriasis")))
    assert (summary.read, summary.created, summary.already_there) == (1, 0, 0)
    assert reason in summary.refused[0].reason
    assert "N-00001" in summary.refused[0].reason
    assert ReportedFact.objects.count() == 0


@pytest.mark.parametrize(
    "second",
    [
        patient(identifier=MRN, birthDate="1990"),
        patient(identifier=MRN, birthDate="1990-02"),
        patient(identifier=MRN, birthDate="1990-02-03", name=[{"family": "Windsor"}]),
        patient(identifier=MRN, birthDate=None, name=[{"family": "Demo", "given": ["Al"]}]),
        patient(identifier=MRN, birthDate=None, name=None),
    ],
)
def test_less_precise_or_missing_details_are_no_contradiction(take: Take, second: dict[str, Any]) -> None:
    take(patient(identifier=MRN))
    assert take(second).already_there == 1


def test_numbers_of_two_patients_in_one_record_are_refused(take: Take) -> None:
    take(patient(identifier=MRN), patient(id="p2", identifier=[{"system": "urn:mrn", "value": "8"}]))
    summary = take(patient(identifier=[*MRN, {"system": "urn:mrn", "value": "8"}]))
    assert "belong to different patients here: N-00001, N-00002" in summary.refused[0].reason
    assert Patient.objects.count() == 2


def test_the_same_number_at_another_site_is_another_patient(take: Take, other_site: Site) -> None:
    take(patient(identifier=MRN))
    elsewhere = service_actor(other_site, permissions=[Permission.REGISTER_PATIENTS])
    assert take(patient(identifier=MRN), by=elsewhere).created == 1
    assert [row.site_id for row in Patient.objects.order_by("id")] != [other_site.pk] * 2


def test_partial_and_impossible_birth_dates_are_kept_as_text_or_left_out(take: Take) -> None:
    take(
        patient(id="a", birthDate="1962-05"),
        patient(id="b", birthDate="1962"),
        patient(id="c", birthDate="1899-12-31"),
        patient(id="d", birthDate="tomorrow"),
    )
    found = Patient.objects.order_by("id")
    assert [(row.birth_date, row.birth_date_text) for row in found] == [
        (None, "1962-05"), (None, "1962"), (None, ""), (None, ""),
    ]  # fmt: skip
    assert "too long ago" in found[2].notes
    assert "“tomorrow”" in found[3].notes


def test_what_an_entry_cannot_hold_is_left_out_with_a_remark(take: Take) -> None:
    given = patient(
        name=[{"family": "D" * 200, "given": ["Alma"]}],
        telecom=[{"system": "phone", "value": "call reception"}, {"system": "email", "value": "nobody"}],
        address=[{"text": "x" * 900}],
        active=False,
    )
    summary = take(given)
    found = Patient.objects.get()
    assert (len(found.family_name), found.phone, found.email, len(found.address)) == (120, "", "", 300)
    for words in ("no longer in use", "cut after 120", "“call reception” was left out"):
        assert words in found.notes
    assert " ".join(remark for _place, _number, remark in summary.remarks) == found.notes


def test_a_dry_run_tells_the_same_and_leaves_nothing(take: Take, importer: Actor) -> None:
    value = bundle(patient(identifier=MRN), patient(id="p2"), patient(id="p2"), condition("Psoriasis"))
    before = [*everything(), RecordNumberCounter.objects.count()]
    rehearsal = take(value, dry_run=True)
    assert [*everything(), RecordNumberCounter.objects.count()] == before
    done = take(value)
    assert rehearsal.as_json() == {**done.as_json(), "dry_run": True}
    assert (done.read, done.created, done.already_there, done.facts_created) == (3, 2, 1, 1)


def test_a_failure_in_the_middle_leaves_the_patient_out_and_the_others_whole(
    take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = services._add_facts

    def failing(**kwargs: Any) -> Any:
        if kwargs["patient"].family_name == "Breaks":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1/0")
        return real(**kwargs)

    monkeypatch.setattr(services, "_add_facts", failing)
    with pytest.raises(DatabaseError):
        take(patient(id="a"), patient(id="b", name=[{"family": "Breaks"}]), patient(id="c"))
    assert [row.family_name for row in Patient.objects.all()] == ["Demo"]
    assert SourceIdentifier.objects.count() == 1
    assert verify_chain() is None


def test_only_who_may_register_may_import(site: Site, take: Take) -> None:
    with pytest.raises(NotAllowed):
        take(patient(), by=make_actor(site, Role.AUDITOR))
    assert take(patient(), by=make_actor(site, Role.FRONT_DESK)).created == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE patients_reportedfact SET status = 'past'",
        "DELETE FROM patients_reportedfact",
        "TRUNCATE patients_reportedfact CASCADE",
        "UPDATE patients_sourceidentifier SET value = 'x'",
    ],
)
def test_raw_sql_cannot_change_or_remove_what_was_reported(take: Take, statement: str) -> None:
    take(bundle(patient(), condition("Psoriasis")))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="records"):
            cursor.execute(statement)


def test_facts_stand_beside_the_question_they_speak_to(take: Take, django_assert_num_queries: Any) -> None:
    take(
        bundle(
            patient(),
            condition("Normal pregnancy", id="c1", clinicalStatus={"coding": [{"code": "resolved"}]}),
            condition("Normal pregnancy", id="c2"),
            condition("Asthma", id="c3"),
            condition("Family history of breast cancer", id="c4"),
        )
    )
    person = Patient.objects.get()
    with django_assert_num_queries(1):
        found = facts_by_rule(person)
    assert {rule: [(fact.text, fact.status) for fact in facts] for rule, facts in found.items()} == {
        "pregnancy": [("Normal pregnancy", "present"), ("Normal pregnancy", "past")],
    }


def test_an_import_does_a_bounded_number_of_queries_per_patient(take: Take, django_assert_max_num_queries: Any) -> None:
    facts = [condition(f"Finding {number}", id=f"c{number}") for number in range(200)]
    take(patient(id="warm"))
    with django_assert_max_num_queries(35):
        take(bundle(patient(), *facts))
    with django_assert_max_num_queries(20):
        take(bundle(patient(), *facts))


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_source_at_once_enter_each_patient_once(tmp_path: Path) -> None:
    site = make_site("Q")
    importer = service_actor(site, permissions=[Permission.REGISTER_PATIENTS])
    people = [patient(id=f"p{number}", birthDate=f"19{number}-01-01") for number in range(10, 18)]
    (tmp_path / "a.json").write_text(
        json.dumps(bundle(*people, condition("Acne", subject={"reference": "Patient/p10"})))
    )
    done: list[Summary] = []

    def run() -> None:
        try:
            done.append(import_patients(by=importer, source=tmp_path, at=clock.now()))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _count in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(summary.created for summary in done) == 8
    assert sum(summary.already_there for summary in done) == 16
    assert (Patient.objects.count(), ReportedFact.objects.count()) == (8, 1)
    assert verify_chain() is None
