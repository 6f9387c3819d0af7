"""The weekly audit: counts that open exactly their rows, decisions, one signature, and what came later."""

import html
import json
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from audit.weekly.documents import sections
from audit.weekly.models import DeviationDecision, Verdict, WeekReview
from audit.weekly.queries import deviations_of, unsigned_weeks, week_figures
from audit.weekly.services import decide_deviation, sign_week
from audit.weekly.weeks import Week
from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from clinic.errors import NotAllowed, Refused
from clinic.trail.models import ChainHead, TrailEvent
from clinic.trail.unit import chain_hash
from clinic.trail.verify import verify_chain
from protocols.formulations.models import FormulationVersion
from sessions.preparation.models import Preparation
from sessions.preparation.services import reject_preparation
from sessions.treatment.services import explain_zone
from tests.factories import PASSWORD, confirmed, make_actor, make_site
from tests.protocols.builders import approved_formulation
from tests.sessions.builders import make_preparer, measured_preparation, signed_preparation
from tests.sessions.rooms import ready_room

#: A Tuesday morning of week 47, and the Monday after it.
AT = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WEEK = Week(2026, 47)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.moved_to(MONDAY):
        yield


@pytest.fixture
def version(site: Site) -> FormulationVersion:
    with clock.moved_to(AT):
        return approved_formulation(site)


@pytest.fixture
def manager(site: Site) -> Actor:
    return make_actor(site, Role.MANAGER, name="Mona Demo")


def prepare(
    site: Site, version: FormulationVersion, *, by: Actor | None = None, off: bool = False, at: datetime = AT
) -> Preparation:
    """Sign a preparation; `off` measures both ingredients beyond their tolerance: two deviations."""
    # Of 5 mL: 3 mL ± 5 % of the active, 2 mL ± 10 % of the diluent.
    with clock.moved_to(at):
        return signed_preparation(site, version, [3_300, 1_700] if off else None, preparer=by, at=at)


def decide(by: Actor, site: Site, *, week: Week = WEEK, at: datetime = MONDAY) -> None:
    for deviation in deviations_of(site, week).filter(decision=None):
        decide_deviation(
            by=by, deviation=deviation, verdict=Verdict.TALKED, text="Talked through", submission_key=uuid.uuid4(),
            at=at,
        )  # fmt: skip


def sign(by: Actor, *, week: Week = WEEK, at: datetime = MONDAY, note: str = "") -> WeekReview:
    return sign_week(
        by=by, week=week, note=note, confirmed=confirmed(by, at), submission_key=uuid.uuid4(), at=at
    )  # fmt: skip


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


def words(response: Any) -> str:
    """Return the page's words: tags away, entities as letters, spaces single."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.mark.django_db
class TestPages:
    @pytest.fixture(autouse=True)
    def _signed_in(self, client: Client, manager: Actor) -> None:
        client.force_login(manager.user)

    def page(self, client: Client, week: Week = WEEK) -> Any:
        return client.get(reverse("week", args=[week.year, week.number]))

    def post(self, client: Client, name: str, **data: Any) -> Any:
        seen = self.seen(client) if name == "week_sign" else 0
        return client.post(reverse(name, args=[2026, 47]), {"submission_key": uuid.uuid4(), "seen": seen, **data})

    def seen(self, client: Client) -> str:
        """What the page's form for the signature carries of the week as it was shown."""
        form = self.page(client).content.decode().partition('id="sign"')[2]
        found = re.search(r'name="seen" value="([0-9a-f]{64})"', form)
        return found[1] if found else "nothing"

    def test_monday_opens_last_week(self, client: Client) -> None:
        assert client.get(reverse("audit_home")).headers["Location"] == reverse("week", args=[2026, 47])

    def test_every_number_opens_exactly_its_rows(
        self, client: Client, site: Site, manager: Actor, version: FormulationVersion
    ) -> None:
        anna, ben = make_preparer(site, "Anna Demo"), make_preparer(site, "Ben Demo")
        for off in (True, True, False):
            prepare(site, version, by=anna, off=off)
        prepare(site, version, by=ben)
        with clock.moved_to(AT):
            draft = measured_preparation(site, version, preparer=ben, at=AT)
            reject_preparation(by=ben, preparation=draft, reason="Cloudy", confirmed=confirmed(ben, AT), at=AT)
        first = deviations_of(site, WEEK).first()
        assert first is not None
        decide_deviation(
            by=manager, deviation=first, verdict=Verdict.TALKED, text="Talked through", submission_key=uuid.uuid4(),
            at=MONDAY,
        )  # fmt: skip
        body = self.page(client).content.decode()
        links = re.findall(r'<a href="([^"]*/(?:rows|deviations)/[^"]*)">(.*?)</a>', body, re.DOTALL)
        counted = {
            html.unescape(address): int(re.findall(r"\d+", re.sub(r"<[^>]+>", " ", inner))[0])
            for address, inner in links
        }
        rows, deviations = (reverse(name, args=[2026, 47]) for name in ("week_rows", "week_deviations"))
        assert counted == {
            rows: 5,
            f"{rows}?kind=deviation": 2,
            f"{rows}?kind=rejected": 1,
            f"{deviations}?kind=to-decide": 3,
            f"{rows}?preparer={anna.user.pk}": 3,
            f"{rows}?kind=rejected&preparer={anna.user.pk}": 0,
            f"{rows}?kind=deviation&preparer={anna.user.pk}": 2,
            f"{deviations}?preparer={anna.user.pk}": 4,
            f"{rows}?preparer={ben.user.pk}": 2,
            f"{rows}?kind=rejected&preparer={ben.user.pk}": 1,
            f"{rows}?kind=deviation&preparer={ben.user.pk}": 0,
            f"{deviations}?preparer={ben.user.pk}": 0,
        }
        for address, number in counted.items():
            assert client.get(address).content.decode().count('class="row-link"') == number, address

    def test_a_week_before_the_first_record_offers_no_signature(
        self, client: Client, site: Site, version: FormulationVersion
    ) -> None:
        prepare(site, version)
        page = client.get(reverse("week", args=[2025, 1])).content.decode()
        assert "There is nothing of this week" in html.unescape(page)
        assert reverse("week_sign", args=[2025, 1]) not in page

    @pytest.mark.parametrize(("prepared", "judged"), [(1, False), (9, False), (10, True)])
    def test_a_share_of_few_is_too_few_to_judge(
        self, client: Client, site: Site, version: FormulationVersion, prepared: int, judged: bool
    ) -> None:
        anna = make_preparer(site, "Anna Demo")
        for number in range(prepared):
            prepare(site, version, by=anna, off=not number)
        page = client.get(reverse("week", args=[2026, 47])).content.decode()
        # Once for the site and once for the only preparer.
        assert page.count(f"n = {prepared}, too few to judge") == (0 if judged else 2)
        # Wilson 95 % of 1 in 10: 1.8 to 40.4 %.
        assert ("2–40 %" in page) is judged

    def test_an_empty_week_says_so_and_can_be_signed(self, client: Client) -> None:
        said = words(self.page(client))
        assert "nothing was prepared" in said
        assert "Nothing was prepared this week" in said
        assert self.post(client, "week_sign", password=PASSWORD, note="").status_code == 302

    @pytest.mark.parametrize(
        "address",
        ["2026/54", "2025/53", "2026/0", "1999/52", "2201/1", "0/1", f"{10**30}/1", f"2026/{10**30}", "2026/-1"],
    )
    def test_a_week_that_isnt_there_is_not_found(self, client: Client, address: str) -> None:
        for tail in ("", "rows/", "deviations/"):
            assert client.get(f"/audit/week/{address}/{tail}").status_code == 404

    @pytest.mark.parametrize("week", [Week(2000, 1), Week(2000, 52), Week(2200, 52), Week(2026, 53)])
    def test_the_weeks_at_the_edge_are(self, client: Client, week: Week) -> None:
        assert self.page(client, week).status_code == 200

    @pytest.mark.parametrize("query", ["kind=other", "preparer=x", "preparer=99999999", f"preparer={10**20}"])
    def test_an_unknown_figure_is_not_found(self, client: Client, query: str) -> None:
        for name in ("week_rows", "week_deviations"):
            assert client.get(f"{reverse(name, args=[2026, 47])}?{query}").status_code == 404

    def test_a_wrong_password_keeps_the_note(self, client: Client) -> None:
        page = self.post(client, "week_sign", password="wrong", note="Quiet week")
        assert page.status_code == 422
        assert "Quiet week" in words(page)
        assert not WeekReview.objects.exists()

    def test_deciding_without_a_finding_keeps_the_choice(
        self, client: Client, site: Site, version: FormulationVersion
    ) -> None:
        prepare(site, version, off=True)
        deviation = deviations_of(site, WEEK).first()
        assert deviation is not None
        page = self.post(client, "deviation_decide", deviation=deviation.pk, verdict="retrain", text="")
        assert page.status_code == 422
        assert re.search(r'value="retrain"[^>]*checked', page.content.decode())
        done = self.post(client, "deviation_decide", deviation=deviation.pk, verdict="retrain", text="Too fast")
        assert done.status_code == 302

    def test_a_decision_that_somebody_else_made_meanwhile_is_told_and_kept_beside(
        self, client: Client, site: Site, manager: Actor, version: FormulationVersion
    ) -> None:
        prepare(site, version, off=True)
        deviation = deviations_of(site, WEEK).first()
        assert deviation is not None
        mine = {"deviation": deviation.pk, "verdict": "retrain", "text": "Too fast"}
        decide(make_actor(site, Role.MANAGER, name="Other Demo"), site)
        page = self.post(client, "deviation_decide", **mine)
        assert page.status_code == 409
        assert "Other Demo decided on this meanwhile" in words(page)
        assert "Talked through" in words(page)
        assert "Too fast" in words(page)
        assert DeviationDecision.objects.filter(deviation=deviation).count() == 1
        # The page carries what is shown now: sending it again is a choice.
        carried = re.findall(r'name="seen" value="(\d+)"', page.content.decode())
        assert "1" in carried
        assert self.post(client, "deviation_decide", **mine, seen=1).status_code == 302

    def test_a_week_that_changed_since_it_was_read_is_read_again_before_it_is_signed(
        self, client: Client, site: Site, manager: Actor, version: FormulationVersion
    ) -> None:
        prepare(site, version, off=True)
        decide(manager, site)
        seen = self.seen(client)
        deviation = deviations_of(site, WEEK).first()
        assert deviation is not None
        decide_deviation(
            by=make_actor(site, Role.MANAGER), deviation=deviation, verdict=Verdict.RETRAIN, text="Again", at=MONDAY,
            submission_key=uuid.uuid4(),
        )  # fmt: skip
        page = self.post(client, "week_sign", password=PASSWORD, note="Quiet week", seen=seen)
        assert page.status_code == 409
        assert "The week changed since this page was opened" in words(page)
        assert "Quiet week" in words(page)
        assert not WeekReview.objects.exists()
        assert self.post(client, "week_sign", password=PASSWORD, note="Quiet week").status_code == 302

    def test_what_comes_after_the_signature_is_answered_in_words(
        self, client: Client, site: Site, manager: Actor, version: FormulationVersion
    ) -> None:
        prepare(site, version, off=True)
        decide(manager, site)
        sign(make_actor(site, Role.MANAGER, name="Other Demo"))
        deviation = deviations_of(site, WEEK).first()
        assert deviation is not None
        page = self.post(client, "deviation_decide", deviation=deviation.pk, verdict="retrain", text="Too fast")
        assert page.status_code == 422
        assert "This week is signed" in words(page)
        page = self.post(client, "week_sign", password=PASSWORD, note="")
        assert "Other Demo has signed this week already" in words(page)

    def test_a_late_entry_shows_itself(
        self, client: Client, site: Site, manager: Actor, version: FormulationVersion
    ) -> None:
        prepare(site, version)
        sign(manager)
        assert "Entered after the signature" not in words(self.page(client))
        late = prepare(site, version)
        said = words(self.page(client))
        assert "Entered after the signature" in said
        assert late.number in said

    def test_the_signed_week_has_its_print(self, client: Client, manager: Actor) -> None:
        sign(manager)
        document = SealedDocument.objects.get(kind="week_review")
        assert reverse("document", args=[document.code]) in self.page(client).content.decode()

    def test_sessions_with_a_volume_outside_of_the_protocol_are_counted_and_open(
        self, client: Client, site: Site, manager: Actor
    ) -> None:
        at = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
        with clock.moved_to(at):
            room = ready_room(site)
            row = room.complete(room.injected(points=2, per_site_ul=150))
            explain_zone(
                by=room.operator, treatment_session=row, entry_id=row.zones.get().pk, reason="Scar tissue", at=at
            )
            room.signed(row)
            ready_room(site, approved=room.approved, operator=room.operator).signed()
        figures = week_figures(site, WEEK)
        assert (figures.sessions, figures.outside_volume) == (2, 1)
        address = reverse("week_sessions", args=[2026, 47])
        assert address in self.page(client).content.decode()
        page = client.get(address)
        assert reverse("treatment_session", args=[row.pk]) in page.content.decode()
        assert "0.15 mL per site is outside the protocol's" in words(page)
        assert "Scar tissue" in words(page)
        for deviation in deviations_of(site, WEEK):
            decide_deviation(
                by=manager, deviation=deviation, verdict=Verdict.TALKED, text="Talked through",
                submission_key=uuid.uuid4(), at=MONDAY,
            )  # fmt: skip
        sign(manager)
        content = SealedDocument.objects.get(kind="week_review").content
        assert "Scar tissue" in content
        assert "1 of 2" in content

    def test_the_page_does_a_fixed_number_of_queries(
        self, client: Client, site: Site, version: FormulationVersion, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(3):
            prepare(site, version, off=True)
        with django_assert_max_num_queries(13):
            self.page(client)
        for name in ("week_rows", "week_deviations"):
            with django_assert_max_num_queries(8):
                client.get(reverse(name, args=[2026, 47]))
