"""The pages of the consent: taking it, reading it, taking it back, and every way to be refused."""

import json
import uuid
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.entries import ENTRY_FIELD, entry_mark
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.canonical import sha256
from clinic.dates import day_text
from clinic.trail.models import Action, TrailEvent
from patients.consents.models import Consent
from patients.consents.queries import consent_in_force
from patients.registry.models import Patient
from protocols.consents.models import ConsentScriptVersion
from tests.clinic.accounts.test_resume import hidden_fields
from tests.factories import PASSWORD, make_actor
from tests.pages import source
from tests.patients.builders import registered_patient, with_intake
from tests.patients.consents.builders import SIGNED, data_url, drawn, drawn_again, filled, strokes
from tests.protocols.builders import approved, draft_consent


class TestTooYoung:
    def test_the_page_says_so_beside_the_name_and_offers_nothing_to_sign(
        self, operating: Client, site: Site, script: ConsentScriptVersion
    ) -> None:
        minor = registered_patient(site, birth_date=clock.today(site) - timedelta(days=16 * 365 + 200))
        text = source(operating.get(reverse("consent_new", args=[minor.pk])))
        assert "(16 years)" in text
        assert "Too young to be treated here" in text
        assert text.count("16 years old; this clinic treats from 18.") == 2
        assert "signature_image" not in text
        first = minor.birth_date.replace(year=minor.birth_date.year + 18)
        assert f"old enough from {day_text(first)} on. Correct the date of birth first if that is wrong." in text

    def test_of_whoever_has_no_date_of_birth_it_is_asked_for(
        self, operating: Client, site: Site, script: ConsentScriptVersion
    ) -> None:
        unknown = registered_patient(site, birth_date=None)
        text = source(operating.get(reverse("consent_new", args=[unknown.pk])))
        assert "so the patient could be under 18. No consent is taken. Enter the date of birth first." in text


class TestTaking:
    def test_nothing_is_ticked_beforehand(self, operating: Client, url: str, script: ConsentScriptVersion) -> None:
        text = operating.get(url).content.decode()
        assert "checked" not in text.split("<main", 1)[1]
        for statement in script.statements.all():
            assert statement.text in unescape(text)

    def test_a_complete_form_is_a_consent(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion
    ) -> None:
        response = operating.post(url, filled(patient, script, photos_for_teaching="on"))
        consent = Consent.objects.get()
        assert response.url == reverse("consent", args=[consent.pk])
        assert consent.photos_for_teaching
        assert consent_in_force(patient) == consent

    def test_teaching_may_be_declined(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion
    ) -> None:
        operating.post(url, filled(patient, script))
        assert not Consent.objects.get().photos_for_teaching

    def test_a_double_click_is_one_consent(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion
    ) -> None:
        sent = filled(patient, script)
        assert [operating.post(url, sent).status_code for _click in range(2)] == [302, 302]
        assert Consent.objects.count() == 1

    def test_a_double_click_whose_second_half_comes_after_a_new_script_is_still_one_consent(
        self, operating: Client, url: str, patient: Patient, site: Site, script: ConsentScriptVersion
    ) -> None:
        sent = filled(patient, script)
        operating.post(url, sent)
        approved(draft_consent(site))
        assert operating.post(url, sent).url == reverse("consent", args=[Consent.objects.get().pk])

    @pytest.mark.parametrize("left_out", [0, -1])
    def test_the_statement_that_is_not_ticked_is_named(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion, left_out: int
    ) -> None:
        rows = list(script.statements.order_by("ordinal"))
        missing = rows.pop(left_out)
        response = operating.post(url, filled(patient, script, statements=[row.pk for row in rows]))
        assert response.status_code == 422
        assert response.context["form"].errors["statements"] == [f"Not confirmed yet: {missing.text}"]
        assert response.content.decode().count("checked") == len(rows) + 2  # photographs, and who signs
        assert not Consent.objects.exists()

    @pytest.mark.parametrize(
        ("field", "sent", "said"),
        [
            ("signature_image", "", "blank"),
            ("signature_image", data_url(drawn()), "blank"),
            ("signature_image", data_url(drawn((200, 80), (204, 80))), "blank"),
            ("signature_image", "data:image/png;base64,%%%", "broken"),
            ("signature_image", "data:image/png;base64," + "A" * 700_000, "isn't a drawn signature"),
            ("signature_strokes", "", "blank"),
            ("signature_strokes", "{not json", "broken"),
            ("signature_strokes", "[" * 100_000, "broken"),
            ("signature_strokes", strokes([(x % 400, 80) for x in range(40_000)]), "broken"),
            ("signature_strokes", strokes([(5, 5), (9, 5)]), "too short"),
            ("signature_strokes", strokes([(900, 900), (1900, 1900)]), "too short"),
        ],
    )
    def test_a_signature_that_is_none_is_refused_at_the_pad(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion, field: str, sent: str,
        said: str,
    ) -> None:  # fmt: skip
        response = operating.post(url, filled(patient, script, signed_name="Typed Here", **{field: sent}))
        assert response.status_code == 422
        text = response.content.decode()
        pad = text[text.index("data-signature-error") : text.index("<canvas")]
        assert said in unescape(pad)
        assert 'href="#signature_image-pad"' in text
        assert 'value="Typed Here"' in text
        assert not Consent.objects.exists()

    @pytest.mark.parametrize("wrong", [{"signed_name": ""}, {"statements": []}, {"photos_for_record": ""}])
    def test_when_something_else_is_wrong_the_signature_stands_in_the_pad_again(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion, wrong: dict[str, Any]
    ) -> None:
        response = operating.post(url, filled(patient, script, **wrong))
        assert response.status_code == 422
        assert json.loads(drawn_again(response)) == json.loads(SIGNED)
        assert "Clear it to sign again" in source(response)
        # The picture comes from what stands in the pad, so that what is seen is what is sent.
        assert "data:image/png" not in response.content.decode()
        assert not Consent.objects.exists()

    def test_of_what_the_pad_sent_only_the_strokes_come_back(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion
    ) -> None:
        told = json.loads(SIGNED) | {"more": '"><script>alert(1)</script>'}
        told["strokes"][0][0]["time"] = 17
        response = operating.post(url, filled(patient, script, signed_name="", signature_strokes=json.dumps(told)))
        assert json.loads(drawn_again(response)) == json.loads(SIGNED)
        assert "alert(1)" not in response.content.decode()

    @pytest.mark.parametrize(
        "sent",
        [
            {"signature_image": ""}, {"signature_image": data_url(drawn())}, {"signature_strokes": ""},
            {"signature_strokes": "{not json"}, {"signature_strokes": strokes([(5, 5), (9, 5)])},
        ],
    )  # fmt: skip
    def test_a_signature_that_is_none_does_not_come_back(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion, sent: dict[str, str]
    ) -> None:
        assert drawn_again(operating.post(url, filled(patient, script, signed_name="", **sent))) == ""

    def test_a_form_that_is_only_opened_has_an_empty_pad(
        self, operating: Client, url: str, script: ConsentScriptVersion
    ) -> None:
        assert drawn_again(operating.get(url)) == ""

    def test_more_than_a_form_may_hold_is_refused_before_it_is_read(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion
    ) -> None:
        huge = "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        response = operating.post(url, filled(patient, script, signature_strokes=huge))
        assert response.status_code in {400, 413}
        assert not Consent.objects.exists()

    def test_without_photographs_for_the_record_it_says_why_not(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion
    ) -> None:
        sent = filled(patient, script)
        del sent["photos_for_record"]
        response = operating.post(url, sent)
        assert response.status_code == 422
        assert "can't be audited" in response.context["form"].errors["photos_for_record"][0]

    def test_an_empty_form_says_what_is_missing(
        self, operating: Client, url: str, script: ConsentScriptVersion
    ) -> None:
        response = operating.post(url, {})
        assert response.status_code == 422
        assert {"statements", "signed_name", "photos_for_record", "signature_image"} <= set(
            response.context["form"].errors
        )

    def test_the_form_shows_that_a_consent_is_in_force(self, operating: Client, url: str, take: Any) -> None:
        consent = take()
        assert reverse("consent", args=[consent.pk]) in operating.get(url).content.decode()


class TestASignInThatEndedMeanwhile:
    def test_everything_comes_back_and_one_more_press_records_it(
        self, client: Client, operator: Actor, url: str, patient: Patient, script: ConsentScriptVersion
    ) -> None:
        sent = filled(patient, script, photos_for_teaching="on")
        first = client.post(url, {**sent, ENTRY_FIELD: entry_mark(operator.user)})
        assert first.status_code == 401
        assert not Consent.objects.exists()
        carried: dict[str, Any] = {}
        for name, value in hidden_fields(first):
            carried.setdefault(name, []).append(value)
        second = client.post(reverse("resume"), {**carried, "login": operator.user.email, "password": PASSWORD})
        again: dict[str, Any] = {}
        for name, value in hidden_fields(second):
            again.setdefault(name, []).append(value)
        assert client.post(url, again).status_code == 302
        consent = Consent.objects.get()
        assert str(consent.submission_key) == sent["submission_key"]
        assert consent.photos_for_teaching
        assert len(consent.statements) == script.statements.count()


class TestWhoMay:
    def test_a_patient_of_another_site_and_an_unknown_one_are_not_found(
        self, operating: Client, script: ConsentScriptVersion, other_site: Site
    ) -> None:
        stranger = registered_patient(other_site)
        for number in (stranger.pk, 987_654):
            address = reverse("consent_new", args=[number])
            assert operating.get(address).status_code == 404
            assert operating.post(address, filled(stranger, script)).status_code == 404

    def test_a_consent_of_another_site_is_not_found(self, client: Client, take: Any, other_site: Site) -> None:
        client.force_login(make_actor(other_site, Role.PHYSICIAN).user)
        address = reverse("consent", args=[take().pk])
        assert client.get(address).status_code == 404
        assert client.post(address, {"reason": "Changed his mind."}).status_code == 404

    @pytest.mark.parametrize(
        "role", [Role.MANAGER, Role.AUDITOR, Role.PHOTO_TECHNICIAN, Role.FRONT_DESK, Role.PREPARER]
    )
    def test_who_takes_no_consents_is_refused(
        self, client: Client, site: Site, url: str, patient: Patient, script: ConsentScriptVersion, role: Role
    ) -> None:
        client.force_login(make_actor(site, role).user)
        assert client.get(url).status_code == 403
        assert client.post(url, filled(patient, script)).status_code == 403

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR])
    def test_who_reads_records_reads_it_and_cannot_take_it_back(
        self, client: Client, site: Site, take: Any, role: Role
    ) -> None:
        client.force_login(make_actor(site, role).user)
        address = reverse("consent", args=[take().pk])
        assert "takes the consent back" not in source(client.get(address))
        assert client.post(address, {"reason": "Changed his mind."}).status_code == 403

    @pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.PHOTO_TECHNICIAN, Role.PREPARER])
    def test_who_sees_no_health_does_not_read_it(self, client: Client, site: Site, take: Any, role: Role) -> None:
        client.force_login(make_actor(site, role).user)
        assert client.get(reverse("consent", args=[take().pk])).status_code == 403


class TestReadingAndTakingBack:
    def test_reading_is_recorded(self, operating: Client, operator: Actor, patient: Patient, take: Any) -> None:
        consent = take()
        text = source(operating.get(reverse("consent", args=[consent.pk])))
        assert "Consent given" in text
        event = TrailEvent.objects.get(action=Action.READ, object_type="patients.Consent")
        assert (event.actor, event.patient) == (operator.user, patient)

    def test_taking_back_needs_a_reason_and_keeps_what_was_typed(self, operating: Client, take: Any) -> None:
        consent = take()
        response = operating.post(reverse("consent", args=[consent.pk]), {"reason": "x"})
        assert response.status_code == 422
        assert response.context["form"].errors["reason"] == ["Write down what the patient said."]
        assert ">x</textarea>" in "".join(response.content.decode().split("\n"))

    def test_an_empty_form_asks_for_the_reason(self, operating: Client, take: Any) -> None:
        response = operating.post(reverse("consent", args=[take().pk]))
        assert response.status_code == 422
        assert response.context["form"].errors["reason"]

    def test_taken_back_shows_on_the_page_and_offers_it_no_more(
        self, operating: Client, take: Any, patient: Patient
    ) -> None:
        address = reverse("consent", args=[take().pk])
        assert operating.post(address, {"reason": "Afraid of needles."}).status_code == 302
        text = source(operating.get(address))
        assert "Withdrawn" in text
        assert "Revoked" in text.partition("Signature")[2]
        assert "Afraid of needles." in text
        assert "takes the consent back" not in text
        assert "Take consent" in source(operating.get(reverse("patient", args=[patient.pk])))

    def test_a_replaced_consent_leads_to_the_later_one(self, operating: Client, take: Any) -> None:
        first, second = take(at=clock.now()), take(submission_key=uuid.uuid4())
        text = source(operating.get(reverse("consent", args=[first.pk])))
        assert "Replaced by a later consent" in text
        assert "Superseded by</dt>" in text
        assert f'{reverse("consent", args=[second.pk])}">the consent of' in text
        assert "(this signed the consent of" in text
        assert reverse("consent", args=[second.pk]) in text
        assert "takes the consent back" not in text

    def test_a_consent_to_a_replaced_script_says_so(
        self, operating: Client, take: Any, site: Site, script: ConsentScriptVersion
    ) -> None:
        consent = take()
        approved(draft_consent(site, body="New. " + script.body))
        assert "Given to a script that was replaced" in source(operating.get(reverse("consent", args=[consent.pk])))


class TestWhoIsReferredElsewhere:
    def test_the_form_is_not_offered_and_the_page_says_why(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion
    ) -> None:
        with_intake(patient, stage="VII")
        response = operating.get(url)
        assert "refer for surgical assessment" in source(response)
        assert "<form" not in response.content.decode().split("<main", 1)[1]
        assert operating.post(url, filled(patient, script)).status_code == 422
        assert not Consent.objects.exists()


def test_the_strokes_that_the_pad_sends_are_those_that_are_read() -> None:
    """The two sides agree on the shape, and on what is too short."""
    from patients.consents.strokes import SHORTEST_PX

    script = (settings.BASE_DIR / "static" / "js" / "signature.js").read_text()
    assert "{ width: canvas.offsetWidth, height: canvas.offsetHeight, strokes: paths }" in script
    assert f"SHORTEST_PX = {SHORTEST_PX:g};" in script
    assert set(json.loads(SIGNED)) == {"width", "height", "strokes"}


class TestWhoSigns:
    """The form asks who signs."""

    def test_a_guardian_says_in_which_relation(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion
    ) -> None:
        sent = filled(patient, script, signed_as="other", signed_name="Dora Demo")
        answer = operating.post(url, sent)
        assert answer.status_code == 422
        assert "Say in which relation" in source(answer)
        assert not Consent.objects.exists()
        operating.post(url, sent | {"relation": "mother"})
        assert Consent.objects.get().relation == "mother"

    def test_a_relation_typed_for_a_patient_who_signs_is_dropped(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion
    ) -> None:
        operating.post(url, filled(patient, script, relation="mother"))
        assert Consent.objects.get().relation == ""

    def test_another_name_comes_back_with_everything_typed(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion
    ) -> None:
        answer = operating.post(url, filled(patient, script, signed_name="Someone Else"))
        assert "This isn't the patient's name" in source(answer)
        assert 'value="Someone Else"' in answer.content.decode()
        assert json.loads(drawn_again(answer)) == json.loads(SIGNED)

    def test_the_drawing_is_shown_on_the_page(self, operating: Client, take: Any) -> None:
        consent = take()
        address = reverse("consent_drawing", args=[consent.pk])
        assert f'src="{address}"' in operating.get(reverse("consent", args=[consent.pk])).content.decode()
        drawing = operating.get(address)
        assert drawing["Content-Type"] == "image/png"
        assert sha256(drawing.content) == consent.drawing_sha256
        Path(default_storage.path(str(consent.drawing))).write_bytes(b"another")
        assert operating.get(address).status_code == 404
