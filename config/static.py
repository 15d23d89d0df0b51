"""Static files in production: every file is served under a name that holds a hash of its content."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

OWN = ("annotation/", "quality/", "reward/", "common/")


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Also rewrites what our JavaScript modules import, so that a browser never joins modules of two versions."""

    support_js_module_import_aggregation = True

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        """Leave the scripts of libraries as they are: what looks like an import there may be a comment."""
        if name.endswith(".js") and not name.startswith(OWN):
            return lambda match: match[0]
        converter: Callable[[re.Match[str]], Any] = super().url_converter(name, hashed_files, template)
        return converter
