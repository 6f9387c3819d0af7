"""Serves the few files of the front-end packages that pages use, out of the thousand that npm brings."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage


class VendorFinder(BaseFinder):
    """Finds the files that `settings.VENDOR_FILES` names: (address, folder in node_modules, names or patterns)."""

    def _files(self) -> Iterator[tuple[str, Path, str]]:
        """Yield the address's folder, the package's folder and the name in both of every file."""
        for prefix, folder, patterns in settings.VENDOR_FILES:
            root = settings.NODE_MODULES / folder
            for pattern in patterns:
                for path in sorted(root.glob(pattern)):
                    yield prefix, root, path.relative_to(root).as_posix()

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Refuse to start with a package that isn't there, or a file that its new version has no more."""
        return [
            Error(
                f"The front-end package has no {folder}/{pattern}.",
                hint="Install the front-end packages: npm ci.",
                id="clinic.E003",
            )
            for _prefix, folder, patterns in settings.VENDOR_FILES
            for pattern in patterns
            if not any((settings.NODE_MODULES / folder).glob(pattern))
        ]

    def find(self, path: str, find_all: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """Return where the file at the address `path` is; a list when `find_all`."""
        found = [str(root / name) for prefix, root, name in self._files() if f"{prefix}/{name}" == path]
        if find_all:
            return found
        return found[0] if found else []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """Yield every file with its storage, which knows its address by `prefix`."""
        for prefix, root, name in self._files():
            if matches_patterns(name, [*(ignore_patterns or ())]):
                continue
            storage = FileSystemStorage(location=root)
            storage.prefix = prefix  # type: ignore[attr-defined]
            yield name, storage
