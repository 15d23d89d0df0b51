"""What rules did, stored as they store it."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from annotation.models import Member
from quality.models import ActionState, RuleAction, RuleSet
from quality.selectors.rules import NEVER_SET

EVIDENCE = {
    **{"value": 0.4, "low": 0.2188, "high": 0.6134, "n": 20},  # Wilson's interval of 8 of 20
    **{"threshold": 0.7, "least": 20, "since": None, "alternative": ""},
}


def acted_on(member: Member, **more: Any) -> RuleAction:
    """Store an action of the rule of gold: 8 of 20 known answers right."""
    rules, _ = RuleSet.objects.get_or_create(
        project=member.project, version=1, defaults={"on": True, "share": 0.1, "limits": NEVER_SET.as_stored()}
    )
    values = {
        **{"rule": "gold", "step": "probation", "ground": "below", "state": ActionState.DONE, "probation": False},
        **{"evidence": EVIDENCE, "as_of": timezone.now()},
    }
    return RuleAction.objects.create(project=member.project, member=member, rules=rules, **values | more)
