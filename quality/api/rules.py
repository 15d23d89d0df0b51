"""A project's rules, what they would do, and what they did."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.operation import Operation
from annotation.api.permissions import project_of, token_of
from annotation.vocabulary import Scope
from common.api.operation import answers
from common.api.pagination import PageQuery, page
from common.api.problems import Problem, not_found
from quality.api.rule_shapes import ActionIn, ActionOut, ActionPage, RulesIn, RulesOut
from quality.pages import rules as pages
from quality.selectors import rules as selectors
from quality.selectors.rules import Settings
from quality.services import rules
from quality.stats.rules import Limit, Rule


class Rules(Operation):
    """What turns figures into action."""

    scopes = {"GET": Scope.QUALITY_READ, "POST": Scope.PROMPTS_WRITE}

    @extend_schema(operation_id="rules", responses=answers({200: RulesOut}, 404))
    def get(self, request: Request, slug: str) -> Response:
        """The rules in force, and every step that they would take now if they were on."""
        project = project_of(request, slug)
        settings = selectors.settings_of(selectors.stored(project))
        found = selectors.proposals(project, settings, now=timezone.now())
        return Response(_described(settings) | {"held": found.held, "would": pages.proposed(found)})

    @extend_schema(
        operation_id="set_rules", request=RulesIn, responses=answers({200: RulesOut}, 404, 408, 409, 413, 415)
    )
    def post(self, request: Request, slug: str) -> Response:
        """Store the next version of the rules. `revision` is the one that you have read: 409 where somebody changed them since."""
        project = project_of(request, slug)
        given = self.body(request, RulesIn)
        limits = {rule: Limit(**given["rules"][rule.value]) for rule in Rule}
        settings = Settings(given["revision"], given["on"], given["share"], limits)
        try:
            rules.change(project=project, settings=settings, read=given["revision"], by=token_of(request).user)
        except rules.Overtaken:
            raise Problem(409, "overtaken", "Somebody changed the rules since.", path="$.revision") from None
        except rules.OutOfRange as refused:
            path = f"$.rules.{refused.what}.{refused.field}" if refused.what else f"$.{refused.field}"
            sentence = f"It must be from {refused.low:g} to {refused.high:g}."
            raise Problem(400, "out_of_range", sentence, path=path) from None
        return self.get(request, slug)


class Actions(Operation):
    """What rules did."""

    scopes = {"GET": Scope.QUALITY_READ}
    queries = {"GET": PageQuery}

    @extend_schema(operation_id="list_rule_actions", parameters=[PageQuery], responses=answers({200: ActionPage}, 404))
    def get(self, request: Request, slug: str) -> Response:
        """Every step with its evidence, and what the person and a manager wrote; the newest first."""
        project = project_of(request, slug)

        def fetch(after: list[Any] | None, most: int) -> list[dict[str, Any]]:
            rows = selectors.log_of(project)
            return [pages.described(row) for row in (rows.filter(pk__lt=after[0]) if after else rows)[:most]]

        return Response(page(of=f"rules:{project.pk}", **self.query, fetch=fetch, place=lambda row: [row["id"]]))


class OneAction(Operation):
    """One step."""

    scopes = {"POST": Scope.PROMPTS_WRITE}

    @extend_schema(
        operation_id="decide_rule_action",
        request=ActionIn,
        responses=answers({200: ActionOut}, 404, 408, 409, 413, 415),
    )
    def post(self, request: Request, slug: str, action: int) -> Response:
        """Undo a step, or confirm or dismiss one that waits: 409 where it does not stand or wait any more."""
        project = project_of(request, slug)
        given = self.body(request, ActionIn)
        if selectors.of_key(project, action) is None:
            raise not_found()
        does = {"undo": rules.undo, "confirm": rules.confirm, "dismiss": rules.dismiss}[given["do"]]
        try:
            does(project=project, action_id=action, by=token_of(request).user)
        except rules.Overtaken:
            raise Problem(409, "overtaken", pages.REFUSED["Overtaken"], path="$.do") from None
        found = selectors.of_key(project, action)
        assert found is not None
        return Response(pages.described(found))


def _described(settings: Settings) -> dict[str, Any]:
    return {
        "revision": settings.version,
        "on": settings.on,
        "share": settings.share,
        "rules": settings.as_stored(),
    }
