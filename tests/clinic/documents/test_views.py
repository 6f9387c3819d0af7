"""Pages of sealed documents: what staff see, what a stranger sees, and what is never handed out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.accounts import permissions
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import ROLES, Permission, Role
from clinic.canonical import sha256
from clinic.documents.models import SealedDocument
from clinic.documents.templates import html_of
from clinic.outbox.models import OutboxEntry
from clinic.trail.models import Action, TrailEvent
from patients.registry.models import Patient

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db

Sealed = Callable[..., SealedDocument]


def text(response: Any) -> str:
    """Return the page's text, on one line."""
    return " ".join(unescape(response.content.decode()).split())


def test_a_stranger_learns_that_it_is_genuine_and_nothing_of_anybody(client: Client, sealed_document: Sealed) -> None:
    document = sealed_document()
    response = client.get(reverse("check_document", args=[document.code]))
    assert response.status_code == 200
    page = text(response)
    assert "Genuine and current" in page
    assert document.content_sha256 in page
    for secret in ("Alma", "Demo", "N-000123", "1986", "Nora", "Anticoagulants"):
        assert secret not in page
    assert "no-cache" in response["Cache-Control"]
    assert not TrailEvent.objects.filter(action=Action.READ).exists()


def test_a_code_is_found_however_it_is_typed(client: Client, sealed_document: Sealed) -> None:
    code = sealed_document(render=False).code
    assert client.get(f"/d/{code.lower()[:4]}-{code.lower()[4:]}/").status_code == 200


@pytest.mark.parametrize("code", ["00000000", "x", "ÄÖÜ", "7K3M9QZX' OR 1=1", "A" * 500, "%00"])
def test_an_unknown_code_is_said_in_words(client: Client, code: str) -> None:
    response = client.get(f"/d/{code}/")
    assert response.status_code == 404
    assert "No document has this code" in text(response)


def test_who_scans_a_code_reads_the_time_that_is_on_the_paper(
    client: Client, sealed_document: Sealed, operator: Actor
) -> None:
    """08:00 UTC on 2 March is nine in the morning in Warsaw, and ten on 2 July: on the paper and here alike."""
    operator.site.time_zone = "Europe/Warsaw"
    operator.site.save()
    winter = sealed_document(render=False)
    page = text(client.get(reverse("check_document", args=[winter.code])))
    assert "02 Mar 2026 09:00:00 CET (UTC+0100)" in page
    assert "02 Mar 2026 09:00:00 CET (UTC+0100)" in html_of(winter)
    summer = sealed_document(render=False, sections=[], at=datetime(2026, 7, 2, 8, 0, tzinfo=UTC))
    page = text(client.get(reverse("check_document", args=[winter.code])))
    assert "took its place on 02 Jul 2026 10:00:00 CEST (UTC+0200)" in page
    assert "02 Jul 2026 10:00:00 CEST (UTC+0200)" in html_of(summer)


def test_an_unknown_code_leads_back(client: Client, site: Site, sign_in: Any) -> None:
    assert f'href="{reverse("account_login")}"' in text(client.get("/d/00000000/"))
    sign_in(site, Role.OPERATOR)
    assert f'href="{reverse("today")}"' in text(client.get("/d/00000000/"))


def test_a_replaced_document_says_so(client: Client, sealed_document: Sealed) -> None:
    old = sealed_document(render=False)
    new = sealed_document(render=False, at=datetime(2026, 3, 5, tzinfo=UTC), sections=[])
    assert "Genuine, but replaced" in text(client.get(reverse("check_document", args=[old.code])))
    assert "Genuine and current" in text(client.get(reverse("check_document", args=[new.code])))


def test_a_document_whose_content_the_trail_doesnt_know_is_not_called_genuine(
    client: Client, sealed_document: Sealed
) -> None:
    document = sealed_document(render=False)
    forged = SealedDocument.objects.get(pk=document.pk)
    forged.pk, forged.code, forged._state.adding = None, "F0RGED00", True
    forged.content = forged.content.replace("Anticoagulants", "Nothing")
    forged.content_sha256 = sha256(forged.content)
    forged.save()
    assert "Don't rely on this document" in text(client.get("/d/F0RGED00/"))


def test_staff_see_the_whole_document_and_the_look_is_in_the_trail(
    client: Client, sealed_document: Sealed, site: Site, sign_in: Any
) -> None:
    document = sealed_document()
    reader = sign_in(site, Role.AUDITOR)
    response = client.get(reverse("document", args=[document.code]))
    assert response.status_code == 200
    page = text(response)
    for expected in ("Alma Demo-Łódźka", "N-000123", "Stop: do not treat today", "Nora Demo", "Download PDF",
                     document.rendering.sha256):  # fmt: skip
        assert expected in page
    assert response["Cache-Control"] == "no-store"
    event = TrailEvent.objects.get(action=Action.READ)
    assert (event.actor_id, event.patient_id) == (reader.user.pk, document.patient_id)


def test_another_sites_document_is_not_there(
    client: Client, sealed_document: Sealed, other_site: Site, sign_in: Any
) -> None:
    document = sealed_document()
    sign_in(other_site, Role.MANAGER)
    for name in ("document", "document_state", "document_pdf", "document_content"):
        assert client.get(reverse(name, args=[document.code])).status_code == 404
    assert not TrailEvent.objects.filter(action__in=[Action.READ, Action.DOWNLOAD]).exists()


def test_a_role_without_the_kinds_permission_is_refused(
    client: Client, sealed_document: Sealed, site: Site, sign_in: Any
) -> None:
    document = sealed_document()
    sign_in(site, Role.PREPARER)
    assert client.get(reverse("document", args=[document.code])).status_code == 403
    assert client.get(reverse("document_pdf", args=[document.code])).status_code == 403


def test_the_pdf_is_handed_out_as_a_file_with_a_harmless_name(
    client: Client, sealed_document: Sealed, site: Site, sign_in: Any
) -> None:
    document = sealed_document()
    sign_in(site, Role.OPERATOR)
    response = client.get(reverse("document_pdf", args=[document.code]))
    assert sha256(response.content) == document.rendering.sha256
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="test_form-{document.code}.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert TrailEvent.objects.filter(action=Action.DOWNLOAD, patient=document.patient_id).count() == 1


def test_a_file_that_isnt_the_sealed_one_is_not_handed_out(
    client: Client, sealed_document: Sealed, site: Site, sign_in: Any
) -> None:
    document = sealed_document()
    sign_in(site, Role.OPERATOR)
    path = Path(document.rendering.file.path)
    for damage, said, shown in (
        (lambda: path.write_bytes(b"%PDF-1.7 another"), "isn't the one that was sealed", "Don't rely on it; tell the"),
        (path.unlink, "missing from the file store", "What was sealed is unchanged"),
    ):
        damage()
        response = client.get(reverse("document_pdf", args=[document.code]), follow=True)
        assert said in text(response)
        assert shown in text(response)
        assert "Download PDF" not in text(response)
    assert not TrailEvent.objects.filter(action=Action.DOWNLOAD).exists()


def test_until_the_pdf_is_made_the_page_says_so_and_asks_again(
    client: Client, sealed_document: Sealed, site: Site, sign_in: Any
) -> None:
    document = sealed_document(render=False)
    sign_in(site, Role.OPERATOR)
    page = text(client.get(reverse("document", args=[document.code])))
    assert "The PDF is being made" in page
    assert f'hx-get="/documents/{document.code}/state/"' in page
    response = client.get(reverse("document_pdf", args=[document.code]))
    assert response.status_code == 302
    sealed_document()
    part = text(client.get(reverse("document_state", args=[document.code])))
    assert "Download PDF" in part
    assert "hx-get" not in part
    # The seal further down the page is told as well, in the same answer.
    rendering = document.renderings.get()
    assert page.count("Being made") == 2
    seal = part.partition('<div id="document-seal" hx-swap-oob="true">')[2]
    assert rendering.sha256 in seal
    assert rendering.renderer in seal
    assert "Being made" not in part
    whole = text(client.get(reverse("document", args=[document.code])))
    assert whole.count('id="document-seal"') == page.count('id="document-seal"') == 1
    assert "hx-swap-oob" not in page + whole


def test_a_pdf_that_could_not_be_made_is_not_promised(
    client: Client, sealed_document: Sealed, site: Site, sign_in: Any
) -> None:
    document = sealed_document(render=False)
    OutboxEntry.objects.filter(key=document.code).update(parked_at=document.sealed_at, attempts=6)
    sign_in(site, Role.OPERATOR)
    page = text(client.get(reverse("document", args=[document.code])))
    assert "The PDF could not be made" in page
    assert "The PDF is being made" not in page
    part = text(client.get(reverse("document_state", args=[document.code])))
    assert "hx-get" not in part
    for each in (page, part):
        assert "Being made" not in each
        assert each.count("Could not be made") == 2


def test_asking_whether_the_pdf_is_there_is_no_look_at_the_record(
    client: Client, sealed_document: Sealed, site: Site, sign_in: Any
) -> None:
    document = sealed_document()
    sign_in(site, Role.OPERATOR)
    client.get(reverse("document_state", args=[document.code]))
    assert not TrailEvent.objects.filter(action=Action.READ).exists()


def test_the_exact_content_has_the_printed_hash(
    client: Client, sealed_document: Sealed, site: Site, sign_in: Any
) -> None:
    document = sealed_document(render=False)
    sign_in(site, Role.AUDITOR)
    response = client.get(reverse("document_content", args=[document.code]))
    assert sha256(response.content) == document.content_sha256


def test_the_list_shows_the_sites_documents_in_few_queries(
    client: Client, sealed_document: Sealed, site: Site, other_site: Site, sign_in: Any,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    for number in range(30):
        sealed_document(render=False, number=number)
    sign_in(site, Role.AUDITOR)
    client.get(reverse("document_list"))
    with django_assert_max_num_queries(4):
        response = client.get(reverse("document_list") + "?kind=test_form")
    assert len(response.context["page"].rows) == 25
    assert response.context["page"].has_next
    sign_in(other_site, Role.AUDITOR)
    assert "No documents yet" in text(client.get(reverse("document_list")))


def test_the_list_says_which_documents_were_replaced_and_leaves_them_out_when_asked(
    client: Client, sealed_document: Sealed, site: Site, sign_in: Any
) -> None:
    first, second = (
        sealed_document(render=False, number=1),
        sealed_document(render=False, number=2, at=AT + timedelta(minutes=1)),
    )
    sign_in(site, Role.AUDITOR)
    page = client.get(reverse("document_list"))
    assert [(row.code, row.replaced) for row in page.context["page"].rows] == [
        (second.code, False),
        (first.code, True),
    ]
    assert text(page).count("Replaced") == 1
    current = client.get(reverse("document_list") + "?standing=current")
    assert "Replaced" not in text(current)
    assert [row.code for row in current.context["page"].rows] == [second.code]


def test_a_document_is_found_by_its_code_and_a_patients_by_the_record_number(
    client: Client, sealed_document: Sealed, site: Site, sign_in: Any
) -> None:
    first, second = sealed_document(render=False, number=1), sealed_document(render=False, number=2)
    sign_in(site, Role.AUDITOR)

    def found(typed: str) -> set[str]:
        response = client.get(reverse("document_list"), {"q": typed})
        assert response.status_code == 200
        return {row.code for row in response.context["page"].rows}

    assert found(first.code) == found(f" {first.code[:4].lower()} {first.code[4:]} ") == {first.code}
    assert found("n-000123") == {first.code, second.code}
    assert found("N-000124") == found("x" * 5_000) == found("'; drop") == set()
    page = text(client.get(reverse("document_list"), {"q": "N-000124"}))
    assert "No such document" in page
    assert "No documents yet" not in page
    assert 'value="N-000124"' in page


def test_the_list_says_whose_each_document_is(
    client: Client, sealed_document: Sealed, site: Site, patient: Patient, sign_in: Any
) -> None:
    sealed_document(render=False)
    sign_in(site, Role.AUDITOR)
    page = text(client.get(reverse("document_list")))
    assert f'href="{reverse("patient", args=[patient.pk])}"' in page
    assert "Alma Demo-Łódźka" in page
    assert "N-000123" in page


def test_the_list_names_no_patient_to_those_who_may_not_see_patients(
    client: Client, sealed_document: Sealed, site: Site, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed_document(render=False)
    bundle = ROLES[Role.AUDITOR]
    poorer = bundle._replace(permissions=bundle.permissions - {Permission.VIEW_PATIENTS})
    monkeypatch.setattr(permissions, "ROLES", {**ROLES, Role.AUDITOR: poorer})
    sign_in(site, Role.AUDITOR)
    response = client.get(reverse("document_list"))
    assert response.context["page"].rows
    for secret in ("Alma", "N-000123", "record number"):
        assert secret not in text(response)
    assert not client.get(reverse("document_list"), {"q": "N-000123"}).context["page"].rows, "nor says whose there are"


@pytest.mark.parametrize(("role", "shown"), [(Role.OPERATOR, True), (Role.AUDITOR, True), (Role.PREPARER, False)])
def test_the_navigation_leads_to_the_documents_for_those_who_may_open_them(
    client: Client, site: Site, sign_in: Any, role: Role, shown: bool
) -> None:
    sign_in(site, role)
    page = text(client.get(reverse("today")))
    assert (f'<a href="{reverse("document_list")}"' in page) == shown


@pytest.mark.parametrize("damage", ["flip", "empty", "gone"])
def test_the_check_page_calls_no_document_genuine_whose_stored_pdf_isnt_what_was_sealed(
    client: Client, sealed_document: Sealed, damage: str
) -> None:
    document = sealed_document()
    address = reverse("check_document", args=[document.code])
    assert "Genuine" in client.get(address).content.decode()
    path = Path(document.rendering.file.path)
    pdf = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.chmod(0o600)
        path.write_bytes(pdf[:-1] + bytes([pdf[-1] ^ 1]) if damage == "flip" else b"")
    page = client.get(address).content.decode()
    assert "Genuine" not in page
    said = "Unchanged, but the clinic has lost its own PDF" if damage == "gone" else "Don't rely on this document"
    assert said in unescape(page)


def test_the_document_page_costs_few_queries(
    client: Client, sealed_document: Sealed, site: Site, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    document = sealed_document()
    sign_in(site, Role.AUDITOR)
    client.get(reverse("document", args=[document.code]))
    with django_assert_max_num_queries(13):
        # Of these, two find who asks, three find and compare the document, five write the look into the trail.
        client.get(reverse("document", args=[document.code]))
