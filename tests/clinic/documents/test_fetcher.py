"""No document loads anything from the network or from the disk but our own assets."""

import ast
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import given
from hypothesis import strategies as st

from clinic.documents.fetcher import NotOursError, OwnAssetsFetcher
from clinic.documents.rendering import RenderingError, render_pdf

SECRET = "the-content-of-a-local-file"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

#: Every way in which a page can name something outside, with URL in the place of the address.
VECTORS = {
    "stylesheet link": '<link rel="stylesheet" href="URL">',
    "css import": '<style>@import url("URL");</style><p>x</p>',
    "css font": '<style>@font-face { font-family: F; src: url("URL") } p { font-family: F }</style><p>x</p>',
    "page background": '<style>@page { background: url("URL") }</style><p>x</p>',
    "margin content": '<style>@page { @top-left { content: url("URL") } }</style><p>x</p>',
    "element content": '<style>p::before { content: url("URL") }</style><p>x</p>',
    "inline background": "<p style=\"background-image: url('URL')\">x</p>",
    "list image": "<ul style=\"list-style-image: url('URL')\"><li>x</li></ul>",
    "border image": "<p style=\"border: 5px solid; border-image: url('URL') 1\">x</p>",
    "image": '<img src="URL">',
    "image by srcset": '<img src="URL" srcset="URL 2x">',
    "picture": '<picture><source srcset="URL"><img src="URL"></picture>',
    "embed": '<embed src="URL">',
    "object": '<object data="URL"></object>',
    "inline svg image": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    '<image width="9" height="9" href="URL"/></svg>',
    "inline svg use": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><use href="URL#a"/></svg>',
    "svg in data": "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
    "<image width='9' height='9' href='URL'/></svg>\">",
    "svg stylesheet in data": "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'>"
    "<style>@import 'URL';</style><rect width='9' height='9'/></svg>\">",
    "attachment link": '<link rel="attachment" href="URL">',
    "attachment anchor": '<a rel="attachment" href="URL">x</a>',
    "base": '<base href="URL"><img src="x.png">',
}


def test_only_a_document_whose_pages_are_numbered_gets_codes_of_its_pages() -> None:
    with pytest.raises(NotOursError):
        OwnAssetsFetcher().fetch("page-code:1")
    numbered = OwnAssetsFetcher(numbered="K7P2QX4M")
    first, second = (numbered.fetch(f"page-code:{page}").read() for page in (1, 2))
    assert first.startswith(b"\x89PNG")
    assert first != second
    for address in ("page-code:", "page-code:x", "page-code:1/../2", "page-code:-1"):
        with pytest.raises(NotOursError):
            numbered.fetch(address)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A web server that notes every request, and its address."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302 if self.path.endswith("redirect") else 200)
            if self.path.endswith("redirect"):
                self.send_header("Location", "/target")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Be quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("vector", VECTORS)
def test_nothing_is_asked_of_the_network(vector: str, listener: tuple[str, list[str]]) -> None:
    address, asked = listener
    for path in ("/x", "/redirect"):
        attempt(VECTORS[vector].replace("URL", address + path))
    assert asked == []


@pytest.mark.parametrize("vector", VECTORS)
def test_no_local_file_comes_into_a_document(vector: str, tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    for address in (path.as_uri(), f"file:{path}", str(path)):
        pdf = attempt(VECTORS[vector].replace("URL", address))
        assert SECRET.encode() not in pdf


def attempt(body: str) -> bytes:
    """Render a hostile page; a refusal is as good as a document without it."""
    try:
        return render_pdf(f"<!doctype html><html lang=en><title>t</title><body>{body}<p>end</p></body></html>").pdf
    except (RenderingError, ValueError):
        return b""


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "https://example.org/",
        "HTTP://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "file:/etc/passwd",
        "\\\\server\\share",
        "//server/share",
        "/etc/passwd",
        "",
        "javascript:alert(1)",
        "gopher://127.0.0.1/",
        "asset:../documents/document.css",
        "asset:../../clinic/settings.py",
        "asset:/etc/passwd",
        "asset:marks/../../css/tokens.css",
        "asset:marks",
        "asset:",
        "asset:fonts/../../../etc/passwd",
        "asset:fonts/inter-latin-900.ttf",
        "asset:%2e%2e/%2e%2e/manage.py",
        "file-of-record:anything",
        "file-of-record:",
        "data:,",
        "data:text/html,<p>x",
        "data:text/css,p{}",
        "data:application/pdf;base64,JVBERi0=",
        "data:image/png;base64,not base64",
        "data:image/png;base64,R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs=",
        "data:image/svg+xml,%21PS-Adobe-3.0 EPSF-3.0",
        "data:image/x-eps;base64,JSFQUw==",
        "data:image/png;base64" + PNG,
    ],
)
def test_an_address_that_isnt_ours_is_refused(address: str) -> None:
    with pytest.raises(NotOursError):
        OwnAssetsFetcher().fetch(address)


@given(st.text(max_size=80))
def test_no_text_at_all_opens_anything_but_ours(address: str) -> None:
    if address.partition(":")[0].lower() in {"data", "asset"}:
        return
    with pytest.raises(NotOursError):
        OwnAssetsFetcher().fetch(address)


def test_a_picture_in_the_page_and_our_own_assets_are_answered() -> None:
    fetcher = OwnAssetsFetcher()
    assert fetcher.fetch(f"data:image/png;base64,{PNG}").read().startswith(b"\x89PNG")
    assert (
        fetcher.fetch("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E").content_type
        == "image/svg+xml"
    )
    assert fetcher.fetch("asset:marks/stop.png").read().startswith(b"\x89PNG")
    assert fetcher.fetch("asset:fonts/inter-latin-400.ttf").read().startswith(b"\x00\x01\x00\x00")


def test_the_fetcher_has_no_way_out_even_for_its_base_class() -> None:
    fetcher = OwnAssetsFetcher()
    assert fetcher.handlers == []
    assert fetcher.handle_open == {}


def test_weasyprint_is_called_in_one_place_and_always_with_this_fetcher() -> None:
    """Reads the code: three modules import `weasyprint`, and each call names the fetcher."""
    users = []
    for room in ("clinic", "protocols", "patients", "sessions", "audit"):
        for path in (Path(django_settings.BASE_DIR) / room).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if any(name.split(".")[0] == "weasyprint" for name in names):
                    users.append(path.name)
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in {"HTML", "CSS"}
                ):
                    assert "url_fetcher" in {keyword.arg for keyword in node.keywords}, path
    assert set(users) == {"rendering.py", "fetcher.py", "archival.py"}
