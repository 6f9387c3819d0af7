"""The weekly audit: counts that open exactly their rows, decisions, one signature, and what came later."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit.weekly.documents import sections
from audit.weekly.models import DeviationDecision, Verdict, WeekReview
from audit.weekly.queries import deviations_of, unsigned_weeks, week_figures
from audit.weekly.services import decide_deviation
from audit.weekly.weeks import Week
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from clinic.errors import NotAllowed, Refused
from clinic.trail.models import ChainHead, TrailEvent
from clinic.trail.unit import chain_hash
from clinic.trail.verify import verify_chain
from protocols.formulations.models import FormulationVersion
from tests.audit.weekly.given import MONDAY, WEEK, decide, prepare, sign
from tests.factories import make_actor, make_site
from tests.protocols.builders import approved_formulation
from tests.sessions.builders import make_preparer

pytestmark = pytest.mark.usefixtures("on_monday")


@pytest.mark.django_db
class TestFigures:
    def test_counts_per_preparer_with_wilson_intervals(self, site: Site, version: FormulationVersion) -> None:
        anna, ben = make_preparer(site, "Anna Demo"), make_preparer(site, "Ben Demo")
        for off in (True, False, False):
            prepare(site, version, by=anna, off=off)
        prepare(site, version, by=ben, off=True)
        figures = week_figures(site, WEEK)
        assert (figures.preparations, figures.with_deviation, figures.deviations, figures.to_decide) == (4, 2, 4, 4)
        assert [(row.name, row.preparations, row.with_deviation, row.deviations) for row in figures.preparers] == [
            ("Anna Demo", 3, 1, 2), ("Ben Demo", 1, 1, 2)
        ]  # fmt: skip
        # Wilson 95 % of 1 in 3 and of 1 in 1: 6.1 to 79.2 % and 20.7 to 100 %.
        assert [(row.share.low_percent, row.share.high_percent) for row in figures.preparers] == [(6, 79), (21, 100)]

    def test_a_week_begins_on_monday_at_midnight_on_the_sites_clocks(self) -> None:
        site = make_site("A", time_zone="Pacific/Auckland")
        version = approved_formulation(site)
        # Monday 00:00 in Auckland, UTC+13 in November, is Sunday 11:00 in UTC.
        begins = datetime(2026, 11, 15, 11, 0, tzinfo=UTC)
        prepare(site, version, at=begins - timedelta(minutes=1))
        prepare(site, version, at=begins)
        assert (week_figures(site, Week(2026, 46)).preparations, week_figures(site, WEEK).preparations) == (1, 1)

    def test_the_week_of_the_year_end_and_of_the_clock_change_lose_nothing(self, site: Site) -> None:
        version = approved_formulation(site)
        # 1 Jan 2027 is a Friday of 2026's week 53; on 25 Oct 2026 Berlin's Sunday has 25 hours.
        prepare(site, version, at=datetime(2027, 1, 1, 9, 0, tzinfo=UTC))
        prepare(site, version, at=datetime(2026, 10, 25, 22, 30, tzinfo=UTC))
        assert week_figures(site, Week(2026, 53)).preparations == 1
        assert week_figures(site, Week(2026, 43)).preparations == 1
        assert week_figures(site, Week(2026, 44)).preparations == 0

    def test_another_sites_preparations_dont_count(self, site: Site, version: FormulationVersion) -> None:
        other = make_site("S")
        prepare(other, approved_formulation(other))
        assert week_figures(site, WEEK).preparations == 0


@pytest.mark.django_db
class TestSigning:
    def test_a_running_week_isnt_signed(self, site: Site, manager: Actor) -> None:
        sunday = datetime(2026, 11, 22, 22, 59, 59, tzinfo=UTC)  # 23:59:59 in Berlin
        with pytest.raises(Refused) as refused:
            sign(manager, at=sunday)
        assert refused.value.reasons == ["The week isn't over yet. It can be signed from 23 Nov 2026."]
        assert sign(manager, at=sunday + timedelta(seconds=1)).signed_by == manager.user

    def test_a_week_of_the_future_says_its_own_monday(self, site: Site, manager: Actor) -> None:
        with pytest.raises(Refused) as refused:
            sign(manager, week=Week(2026, 53))
        assert refused.value.reasons == ["The week isn't over yet. It can be signed from 4 Jan 2027."]

    def test_a_week_before_the_first_record_isnt_signed(
        self, site: Site, manager: Actor, version: FormulationVersion
    ) -> None:
        prepare(site, version)
        with pytest.raises(Refused) as refused:
            sign(manager, week=Week(2025, 1))
        assert refused.value.reasons == [
            "There is nothing of this week: the records of this site begin on 17 Nov 2026."
        ]
        assert not WeekReview.objects.exists()

    def test_an_empty_week_after_the_first_record_is_signed(
        self, site: Site, manager: Actor, version: FormulationVersion
    ) -> None:
        prepare(site, version)
        assert sign(manager, week=Week(2026, 48), at=MONDAY + timedelta(days=7)).signed_by == manager.user

    def test_every_deviation_is_decided_first(self, site: Site, manager: Actor, version: FormulationVersion) -> None:
        prepare(site, version, off=True)
        with pytest.raises(Refused) as refused:
            sign(manager)
        assert refused.value.reasons == ["2 deviations wait for a decision."]
        decide(manager, site)
        sign(manager)

    def test_the_signed_page_is_sealed_with_its_figures(
        self, site: Site, manager: Actor, version: FormulationVersion
    ) -> None:
        preparation = prepare(site, version, by=make_preparer(site, "Anna Demo"), off=True)
        decide(manager, site)
        review = sign(manager, note="Quiet week.")
        assert (review.figures["preparations"], review.figures["deviations"]) == (1, 2)
        content = SealedDocument.objects.get(kind="week_review").content
        for words in (
            "Anna Demo",
            preparation.number,
            "Talked through",
            "Quiet week.",
            "Mona Demo",
            "n = 1, too few to judge",
        ):
            assert words in content

    def test_the_signed_page_shows_where_the_record_trail_ended_and_the_verifier_holds_it_to_that(
        self, site: Site, manager: Actor, version: FormulationVersion, capsys: Any
    ) -> None:
        prepare(site, version, by=make_preparer(site, "Anna Demo"), off=True)
        decide(manager, site)
        head = ChainHead.objects.get(site=site)
        sign(manager)
        content = json.loads(SealedDocument.objects.get(kind="week_review").content)
        assert (content["trail"]["seq"], content["trail"]["hash"]) == (head.seq, head.hash[:16])
        rows = {row["label"]: row["value"] for row in content["sections"][-1]["fields"]}
        assert rows["Epoch of the trail"] == str(head.epoch)
        assert rows["Entry"] == str(head.seq)
        assert rows["First digits of its hash"].replace(" ", "") == head.hash[:16]
        call_command("verify_trail")
        assert "1 of them with a printed end" in capsys.readouterr().out
        with connection.cursor() as cursor:  # whoever owns the database writes the chain anew
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            last = "0" * 64
            for event in TrailEvent.objects.order_by("seq"):
                body = event.body.replace('"address":""', '"address":"10.0.0.1"')
                digest = chain_hash(last, body)
                cursor.execute(
                    "UPDATE clinic_trailevent SET body = %s, prev_hash = %s, hash = %s WHERE id = %s",
                    [body, last, digest, event.pk],
                )
                last = digest
            cursor.execute("UPDATE clinic_chainhead SET hash = %s WHERE site_id = %s", [last, site.pk])
            cursor.execute("SET LOCAL session_replication_role = origin")
        assert verify_chain() is None
        with pytest.raises(CommandError, match=rf"entry {head.seq}: checkpoint mismatch"):
            call_command("verify_trail")

    @pytest.mark.parametrize(("prepared", "interval"), [(9, "n = 9, too few to judge"), (10, "2–40 %")])
    def test_the_signed_page_judges_nobody_by_few(self, prepared: int, interval: str) -> None:
        counted = {
            "preparations": prepared, "rejected": 0, "with_deviation": 1, "deviations": 2, "share_percent": 10,
            "low_percent": 2, "high_percent": 40,
        }  # fmt: skip
        content = {
            "week": "2026-W47", "site": "A", "from": date(2026, 11, 16), "to": date(2026, 11, 22), "note": "",
            "figures": {**counted, "preparers": [{"name": "Anna Demo", **counted}]}, "deviations": [],
        }  # fmt: skip
        about, by_preparer, _deviations = sections(content)
        assert by_preparer["rows"][0]["cells"][4]["text"] == interval
        said = next(field["value"] for field in about["fields"] if field["label"] == "With a deviation")
        assert ("too few to judge" in said) is (prepared < 10)

    def test_a_week_that_was_signed_before_that_is_laid_out_without_it(self) -> None:
        figures = {"preparations": 0, "rejected": 0, "preparers": []}
        content = {
            "week": "2026-W10", "site": "North", "from": date(2026, 3, 2), "to": date(2026, 3, 8), "figures": figures,
            "deviations": [], "note": "",
        }  # fmt: skip
        assert len(sections(content)) == 3
        assert len(sections({**content, "trail": None})) == 3
        trail = {"seq": 7, "hash": "0123456789abcdef", "time": "2026-03-09T08:00:00.000000Z"}  # as it was before epochs
        said = [field["label"] for field in sections({**content, "trail": trail})[-1]["fields"]]
        assert said == ["Entry", "First digits of its hash", "Recorded"]

    def test_it_is_signed_once(self, site: Site, manager: Actor) -> None:
        first = sign(manager)
        assert sign(manager) == first
        with pytest.raises(Refused, match="Mona Demo has signed this week already"):
            sign(make_actor(site, Role.MANAGER))

    def test_signed_it_never_changes(self, site: Site, manager: Actor, version: FormulationVersion) -> None:
        prepare(site, version, off=True)
        decide(manager, site)
        review = sign(manager)
        for table in ("audit_weekreview", "audit_deviationdecision"):
            for sql in (f"UPDATE {table} SET site_id = site_id", f"DELETE FROM {table}"):
                with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(sql)
        deviation = deviations_of(site, WEEK).first()
        assert deviation is not None
        with pytest.raises(Refused, match="This week is signed"):
            decide_deviation(
                by=manager, deviation=deviation, verdict=Verdict.EXPLAINED, text="Changed my mind",
                submission_key=uuid.uuid4(), at=MONDAY,
            )  # fmt: skip
        assert review.signature is not None

    @pytest.mark.parametrize("role", [Role.PHYSICIAN, Role.AUDITOR, Role.PREPARER])
    def test_others_sign_and_decide_nothing(self, site: Site, role: Role) -> None:
        with pytest.raises(NotAllowed):
            sign(make_actor(site, role))

    def test_a_later_decision_stands_beside_the_first(
        self, site: Site, manager: Actor, version: FormulationVersion
    ) -> None:
        prepare(site, version, off=True)
        decide(manager, site)
        deviation = deviations_of(site, WEEK).first()
        assert deviation is not None
        decide_deviation(
            by=manager, deviation=deviation, verdict=Verdict.RETRAIN, text="Once more", submission_key=uuid.uuid4(),
            at=MONDAY,
        )  # fmt: skip
        assert DeviationDecision.objects.filter(deviation=deviation).count() == 2
        assert deviations_of(site, WEEK).get(pk=deviation.pk).decision == Verdict.RETRAIN

    def test_unsigned_weeks_with_preparations_wait_on_the_list(
        self, site: Site, manager: Actor, version: FormulationVersion
    ) -> None:
        prepare(site, version)
        now = Week.of(MONDAY.date())
        assert unsigned_weeks(site, before=now) == [WEEK]
        sign(manager)
        assert unsigned_weeks(site, before=now) == []


@pytest.mark.django_db(transaction=True)
def test_two_managers_at_once_one_signs_and_the_other_is_told(site: Site) -> None:
    barrier, managers = Barrier(2), [make_actor(site, Role.MANAGER) for _ in range(2)]

    def run(by: Actor) -> object:
        try:
            barrier.wait(timeout=30)
            return sign(by)
        except Exception as error:  # noqa: BLE001 - the test looks at each answer, whatever it is
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(run, managers))
    (refused,) = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(refused, Refused)
    assert "has signed this week already" in str(refused)
    assert WeekReview.objects.count() == 1
