"""What a run holds of one annotator beside figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation.models import Member
from annotation.selectors import members
from quality.models import Part, QualityRun


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """Parts of a run about one annotator, each null where it says nothing of them.

    ``copied`` is whose verdicts they may copy.
    """

    fraud: Mapping[str, Any] | None
    drift: Mapping[str, Any] | None
    detail: Mapping[str, Any] | None
    copied: Member | None


def person(run: QualityRun, member: Member) -> StoredPerson:
    """Return what a run found of an annotator; two queries, and one more where they may copy somebody."""
    parts = Part.objects.filter(project_id=run.project_id, run=run)
    found = dict(parts.filter(name__in=("fraud", "drift")).values_list("name", "content"))
    fraud = _own(found.get("fraud", {}).get("annotators", []), member)
    drift = _own(found.get("drift", {}).get("accuracy", {}).get("alarms", []), member)
    # One person's of what may be many: the key is taken out in the database.
    detail = parts.filter(name="people").values_list(f"content__m{member.pk}", flat=True).first()
    other = fraud["evidence"].get("other") if fraud else None
    copied = members.of_keys(project_id=run.project_id, keys=[other]).first() if other is not None else None
    return StoredPerson(fraud, drift, detail, copied)


def _own(rows: list[Mapping[str, Any]], member: Member) -> Mapping[str, Any] | None:
    return next((one for one in rows if one["member"] == member.pk), None)
