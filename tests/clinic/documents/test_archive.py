"""A sealed PDF as others will read it in ten years: PDF/A-3 and PDF/UA at once, with its text inside."""

import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pikepdf
import pytest
import weasyprint
from pikepdf import Dictionary, Name, Pdf, Stream

from clinic.canonical import sha256
from clinic.documents import archival, rendering
from clinic.documents.archival import MetadataError, Source, claim_both
from clinic.documents.fetcher import OwnAssetsFetcher
from clinic.documents.models import SealedDocument
from clinic.documents.registry import Page
from clinic.documents.rendering import RenderingError, render_pdf
from clinic.documents.sealing import check_seal, sealed
from tests.clinic.documents.conftest import AT

pytestmark = pytest.mark.django_db

A_PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
}


@pytest.fixture
def pdf(sealed_document: Callable[..., SealedDocument]) -> bytes:
    """A sealed form that shows a drawn signature, half clear as such drawings are."""
    signature = {
        "name": "Alma Demo", "role": "Patient", "registration_number": "", "meaning": "agreed", "reason": "",
        "signed_at": "02 Mar 2026 09:00:00 CET (UTC+0100)", "method": "by hand", "sha256": "cd" * 32,
        "image": A_PICTURE,
    }  # fmt: skip
    document = sealed_document(signatures=[signature])
    with document.rendering.file.open("rb") as file:
        content: bytes = file.read()
    return content


def read(pdf: bytes) -> Pdf:
    """Return the PDF as pikepdf reads it."""
    return pikepdf.open(BytesIO(pdf))


def metadata_of(pdf: bytes) -> ET.Element:
    """Return the XMP metadata."""
    opened = read(pdf)
    return ET.fromstring(opened.Root.Metadata.read_bytes())  # noqa: S314 - we made it ourselves


def dictionaries(opened: Pdf) -> Iterator[Any]:
    """Yield every dictionary of the file, those of streams and those inside others too."""
    for each in opened.objects:
        waiting = [each]
        while waiting:
            found = waiting.pop()
            if isinstance(found, (Dictionary, Stream)):
                yield found
                waiting += [value for value in dict(found.items()).values() if not getattr(value, "is_indirect", False)]
            elif isinstance(found, pikepdf.Array):
                waiting += [value for value in found if not getattr(value, "is_indirect", False)]


def test_it_is_tagged_has_a_language_and_shows_its_title(pdf: bytes) -> None:
    opened = read(pdf)
    root = opened.Root
    assert root.MarkInfo.Marked is True
    assert str(root.Lang) == "en-GB"
    assert root.ViewerPreferences.DisplayDocTitle is True
    assert str(root.StructTreeRoot.K[0].S) == "/Document"
    assert len(root.StructTreeRoot.ParentTree.Nums) >= 2


def test_every_picture_has_words_and_every_head_of_a_table_its_column(pdf: bytes) -> None:
    opened = read(pdf)
    elements = [each for each in dictionaries(opened) if each.get("/Type") == Name.StructElem]
    figures = [each for each in elements if str(each.S) == "/Figure"]
    assert figures
    assert all(str(each.Alt).strip() for each in figures)
    assert {str(each.S) for each in elements} >= {"/Document", "/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD"}


def test_the_metadata_claim_both_and_explain_the_second_claim(pdf: bytes) -> None:
    metadata = metadata_of(pdf)
    assert len(metadata.findall("rdf:RDF", NAMESPACES)) == 1
    descriptions = metadata.findall("rdf:RDF/rdf:Description", NAMESPACES)
    claims = {key: value for each in descriptions for key, value in each.attrib.items()}
    assert claims[f"{{{NAMESPACES['pdfaid']}}}part"] == "3"
    assert claims[f"{{{NAMESPACES['pdfaid']}}}conformance"] == "A"
    assert [each.text for each in metadata.iter(f"{{{NAMESPACES['pdfuaid']}}}part")] == ["1"]
    assert [each.text for each in metadata.iter(f"{{{NAMESPACES['pdfaSchema']}}}prefix")] == ["pdfuaid"]
    title = metadata.find(".//dc:title//rdf:li", NAMESPACES)
    opened = read(pdf)
    assert title is not None
    assert title.text == str(opened.docinfo.Title)


def test_the_file_is_a_pdf_1_7_with_an_identifier_and_says_what_its_colours_mean(pdf: bytes) -> None:
    opened = read(pdf)
    assert pdf.startswith(b"%PDF-1.7\n%")
    assert "/Version" not in opened.Root
    assert len(opened.trailer.ID) == 2
    (intent,) = opened.Root.OutputIntents
    assert intent.S == Name.GTS_PDFA1
    profile = intent.DestOutputProfile
    assert profile.N == 3
    assert profile.read_bytes()[36:40] == b"acsp"


def test_the_colour_profile_is_srgb_of_a_version_that_pdf_1_7_knows() -> None:
    from PIL import Image, ImageCms

    ours = archival.colour_profiles()["srgb"].content
    assert ours[8:10] == b"\x04\x20"
    colours = Image.new("RGB", (16, 16))
    colours.putdata([(at, 255 - at, (at * 7) % 256) for at in range(256)])
    through = ImageCms.profileToProfile(
        colours, ImageCms.ImageCmsProfile(BytesIO(ours)), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert through is not None
    assert through.tobytes() == colours.tobytes()


def test_the_text_that_was_sealed_is_inside_byte_for_byte(sealed_document: Callable[..., SealedDocument]) -> None:
    document = sealed_document()
    with document.rendering.file.open("rb") as file:
        opened = read(file.read())
    (listed,) = opened.attachments
    assert listed == f"{document.code}.json"
    (named,) = opened.Root.AF
    assert named.AFRelationship == Name.Source
    assert str(named.UF) == str(named.F) == listed
    inside = named.EF.F
    assert inside.Subtype == Name("/application/json")
    assert inside.Params.ModDate
    assert inside.read_bytes() == document.content.encode()
    assert sha256(inside.read_bytes()) == document.content_sha256


def test_all_fonts_are_inside_and_can_be_read_back(pdf: bytes) -> None:
    opened = read(pdf)
    fonts = [each for each in dictionaries(opened) if each.get("/Type") == Name.Font]
    composed = [each for each in fonts if each.Subtype == Name.Type0]
    assert composed
    assert all("/ToUnicode" in each for each in composed)
    for each in composed:
        (descendant,) = each.DescendantFonts
        assert {"/FontFile2", "/FontFile3"} & set(descendant.FontDescriptor.keys())
        assert descendant.CIDToGIDMap == Name.Identity


def test_pictures_are_drawn_from_their_own_pixels(pdf: bytes) -> None:
    opened = read(pdf)
    pictures = [each for each in dictionaries(opened) if each.get("/Subtype") == Name.Image]
    assert any("/SMask" in each for each in pictures)
    assert not any(each.get("/Interpolate", False) for each in pictures)


def test_nothing_runs_and_nothing_lies_outside_the_file(pdf: bytes) -> None:
    for each in dictionaries(read(pdf)):
        assert not {"/JS", "/JavaScript", "/AA", "/OpenAction", "/Launch", "/XFA", "/RichMedia", "/URI"} & set(
            each.keys()
        )
        assert each.get("/S") not in (Name.JavaScript, Name.Launch, Name.GoToR, Name.URI, Name.SubmitForm)
        assert not (isinstance(each, Stream) and "/F" in each)


def test_the_seals_own_field_is_printable_off_the_page_and_named(pdf: bytes) -> None:
    opened = read(pdf)
    (field,) = opened.Root.AcroForm.Fields
    assert field.F == 4 + 128, "printed and locked, not hidden"
    assert [int(each) for each in field.Rect] == [-9999] * 4
    assert str(field.TU)
    assert opened.pages[0].Tabs == Name.S
    assert "/NeedAppearances" not in opened.Root.AcroForm
    assert [*opened.Root.Perms.keys()] == ["/DocMDP"]
    (reference,) = field.V.Reference
    assert reference.TransformParams.P == 1, "no change is allowed"
    assert not {"/DigestMethod", "/DigestValue", "/DigestLocation"} & set(reference.keys())


def test_sealing_adds_the_seal_and_changes_nothing_else() -> None:
    page = "<!doctype html><html lang=en-GB><title>t</title><body><p>text</p></body></html>"
    plain = render_pdf(page, source=Source("a.json", "{}", AT)).pdf
    after = sealed(plain, name="Site North", reason="Test").pdf
    assert after.startswith(plain)
    with read(after) as opened, read(plain) as before:
        assert opened.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
        assert set(opened.Root.keys()) - set(before.Root.keys()) == {"/AcroForm", "/Extensions", "/Perms"}


def test_a_label_is_made_the_same_way() -> None:
    page = '<!doctype html><html lang=en-GB><title>t</title><body><div class="label"><p>text</p></div></body></html>'
    made = render_pdf(page, page=Page.LABEL_50X25, source=Source("a.json", "{}", AT)).pdf
    assert [each.text for each in metadata_of(made).iter(f"{{{NAMESPACES['pdfuaid']}}}part")] == ["1"]


def test_pdfsig_sees_a_flipped_byte(pdf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    changed = bytearray(pdf)
    changed[len(pdf) // 2] ^= 1
    for content, expected in ((pdf, True), (bytes(changed), False)):
        path.write_bytes(content)
        said = subprocess.run(["pdfsig", str(path)], capture_output=True, check=False).stdout.decode()
        assert ("Signature is Valid." in said) is expected
        assert not expected or "Total document signed" in said


def test_a_document_sealed_before_it_was_pdf_a_stays_good(monkeypatch: pytest.MonkeyPatch) -> None:
    from clinic.documents import sealing

    page = "<!doctype html><html lang=en-GB><title>t</title><body><p>text</p></body></html>"
    earlier = weasyprint.HTML(string=page, url_fetcher=OwnAssetsFetcher()).write_pdf(pdf_variant="pdf/ua-1")
    monkeypatch.setattr(sealing, "_SealWriter", sealing.IncrementalPdfFileWriter)
    assert check_seal(sealed(earlier, name="Site North", reason="Test").pdf).valid


def test_metadata_in_another_place_stop_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nothing:
        objects: list[Any] = []

    with pytest.raises(MetadataError):
        claim_both(None, Nothing())
    monkeypatch.setattr(archival, "_END_OF_METADATA", b"</rdf:Other>")
    with pytest.raises(RenderingError, match="metadata"):
        rendering.render_pdf("<!doctype html><html lang=en><title>t</title><body><p>text</p></body></html>")
