"""Conversations to answer, and the answers models gave. All of it is untrusted text."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from annotation.models.member import Member
from annotation.models.project import Project


class Prompt(models.Model):
    """A conversation to answer. Identity is the hash of its content within the project.

    ``content`` is a string, or a list of ``{"role", "content"}``, exactly as it came.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="prompts", db_index=False)
    content = models.JSONField()
    content_hash = models.BinaryField(max_length=32)
    language = models.CharField(max_length=35, blank=True)
    tags = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    author_name = models.CharField(max_length=200, blank=True)
    author = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "content_hash"], name="prompt_once_a_project")]

    def __str__(self) -> str:
        return f"prompt {self.pk}"


class PromptSet(models.Model):
    """A prompt line that was imported with its responses, by its own id; pairing runs draw from these. ``folded_hash``: see ``Pair``."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="prompt_sets", db_index=False)
    external_id = models.CharField(max_length=200)
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="sets")
    content_hash = models.BinaryField(max_length=32)
    folded_hash = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "external_id"], name="prompt_set_id_once")]
        indexes = [
            models.Index(
                fields=["project", "folded_hash"], condition=Q(folded_hash__isnull=False), name="prompt_set_folded_hash"
            )
        ]

    def __str__(self) -> str:
        return self.external_id


class Response(models.Model):
    """One model's answer to a prompt. Identity is (prompt, model, content).

    ``copy`` is 1 for the second response of a line whose two responses are the same in all of that, else 0:
    equal texts are legal, and (prompt, model) is not unique. Unique (id, prompt) carries the pair's foreign keys.
    ``characters`` to ``code`` are what ``annotation.formats.features`` counts in the content.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="responses", db_index=False)
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="responses")
    source_model = models.CharField(max_length=200)
    content = models.JSONField()
    content_hash = models.BinaryField(max_length=32)
    copy = models.PositiveSmallIntegerField(default=0)
    characters = models.IntegerField(db_default=0)
    headings = models.IntegerField(db_default=0)
    list_items = models.IntegerField(db_default=0)
    bold = models.IntegerField(db_default=0)
    code = models.IntegerField(db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "prompt", "source_model", "content_hash", "copy"], name="response_once_a_prompt"
            ),
            models.UniqueConstraint(fields=["id", "prompt"], name="response_with_its_prompt"),
        ]

    def __str__(self) -> str:
        return f"response {self.pk}"
