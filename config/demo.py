"""The demo: a project that is ready to judge, and one with the judgements of simulated annotators, marked as such."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from django.db import transaction

from annotation.models import Import, Member, Project, User
from annotation.pages.jobs import message
from annotation.sampling.simulated import Kind
from annotation.services import jobs, projects
from annotation.services.intake import imports
from annotation.services.members import membership
from annotation.services.sampling import pairing, simulation
from annotation.vocabulary import JobState, PairingScheme, ProjectState, Role
from quality.services import computation
from reward.services import ratings

JUDGE = "everyday-answers"
SIMULATED = "simulated-annotators"

ACCOUNTS = (
    ("admin@concord.example", "Admin", None),
    ("manager@concord.example", "Manager", Role.MANAGER),
    ("reviewer@concord.example", "Reviewer", Role.REVIEWER),
    ("annotator-1@concord.example", "First annotator", Role.ANNOTATOR),
    ("annotator-2@concord.example", "Second annotator", Role.ANNOTATOR),
)
ANNOTATORS = {Kind.CAREFUL: 9, Kind.NOISY: 3, Kind.RANDOM: 1, Kind.ALWAYS_LEFT: 1}
STRENGTHS = {"atlas-large": 1.1, "birch-chat": 0.6, "atlas-small": 0.1, "delta-mini": -0.5, "cedar-base": -1.2}
JUDGEMENTS = 2_960
SEED = 7


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo projects. ``passwords`` holds those of the accounts that this call created, by e-mail."""

    judge: Project
    simulated: Project
    passwords: dict[str, str]


def make(*, now: datetime, say: Callable[[str], None], kept: Path | None = None) -> Demo:
    """Create what is missing of the demo. Passwords are random, never fixed.

    Parameters
    ----------
    kept
        The file that keeps the first passwords; null for none. A password is in it before its account is made, so that
        nobody is locked out wherever this is interrupted; a first password that it does not hold is renewed.
    """
    passwords = _accounts(kept)
    users = {email: User.objects.get(email=email) for email, _, _ in ACCOUNTS}
    manager = users["manager@concord.example"]
    say("a project to judge")
    judge = _project(JUDGE, "Everyday answers", manager, users, simulated=False)
    with _text("judge.jsonl") as file:
        _import(judge, file, "judge.jsonl", manager)
    say("a project of simulated annotators")
    simulated = _project(SIMULATED, "Simulated annotators", manager, users, simulated=True)
    if not simulated.annotations.exists():
        _simulate(simulated, manager, now, say)
    return Demo(judge, simulated, passwords)


def _accounts(kept: Path | None) -> dict[str, str]:
    """Make or renew the accounts that nobody can sign in to yet; return the passwords that are new since the file was made."""
    known = _kept(kept) if kept else {}
    made = {}
    for email, name, role in ACCOUNTS:
        user = User.objects.filter(email=email).first()
        password = known.get(email, "")
        if user is not None and (
            kept is None or not user.must_change_password or (password and user.check_password(password))
        ):
            continue
        if not password:
            password = made[email] = secrets.token_urlsafe(12)
            if kept:
                _keep(kept, email, password)
        if user is None:
            User.objects.create_user(email, password, name=name, is_superuser=role is None, must_change_password=True)
        else:
            user.set_password(password)
            user.save(update_fields=["password"])
    return made


@transaction.atomic
def _project(slug: str, name: str, manager: User, users: dict[str, User], *, simulated: bool) -> Project:
    found = Project.objects.filter(slug=slug).first()
    if found:
        return found
    # Twelve slots per pair: enough judgements of few texts for every page to have something to show.
    slots = 12 if simulated else 3
    project = projects.create(
        slug=slug,
        name=name,
        by=manager,
        simulated=simulated,
        slots_per_pair=slots,
        target_kappa=0.5 if simulated else 0.55,
    )
    with _text("guidelines.md") as file:
        projects.publish_guidelines(project=project, text=file.read().decode(), by=manager)
    # People never judge in the same project as simulated annotators.
    roles = {Role.REVIEWER} if simulated else {Role.REVIEWER, Role.ANNOTATOR}
    for email, _, role in ACCOUNTS:
        if role in roles:
            membership.add(project=project, user=users[email], role=role, by=manager)
    for member in Member.objects.filter(project=project, role=Role.ANNOTATOR.value):
        membership.set_goal(member=member, daily_goal=40)
    return projects.move(project=project, to=ProjectState.OPEN, by=manager)


def _simulate(project: Project, manager: User, now: datetime, say: Callable[[str], None]) -> None:
    with _text("prompts.jsonl") as file:
        _import(project, file, "prompts.jsonl", manager)
    with _text("judge.jsonl") as file:
        gold = b"".join(line for line in file if b'"gold"' in line)
    _import(project, BytesIO(gold), "gold.jsonl", manager)
    _done(pairing.start(project=project, scheme=PairingScheme.ALL, k=None, baseline=None, seed=SEED, by=manager).pk)
    say(f"{JUDGEMENTS:,} judgements by {sum(ANNOTATORS.values())} simulated annotators")
    job = simulation.simulate(
        project=project,
        annotators=ANNOTATORS,
        judgements=JUDGEMENTS,
        strengths=STRENGTHS,
        seed=SEED,
        now=now,
        by=manager,
    )
    _done(job.pk)
    projects.move(project=project, to=ProjectState.PAUSED, by=manager)
    say("its agreement and ratings")
    _done(computation.ask(project=project, by=manager).pk)
    _done(ratings.ask(project=project, by=manager).pk)


def _import(project: Project, stream: BinaryIO, name: str, by: User) -> Import:
    run = imports.start(project=project, stream=stream, format="native", file_name=name, by=by)
    _done(run.job_id)
    return run


def _done(job_id: int) -> None:
    job = jobs.run(job_id)
    if job is None or job.state != JobState.DONE:
        raise RuntimeError(f"the demo could not be made: {message(job) if job else 'another process is making it'}")


def _text(name: str) -> BinaryIO:
    return cast(BinaryIO, resources.files("annotation.demo").joinpath(name).open("rb"))


def _kept(path: Path) -> dict[str, str]:
    """The passwords in a file, the last of each account; a line that was cut in the middle is none."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return dict(line.split() for line in lines if line.endswith("\n") and len(line.split()) == 2)


def _keep(path: Path, email: str, password: str) -> None:
    """Append a password to a file that only its owner can read, and wait until it is on the disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    cut = path.exists() and path.stat().st_size and not path.read_bytes().endswith(b"\n")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as file:
        file.write(("\n" if cut else "") + f"{email}  {password}\n")
        file.flush()
        os.fsync(file.fileno())
