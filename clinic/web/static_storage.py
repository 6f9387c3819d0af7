"""How style sheets, scripts and fonts are stored for the browser: named by their content, packed by gzip."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage without Brotli, which takes half a minute of the first start to save a few kilobytes.

    A script that another one imports is named by its content too, so that a browser never mixes old and new.
    """

    support_js_module_import_aggregation = True

    def create_compressor(self, **kwargs: Any) -> Compressor:
        return Compressor(use_brotli=False, **kwargs)
