"""Sessions, read with their account and its memberships by one query at each request."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.utils import timezone

from annotation.models import Session, User
from annotation.selectors import users
from common.db.rows import columns, instance, prepared

_SESSION = f"""
SELECT {columns(Session, "s")}, {users.COLUMNS}
FROM annotation_session s LEFT JOIN annotation_user u ON u.id = s.account_id {users.JOINS}
WHERE s.session_key = %(key)s AND s.expire_date > %(now)s LIMIT {users.MAX_MEMBERSHIPS + 1}
"""  # noqa: S608 - names of our own columns


class SessionStore(DatabaseSessionStore):
    """Django's store over a table of ours. ``user`` is the account that was read with the session, null without one."""

    user: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast(Session, super().create_model_instance(data))
        row.account_id = data.get(SESSION_KEY)
        return row

    def _get_session_from_db(self) -> Session | None:
        found = prepared(_SESSION, {"key": self.session_key, "now": timezone.now()})
        if not found:
            self._session_key = None
            return None
        width = len(Session._meta.concrete_fields)
        self.user = users.from_rows([row[width:] for row in found])
        return instance(Session, found[0][:width])
