"""The backend that ``ENGINE`` names; Django looks for ``DatabaseWrapper`` here."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base

from common.db.postgresql import pooler


class DatabaseWrapper(base.DatabaseWrapper):
    """``OPTIONS["limits"]`` are settings of the session, such as ``statement_timeout``, in milliseconds.

    They are set after connecting, with the time zone, in one round trip: a pooler refuses those of a start-up packet.
    """

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        parameters.pop("limits", None)
        return parameters

    def _configure_connection(self, connection: Any) -> bool:
        session = {"TimeZone": self.timezone_name, **self.settings_dict["OPTIONS"].get("limits", {})}
        wanted = {name: str(value) for name, value in session.items() if value is not None}
        calls = "".join(", set_config(%s, %s, false)" for _ in wanted)
        given = [word for pair in wanted.items() for word in pair]
        with connection.cursor() as cursor:
            process, *_ = cursor.execute(f"SELECT pg_backend_pid(){calls}", given).fetchone()
        if process != connection.info.backend_pid:
            pooler.refuse_shared_sessions(connection, self.get_connection_params())
        self._configure_role(connection)  # type: ignore[attr-defined]  # django-stubs lacks it
        return True
