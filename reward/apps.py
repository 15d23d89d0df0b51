from django.apps import AppConfig


class RewardConfig(AppConfig):
    name = "reward"
    default_auto_field = "django.db.models.BigAutoField"
