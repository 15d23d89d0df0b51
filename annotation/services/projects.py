"""Projects: made, set up, opened, paused, closed."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from annotation.models import Guidelines, Project, User
from annotation.services.access.audit import record
from annotation.services.members import membership
from annotation.vocabulary import ProjectState, Role

SETTINGS = (
    "name",
    "slots_per_pair",
    "gold_rate",
    "edit_window_seconds",
    "lease_seconds",
    "target_kappa",
    "target_gold",
    "target_unsettled",
    "target_n",
)

MOVES = {
    ProjectState.DRAFT: {ProjectState.OPEN, ProjectState.CLOSED},
    ProjectState.OPEN: {ProjectState.PAUSED, ProjectState.CLOSED},
    ProjectState.PAUSED: {ProjectState.OPEN, ProjectState.CLOSED},
    ProjectState.CLOSED: set(),
}


class SlugTaken(Exception):
    """Another project has that slug."""


class NotThatWay(Exception):
    """A project does not go from its state to that one."""


@transaction.atomic
def create(*, slug: str, name: str, by: User | None, simulated: bool = False, **settings: Any) -> Project:
    """Make a project in state ``draft``; its maker becomes its first manager.

    Raises
    ------
    SlugTaken
        Another project has that slug.
    ValidationError
        A value is out of its range; the message names the field.
    """
    if Project.objects.filter(slug=slug).exists():
        raise SlugTaken
    project = Project(slug=slug, name=readable(name), created_by=by, simulated=simulated, **settings)
    project.full_clean(exclude=["created_by"])
    project.save()
    if by is not None:
        membership.add(project=project, user=by, role=Role.MANAGER, by=by)
    record(project=project, actor=by, action="project.create", subject=slug)
    return project


@transaction.atomic
def change_settings(*, project: Project, by: User | None, **settings: Any) -> Project:
    """Change settings by name. What was judged before stays as it was.

    Raises
    ------
    ValidationError
        A value is out of its range, or is no setting.
    """
    unknown = set(settings) - set(SETTINGS)
    if unknown:
        raise ValidationError(f"{', '.join(sorted(unknown))}: no such setting")
    if "name" in settings:
        settings["name"] = readable(settings["name"])
    before = {name: getattr(project, name) for name in settings}
    for name, value in settings.items():
        setattr(project, name, value)
    project.full_clean(exclude=["created_by"])
    project.save(update_fields=list(settings))
    changed = {k: [before[k], settings[k]] for k in settings if before[k] != settings[k]}
    if changed:
        record(project=project, actor=by, action="project.settings", subject=project.slug, detail=changed)
    return project


@transaction.atomic
def move(*, project: Project, to: ProjectState, by: User | None) -> Project:
    """Open, pause or close a project. Submits are taken in every state.

    Raises
    ------
    NotThatWay
        It does not go there from where it is.
    """
    project = Project.objects.select_for_update().get(pk=project.pk)
    if project.state == to:
        return project
    if to not in MOVES[ProjectState(project.state)]:
        raise NotThatWay
    before, project.state = project.state, to.value
    project.save(update_fields=["state"])
    record(
        project=project, actor=by, action="project.move", subject=project.slug, detail={"from": before, "to": to.value}
    )
    return project


@transaction.atomic
def publish_guidelines(*, project: Project, text: str, by: User | None) -> Guidelines:
    """Publish the next version; the same text again is the same version."""
    Project.objects.select_for_update().get(pk=project.pk)
    latest = project.guidelines.order_by("-version").first()
    if latest and latest.text == text:
        return latest
    made = Guidelines(project=project, version=latest.version + 1 if latest else 1, text=text, written_by=by)
    made.full_clean(exclude=["written_by"])
    made.save()
    record(project=project, actor=by, action="guidelines.publish", detail={"version": made.version})
    return made


def next_batch(*, project: Project) -> int:
    """The number of the next import or pairing run; its queue keys lie in [batch, batch + 1)."""
    Project.objects.filter(pk=project.pk).update(batch=F("batch") + 1)
    project.refresh_from_db(fields=["batch"])
    return project.batch


def readable(name: str) -> str:
    """A project's name: one that people can read and tell from another.

    Raises
    ------
    ValidationError
        It holds controls or invisible signs, or nothing to see.
    """
    name = " ".join(name.split())
    kinds = {unicodedata.category(sign)[0] for sign in name}
    if "C" in kinds or not kinds & set("LNPS"):
        raise ValidationError({"name": ["Give it a name of visible characters."]})
    return name
