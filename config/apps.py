from django.apps import AppConfig


class RoofConfig(AppConfig):
    name = "config"
    label = "roof"

    def ready(self) -> None:
        from config import celery  # noqa: F401 shared tasks need the app before anybody sends one
