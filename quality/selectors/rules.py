"""A project's rules, what they have done, and what they would do now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from django.db.models import Max, QuerySet

from annotation.models import Member, Project
from annotation.selectors import judgements, members
from quality.models import ActionState, Figure, Part, QualityRun, RuleAction, RuleSet
from quality.selectors.asked import ASKS
from quality.selectors.runs import latest_run
from quality.statistics import CATEGORIES
from quality.stats.agreement.pooled import annotator_kappas
from quality.stats.fraud.alternatives import WATCHED, Alternative, bound
from quality.stats.fraud.copying import copy_bound
from quality.stats.gold import gold_accuracy
from quality.stats.intervals import Estimate
from quality.stats.labels import Labels
from quality.stats.readings import Reading
from quality.stats.rules import DEFAULTS, SHARE, Decision, Limit, Rule, Standing, Step, decide, too_many
from quality.stats.rules import Figure as Measured
from quality.stats.time import median_time

DAY: Final = timedelta(days=1)
_EVER: Final = datetime(1, 1, 1, tzinfo=UTC)
_STORED: Final = {
    ("gold_accuracy", Reading.NONE.value): Rule.GOLD,
    ("cohen_kappa", Reading.STRICT.value): Rule.AGREEMENT,
    ("seconds_median", Reading.NONE.value): Rule.PACE,
}
_UNSHOWN: Final = bound(WATCHED)
"""What a log likelihood ratio that a run does not store is at most."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The rules in force; version 0 are the defaults of a project that never set any."""

    version: int
    on: bool
    share: float
    limits: Mapping[Rule, Limit]

    def as_stored(self) -> dict[str, dict[str, Any]]:
        """Return the limits as they are stored."""
        return {
            rule.value: {"on": limit.on, "threshold": limit.threshold, "least": limit.least}
            for rule, limit in self.limits.items()
        }


NEVER_SET: Final = Settings(0, False, SHARE, DEFAULTS)


@dataclass(frozen=True, slots=True)
class Past:
    """What was decided about somebody before: only later judgements count, and fraud beyond what was shown."""

    since: datetime | None = None
    log_ratio: float = 0.0
    begun: Rule | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is measured of an annotator for the rules. ``log_ratio`` is that of fraud over all judgements."""

    member: Member
    past: Past
    figures: Mapping[Rule, Measured]
    alternative: str
    log_ratio: float
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """A step that the rules find."""

    known: Known
    decision: Decision

    @property
    def evidence(self) -> dict[str, Any]:
        """What it rests on, as it is stored."""
        figure, limit = self.decision.figure, self.decision.limit
        return {
            "value": figure.value,
            "low": figure.low,
            "high": figure.high,
            "n": figure.n,
            "threshold": limit.threshold,
            "least": limit.least,
            "since": None if self.known.past.since is None else self.known.past.since.isoformat(),
            "alternative": self.known.alternative if self.decision.rule is Rule.FRAUD else "",
        }


@dataclass(frozen=True, slots=True)
class Proposals:
    """All of them, and whether so many that a manager is asked first. ``annotators`` is about how many people they look."""

    steps: tuple[Proposal, ...]
    held: bool
    annotators: int


def stored(project: Project) -> RuleSet | None:
    """Return the newest version of a project's rules; one query."""
    return RuleSet.objects.filter(project=project).order_by("-version").first()


def settings_of(rules: RuleSet | None) -> Settings:
    """Return the rules of a version. A rule that it does not know is off."""
    if rules is None:
        return NEVER_SET
    limits = {
        rule: Limit(**rules.limits[rule.value]) if rule.value in rules.limits else Limit(False, known.threshold, known.least)
        for rule, known in DEFAULTS.items()
    }  # fmt: skip
    return Settings(rules.version, rules.on, rules.share, limits)


def proposals(
    project: Project, settings: Settings, *, now: datetime, fresh: Collection[int] | None = None
) -> Proposals:
    """Return what the rules would do now. Six queries.

    Parameters
    ----------
    fresh
        Only annotators with these primary keys, by their judgements of this moment; else all, by the newest run.
    """
    run = latest_run(project)
    working = members.working(project)
    acted = RuleAction.objects.filter(project=project, state=ActionState.HELD).values_list("member_id", flat=True)
    waiting = set(acted)
    looked_at = [member for member in working if member.pk not in waiting and (fresh is None or member.pk in fresh)]
    found = []
    for one in measured(project, run, looked_at, fresh=fresh is not None):
        standing = Standing.PROBATION if one.member.probation else Standing.ACTIVE
        decision = decide(settings.limits, standing, one.figures, begun=one.past.begun)
        if decision is not None:
            found.append(Proposal(one, decision))
    begun = sum(one.decision.step is not Step.END for one in found)
    before = (
        RuleAction.objects.filter(project=project, state=ActionState.DONE, at__gt=now - DAY)
        .exclude(step=Step.END)
        .values("member")
        .distinct()
        .count()
    )
    annotators = _annotators(run, [member.pk for member in working])
    held = begun > 0 and too_many(begun, before=before, annotators=annotators + before, share=settings.share)
    return Proposals(tuple(found), held, annotators)


def measured(project: Project, run: QualityRun | None, people: Iterable[Member], *, fresh: bool) -> list[Known]:
    """Return what is measured of annotators on judgements since the last step about them.

    Of those about whom nothing was decided it is what the run has stored, unless ``fresh``.
    """
    listed = list(people)
    before = _pasts(listed)
    moments = {
        member.pk: before[member.pk].since or _EVER for member in listed if fresh or before[member.pk].since is not None
    }
    of_run = {} if run is None else _stored(run, [member.pk for member in listed if member.pk not in moments])
    shown = {} if run is None else _fraud(run)
    newer, read_at = _since(project, moments) if moments else ({}, None)
    found = []
    for member in listed:
        past = before[member.pk]
        as_of = read_at if member.pk in moments else run.as_of if run else None
        if as_of is None:
            continue
        ratio, alternative, n = shown.get(member.pk, (0.0, "", 0))
        own = dict(newer.get(member.pk, {}) if member.pk in moments else of_run.get(member.pk, {}))
        counted = own.pop(None, Measured(None, None, None, n)).n
        if alternative:
            value = ratio - (past.log_ratio if past.since is not None else 0.0)
            own[Rule.FRAUD] = Measured(value, None, None, counted if past.since is not None else n)
        elif past.since is None or counted:
            own[Rule.FRAUD] = Measured(None, None, None, counted if past.since is not None else n)
        found.append(Known(member, past, own, alternative, ratio if alternative else _UNSHOWN, as_of))
    return found


def log_ratio(project: Project, member: Member) -> float:
    """Return how far the newest run shows fraud of somebody, or the most that it can be without being stored."""
    run = latest_run(project)
    ratio, alternative, _ = _fraud(run).get(member.pk, (0.0, "", 0)) if run else (0.0, "", 0)
    return ratio if alternative else _UNSHOWN


def _pasts(people: Collection[Member]) -> dict[int, Past]:
    keys = [member.pk for member in people]
    decided = RuleAction.objects.filter(member__in=keys).exclude(state=ActionState.HELD)
    latest = {
        row["member"]: row
        for row in decided.order_by()
        .values("member")
        .annotate(read=Max("as_of"), told=Max("decided_at"), shown=Max("log_ratio"))
    }
    steps = dict(
        decided.filter(state=ActionState.DONE)
        .order_by("member", "-id")
        .distinct("member")
        .values_list("member", "rule")
    )
    return {
        key: Past(max(at for at in (latest[key]["read"], latest[key]["told"]) if at is not None), latest[key]["shown"], Rule(steps[key]) if key in steps else None)
        if key in latest
        else Past()
        for key in keys
    }  # fmt: skip


def _stored(run: QualityRun, keys: Collection[int]) -> dict[int, dict[Any, Measured]]:
    rows = Figure.objects.filter(
        project_id=run.project_id, run=run, of_gold=False, member__in=keys, name__in=[name for name, _ in _STORED]
    )
    found: dict[int, dict[Any, Measured]] = {}
    columns = ("member_id", "name", "reading", "value", "low", "high", "n")
    for member, name, reading, value, low, high, n in rows.values_list(*columns):
        if (name, reading) in _STORED and member is not None:
            found.setdefault(member, {})[_STORED[name, reading]] = Measured(value, low, high, n)
    return found


def _annotators(run: QualityRun | None, keys: Collection[int]) -> int:
    """How many of these members have judged, by the newest run."""
    if run is None:
        return 0
    return Figure.objects.filter(project_id=run.project_id, run=run, name="n", member__in=keys).count()


def _fraud(run: QualityRun) -> dict[int, tuple[float, str, int]]:
    """Return the log likelihood ratio, the alternative and the judgements of everybody; what copying needs more is off it."""
    content = Part.objects.filter(project_id=run.project_id, run=run, name="fraud").values_list("content", flat=True)
    people = (content.first() or {}).get("annotators", [])
    extra = copy_bound(len(people)) - bound()
    return {
        one["member"]: (
            one["evidence"].get("log_ratio", 0.0) - (extra if one["alternative"] == Alternative.COPIES else 0.0),
            one["alternative"],
            one["n"],
        )
        for one in people
    }


def _since(project: Project, moments: Mapping[int, datetime]) -> tuple[dict[int, dict[Any, Measured]], datetime]:
    """Return the figures of members on their own judgements after a moment each, and when those were read.

    Under None: how many judgements these are. Agreement leaves gold out, as that of a run does.
    """
    given = judgements.since(project, moments)
    after = np.array([moments.get(key, _EVER).timestamp() for key in given.member_ids])
    newer = given.at > after[given.annotator] if len(given) else np.zeros(0, dtype=bool)
    people, of_gold = len(given.member_ids), given.gold >= 0
    right = given.verdict == given.gold
    golds = gold_accuracy(given.annotator[of_gold & newer], right[of_gold & newer], people)[0] if people else []
    found: dict[int, dict[Any, Measured]] = {}
    for r, key in enumerate(given.member_ids):
        if key not in moments:
            continue
        own = given.annotator == r
        mine = own & newer
        judged = np.zeros(len(given.pair_ids), dtype=bool)
        judged[given.pair[mine]] = True
        shared = judged[given.pair] & (mine | ~own) & ~of_gold
        kappas = annotator_kappas(Labels(given.pair[shared], given.annotator[shared], given.verdict[shared]), people, CATEGORIES)  # fmt: skip
        found[key] = {
            None: Measured(None, None, None, int(mine.sum())),
            Rule.GOLD: _measured(golds[r]),
            Rule.AGREEMENT: _measured(kappas[r]),
            Rule.PACE: _measured(median_time(given.seconds[mine])),
        }
    return found, given.as_of


def _measured(estimate: Estimate) -> Measured:
    value, low, high = (None if end != end else float(end) for end in (estimate.value, estimate.low, estimate.high))
    return Measured(value, low, high, estimate.n)


# What was done.


def log_of(project: Project) -> QuerySet[RuleAction]:
    """Return what rules did in a project, the newest first, with what people answered."""
    return (
        RuleAction.objects.filter(project=project)
        .select_related("member", "rules", "decided_by", "appeal")
        .order_by("-id")
    )


def waiting(project: Project) -> QuerySet[RuleAction]:
    """Return what asks a manager for an answer: what waits to be done, and appeals; the oldest first."""
    return log_of(project).filter(ASKS).order_by("id")


def about(member: Member) -> QuerySet[RuleAction]:
    """Return what rules did about a member, the newest first."""
    return log_of(member.project).filter(member=member)


def told(member: Member) -> QuerySet[RuleAction]:
    """Return what a member is told of: all that was done, even where it is taken back; not what a manager refused."""
    return about(member).filter(state__in=(ActionState.DONE, ActionState.UNDONE))


def of_key(project: Project, key: int) -> RuleAction | None:
    """Return one action of a project."""
    return log_of(project).filter(pk=key).first()


def undoable(action: RuleAction) -> bool:
    """Whether an action can be undone: it was done, and nothing newer about the person stands."""
    if action.state != ActionState.DONE or action.step == Step.END:
        return False
    newer = RuleAction.objects.filter(member=action.member_id, pk__gt=action.pk, state=ActionState.DONE)
    return not newer.exists()


def latest_steps(project: Project) -> dict[int, int]:
    """Return, by member, the newest action that stands: the one that can be undone."""
    return dict(
        RuleAction.objects.filter(project=project, state=ActionState.DONE)
        .order_by("member", "-id")
        .distinct("member")
        .values_list("member_id", "pk")
    )
