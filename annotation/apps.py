from importlib import import_module

from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "annotation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Every process must know how jobs are done; importing a module that does registers it.
        for module in ("annotation.services.intake.imports", "annotation.services.sampling.pairing"):
            import_module(module)
