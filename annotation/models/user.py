"""Accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models

from common import passwords

if TYPE_CHECKING:
    from annotation.models.member import Member


class UserManager(BaseUserManager["User"]):
    """Accounts are created by managers, never by signing up; users sign in with their e-mail address."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an account, one per normalized address. Without a password nobody can sign in with it."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """An account. What it may do in a project is its membership there; ``is_superuser`` is the site administrator."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "Match system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    class TextSize(models.TextChoices):
        SMALL = "small", "Small"
        MEDIUM = "medium", "Medium"
        LARGE = "large", "Large"

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    text_size = models.CharField(max_length=6, choices=TextSize.choices, default=TextSize.MEDIUM)
    time_zone = models.CharField(max_length=64, blank=True, default="")
    """The name of an IANA time zone; empty where it is not known."""
    must_change_password = models.BooleanField(default=False)
    """The password was made for the person, who has to choose their own before any page opens."""
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    memberships_by_slug: dict[str, Member] | None = None
    """Memberships by project slug, where they were read with the account (``selectors.users.with_memberships``)."""

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="user_email_is_lower", condition=models.Q(email=models.functions.Lower("email"))
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def set_password(self, raw_password: str | None) -> None:
        """Set a password in the one form in which it is also checked; null for one that nobody can use.

        Raises
        ------
        passwords.Unusable
            It could not be used.
        """
        super().set_password(None if raw_password is None else passwords.prepared(raw_password))

    def check_password(self, raw_password: str) -> bool:
        try:
            return super().check_password(passwords.prepared(raw_password))
        except passwords.Unusable:
            return False

    @property
    def is_staff(self) -> bool:
        """allauth asks for it; there is no admin site."""
        return self.is_superuser
