"""What the browser gets: a small named set of files, each found, each with a hash in its name."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command

from clinic.web.vendor import VendorFinder

STATIC_TAG = re.compile(r'{%\s*static\s+["\']([^"\']+)["\']')


def names_in_templates() -> list[str]:
    """Return every static file that a template names."""
    found = {
        name
        for template in Path(settings.BASE_DIR / "templates").rglob("*.html")
        for name in STATIC_TAG.findall(template.read_text())
    }
    return sorted(found)


@pytest.mark.parametrize("name", names_in_templates())
def test_every_file_that_a_template_names_is_there(name: str) -> None:
    assert finders.find(name)


def test_nothing_else_of_a_package_is_served() -> None:
    assert VendorFinder().find("vendor/htmx/htmx.min.js")
    assert not VendorFinder().find("vendor/htmx/htmx.js")
    assert not VendorFinder().find("vendor/inter/../../bootstrap/package.json")
    assert len(list(VendorFinder().list(None))) < 20


def test_a_package_that_lacks_a_file_stops_the_start(settings: Any) -> None:
    assert VendorFinder().check() == []
    settings.VENDOR_FILES = (("vendor/htmx", "htmx.org/dist", ("renamed.js",)),)
    assert [error.id for error in VendorFinder().check()] == ["clinic.E003"]


def test_static_files_can_be_built_with_hashed_names(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    assert list((tmp_path / "css").glob("tokens.*.css"))
    assert list((tmp_path / "vendor" / "inter" / "files").glob("inter-latin-wght-normal.*.woff2"))


def test_no_template_has_a_script_or_a_style_of_its_own() -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    pages = [path for path in (settings.BASE_DIR / "templates").rglob("*.html") if "documents" not in path.parts]
    assert [str(path) for path in pages if inline.search(path.read_text())] == []
