"""Settings under which Redis gives a message that was not acknowledged out again after two seconds, for six hours."""

from __future__ import annotations

from config.settings.test import *  # noqa: F403
from config.settings.test import CELERY_BROKER_TRANSPORT_OPTIONS as _OPTIONS

CELERY_BROKER_TRANSPORT_OPTIONS = {**_OPTIONS, "visibility_timeout": 2, "unacked_restore_interval": 1}
