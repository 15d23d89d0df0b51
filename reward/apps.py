from django.apps import AppConfig


class RewardConfig(AppConfig):
    name = "reward"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from reward.services import ratings  # noqa: F401 every process must know how its jobs are done
