from importlib import import_module

from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "quality"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("quality.services.computation")  # registers how its jobs are done, in every process
