"""Refuse to migrate a database that another version of the product has migrated."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core.management.base import CommandError
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


class UnknownMigrations(CommandError):
    """The database has migrations of an app that this version does not have."""


def refuse_unknown(*, app_config: AppConfig, using: str, **_: Any) -> None:
    """Receive ``pre_migrate``: stop before anything is changed if the app's applied migrations are not all known.

    Django passes over them in silence. After migrations were joined or taken back, the tables would then not be those of
    the models.

    Raises
    ------
    UnknownMigrations
        Names one of them, and says what to do.
    """
    connection = connections[using]
    recorder = MigrationRecorder(connection)
    applied = {name for app, name in recorder.applied_migrations() if app == app_config.label}
    loader = MigrationLoader(None)
    known = {name for app, name in loader.disk_migrations or () if app == app_config.label}
    if unknown := sorted(applied - known):
        raise UnknownMigrations(
            f"This database was migrated by another version of Concord: it has {app_config.label}.{unknown[-1]}, which this "
            "version does not have. Nothing was changed. Use that version with it, or start with an empty database "
            "(where Concord runs its own servers: stop it, move the folder var/ away and start again)."
        )
