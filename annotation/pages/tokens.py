"""API tokens as their owner's page shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from annotation.models import ApiToken
from annotation.vocabulary import Scope

MAX_ENDED = 20

SCOPES = {
    Scope.PROJECTS_WRITE: "Create projects",
    Scope.PROMPTS_WRITE: "Send prompts, responses and pairs",
    Scope.ANNOTATIONS_READ: "Read annotations",
    Scope.DATASETS_READ: "Download datasets",
    Scope.QUALITY_READ: "Read quality figures",
    Scope.RATINGS_READ: "Read ratings",
}

REFUSALS = {
    "not_a_manager": "Only managers of a project have tokens.",
    "foreign_project": "You can bind a token only to projects that you manage.",
    "not_yours": "This token is not yours.",
}

PROBLEMS = {
    "bad_name": "Give the token a name of 1 to {most} printable characters.",
    "no_scope": "Choose at least one thing the token may do.",
    "no_project": "Choose at least one project the token is for.",
    "too_many_projects": "A token is for at most {most} projects.",
    "bad_days": "A token can expire after 1 to {most} days.",
}
"""What is wrong with a value of a new token, by the code that the service gives."""


@dataclass(frozen=True, slots=True)
class Row:
    token: ApiToken
    words: list[str]


def rows(tokens: Iterable[ApiToken], *, now: dt.datetime) -> tuple[list[Row], list[Row]]:
    """Return the tokens that work, and the newest of those that were revoked or have expired."""
    live: list[Row] = []
    ended: list[Row] = []
    for token in tokens:
        row = Row(token, [SCOPES[Scope(scope)] for scope in token.scopes])
        (live if token.revoked_at is None and token.expires_at > now else ended).append(row)
    return live, ended[:MAX_ENDED]
