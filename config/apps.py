from django.apps import AppConfig


class ConcordConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401 shared tasks need the Celery app before one is sent
