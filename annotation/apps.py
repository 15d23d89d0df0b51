from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed_apps
from django.db.models.signals import post_migrate, pre_migrate

from annotation import sql
from common.db import functions
from common.db.migrations import refuse_unknown

FUNCTIONS = "concord_"


class AnnotationConfig(AppConfig):
    name = "annotation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Every process must know how jobs are done; importing a module that does registers it.
        for module in ("intake.imports", "sampling.pairing", "sampling.simulation"):
            import_module(f"annotation.services.{module}")
        import_module("annotation.selectors.flags")  # registers what waits
        pre_migrate.connect(refuse_unknown, sender=self)
        post_migrate.connect(install_functions, sender=self)


def install_functions(*, using: str, apps: Any = installed_apps, **_: Any) -> None:
    """Install the database functions, or remove them where the migration has removed the tables."""
    migrated = "assignment" in apps.all_models["annotation"]
    functions.install(functions.read(sql.FOLDER, FUNCTIONS) if migrated else {}, prefix=FUNCTIONS, using=using)


def functions_are_current() -> bool:
    """Return whether the database has the functions of this version: ``migrate`` installs them."""
    return functions.are_installed(functions.read(sql.FOLDER, FUNCTIONS), prefix=FUNCTIONS)
