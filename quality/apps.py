from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import pre_migrate

from common.db.migrations import refuse_unknown


class QualityConfig(AppConfig):
    name = "quality"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        pre_migrate.connect(refuse_unknown, sender=self)
        import_module("quality.selectors.asked")  # registers what waits for managers, and what annotators are told
        import_module("quality.services.computation")  # registers how its jobs are done, in every process
        import_module("quality.selectors.gold")  # registers the proposals that wait
