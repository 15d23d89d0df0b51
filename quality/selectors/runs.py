"""Stored results: the newest run, and all of a run as plain values."""

from __future__ import annotations

from typing import Any

from annotation.models import Member, Project
from annotation.selectors.freshness import judged_since
from quality.models import Figure, QualityRun

STATISTICS = ("cohen_kappa_mean", "fleiss_kappa", "krippendorff_alpha", "gwet_ac1", "percent_agreement")
OF_AN_ANNOTATOR = (
    "cohen_kappa",
    "gold_accuracy",
    "calibration_ece",
    "calibration_brier",
    "seconds_median",
    "left_share",
)

# A figure in the shape commands and the API give: ``value`` null where undefined, and why.
_OF_A_FIGURE = ("value", "low", "high", "n", "method", "reason")


def latest_run(project: Project) -> QualityRun | None:
    """The newest stored results."""
    return QualityRun.objects.filter(project=project).order_by("-id").first()


def stale(project: Project, run: QualityRun | None) -> bool:
    """Whether something was judged, changed, withdrawn or imported since these results were read."""
    return judged_since(project, run.as_of if run else None)


def report(run: QualityRun) -> dict[str, Any]:
    """All stored results of a run as plain values, in the shape ``compute_quality --json`` promises."""
    # Rows and no model objects: 500 annotators make 120,000 of them.
    rows = Figure.objects.filter(project_id=run.project_id, run=run).order_by("id")
    figures = rows.values_list("name", "reading", "member_id", "partner_id", *_OF_A_FIGURE)
    names = dict(Member.objects.filter(project_id=run.project_id).values_list("pk", "name"))
    agreement: dict[str, dict[str, Any]] = {"strict": {}, "direction": {}}
    overall: dict[str, Any] = {}
    people: dict[int, dict[str, Any]] = {}
    pairs: list[dict[str, Any]] = []
    for name, reading, member, partner, *rest in figures:
        figure = dict(zip(_OF_A_FIGURE, rest, strict=True))
        if member is not None and partner is not None:
            pairs.append({"a": names[member], "b": names[partner], "n": figure["n"], "cohen_kappa": figure})
        elif member is not None:
            person = people.setdefault(member, {"name": names[member], "n": 0})
            if name == "n":
                person["n"] = figure["n"]
            elif reading == Figure.Reading.DIRECTION:
                person[f"{name}_direction"] = figure
            else:
                person[name] = figure
        elif reading:
            agreement[reading][name] = figure
        else:
            overall[name] = figure
    return {
        "project": run.project.slug,
        "as_of": run.as_of.isoformat(),
        "computed_at": run.computed_at.isoformat(),
        "code_version": run.code_version,
        "n_annotations": run.n_annotations,
        "n_pairs": run.n_pairs,
        "categories": run.summary.get("categories", {}),
        "agreement": agreement,
        "overall": overall,
        "pairs_of_annotators": pairs,
        "annotators": list(people.values()),
        "majority": run.summary["majority"],
        "progress": run.summary["progress"],
    }
