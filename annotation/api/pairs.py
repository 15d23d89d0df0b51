"""Pairs: created from prompts' responses, and listed with the numbers of their judgements."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.jobs import accepted
from annotation.api.operation import Operation
from annotation.api.permissions import project_of, token_of
from annotation.api.shapes import JobOut, PairingIn, PairOut, PairPage, PlanOut
from annotation.pages.pairing import bad_pairing
from annotation.selectors.listing import pairs
from annotation.services.sampling import pairing
from annotation.vocabulary import Scope
from common.api.operation import answers
from common.api.pagination import PageQuery, page
from common.api.problems import Problem


class Pairs(Operation):
    """Pairs of a project."""

    scopes = {"GET": Scope.ANNOTATIONS_READ, "POST": Scope.PROMPTS_WRITE}
    queries = {"GET": PageQuery}

    @extend_schema(operation_id="list_pairs", parameters=[PageQuery], responses=answers({200: PairPage}, 404))
    def get(self, request: Request, slug: str) -> Response:
        """Pairs in the order in which they came, gold ones among them."""
        project = project_of(request, slug)

        def fetch(after: list[Any] | None, most: int) -> list[dict[str, Any]]:
            return pairs.page(project=project, after=after[0] if after else 0, most=most)

        found = page(of=f"pairs:{project.pk}", **self.query, fetch=fetch, place=lambda row: [row["pk"]])
        return Response(found | {"results": PairOut(found["results"], many=True).data})

    @extend_schema(
        operation_id="make_pairs",
        request=PairingIn,
        responses=answers({200: PlanOut, 202: JobOut}, 404, 408, 409, 413, 415),
    )
    def post(self, request: Request, slug: str) -> Response:
        """Make pairs of the responses of imported prompts; with `dry_run`, only say how many (200)."""
        project = project_of(request, slug)
        given = self.body(request, PairingIn)
        try:
            if given.pop("dry_run"):
                return Response(asdict(pairing.plan(project=project, **given)))
            return accepted(pairing.start(project=project, by=token_of(request).user, **given))
        except pairing.BadPairing as refusal:
            raise Problem(400, "bad_value", bad_pairing(refusal.reason), path="$") from None
        except pairing.UnknownBaseline:
            sentence = "No imported prompt has a response of that model."
            raise Problem(409, "unknown_baseline", sentence, path="$.baseline") from None
