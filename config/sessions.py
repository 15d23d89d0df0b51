"""Who is asking: the session and the account behind it, looked up at every request by SQL that is written once."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from annotation.models import User
from annotation.selectors import people
from annotation.selectors.rows import columns, made, one

_SESSION = f"""
SELECT {columns(Session, "s")} FROM django_session s WHERE s.session_key = %(key)s AND s.expire_date > %(now)s
"""  # noqa: S608 - names of our own columns
_USER = f"SELECT {columns(User, 'u')} FROM annotation_user u WHERE u.id = %(id)s"  # noqa: S608


class SessionStore(DatabaseSessionStore):
    """Django's own, in the same table."""

    def _get_session_from_db(self) -> Session | None:
        row = one(_SESSION, {"key": self.session_key, "now": timezone.now()})
        if row is None:
            self._session_key = None
            return None
        return made(Session, row)


class Backend(AuthenticationBackend):
    """allauth's own."""

    def get_user(self, user_id: Any) -> User | None:
        user = people.person(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
