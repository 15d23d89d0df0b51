"""Pairs on which no verdict leads, and what adjudicators decide about them."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.operation import Operation
from annotation.api.permissions import project_of, token_of
from annotation.selectors import adjudications, pairs
from annotation.services import adjudication
from annotation.vocabulary import Scope, Verdict
from common.api.operation import answers
from common.api.pagination import PageQuery, page
from common.api.problems import Problem, not_found
from quality.api.shapes import AdjudicationIn, AdjudicationOut, AdjudicationPage, DisagreementPage, DisagreementQuery
from quality.pages.disagreements import REFUSED, described
from quality.selectors import disagreements

REFUSALS = (adjudication.KnownVerdict, adjudication.NotJudged, adjudication.OwnWork, adjudication.NothingToWithdraw)


class Disagreements(Operation):
    """The disagreements queue."""

    scopes = {"GET": Scope.QUALITY_READ}
    queries = {"GET": DisagreementQuery}

    @extend_schema(
        operation_id="list_disagreements",
        parameters=[DisagreementQuery],
        responses=answers({200: DisagreementPage}, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Pairs that wait for a decision, the most contested first, each with everybody's judgements. A page begins behind the
        last pair of the one before, as far as that is still in the queue; else at its beginning."""
        project = project_of(request, slug)
        show, order = (self.query.pop(name) for name in ("show", "order"))

        def fetch(after: list[Any] | None, most: int) -> list[dict[str, Any]]:
            found = disagreements.queue(project, show=disagreements.Show(show), order=disagreements.Order(order))
            first = found.pair_ids.index(after[0]) + 1 if after and after[0] in found.pair_ids else 0
            keys = found.pair_ids[first : first + most]
            return described(
                keys,
                adjudications.with_texts(project, keys),
                adjudications.judgements(project, keys),
                adjudications.in_force(project),
            )

        found = page(
            of=f"disagreements:{project.pk}:{show}:{order}", **self.query, fetch=fetch, place=lambda row: [row["pk"]]
        )
        for row in found["results"]:
            del row["pk"]
        return Response(found)


class Adjudications(Operation):
    """Decisions about pairs."""

    scopes = {"GET": Scope.ANNOTATIONS_READ, "POST": Scope.PROMPTS_WRITE}
    queries = {"GET": PageQuery}

    @extend_schema(
        operation_id="list_adjudications", parameters=[PageQuery], responses=answers({200: AdjudicationPage}, 404)
    )
    def get(self, request: Request, slug: str) -> Response:
        """Every decision and every withdrawal in the order in which they were made; of a pair the latest one is in force."""
        project = project_of(request, slug)

        def fetch(after: list[Any] | None, most: int) -> list[dict[str, Any]]:
            return adjudications.page(project=project, after=after[0] if after else 0, most=most)

        found = page(of=f"adjudications:{project.pk}", **self.query, fetch=fetch, place=lambda row: [row["pk"]])
        return Response(found | {"results": AdjudicationOut(found["results"], many=True).data})

    @extend_schema(
        operation_id="adjudicate",
        request=AdjudicationIn,
        responses=answers({200: AdjudicationOut}, 404, 408, 409, 413, 415),
    )
    def post(self, request: Request, slug: str) -> Response:
        """Decide about a pair, or take the decision back with `verdict` null. `revision` is the newest that you have read: 409
        where somebody decided since. The token's owner is the adjudicator, so they may not have judged the pair."""
        project = project_of(request, slug)
        given = self.body(request, AdjudicationIn)
        pair_id = pairs.key_of(project, given["pair"])
        if pair_id is None:
            raise not_found()
        common: dict[str, Any] = {"project": project, "pair_id": pair_id, "by": token_of(request).user}
        common |= {"read": given["revision"], "submit_key": given["submit_key"] or uuid.uuid4()}
        try:
            if given["verdict"] is None:
                adjudication.withdraw(**common)
            else:
                verdict = Verdict.from_word(given["verdict"])
                adjudication.adjudicate(**common, verdict=verdict, reason=given["reason"], first_on_left=None)
        except adjudication.Overtaken as told:
            sentence = f"Somebody decided about this pair since; the newest revision is {told.latest}."
            raise Problem(409, "overtaken", sentence, path="$.revision") from None
        except adjudication.KeyReused:
            raise Problem(
                409, "key_reused", "That key was sent before, with something else.", path="$.submit_key"
            ) from None
        except REFUSALS as refusal:
            raise Problem(409, "not_adjudicable", REFUSED[type(refusal).__name__], path="$.pair") from None
        (latest, *_) = adjudications.of_pair(project, pair_id)
        return Response(AdjudicationOut(latest).data)
