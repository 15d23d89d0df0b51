from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import pre_migrate

from common.db.migrations import refuse_unknown


class RewardConfig(AppConfig):
    name = "reward"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        pre_migrate.connect(refuse_unknown, sender=self)
        import_module("reward.services.ratings")  # registers how its jobs are done, in every process
