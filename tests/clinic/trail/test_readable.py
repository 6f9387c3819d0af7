"""The list of the trail is of what people did, in names and not numbers, and says beforehand what can't be sealed."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.accounts.actors import service_actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from clinic.trail import exporting
from clinic.trail.models import Action, TrailEvent
from clinic.trail.queries import ORDER, entries_of
from clinic.trail.showing import shown
from clinic.trail.unit import record, unit_of_work
from tests.factories import make_actor
from tests.pages import source, words
from tests.patients.builders import registered_patient
from tests.protocols.builders import draft_consent
from tests.protocols.builders import make_author as an_author

pytestmark = pytest.mark.django_db


@unit_of_work
def said(by: Any, subject: Any, *, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None) -> None:
    """Write down that `subject` was changed."""
    record(by=by, action=Action.CHANGE, subject=subject, before=before, after=after)


def lines(site: Site, **filters: Any) -> list[str]:
    entries = shown(entries_of(site, **filters).order_by(*ORDER))
    return [entry.in_words(">") for entry in entries]


class TestNames:
    """A number that an entry holds is said by the name of what it numbers, as it was called then."""

    def test_a_person_is_named_as_then(self, site: Site) -> None:
        manager, author = make_actor(site, Role.MANAGER), an_author(site)
        script = draft_consent(site, by=author)
        was = author.user.full_name
        said(manager, author.user, after={"email": author.user.email})
        said(manager, script, before={"author": author.user.pk}, after={"author": manager.user.pk})
        type(author.user).objects.filter(pk=author.user.pk).update(full_name="Maria Married")
        author.user.refresh_from_db()
        said(manager, author.user, after={"email": "m@clinic.example"})
        said(manager, script, before={"author_id": author.user.pk}, after={"author_id": manager.user.pk})
        found = lines(site, object_type=script._meta.label, action=Action.CHANGE)
        # Nothing in the trail is about the manager: then it is the name of now.
        assert found[0] == f"Author: Maria Married > {manager.name}"
        assert found[1] == f"Author: {was} > {manager.name}"

    def test_a_thing_is_named_as_its_own_entries_name_it(self, site: Site) -> None:
        by, patient = make_actor(site, Role.OPERATOR), registered_patient(site)
        label = TrailEvent.objects.get(object_type="patients.Patient").object_label
        consent = SealedDocument(pk=7, code="00000007", title="Consent")
        said(by, consent, after={"patient": patient.pk, "site": 99})
        (found,) = lines(site, object_type="clinic.SealedDocument")
        assert f"Patient: – > {label}" in found
        assert "Site: – > 99" in found  # what no entry tells of keeps its number

    def test_a_site_that_no_entry_is_about_is_named_as_now(self, site: Site) -> None:
        by, script = make_actor(site, Role.MANAGER), draft_consent(site)
        said(by, script, after={"site": site.pk})
        assert lines(site, object_type=script._meta.label, action=Action.CHANGE) == [f"Site: – > {site.name}"]

    def test_it_takes_three_queries_however_many_entries_and_kinds(self, site: Site) -> None:
        by, author = make_actor(site, Role.MANAGER), an_author(site)
        script = draft_consent(site, by=author)

        def counted() -> int:
            events = list(entries_of(site).order_by(*ORDER))
            with CaptureQueriesContext(connection) as queries:
                shown(events)
            return len(queries)

        said(by, script, after={"author": by.user.pk, "site": site.pk})
        few = counted()
        for person in [make_actor(site, Role.OPERATOR) for _number in range(5)]:
            patient = registered_patient(site)
            said(by, script, after={"author": person.user.pk, "site": site.pk})
            said(by, SealedDocument(pk=7, code="00000007", title="X"), after={"patient": patient.pk})
        assert counted() == few == 3

    def test_an_entry_that_numbers_nothing_costs_none(self, site: Site) -> None:
        said(make_actor(site, Role.MANAGER), site, before={"name": "A"}, after={"name": "B"})
        events = list(entries_of(site))
        with CaptureQueriesContext(connection) as queries:
            shown(events)
        assert not queries.captured_queries


class TestOwnWork:
    """What the clinic did by itself is left out of the list until somebody asks for it."""

    @pytest.fixture
    def both(self, site: Site) -> None:
        """What a person did, and the clinic itself."""
        said(make_actor(site, Role.OPERATOR, name="Olga Demo"), site, after={"name": "by Olga"})
        said(service_actor(site), site, after={"name": "by itself"})

    def test_it_is_left_out_and_shown_when_asked_for(
        self, site: Site, both: None, sign_in: Any, client: Client
    ) -> None:
        sign_in(site, Role.AUDITOR)
        page = client.get(reverse("trail_list"))
        assert "Show the clinic's own work too" in words(page)
        assert "by Olga" in words(page)
        assert "by itself" not in words(page)
        page = client.get(reverse("trail_list", query={"own_work": "on"}))
        assert "by Olga" in words(page)
        assert "by itself" in words(page)

    def test_of_one_record_or_person_all_is_shown(self, site: Site, both: None, sign_in: Any, client: Client) -> None:
        sign_in(site, Role.AUDITOR)
        for asked in (
            {"object_type": "clinic.Site", "object_id": site.pk}, {"person": service_actor(site).user.pk},
        ):  # fmt: skip
            assert "by itself" in words(client.get(reverse("trail_list", query=asked)))

    def test_it_is_paged_by_key(self, site: Site, both: None) -> None:
        with connection.cursor() as cursor:  # a few entries are as quickly read by any index and sorted
            cursor.execute("SET LOCAL enable_sort = off")
        plan = entries_of(site, own_work=False).select_related(None).order_by(*ORDER)[:26].explain()
        assert "Sort" not in plan

    def test_pages_keep_what_was_asked(self, site: Site, sign_in: Any, client: Client) -> None:
        for _number in range(30):
            said(service_actor(site), site, after={"name": "by itself"})
        sign_in(site, Role.AUDITOR)
        page = client.get(reverse("trail_list", query={"own_work": "on"}))
        assert "own_work=on" in page.context["page"].next_url

    @pytest.mark.parametrize(("asked", "told"), [({}, "left out"), ({"own_work": "on"}, "Yes")])
    def test_an_extract_says_what_it_leaves_out(
        self, site: Site, both: None, sign_in: Any, client: Client, asked: dict[str, str], told: str
    ) -> None:
        sign_in(site, Role.AUDITOR)
        assert client.post(reverse("trail_document"), asked).status_code == 302
        content = json.loads(SealedDocument.objects.get(kind="trail_extract").content)
        fields = {each["label"]: each["value"] for each in content["sections"][0]["fields"]}
        assert told in {fields.get("The clinic's own work"), fields.get("Show the clinic's own work too")}
        exported = TrailEvent.objects.get(action=Action.EXPORT)
        assert json.loads(exported.body)["after"]["own_work"] is bool(asked)


class TestSealing:
    """What is too much for one document is said beside the button, before it is pressed."""

    @staticmethod
    def listed(entries: int, site: Site, sign_in: Any, client: Client, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the list of so many entries, of which 27 fit one document."""
        monkeypatch.setattr(exporting, "MOST_SEALED", 27)
        by = make_actor(site, Role.OPERATOR)
        for _number in range(entries):
            said(by, site, after={"name": "B"})
        sign_in(site, Role.AUDITOR)
        return client.get(reverse("trail_list"))

    def test_the_button_is_closed_with_the_reason(
        self, site: Site, sign_in: Any, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = self.listed(28, site, sign_in, client, monkeypatch)
        assert 'disabled aria-describedby="not-sealed"' in source(page)
        assert "More than 27 entries don't fit one document. Narrow them by patient" in words(page)
        narrowed = client.get(reverse("trail_list", query={"action": "export"}), headers={"HX-Request": "true"})
        assert "aria-describedby" not in source(narrowed)

    def test_what_fits_is_offered(
        self, site: Site, sign_in: Any, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = self.listed(27, site, sign_in, client, monkeypatch)
        assert page.context["page"].next_url
        assert "Seal as a document" in words(page)
        assert "disabled" not in source(page).partition("trail-exports")[2].partition("</form>")[0]
