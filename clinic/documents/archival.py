"""What makes a document PDF/A-3 and PDF/UA at once, with the text that it was made from inside.

WeasyPrint claims one of them at a time. It is asked for PDF/A-3a, which is tagged as well; the claim of PDF/UA-1
goes into the same metadata, with the description of its schema that PDF/A asks for. Everything is done before
the file is written, so that nothing has to be read and written again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from weasyprint import Attachment
from weasyprint.css import ColorProfile

from clinic.documents.fetcher import OwnAssetsFetcher

#: PDF/A-3 with tags and with Unicode for every letter.
VARIANT = "pdf/a-3a"
PROFILE = "srgb"
RELATIONSHIP = "Source"
_END_OF_METADATA = b"</rdf:RDF>"
_ALSO_UA = b"""\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part>\
</rdf:Description>\
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>The part of ISO 14289 that the file conforms to</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property>\
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""


class MetadataError(RuntimeError):
    """WeasyPrint's metadata doesn't look as this version of ours expects."""


@dataclass(frozen=True, slots=True)
class Source:
    """The canonical text that a document was made from: its file's name, its exact text, and when it was sealed."""

    name: str
    text: str
    sealed_at: datetime


def attachment_of(source: Source) -> Attachment:
    """Return `source` as an attachment: the bytes in the file are those whose SHA-256 was sealed."""
    at = source.sealed_at.astimezone(UTC)
    # Without a fetcher of its own, it would load the machine's certificates for each document.
    return Attachment(
        string=source.text,
        url_fetcher=OwnAssetsFetcher(),
        name=source.name,
        description="The sealed text that this document was made from",
        relationship=RELATIONSHIP,
        created=at,
        modified=at,
    )


def colour_profiles() -> dict[str, ColorProfile]:
    """Return what the colours of a document mean: sRGB, from bytes that are read once.

    Left to itself WeasyPrint opens a profile's file for every document and forgets to close it. Ours, an ICC 4.2
    profile of 588 bytes with curves as formulas, says the same in 2 KB less.
    """
    return {PROFILE: ColorProfile(BytesIO(_srgb()), "srgb.icc", "relative-colorimetric", ("r", "g", "b"))}


def claim_both(_document: Any, pdf: Any) -> None:
    """Claim PDF/UA-1 beside PDF/A-3a in the metadata, and name each attachment once: WeasyPrint's finisher.

    Raises MetadataError when the metadata isn't where this version of WeasyPrint puts it.
    """
    found = [each for each in pdf.objects if getattr(each, "extra", {}).get("Type") == "/Metadata"]
    if len(found) != 1 or found[0].stream[0].count(_END_OF_METADATA) != 1:
        raise MetadataError("the metadata of the PDF isn't as expected")
    found[0].stream[0] = found[0].stream[0].replace(_END_OF_METADATA, _ALSO_UA + _END_OF_METADATA)
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])


@cache
def _srgb() -> bytes:
    return (Path(settings.BASE_DIR) / "static" / "documents" / "srgb.icc").read_bytes()
