"""The week by the site's audit rules: approved limits judge, a draft's and the example's never do."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.weekly.history import deviating_weeks, mean_deviations
from audit.weekly.judging import judge_week
from audit.weekly.limits import Standing
from audit.weekly.models import Verdict
from audit.weekly.queries import deviations_of, week_figures
from audit.weekly.services import decide_deviation, sign_week
from audit.weekly.weeks import Week
from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from protocols.audit_rules.models import AuditRulesVersion, Indicator
from protocols.formulations.models import FormulationVersion
from tests.audit.weekly.given import AT, MONDAY, WEEK
from tests.factories import confirmed, make_actor
from tests.pages import words as words_of
from tests.protocols.builders import approved, draft_audit_rules
from tests.sessions.builders import make_preparer, signed_preparation
from tests.tampering import write_unknown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]
#: The Monday before the week.
BEFORE = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


def rules(site: Site, *, at: datetime = BEFORE, **changed: Any) -> AuditRulesVersion:
    """Approve the example as the site's own at `at`: deviating above 10 %, mean above 5 %."""
    with clock.moved_to(at):
        return approved(draft_audit_rules(site, least_points=5, **changed), at=at)


def prepare(
    site: Site, version: FormulationVersion, *, off: int, of: int, at: datetime = AT, preparer: Actor | None = None
) -> None:
    """Sign `of` preparations, `off` of them with both volumes 10 and 15 % beside their targets."""
    preparer = preparer or make_preparer(site, "Anna Demo")
    with clock.moved_to(at):
        for number in range(of):
            signed_preparation(site, version, [3_300, 1_700] if number < off else None, preparer=preparer, at=at)


def judged(site: Site, *, at: datetime = MONDAY, week: Week = WEEK) -> Any:
    return judge_week(site, week_figures(site, week), at=at)


class TestWhichVersion:
    """The one that was in force when the week ended."""

    def test_none_judges_nothing(self, site: Site) -> None:
        found = judged(site)
        assert (found.version, found.lines) == (None, [])
        assert "The built-in example is a draft" in found.why_not

    def test_a_draft_judges_nothing_and_is_called_one(self, site: Site) -> None:
        draft_audit_rules(site)
        found = judged(site)
        assert (found.version, found.lines) == (None, [])
        assert "The site's rules are a draft" in found.why_not

    def test_rules_approved_after_the_week_dont_judge_it(self, site: Site) -> None:
        found = rules(site, at=MONDAY)
        assert judged(site).version is None
        assert judged(site, week=Week(2026, 48)).version == found

    @pytest.mark.parametrize("field", ["indicator", "side", "measure", "chart"])
    def test_a_limit_with_a_code_that_nobody_knows_judges_nothing_and_is_said(
        self, site: Site, version: FormulationVersion, client: Client, manager: Actor, field: str
    ) -> None:
        found = rules(site)
        prepare(site, version, off=1, of=5)
        before = len(judged(site).lines)
        write_unknown(found.limits.filter(indicator=Indicator.DEVIATING), field, "odd")
        after = judged(site)
        assert len(after.lines) == before - (field != "chart")
        client.force_login(manager.user)
        page = client.get(reverse("week", args=[WEEK.year, WEEK.number]))
        assert page.status_code == 200
        assert ("odd" in words_of(page)) == (field != "chart")

    def test_the_week_keeps_the_version_that_it_was_judged_by(self, site: Site) -> None:
        first = rules(site)
        rules(site, at=MONDAY, title="Stricter")
        assert judged(site).version == first

    def test_another_sites_rules_arent_read(self, site: Site, other_site: Site) -> None:
        rules(other_site)
        assert judged(site).version is None


class TestJudging:
    """Figures beside their limits."""

    def test_beyond_within_and_too_few(self, site: Site, version: FormulationVersion) -> None:
        rules(site)
        prepare(site, version, off=2, of=6)
        found = judged(site).by_indicator
        assert set(found) == {"deviating", "mean_deviation", "out_of_range"}
        assert (found["deviating"].figure, found["deviating"].limit) == ("2 of 6 (33 %)", "above 10 %")
        assert found["deviating"].standing == Standing.BEYOND
        assert found["out_of_range"].standing == Standing.TOO_FEW  # no session at all
        # Twice 15 % and four times 0: 5 %, which is the limit itself.
        assert found["mean_deviation"].standing == Standing.WITHIN

    def test_what_isnt_counted_is_named(self, site: Site) -> None:
        rules(site)
        uncounted = judged(site).uncounted
        assert len(uncounted) == 11
        assert "Adverse events: above 0 in a week" in uncounted

    def test_means_are_of_absolute_percents(self, site: Site, version: FormulationVersion) -> None:
        prepare(site, version, off=1, of=2)
        means = mean_deviations(site, WEEK, least=5)
        assert [each.percent for each in means] == [Decimal("7.5"), Decimal("5.0")]
        assert {each.of for each in means} == {2}

    def test_who_prepares_once_a_week_and_drifts_is_judged_by_the_latest(
        self, site: Site, version: FormulationVersion
    ) -> None:
        """Dino is off in each of four weeks and one before them, Anna never; of five each can be judged."""
        rules(site)
        dino, anna = make_preparer(site, "Dino Demo"), make_preparer(site, "Anna Demo")
        for weeks in range(5):
            at = AT - timedelta(weeks=weeks)
            with clock.moved_to(at):
                for preparer, volumes in ((dino, [3_300, 1_700]), (anna, None)):
                    signed_preparation(site, version, volumes, preparer=preparer, at=at)
        found = {(each.preparer, each.percent, each.of) for each in mean_deviations(site, WEEK, least=5)}
        assert found == {
            ("Dino Demo", Decimal(15), 5), ("Dino Demo", Decimal(10), 5), ("Anna Demo", Decimal(0), 5),
        }  # fmt: skip
        line = judged(site).by_indicator["mean_deviation"]
        assert line.standing == Standing.BEYOND
        assert "15.0 %" in line.figure
        assert "Dino Demo (n = 5, the last ones since 20 Oct 2026)" in line.figure
        # Of who prepared nothing in the week nothing is said.
        assert mean_deviations(site, Week(2026, 48), least=5) == []

    def test_a_full_week_is_judged_by_itself(self, site: Site, version: FormulationVersion) -> None:
        anna = make_preparer(site, "Anna Demo")
        prepare(site, version, off=5, of=5, at=AT - timedelta(weeks=1), preparer=anna)
        prepare(site, version, off=0, of=5, preparer=anna)
        means = mean_deviations(site, WEEK, least=5)
        assert {(each.percent, each.of, each.since) for each in means} == {(Decimal(0), 5, None)}

    def test_of_too_few_altogether_nothing_is_made(self, site: Site, version: FormulationVersion) -> None:
        rules(site)
        anna = make_preparer(site, "Anna Demo")
        for weeks in range(2):
            prepare(site, version, off=1, of=1, at=AT - timedelta(weeks=weeks), preparer=anna)
        line = judged(site).by_indicator["mean_deviation"]
        assert line.standing == Standing.TOO_FEW
        assert "n = 2" in line.figure

    def test_a_chart_looks_back_on_the_weeks(self, site: Site, version: FormulationVersion) -> None:
        rules(site)
        for weeks in range(2):
            prepare(site, version, off=weeks, of=2, at=AT + timedelta(weeks=weeks))
        assert deviating_weeks(site, Week(2026, 48)) == [(0, 2), (1, 2)]
        assert judged(site).by_indicator["deviating"].chart == "p chart: 1 weeks, too few to judge"


class TestPage:
    """The page and the signed week name the version."""

    @pytest.fixture
    def manager(self, site: Site) -> Actor:
        return make_actor(site, Role.MANAGER, name="Mona Demo")

    def page(self, client: Client, by: Actor) -> str:
        client.force_login(by.user)
        return client.get(reverse("week", args=[2026, 47])).content.decode()

    def sign(self, by: Actor) -> dict[str, Any]:
        for deviation in deviations_of(by.site, WEEK).filter(decision=None):
            decide_deviation(
                by=by, deviation=deviation, verdict=Verdict.TALKED, text="Talked through", at=MONDAY,
                submission_key=uuid.uuid4(),
            )  # fmt: skip
        sign_week(by=by, week=WEEK, note="", confirmed=confirmed(by, MONDAY), submission_key=uuid.uuid4(), at=MONDAY)
        content: dict[str, Any] = json.loads(SealedDocument.objects.get(kind="week_review").content)
        return content

    def test_by_approved_rules(self, client: Client, site: Site, manager: Actor, version: FormulationVersion) -> None:
        held = rules(site, consistency="Ten in a row without a word.")
        prepare(site, version, off=1, of=5)
        page = self.page(client, manager)
        for words in (str(held), "Beyond the limit", "above 10 %", "Ten in a row without a word.", "approved by"):
            assert words in page
        assert reverse("audit_rules", args=[held.pk]) in page
        content = self.sign(manager)
        assert content["rules"]["version"] == str(held)
        sealed = json.dumps(content["sections"])
        assert str(held) in sealed
        assert "Beyond the limit" in sealed
        assert "Ten in a row without a word." in sealed

    def test_without_any(self, client: Client, site: Site, manager: Actor, version: FormulationVersion) -> None:
        prepare(site, version, off=1, of=5)
        draft_audit_rules(site, title="Nobody approved these")
        page = self.page(client, manager)
        assert "Not judged by audit rules" in page
        content = self.sign(manager)
        for said in (page, json.dumps(content["sections"])):
            assert "Beyond the limit" not in said
            assert "above 10 %" not in said
            assert "Nobody approved these" not in said
        assert "no figure is judged" in json.dumps(content["sections"])
