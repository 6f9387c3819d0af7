"""The photo protocol: points of preparation, outline drawings, thresholds and windows, as signed, shown and printed."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.making import make_rendering
from clinic.documents.models import SealedDocument
from clinic.errors import Refused
from protocols.decisions.content import content_of
from protocols.decisions.difference import difference
from protocols.decisions.services import submit_for_review
from protocols.decisions.showing import shown
from protocols.models import PhotoProtocolVersion, PhotoView, PreparationPoint
from protocols.photos.outlines import ALTERNATIVES, USUAL, Outline
from protocols.photos.services import PointDraft, ViewDraft
from protocols.photos.thresholds import Thresholds
from protocols.starter import documents
from protocols.treatment.models import TreatmentProtocolVersion
from tests.protocols.builders import FEW_POINTS, approved, draft_photo_protocol, draft_treatment, make_author
from tests.protocols.test_editing_documents import _initial, _text

DRAWINGS = settings.BASE_DIR / "static" / "documents" / "outlines"
ASKED = Thresholds(
    least_long_side_px=2000, least_sharpness=120, most_highlights_tenth_percent=25, most_shadows_tenth_percent=50
)


@pytest.mark.parametrize("outline", list(Outline))
def test_every_drawing_is_a_file_of_lines_with_words_for_who_does_not_see_it(outline: Outline) -> None:
    root = ET.fromstring((DRAWINGS / f"{outline}.svg").read_text(encoding="utf-8"))  # noqa: S314 - our own file
    kinds = {node.tag.rpartition("}")[2] for node in root.iter()}
    assert kinds <= {"svg", "g", "path"}
    assert str(ALTERNATIVES[outline]).startswith("Outline: ")


def test_every_usual_view_has_its_own_drawing() -> None:
    assert sorted(USUAL.values()) == sorted(Outline.values)
    assert {view.code: view.outline for view in documents.photo_views()} == USUAL


pytestmark = pytest.mark.django_db


class TestSigned:
    def test_points_drawings_thresholds_and_windows_are_in_what_is_signed(self, site: Site) -> None:
        content = content_of(approved(draft_photo_protocol(site, thresholds=ASKED, baseline_window_days=7)))
        assert content["more_parts"]["points"] == [
            {"ordinal": 1, "text": "Hair washed", "asks_note": False},
            {"ordinal": 2, "text": "Fully dry", "asks_note": False},
            {"ordinal": 3, "text": "Hours since washing", "asks_note": True},
        ]
        assert [part.get("outline") for part in content["parts"]] == ["front", "vertex", None]
        fields = content["content"]
        assert (fields["baseline_window_days"], fields["audit_window_days"]) == (7, 21)
        assert (fields["least_long_side_px"], fields["most_highlights_tenth_percent"]) == (2000, 25)

    def test_a_version_from_before_reads_as_it_was_signed(self, site: Site) -> None:
        old = draft_photo_protocol(site, points=[], baseline_window_days=None, views=[ViewDraft("frontal", "Frontal")])
        content = content_of(old)
        assert "more_parts" not in content
        assert set(content["content"]) == {"title", "preparation", "audit_window_days"}
        assert set(content["parts"][0]) == {"ordinal", "code", "name", "instruction", "required"}

    def test_points_are_locked_with_their_version(self, site: Site) -> None:
        version = approved(draft_photo_protocol(site))
        point = version.points.first()
        with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic():
            PreparationPoint.objects.filter(pk=point.pk).update(text="Something else")
        with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic():
            PreparationPoint.objects.create(version=version, ordinal=9, text="One more")
        with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic():
            PhotoView.objects.filter(version=version).update(outline="macro")

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("baseline_window_days", 0), ("baseline_window_days", 91), ("least_long_side_px", 599),
            ("least_sharpness", 0), ("most_highlights_tenth_percent", 501), ("most_shadows_tenth_percent", 501),
        ],
    )  # fmt: skip
    def test_a_number_beyond_its_bounds_is_refused_by_the_database(self, site: Site, column: str, value: int) -> None:
        version = draft_photo_protocol(site)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE protocols_photoprotocolversion SET {column} = %s WHERE id = %s",
                [value, version.pk],
            )

    def test_a_protocol_without_points_of_preparation_is_not_reviewed(self, site: Site) -> None:
        author = make_author(site)
        with pytest.raises(Refused) as refused:
            submit_for_review(by=author, version=draft_photo_protocol(site, by=author, points=[]), at=clock.now())
        assert any("preparation has no points" in reason for reason in refused.value.reasons)

    def test_two_points_that_say_the_same_are_refused(self, site: Site) -> None:
        with pytest.raises(Refused, match="say the same"):
            draft_photo_protocol(site, points=[PointDraft("Dry"), PointDraft("dry ")])


class TestShown:
    def test_the_difference_tells_points_drawings_and_thresholds_line_by_line(self, site: Site) -> None:
        before = draft_photo_protocol(site)
        after = draft_photo_protocol(
            site, thresholds=ASKED, baseline_window_days=10, points=[*FEW_POINTS[:1], PointDraft("No product")],
            views=[ViewDraft("frontal", "Frontal, chin level", outline="front-bowed"), ViewDraft("vertex", "Vertex")],
        )  # fmt: skip
        changes = [change[:3] for change in difference(shown(before), shown(after))]
        assert (
            "Baseline photographs",
            "at most 14 days before session 1",
            "at most 10 days before session 1",
        ) in changes
        assert ("Quality: least pixels on the long side", "Not looked at", "2000 px") in changes
        assert ("Quality: most burnt-out highlights", "Not looked at", "2.5 %") in changes
        assert ("Frontal, chin level: Drawing", "Front, chin level", "Front, head bowed") in changes
        assert ("Preparation, point 2", "", "No product") in changes
        assert ("Preparation, point 2", "Fully dry", "") in changes
        assert ("Preparation, point 3", "Hours since washing · Asked for", "") in changes

    def test_page_and_document_show_the_drawings_and_the_points(self, client: Client, site: Site, sign_in: Any) -> None:
        version = approved(draft_photo_protocol(site, thresholds=ASKED))
        sign_in(site, Role.PHYSICIAN)
        page = _text(client.get(version.get_absolute_url()))
        assert "documents/outlines/front." in page
        assert str(ALTERNATIVES["front"]) in page
        assert "Hours since washing" in page
        document = SealedDocument.objects.get(kind=version.kind, subject_id=str(version.pk))
        rendering = make_rendering(document=document, at=document.sealed_at)
        with rendering.file.open("rb") as file:
            assert file.read(5) == b"%PDF-"
        text = document.content
        assert "Fully dry" in text
        assert "front" in text


class TestEditor:
    def test_points_are_moved_by_their_buttons_and_the_views_stay(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        author = sign_in(site, Role.MANAGER)
        version = draft_photo_protocol(site, by=author)
        address = reverse("photo_protocol_edit", args=[version.pk])
        data = _initial(client, address)
        moved = client.post(address, data | {"points": "down-0"}, headers={"HX-Request": "true"})
        page = _text(moved)
        assert page.index("Fully dry") < page.index("Hair washed")
        assert 'id="points-down-1"' in page
        assert "Vertex" not in page
        whole = client.post(address, data | {"points": "remove-2"})
        assert [form["text"].value() for form in whole.context["form"].rows_named("points").forms] == [
            "Hair washed", "Fully dry",
        ]  # fmt: skip
        assert len(whole.context["form"].rows.forms) == 3

    def test_points_are_saved_in_their_order(self, client: Client, site: Site, sign_in: Any) -> None:
        author = sign_in(site, Role.MANAGER)
        version = draft_photo_protocol(site, by=author)
        address = reverse("photo_protocol_edit", args=[version.pk])
        data = _initial(client, address)
        data["points-0-text"], data["points-1-text"] = data["points-1-text"], data["points-0-text"]
        assert client.post(address, data | {"least_sharpness": "80"}).status_code == 302
        version.refresh_from_db()
        assert [point.text for point in version.points.all()] == ["Fully dry", "Hair washed", "Hours since washing"]
        assert version.least_sharpness == 80

    def test_the_drawing_that_is_chosen_is_shown_before_saving(self, client: Client, site: Site, sign_in: Any) -> None:
        sign_in(site, Role.MANAGER)
        address = reverse("photo_protocol_new")
        data = _initial(client, address) | {"rows-0-outline": "macro"}
        beside = _text(client.post(address, data | {"rows": "beside-0"}, headers={"HX-Request": "true"}))
        assert "documents/outlines/macro." in beside
        assert str(ALTERNATIVES["macro"]) in beside
        assert client.post(
            address, data | {"rows": "beside-39"}, headers={"HX-Request": "true"}
        ).status_code == 404  # fmt: skip

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("least_long_side_px", "500", "From 600 to 20000"), ("most_highlights_tenth_percent", "51", "From 0 to 50"),
            ("baseline_window_days", "", "Baseline photographs at most"),
        ],
    )  # fmt: skip
    def test_a_number_beyond_its_bounds_is_refused_in_words(
        self, client: Client, site: Site, sign_in: Any, name: str, value: str, told: str
    ) -> None:
        sign_in(site, Role.MANAGER)
        address = reverse("photo_protocol_new")
        answer = client.post(address, _initial(client, address) | {name: value})
        assert answer.status_code == 422
        assert told in _text(answer)
        assert not PhotoProtocolVersion.objects.exists()

    def test_the_next_version_of_one_from_before_is_offered_the_usual_drawings_and_no_thresholds(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        draft_photo_protocol(site, points=[], baseline_window_days=None, views=[ViewDraft("vertex", "Vertex")])
        sign_in(site, Role.MANAGER)
        data = _initial(client, reverse("photo_protocol_new"))
        assert data["rows-0-outline"] == "vertex"
        assert data["baseline_window_days"] == 14
        assert "least_sharpness" not in data


def test_a_new_treatment_protocol_leaves_the_age_of_the_baseline_to_the_photo_protocol(site: Site) -> None:
    new = draft_treatment(site)
    assert new.baseline_photos_within_days is None
    facts = dict(shown(new).facts)
    assert facts["Baseline photographs"] == "as old as the photo protocol allows"
    TreatmentProtocolVersion.objects.filter(pk=new.pk).update(baseline_photos_within_days=21)
    new.refresh_from_db()
    assert dict(shown(new).facts)["Baseline photographs"] == "at most 21 days old"
