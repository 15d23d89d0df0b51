"""Set a project's rules, let them act, and take back or answer what they did.

Rules act in the transaction of a run or of a live round, which holds the project's lock of live figures; here the
project's row is locked too, as every change of a member does, so what a manager does at the same moment comes before or
after. Whoever looks again finds no judgement since the last step, and does nothing more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from django.db import transaction

from annotation.models import Member, Project, User
from annotation.services.access.audit import record
from annotation.services.members import membership
from annotation.vocabulary import MemberState
from common.db import clock
from quality.models import ActionState, Appeal, RuleAction, RuleSet
from quality.selectors import rules as selectors
from quality.selectors.rules import Settings
from quality.selectors.runs import latest_run
from quality.stats.rules import LEAST, RANGES, Step

LONGEST_TEXT: Final = 20_000


class OutOfRange(Exception):
    """A threshold, a number or a share is not possible. ``what`` names the rule, or is empty for the share."""

    def __init__(self, what: str, field: str, low: float, high: float) -> None:
        super().__init__(what, field)
        self.what, self.field, self.low, self.high = what, field, low, high


class Overtaken(Exception):
    """Somebody set the rules since they were read, or the action is not in the state that was read."""


class NotYours(Exception):
    """The action is not about this person, or nothing they are told of."""


class AppealedBefore(Exception):
    """An action is answered once."""


class Empty(Exception):
    """A text has nothing in it, or more than :data:`LONGEST_TEXT` signs."""


def checked(settings: Settings) -> Settings:
    """Return settings that are possible.

    Raises
    ------
    OutOfRange
        One is not.
    """
    if not 0.01 <= settings.share <= 1:
        raise OutOfRange("", "share", 0.01, 1)
    for rule, limit in settings.limits.items():
        low, high = RANGES[rule]
        if not low <= limit.threshold <= high:
            raise OutOfRange(rule.value, "threshold", low, high)
        if not LEAST[0] <= limit.least <= LEAST[1]:
            raise OutOfRange(rule.value, "least", *LEAST)
    return settings


@transaction.atomic
def change(*, project: Project, settings: Settings, read: int, by: User | None) -> RuleSet:
    """Store the next version of a project's rules. The same settings again are the same version.

    Raises
    ------
    OutOfRange
        See :func:`checked`.
    Overtaken
        ``read``, the version that was on the page, is not the newest.
    """
    checked(settings)
    membership.lock(project.pk)
    latest = selectors.stored(project)
    before = selectors.settings_of(latest)
    if before.version != read:
        raise Overtaken
    limits = settings.as_stored()
    if latest is not None and (latest.on, latest.share, latest.limits) == (settings.on, settings.share, limits):
        return latest
    made = RuleSet.objects.create(
        project=project, version=read + 1, on=settings.on, share=settings.share, limits=limits, by=by
    )
    detail = {"version": made.version, "on": made.on, "share": made.share, "limits": limits}
    record(project=project, actor=by, action="rules.change", subject=project.slug, detail=detail)
    return made


@transaction.atomic
def apply(*, project: Project, fresh: Collection[int] | None = None) -> list[RuleAction]:
    """Let a project's rules act: take the steps that they find, or hold them for a manager where these are too many.

    Parameters
    ----------
    fresh
        Only look at these members, by their judgements of this moment; else at all, by the newest run.
    """
    rules = selectors.stored(project)
    if rules is None or not rules.on or (fresh is not None and not fresh):
        return []
    membership.lock(project.pk)
    found = selectors.proposals(project, selectors.settings_of(rules), now=clock.now(), fresh=fresh)
    run = latest_run(project)
    done = []
    for one in found.steps:
        held = found.held and one.decision.step is not Step.END
        action = RuleAction.objects.create(
            project=project,
            member=one.known.member,
            rules=rules,
            run=run,
            rule=one.decision.rule.value,
            step=one.decision.step.value,
            ground=one.decision.ground.value,
            state=ActionState.HELD if held else ActionState.DONE,
            evidence=one.evidence,
            log_ratio=one.known.log_ratio,
            probation=one.known.member.probation,
            as_of=one.known.as_of,
        )
        _record(action, "rules.hold" if held else f"rules.{action.step}", None)
        if not held:
            _take(action, by=None)
        done.append(action)
    return done


@transaction.atomic
def undo(*, project: Project, action_id: int, by: User) -> RuleAction:
    """Take back a step: the person stands as before, and only judgements from now on count for further steps.

    Where a manager changed their state since, that stays.

    Raises
    ------
    Overtaken
        It does not stand any more, or something newer does.
    """
    action = _locked(project, action_id)
    if not selectors.undoable(action):
        raise Overtaken
    _decide(action, ActionState.UNDONE, by)
    action.log_ratio = max(action.log_ratio, selectors.log_ratio(project, action.member))
    action.save(update_fields=["log_ratio"])
    member = action.member
    membership.set_probation(member=member, probation=action.probation, by=by)
    if action.step == Step.PAUSE and member.state == MemberState.PAUSED:
        membership.set_state(member=member, state=MemberState.ACTIVE, by=by)
    _record(action, "rules.undo", by)
    return action


@transaction.atomic
def confirm(*, project: Project, action_id: int, by: User) -> RuleAction:
    """Take a step that was held.

    Raises
    ------
    Overtaken
        It does not wait any more.
    """
    action = _locked(project, action_id)
    if action.state != ActionState.HELD:
        raise Overtaken
    _decide(action, ActionState.DONE, by)
    _record(action, "rules.confirm", by)
    _take(action, by=by)
    return action


@transaction.atomic
def dismiss(*, project: Project, action_id: int, by: User) -> RuleAction:
    """Refuse a step that was held. Only judgements from now on count for further ones.

    Raises
    ------
    Overtaken
        It does not wait any more.
    """
    action = _locked(project, action_id)
    if action.state != ActionState.HELD:
        raise Overtaken
    _decide(action, ActionState.DISMISSED, by)
    _record(action, "rules.dismiss", by)
    return action


@transaction.atomic
def appeal(*, member: Member, action_id: int, text: str) -> Appeal:
    """Store what somebody answers to an action about them. Once for each.

    Raises
    ------
    NotYours, AppealedBefore, Empty
    """
    text = _text(text)
    action = _locked(member.project, action_id)
    if (
        action.member_id != member.pk
        or action.step == Step.END
        or action.state not in (ActionState.DONE, ActionState.UNDONE)
    ):
        raise NotYours
    if Appeal.objects.filter(action=action).exists():
        raise AppealedBefore
    made = Appeal.objects.create(project=member.project, action=action, text=text)
    _record(action, "rules.appeal", member.user)
    return made


@transaction.atomic
def answer(*, project: Project, action_id: int, text: str, undoing: bool, by: User) -> Appeal:
    """Answer an appeal, and take the action back where ``undoing``.

    Raises
    ------
    Overtaken
        There is none that waits, or the action cannot be taken back any more.
    Empty
        See there.
    """
    text = _text(text)
    action = _locked(project, action_id)
    found = Appeal.objects.filter(action=action, answered_at__isnull=True).first()
    if found is None:
        raise Overtaken
    found.answer, found.answered_by, found.answered_at = text, by, clock.now()
    found.save(update_fields=["answer", "answered_by", "answered_at"])
    _record(action, "rules.answer", by)
    if undoing:
        undo(project=project, action_id=action_id, by=by)
    return found


def _take(action: RuleAction, *, by: User | None) -> None:
    member = action.member
    if member.state != MemberState.ACTIVE:
        return
    membership.set_probation(member=member, probation=action.step != Step.END, by=by)
    if action.step == Step.PAUSE:
        membership.set_state(member=member, state=MemberState.PAUSED, by=by)


def _decide(action: RuleAction, state: ActionState, by: User) -> None:
    action.state, action.decided_by, action.decided_at = state.value, by, clock.now()
    action.save(update_fields=["state", "decided_by", "decided_at"])


def _locked(project: Project, action_id: int) -> RuleAction:
    membership.lock(project.pk)
    action = selectors.of_key(project, action_id)
    if action is None:
        raise Overtaken
    return action


def _text(text: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST_TEXT or "\x00" in text:
        raise Empty
    return text


def _record(action: RuleAction, what: str, by: User | None) -> None:
    detail: Mapping[str, Any] = {
        "action": action.pk,
        "step": action.step,
        "rule": action.rule,
        "ground": action.ground,
        "rules": action.rules.version,
        "run": action.run_id,
        "as_of": action.as_of.isoformat(),
        **action.evidence,
    }
    record(project=action.project, actor=by, action=what, subject=action.member.pseudonym, detail=dict(detail))
