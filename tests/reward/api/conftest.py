from __future__ import annotations

from tests.annotation.api.conftest import api, site, uploads

__all__ = ["api", "site", "uploads"]
