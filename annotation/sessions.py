"""Who is asking: the session, the account behind it and where that belongs, by one query at each request."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.utils import timezone

from annotation.models import Session, User
from annotation.selectors import members
from common.db.rows import columns, every, made

_SESSION = f"""
SELECT {columns(Session, "s")}, {members.PERSON}
FROM annotation_session s LEFT JOIN annotation_user u ON u.id = s.account_id {members.BELONGS}
WHERE s.session_key = %(key)s AND s.expire_date > %(now)s LIMIT {members.MOST + 1}
"""  # noqa: S608 - names of our own columns


class SessionStore(DatabaseSessionStore):
    """Django's own, in a table of ours. ``person`` is the account that came with the session, null where none did."""

    person: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        kept = cast(Session, super().create_model_instance(data))
        kept.account_id = data.get(SESSION_KEY)
        return kept

    def _get_session_from_db(self) -> Session | None:
        found = every(_SESSION, {"key": self.session_key, "now": timezone.now()})
        if not found:
            self._session_key = None
            return None
        width = len(Session._meta.concrete_fields)
        self.person = members.made_person([row[width:] for row in found])
        return made(Session, found[0][:width])
