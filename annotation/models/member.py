"""Who takes part in a project, and each member's place in its queue."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from annotation import vocabulary as c
from annotation.models.enums import choices, one_of
from annotation.models.project import Project


class Member(models.Model):
    """A person in a project.

    A member known only from imported judgements has no account (``user`` is null) and the file's name; pages show the
    pseudonym, exports the name. For everybody else the name is the pseudonym.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(max_length=9, choices=choices(c.Role), default=c.Role.ANNOTATOR.value)
    state = models.CharField(max_length=9, choices=choices(c.MemberState), default=c.MemberState.ACTIVE.value)
    probation = models.BooleanField(
        default=False, db_default=False, help_text="Works on, and more of what they are handed is gold."
    )
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    daily_goal = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(10_000)]
    )
    guidelines_read = models.PositiveIntegerField(default=0, help_text="The newest version this person has read.")
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="member_once_a_project"),
            models.UniqueConstraint(fields=["project", "number"], name="member_number_once"),
            models.UniqueConstraint(fields=["project", "name"], name="member_name_once"),
            models.CheckConstraint(name="member_role_known", condition=one_of("role", c.Role)),
            models.CheckConstraint(name="member_state_known", condition=one_of("state", c.MemberState)),
        ]

    def __str__(self) -> str:
        return self.pseudonym

    @property
    def is_active(self) -> bool:
        return self.state == c.MemberState.ACTIVE

    @property
    def is_paused(self) -> bool:
        return self.state == c.MemberState.PAUSED

    @property
    def pseudonym(self) -> str:
        """What pages call the member."""
        return f"Annotator {self.number:03d}"


class QueueMark(models.Model):
    """A member's place in a route of the queue: only slots with a greater key are handed to them.

    ``key`` is deliberately in no index, so that moving the mark at each claim stays a heap-only update.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="marks")
    route = models.PositiveSmallIntegerField(default=0)
    key = models.FloatField(default=0.0)
    went_back_at = models.DateTimeField(null=True, help_text="When the mark last went back to the lowest open key.")
    walk_to = models.FloatField(
        null=True, help_text="Where the mark was when it went back; null once it is there again."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "member", "route"], name="mark_once_a_route")]

    def __str__(self) -> str:
        return f"{self.member_id}/{self.route} at {self.key}"
