"""What is printed comes back whole, in part, or not at all."""

from datetime import timedelta
from pathlib import Path

import pytest

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.documents.queries import why_ended
from clinic.errors import Refused
from patients.paper.filing import file_scan, take_back
from patients.paper.models import PaperForm, PaperKind
from patients.paper.queries import forms_of_day, missing_before, rows_of, to_be_entered
from patients.paper.services import end_form
from patients.paper.standing import Standing
from tests.patients.paper.forms import Blank, entered, of_pages, stands
from tests.patients.paper.scans import kept, photographed, returned


class TestStanding:
    """Printed, missing, not used."""

    def test_a_blank_is_out_today_and_missing_tomorrow(self, blank: Blank) -> None:
        form = blank()
        assert stands(form) is Standing.OUT
        assert stands(form, days_later=1) is Standing.MISSING
        assert list(missing_before(form.site, form.printed_on)) == []
        assert list(missing_before(form.site, form.printed_on + timedelta(days=1))) == [form]

    def test_what_isnt_coming_back_is_missed_by_nobody(self, blank: Blank, desk: Actor) -> None:
        form = blank()
        with pytest.raises(Refused, match="what became"):
            end_form(by=desk, form=form, reason=" . ", at=clock.now())
        end = end_form(by=desk, form=form, reason="Spoiled and torn up", at=clock.now())
        assert end_form(by=desk, form=form, reason="Again", at=clock.now()) == end
        assert stands(form, days_later=1) is Standing.NOT_USED
        assert list(missing_before(form.site, form.printed_on + timedelta(days=1))) == []
        assert "not used" in why_ended(form.document)

    def test_what_came_back_and_cant_be_entered_waits_for_nobody(
        self, blank: Blank, desk: Actor, operator: Actor, tmp_path: Path
    ) -> None:
        form = blank(PaperKind.CONSENT)
        returned(operator, form, tmp_path)
        assert list(to_be_entered(form.site, kind=PaperKind.CONSENT)) == [form]
        end_form(by=desk, form=form, reason="A statement was left open; asked anew.", at=clock.now())
        assert stands(form) is Standing.NOT_USED
        assert list(to_be_entered(form.site, kind=PaperKind.CONSENT)) == []

    def test_a_form_that_was_entered_was_used(self, blank: Blank, desk: Actor, operator: Actor, tmp_path: Path) -> None:
        form = blank(PaperKind.CONSENT)
        returned(operator, form, tmp_path)
        entered(form, operator)
        with pytest.raises(Refused, match="was entered"):
            end_form(by=desk, form=form, reason="Lost", at=clock.now())

    def test_paper_that_turns_up_after_all_is_filed(self, blank: Blank, desk: Actor, tmp_path: Path) -> None:
        form = blank()
        end_form(by=desk, form=form, reason="Lost", at=clock.now())
        returned(desk, form, tmp_path)
        assert stands(form) is Standing.RETURNED


class TestPages:
    """A form of two pages, printed before pages bore numbers, of which one came back isn't back."""

    @pytest.fixture
    def form(self, blank: Blank, operator: Actor, tmp_path: Path) -> PaperForm:
        """A blank consent of two pages; the first is filed."""
        form = of_pages(blank(PaperKind.CONSENT), 2)
        returned(operator, form, tmp_path)
        return form

    def test_it_stays_out_until_the_other_is_filed_too(self, form: PaperForm, desk: Actor, tmp_path: Path) -> None:
        tomorrow = form.printed_on + timedelta(days=1)
        assert stands(form) is Standing.PART
        assert [row.pages for row in rows_of(forms_of_day(form.site, form.printed_on), tomorrow)] == [
            "1 of 2 pages are back"
        ]
        assert list(missing_before(form.site, tomorrow)) == [form]
        other = kept(desk, photographed(seed=5), tmp_path)
        file_scan(by=desk, scan=other, code=form.code, signed_at=clock.now(), at=clock.now(), pages={1: 2})
        assert stands(form) is Standing.RETURNED
        assert list(missing_before(form.site, tomorrow)) == []

    def test_a_page_filed_wrongly_counts_for_nothing(self, form: PaperForm, desk: Actor, tmp_path: Path) -> None:
        other = kept(desk, photographed(seed=5), tmp_path)
        filing = file_scan(by=desk, scan=other, code=form.code, signed_at=clock.now(), at=clock.now(), pages={1: 2})
        take_back(by=desk, filing=filing, reason="Another patient's page", at=clock.now())
        assert stands(form) is Standing.PART

    def test_whoever_enters_it_all_the_same_has_settled_it(self, form: PaperForm, operator: Actor) -> None:
        entered(form, operator)
        assert stands(form) is Standing.ENTERED
        assert list(missing_before(form.site, form.printed_on + timedelta(days=1))) == []

    def test_a_lost_page_is_settled_by_saying_so(self, form: PaperForm, desk: Actor) -> None:
        end_form(by=desk, form=form, reason="The second page is lost; signed anew.", at=clock.now())
        assert stands(form) is Standing.NOT_USED
        assert list(missing_before(form.site, form.printed_on + timedelta(days=1))) == []
