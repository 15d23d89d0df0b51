"""What a project records of its annotators beside their work: region, locale, expertise, vendor, or what else it names."""

from __future__ import annotations

from django.db import models

from annotation.models.member import Member
from annotation.models.project import Project


class Attribute(models.Model):
    """An attribute of annotators that a project names. Shown to its managers and reviewers alone, and in no export."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="attribute_name_once")]

    def __str__(self) -> str:
        return self.name


class AttributeValue(models.Model):
    """A member's value of an attribute; a member without a row has none."""

    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    value = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attribute", "member"], name="attribute_value_once")]

    def __str__(self) -> str:
        return self.value
