"""The process that draws the pages of one scanned PDF, under limits of the kernel, and ends.

Run by `pdf_pages`, never imported by Django's processes. It reads the file from its standard input before it gives up
everything else; then it draws and answers on its standard output: a line of JSON, and the pages' grey pixels behind.
"""

import json
import sys
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image

from patients.paper.limits import LIMITS, MOST_PAGES, PAGE_SIDE_PX
from patients.photos.confinement import confine


def main() -> None:
    """Read, give up everything, draw, answer."""
    Image.preinit()
    content = sys.stdin.buffer.read(LIMITS.max_bytes + 1)
    confine(LIMITS)
    head, pages = drawn(content)
    sys.stdout.buffer.write(json.dumps(head).encode("ascii") + b"\n")
    for page in pages:
        sys.stdout.buffer.write(page)
    sys.stdout.buffer.flush()


def drawn(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return what there is to say of the PDF `content`, and the grey pixels of its pages."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).casefold()
        return {"refused": "locked" if locked else "damaged"}, []
    if not 1 <= len(document) <= MOST_PAGES:
        return {"refused": "too_many_pages" if len(document) else "damaged"}, []
    sizes, codes, pages = [], [], []
    for number in range(len(document)):
        try:
            picture = _grey(document[number])
        except pypdfium2.PdfiumError:
            return {"refused": "damaged"}, []
        sizes.append(picture.size)
        codes.append(
            [
                found.text
                for found in zxingcpp.read_barcodes(
                    picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
                )
            ]
        )
        pages.append(picture.tobytes())
    return {"sizes": sizes, "codes": codes}, pages


def _grey(page: "pypdfium2.PdfPage") -> Image.Image:
    longest_pt = max(page.get_size())
    if not 1 <= longest_pt <= 20_000:
        raise pypdfium2.PdfiumError("no size of a page")
    return page.render(scale=PAGE_SIDE_PX / longest_pt, grayscale=True).to_pil().convert("L")


if __name__ == "__main__":
    main()
