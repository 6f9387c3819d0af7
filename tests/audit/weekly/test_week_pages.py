"""The pages of the weekly audit: every number opens its rows, and what was typed stays."""

import html
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.weekly.models import DeviationDecision, Verdict, WeekReview
from audit.weekly.queries import deviations_of, week_figures
from audit.weekly.services import decide_deviation
from audit.weekly.weeks import Week
from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from patients.consents.services import withdraw_consent
from protocols.formulations.models import FormulationVersion
from sessions.preparation.services import reject_preparation
from sessions.treatment.models import Zone
from sessions.treatment.services import explain_zone, record_late_zone
from tests.audit.weekly.given import AT, MONDAY, WEEK, decide, prepare, sign
from tests.factories import PASSWORD, confirmed, make_actor
from tests.pages import words
from tests.sessions.builders import make_preparer, measured_preparation
from tests.sessions.rooms import ready_room

pytestmark = pytest.mark.usefixtures("on_monday")


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

    @pytest.mark.parametrize("week", [Week(2000, 1), Week(2000, 52), Week(2020, 53)])
    def test_the_weeks_at_the_edge_are(self, client: Client, week: Week) -> None:
        assert self.page(client, week).status_code == 200

    def test_a_week_is_there_once_it_has_begun_at_the_site(self, client: Client, site: Site) -> None:
        this = Week.of(clock.today(site))
        assert self.page(client, this).status_code == 200
        assert this.after is not None
        for week in (this.after, Week(2200, 52)):
            assert self.page(client, week).status_code == 404

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

    def test_sessions_with_points_entered_after_a_stop_are_counted_and_open(
        self, client: Client, site: Site, manager: Actor
    ) -> None:
        at = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
        entered_at = at + timedelta(minutes=55)
        with clock.moved_to(at):
            room = ready_room(site)
            row = room.injected()
            withdraw_consent(
                by=room.operator, consent=room.patient.consents.get(), reason="Changed her mind",
                at=at + timedelta(minutes=42),
            )  # fmt: skip
            record_late_zone(
                by=room.operator, treatment_session=row, zone=Zone.TEMPORAL_LEFT, points=5, volume_per_site_ul=60,
                injected_at=at + timedelta(minutes=30), late_reason="Typed after the last zone", at=entered_at,
            )  # fmt: skip
            row.refresh_from_db()
            row = room.complete(row, notes="Stopped when the consent was withdrawn.", at=entered_at)
            room.signed(row, at=entered_at)
            ready_room(site, approved=room.approved, operator=room.operator).signed()
        figures = week_figures(site, WEEK)
        assert (figures.sessions, figures.outside_volume, figures.entered_late) == (2, 0, 1)
        address = f"{reverse('week_sessions', args=[2026, 47])}?kind=late"
        assert address in self.page(client).content.decode()
        page = client.get(address)
        told = "Temporal, left: injected 10:30, entered 10:55: Typed after the last zone"
        assert reverse("treatment_session", args=[row.pk]) in page.content.decode()
        assert told in words(page)
        assert told not in words(client.get(reverse("week_sessions", args=[2026, 47])))
        for deviation in deviations_of(site, WEEK):
            decide_deviation(
                by=manager, deviation=deviation, verdict=Verdict.TALKED, text="Talked through",
                submission_key=uuid.uuid4(), at=MONDAY,
            )  # fmt: skip
        sign(manager)
        content = SealedDocument.objects.get(kind="week_review").content
        assert told in content
        assert "Sessions with points entered after a stop" in content

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
