"""The audit log: who changed what. An event is appended in the transaction of the change itself."""

from __future__ import annotations

from typing import Any

from annotation.models import AuditEvent, Project, User


def record(
    *, project: Project | None, actor: User | None, action: str, subject: str = "", detail: dict[str, Any] | None = None
) -> AuditEvent:
    """Append one event. Rows cannot be changed or deleted afterwards; the database refuses."""
    return AuditEvent.objects.create(
        project=project, actor=actor, action=action, subject=subject[:200], detail=detail or {}
    )
