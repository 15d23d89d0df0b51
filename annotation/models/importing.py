"""Imported files, and the lines of them that were quarantined."""

from __future__ import annotations

from django.db import models

from annotation.models.job import Job
from annotation.models.project import Project


class Import(models.Model):
    """One file: its counts are those of the lines that its job has done so far.

    accepted + unchanged + quarantined = non-blank lines done. ``lines_done`` counts every line, blank ones too:
    a job that was killed resumes after it.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="imports")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="import_run")
    batch = models.PositiveIntegerField()
    format = models.CharField(max_length=20)
    file_name = models.CharField(max_length=255, blank=True)
    stored_as = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    on_nul = models.CharField(max_length=7, default="refuse")
    lines_done = models.PositiveBigIntegerField(default=0)
    accepted = models.PositiveBigIntegerField(default=0)
    unchanged = models.PositiveBigIntegerField(default=0)
    quarantined = models.PositiveBigIntegerField(default=0)
    blank = models.PositiveBigIntegerField(default=0)
    pairs = models.PositiveBigIntegerField(default=0)
    judgements = models.PositiveBigIntegerField(default=0)
    prompts = models.PositiveBigIntegerField(default=0)
    warnings = models.JSONField(default=dict, help_text="How many lines carry each warning.")
    warned_lines = models.JSONField(default=dict, help_text="The numbers of the first lines that carry each warning.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="import_latest")]

    def __str__(self) -> str:
        return self.file_name or f"import {self.pk}"


class ImportLine(models.Model):
    """A quarantined line, kept whole so that it can be corrected and sent again.

    ``code``, ``arguments`` and ``path`` say what is wrong with it, as in ``common.refusals.Refused``; the sentence is made
    where it is shown.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="quarantined_lines", db_index=False)
    line = models.PositiveBigIntegerField()
    code = models.CharField(max_length=40)
    arguments = models.JSONField(default=dict)
    path = models.CharField(max_length=300, blank=True)
    raw = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "run", "line"], name="import_line_once")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.code}"
