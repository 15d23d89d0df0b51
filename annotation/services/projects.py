"""Projects: created, set up, opened, paused, closed."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from annotation.models import Guidelines, Project, User
from annotation.services import gold
from annotation.services.access.audit import record
from annotation.services.members import membership
from annotation.vocabulary import ProjectState, Role

SETTINGS = (
    "name",
    "slots_per_pair",
    "target_probability",
    "least_judgements",
    "most_judgements",
    "audited_share",
    "gold_rate",
    "gold_exposure_limit",
    "probe_rate",
    "edit_window_seconds",
    "lease_seconds",
    "target_kappa",
    "target_gold",
    "target_unsettled",
    "target_n",
    "target_present",
    "target_reasons",
    "target_coverage",
    "target_open_seconds",
    "target_settle_seconds",
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
    """A project cannot be moved from its state to that one."""


class UnreadableName(Exception):
    """A project's name holds control or invisible characters, or nothing visible."""


class UnknownSettings(Exception):
    """No settings of a project have these names."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(*names)
        self.names = names


class NotBasedOnLatest(Exception):
    """Another version of the guidelines was published meanwhile."""

    def __init__(self, latest: int) -> None:
        super().__init__(latest)
        self.latest = latest


@transaction.atomic
def create(*, slug: str, name: str, by: User | None, simulated: bool = False, **settings: Any) -> Project:
    """Create a project in state ``draft``; its creator becomes its first manager.

    Raises
    ------
    SlugTaken
        Another project has that slug.
    UnreadableName
        People could not read the name.
    ValidationError
        A value is out of its range; the message names the field.
    """
    if Project.objects.filter(slug=slug).exists():
        raise SlugTaken
    project = Project(slug=slug, name=readable(name), created_by=by, simulated=simulated, **settings)
    project.full_clean(exclude=["created_by"])
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError:  # created by another request since we looked
        raise SlugTaken from None
    if by is not None:
        membership.add(project=project, user=by, role=Role.MANAGER, by=by)
    record(project=project, actor=by, action="project.create", subject=slug)
    return project


@transaction.atomic
def change_settings(*, project: Project, by: User | None, **settings: Any) -> Project:
    """Change settings by name. What was judged before stays as it was.

    Raises
    ------
    UnknownSettings
        A name is not that of a setting.
    UnreadableName
        People could not read the name.
    ValidationError
        A value is out of its range; the message names the field.
    """
    unknown = set(settings) - set(SETTINGS)
    if unknown:
        raise UnknownSettings(sorted(unknown))
    if "name" in settings:
        settings["name"] = readable(settings["name"])
    before = {name: getattr(project, name) for name in settings}
    for name, value in settings.items():
        setattr(project, name, value)
    project.full_clean(exclude=["created_by"])
    project.save(update_fields=list(settings))
    changed = {k: [before[k], settings[k]] for k in settings if before[k] != settings[k]}
    if "gold_exposure_limit" in changed:
        gold.apply_limit(project=project)
    if changed:
        record(project=project, actor=by, action="project.settings", subject=project.slug, detail=changed)
    return project


@transaction.atomic
def move(*, project: Project, to: ProjectState, by: User | None) -> Project:
    """Open, pause or close a project. Submits are taken in every state.

    Raises
    ------
    NotThatWay
        It cannot be moved there from its state.
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
def publish_guidelines(*, project: Project, text: str, by: User | None, based_on: int | None = None) -> Guidelines:
    """Publish the next version; the same text again is the same version.

    Raises
    ------
    NotBasedOnLatest
        ``based_on``, the version that the author started from, is given, and is not the latest.
    """
    Project.objects.select_for_update().get(pk=project.pk)
    latest = project.guidelines.order_by("-version").first()
    if based_on is not None and based_on != (latest.version if latest else 0):
        raise NotBasedOnLatest(latest.version if latest else 0)
    if latest and latest.text == text:
        return latest
    made = Guidelines(project=project, version=latest.version + 1 if latest else 1, text=text, written_by=by)
    made.full_clean(exclude=["written_by"])
    made.save()
    record(project=project, actor=by, action="guidelines.publish", detail={"version": made.version})
    return made


def next_batch(*, project: Project) -> int:
    """Return the number of the next import or pairing run; its queue keys are in [batch, batch + 1)."""
    Project.objects.filter(pk=project.pk).update(batch=F("batch") + 1)
    project.refresh_from_db(fields=["batch"])
    return project.batch


def readable(name: str) -> str:
    """Return a project's name on one line, if it has visible characters and no invisible ones.

    Raises
    ------
    UnreadableName
        It holds control or invisible characters, or nothing visible.
    """
    name = " ".join(name.split())
    kinds = {unicodedata.category(sign)[0] for sign in name}
    if "C" in kinds or not kinds & set("LNPS"):
        raise UnreadableName
    return name
