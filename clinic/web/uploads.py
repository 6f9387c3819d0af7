"""Uploaded files on their way in, as a path for what examines files by path, and on their way out."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse


@contextmanager
def on_disk(upload: "UploadedFile[bytes]") -> Iterator[Path]:
    """Yield a path with the bytes of `upload`; nothing is left behind afterwards."""
    if hasattr(upload, "temporary_file_path"):
        yield Path(upload.temporary_file_path())
        return
    with tempfile.NamedTemporaryFile(prefix="upload-") as file:
        for chunk in upload.chunks():
            file.write(chunk)
        file.flush()
        yield Path(file.name)


def sandboxed(response: FileResponse) -> FileResponse:
    """Let a file be a picture or a download and nothing else, wherever it is opened."""
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response
