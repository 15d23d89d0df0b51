"""Say how many judgements, people and hours a target takes, from a pilot's figures or from assumptions."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np
from django.core.management.base import CommandError, CommandParser

from annotation.management.base import JsonCommand
from annotation.vocabulary import Verdict
from quality.pages import plan
from quality.pages.wording import reason
from quality.selectors.pilot import NoPilot, Pilot, pilot
from quality.stats.consensus import TARGET
from quality.stats.planning import expected, one_coin, spread


class Command(JsonCommand):
    help = (
        "Plan a project: for at most 1, 2, … judgements a pair, how many verdicts will be right, and the judgements, people, "
        "hours and cost that takes. From a pilot's newest figures (--project), or from --accuracy."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--pairs", type=int, required=True, metavar="N", help="how many pairs are to be judged")
        parser.add_argument("--project", metavar="SLUG", help="a pilot whose figures were computed")
        parser.add_argument("--accuracy", type=float, metavar="X", help="assume that annotators are right so often")
        parser.add_argument("--spread", type=float, default=0.08, metavar="X", help="standard deviation (default 0.08)")
        parser.add_argument(
            "--prior", default="0.4,0.4,0.15,0.05", metavar="X,…", help="shares of first, second, tie, both bad"
        )
        parser.add_argument(
            "--seconds", type=float, metavar="X", help="mean of a judgement (default: the pilot's, or 60)"
        )
        parser.add_argument(
            "--target", type=float, default=TARGET, metavar="X", help=f"settled from (default {TARGET})"
        )
        parser.add_argument(
            "--unsettled",
            type=float,
            metavar="X",
            help="unsettled pairs at most (default: the pilot's target, or 0.08)",
        )
        parser.add_argument("--most", type=int, default=7, metavar="N", help="judgements of a pair at most (default 7)")
        parser.add_argument("--gold-rate", type=float, metavar="X", help="share of gold (default: the pilot's, or 0.1)")
        parser.add_argument(
            "--hours-each", type=float, default=20.0, metavar="H", help="hours of each person (default 20)"
        )
        parser.add_argument("--hourly", type=float, default=0.0, metavar="X", help="cost of an hour")
        parser.add_argument("--seed", type=int, default=1, help="of the simulation, where there is one")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["project"] is None) == (options["accuracy"] is None):
            raise CommandError("Give a pilot with --project, or state how able annotators are with --accuracy.")
        project = self.project(options["project"]) if options["project"] else None
        found = None
        if project is not None:
            try:
                found = pilot(project)
            except NoPilot as error:
                raise CommandError(_no_pilot(options["project"], error)) from None
        try:
            prior, confusion, weights = _annotators(found, options)
            known = found is not None and not isnan(found.seconds)
            work = plan.Work(
                pairs=options["pairs"],
                target=options["target"],
                unsettled=_or(options["unsettled"], project.target_unsettled if project else 0.08),
                seconds=_or(options["seconds"], found.seconds if found is not None and known else 60.0),
                gold_rate=_or(options["gold_rate"], project.gold_rate if project else 0.1),
                hours_each=options["hours_each"],
                hourly=options["hourly"],
            )
            outlook = expected(
                prior, confusion, weights, most=options["most"], target=work.target, seed=options["seed"]
            )
            result = plan.report(outlook, work, **_basis(found, options, prior, confusion, weights))
        except ValueError as error:
            raise CommandError(f"No plan can be made of that: {error}.") from None
        self.answer(result, as_json=options["json"], lines=lambda: plan.lines(result))


def _annotators(found: Pilot | None, options: dict[str, Any]) -> tuple[Any, Any, Any]:
    if found is not None:
        return found.prior, found.confusion, found.weights
    prior = np.array([float(share) for share in options["prior"].split(",")])
    if len(prior) != len(Verdict) or not abs(prior.sum() - 1) < 1e-9:
        raise ValueError("--prior has four shares that add up to 1")
    able = spread(options["accuracy"], options["spread"])
    return prior, one_coin(able, len(prior)), np.ones(len(able))


def _basis(found: Pilot | None, options: dict[str, Any], prior: Any, confusion: Any, weights: Any) -> dict[str, Any]:
    """What the plan rests on, in words and as values."""
    right = np.einsum("k,rkk->r", prior, confusion)
    values = {
        "prior": dict(zip((verdict.name.lower() for verdict in Verdict), prior.tolist(), strict=False)),
        "accuracy": float(np.average(right, weights=weights)),
        "spread": float(np.sqrt(np.average((right - np.average(right, weights=weights)) ** 2, weights=weights))),
    }
    able = f"annotators right in {values['accuracy']:.0%} ± {values['spread']:.0%}"
    if found is None:
        return {"basis": f"{able}, assumed", "pilot": None, **values}
    run = found.run
    pilot_of = {"project": options["project"], "as_of": run.as_of.isoformat(), "annotators": len(found.weights)}
    return {"basis": f"{able}, as {len(found.weights)} in {options['project']}", "pilot": pilot_of, **values}


def _no_pilot(slug: str, error: NoPilot) -> str:
    if not error.reason:
        return (
            f"The project {slug!r} has no figures of reliability yet; run compute_quality first, or state --accuracy."
        )
    why = reason(error.reason, error.arguments)
    return f"How reliable the annotators of {slug!r} are is not known: {why}. Judge more, or state --accuracy."


def _or(given: float | None, otherwise: float) -> float:
    return otherwise if given is None else given
