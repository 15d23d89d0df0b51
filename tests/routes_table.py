"""Who gets which answer at which URL, as data. ``tests/test_routes.py`` asks for each of them.

A new URL needs one line in ``ROUTES``, under its name in the resolver. A method that a line does not name is 405
for everybody (below ``/api/v1/`` for those with a token; others are 401 there).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.test_routes import World


class Answer(Enum):
    """The kind of answer that a request gets."""

    OK = "accepted: 2xx, a redirect (3xx, not to the sign-in page), or a form's errors (400, 409, 411, 413, 415, 422)"
    LOGIN = "302 to the sign-in page"
    NO_TOKEN = "401"
    FORBIDDEN = "403"
    NOT_THERE = "404"
    NO_METHOD = "405"


ROLES = (
    "anonymous",
    "annotator",  # Bob, in the project
    "stranger",  # an account without a project
    "reviewer",
    "manager",  # Alice
    "admin",  # the site's, a member of nothing
    "import_token",  # Alice's, for prompts:write in the project
    "export_token",  # Alice's, for datasets:read in the project
    "foreigner",  # Mallory, the manager of another project
    "suspended",  # Dave: a manager of the project until suspended; with a session and a token with every scope
)
TOKENS = ("import_token", "export_token", "suspended")
"""Roles that send a token. Pages ignore it."""

Who = Mapping[str, Answer]

_NO, _YES = dict.fromkeys(ROLES, Answer.LOGIN), dict.fromkeys(ROLES, Answer.OK)
_IN = _YES | dict.fromkeys(("anonymous", "import_token", "export_token"), Answer.LOGIN)


def _only(*roles: str, of: Who, otherwise: Answer) -> Who:
    """Return ``of`` for these roles and ``otherwise`` for other signed-in ones."""
    return {role: answer if role in roles or answer is Answer.LOGIN else otherwise for role, answer in of.items()}


# Pages. A token opens none of them: a role that has only that is sent to sign in.
EVERYBODY: Who = _YES
SIGNED_IN: Who = _IN
_PROJECT: Who = _IN | {
    "stranger": Answer.NOT_THERE,
    "foreigner": Answer.NOT_THERE,
    "suspended": Answer.FORBIDDEN,
}
INSIDE: Who = _PROJECT
MEMBERS: Who = _PROJECT | {"admin": Answer.NOT_THERE}
STAFF: Who = _PROJECT | {"annotator": Answer.FORBIDDEN}
MANAGERS: Who = STAFF | {"reviewer": Answer.FORBIDDEN}
BOBS: Who = MEMBERS | {"reviewer": Answer.NOT_THERE, "manager": Answer.NOT_THERE}
"""A pair leased to Bob: open to nobody else, whatever their role."""
WHO_MANAGES: Who = _only("manager", "admin", "foreigner", of=_IN, otherwise=Answer.FORBIDDEN)
"""Managers of any project."""
ALICES: Who = _only("manager", of=_IN, otherwise=Answer.NOT_THERE)
LOCAL: Who = _YES

# The API: no session opens it.
_API: Who = dict.fromkeys(ROLES, Answer.NO_TOKEN)
ANY_TOKEN: Who = _API | {"import_token": Answer.OK, "export_token": Answer.OK}
IMPORTS: Who = ANY_TOKEN | {"export_token": Answer.FORBIDDEN}
EXPORTS: Who = ANY_TOKEN | {"import_token": Answer.FORBIDDEN}
OTHER_SCOPE: Who = ANY_TOKEN | {"import_token": Answer.FORBIDDEN, "export_token": Answer.FORBIDDEN}
NOWHERE: Who = dict.fromkeys(ROLES, Answer.NOT_THERE)


@dataclass(frozen=True)
class Route:
    """A line of the table: who gets which answer by which method, and how the URL is filled in."""

    methods: Mapping[str, Who]
    needs: Callable[[World], dict[str, Any]] = field(default=lambda world: {})
    query: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


def route(
    *,
    needs: Callable[[World], dict[str, Any]] | None = None,
    query: str = "",
    data: Mapping[str, str] | None = None,
    **methods: Who,
) -> Route:
    """``route(GET=STAFF, POST=MANAGERS)``. ``slug`` and Bob's ``uuid`` are filled in; ``needs`` names the rest.

    ``data`` is what a form must hold so that the question "whose is it?" is asked at all.
    """
    return Route(methods, needs or (lambda world: {}), query, data or {})


def _number(world: World) -> dict[str, Any]:
    return {"number": world.bob.number}


def _import(world: World) -> dict[str, Any]:
    return {"number": world.run.pk}


def _job(world: World) -> dict[str, Any]:
    return {"uuid": world.run.job.uuid}


def _action(world: World) -> dict[str, Any]:
    return {"action": world.action.pk}


def _pair(world: World) -> dict[str, Any]:
    return {"pair": world.assignment.pair_id}


_KEY = {"submit_key": "5a1f6d0e-7f7a-4d53-9b8e-0f4c2a6b1d11"}
_VERDICT = {"verdict": "a", **_KEY}

ROUTES: dict[str, Route] = {
    # config
    "account_login": route(GET=EVERYBODY, POST=EVERYBODY),
    "account_logout": route(GET=SIGNED_IN, POST=dict.fromkeys(ROLES, Answer.LOGIN)),
    "account_change_password": route(GET=SIGNED_IN, POST=SIGNED_IN),
    "account_reset_password": route(GET=EVERYBODY, POST=EVERYBODY),
    "account_reset_password_done": route(GET=EVERYBODY),
    "account_reset_password_from_key": route(
        GET=EVERYBODY, POST=EVERYBODY, needs=lambda world: {"uidb36": "1", "key": "x-y"}
    ),
    "account_reset_password_from_key_done": route(GET=EVERYBODY),
    "favicon": route(GET=EVERYBODY),
    "healthz": route(GET=EVERYBODY),
    "readyz": route(GET=LOCAL),
    "metrics": route(GET=LOCAL),
    "csp_report": route(POST=EVERYBODY),
    # one's own
    "annotation:home": route(GET=SIGNED_IN),
    "annotation:account": route(GET=SIGNED_IN, POST=SIGNED_IN),
    "annotation:session": route(GET=SIGNED_IN),
    "annotation:tokens": route(GET=WHO_MANAGES, POST=WHO_MANAGES),
    "annotation:token_revoke": route(POST=ALICES, needs=lambda world: {"prefix": world.token.prefix}),
    # judging
    "annotation:judge": route(GET=MEMBERS),
    "annotation:next_pair": route(POST=MEMBERS),
    "annotation:undo": route(POST=MEMBERS),
    "annotation:submit": route(POST=BOBS, data=_VERDICT),
    "annotation:change": route(GET=BOBS, POST=BOBS, data=_VERDICT),
    "annotation:skip": route(POST=BOBS, data={"reason": "other"}),
    "annotation:flag": route(POST=BOBS, data={"reason": "other"}),
    "annotation:draft": route(POST=BOBS, data={"version": "1", "reason": "so far"}),
    "annotation:renew": route(POST=BOBS),
    "annotation:leave": route(POST=BOBS),
    "annotation:guidelines": route(GET=INSIDE, POST=INSIDE),
    "annotation:history": route(GET=MEMBERS),
    "annotation:goal": route(POST=MEMBERS),
    # managing
    "annotation:projects": route(GET=SIGNED_IN),
    "annotation:project_new": route(GET=WHO_MANAGES, POST=WHO_MANAGES),
    "annotation:project_settings": route(GET=MANAGERS, POST=MANAGERS),
    "annotation:project_move": route(POST=MANAGERS),
    "annotation:guidelines_edit": route(GET=MANAGERS, POST=MANAGERS),
    "annotation:members": route(GET=MANAGERS, POST=MANAGERS),
    "annotation:attributes": route(GET=MANAGERS, POST=MANAGERS),
    "annotation:member": route(GET=MANAGERS, POST=MANAGERS, needs=_number),
    "annotation:member_state": route(POST=MANAGERS, needs=_number),
    "annotation:member_reset": route(POST=MANAGERS, needs=_number),
    "annotation:imports": route(GET=MANAGERS, POST=MANAGERS),
    "annotation:import_report": route(GET=MANAGERS, needs=_import),
    "annotation:import_lines": route(GET=MANAGERS, needs=_import),
    "annotation:import_csv": route(GET=MANAGERS, needs=_import),
    "annotation:pairing": route(GET=MANAGERS, POST=MANAGERS),
    "annotation:flags": route(GET=STAFF),
    "annotation:job": route(GET=STAFF, needs=_job),
    # quality and reward
    "quality:dashboard": route(GET=STAFF),
    "quality:recompute": route(POST=STAFF),
    "quality:annotators": route(GET=STAFF),
    "quality:annotator": route(GET=STAFF, needs=_number),
    "quality:agreement": route(GET=STAFF),
    "quality:noise": route(GET=STAFF),
    "quality:drift": route(GET=STAFF),
    "quality:definitions": route(GET=STAFF),
    "quality:gold": route(GET=STAFF),
    "quality:gold_find": route(GET=STAFF),
    "quality:gold_pair": route(GET=STAFF, needs=_pair),
    "quality:gold_change": route(POST=MANAGERS, needs=_pair, data={"change": "retire"}),
    "quality:rules": route(GET=STAFF),
    "quality:rules_change": route(POST=MANAGERS),
    "quality:rule_action": route(GET=STAFF, needs=_action),
    "quality:rule_decide": route(POST=MANAGERS, needs=_action, data={"do": "undo"}),
    "quality:standing": route(GET=MEMBERS),
    "quality:appeal": route(POST=MEMBERS, needs=_action, data={"text": "Why?"}),
    "quality:disagreements": route(GET=STAFF),
    "quality:slices": route(GET=STAFF),
    "quality:groups": route(GET=STAFF),
    "quality:disagreement": route(GET=STAFF, POST=STAFF, needs=_pair, data=_VERDICT | {"read": "0"}),
    "quality:adjudication_withdraw": route(POST=STAFF, needs=_pair, data={"read": "0", **_KEY}),
    "reward:ratings": route(GET=STAFF, POST=STAFF),
    # the API
    "schema": route(GET=_IN | dict.fromkeys(("anonymous", "import_token", "export_token"), Answer.FORBIDDEN)),
    "docs": route(GET=SIGNED_IN),
    "api_nowhere": route(GET=NOWHERE, POST=NOWHERE, PUT=NOWHERE, PATCH=NOWHERE, DELETE=NOWHERE),
    "annotation-api:projects": route(
        GET=ANY_TOKEN | {"suspended": Answer.OK}, POST=OTHER_SCOPE | {"suspended": Answer.FORBIDDEN}
    ),
    "annotation-api:project": route(GET=ANY_TOKEN),
    "annotation-api:imports": route(POST=IMPORTS),
    "annotation-api:import": route(GET=IMPORTS, needs=_job),
    "annotation-api:pairs": route(GET=OTHER_SCOPE, POST=IMPORTS),
    "annotation-api:annotations": route(GET=OTHER_SCOPE),
    "annotation-api:job": route(GET=ANY_TOKEN | {"suspended": Answer.NOT_THERE}, needs=_job),
    "quality-api:quality": route(GET=OTHER_SCOPE, POST=OTHER_SCOPE),
    "quality-api:annotator_pairs": route(GET=OTHER_SCOPE),
    "quality-api:groups": route(GET=OTHER_SCOPE),
    "quality-api:rules": route(GET=OTHER_SCOPE, POST=IMPORTS),
    "quality-api:rule_actions": route(GET=OTHER_SCOPE),
    "quality-api:rule_action": route(POST=IMPORTS, needs=_action),
    "quality-api:disagreements": route(GET=OTHER_SCOPE),
    "quality-api:adjudications": route(GET=OTHER_SCOPE, POST=IMPORTS),
    "reward-api:ratings": route(GET=OTHER_SCOPE, POST=OTHER_SCOPE),
    "reward-api:export": route(GET=EXPORTS, query="?format=raw"),
    "reward-api:manifest": route(GET=EXPORTS, query="?format=raw"),
}
