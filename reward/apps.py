from importlib import import_module

from django.apps import AppConfig


class RewardConfig(AppConfig):
    name = "reward"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("reward.services.ratings")  # registers how its jobs are done, in every process
