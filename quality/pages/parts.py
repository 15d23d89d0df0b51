"""What a run found that is no table of figures, as ``compute_quality --json`` and the API give it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from annotation.vocabulary import Verdict
from quality.pages.wording import method, reason
from quality.selectors.figures import StoredParts
from quality.stats.dimensions import Dimension

VERDICTS: Final = tuple(verdict.name.lower() for verdict in Verdict)
TESTS: Final = ("verdicts", "choices", "languages", "tags", "source_models", "pairs")
"""Of drift, in order: the database keeps objects in an order of its own."""
SLICES: Final = ("language", "tag", "week", "guidelines")
"""Kinds of slices, in order."""


def noise(stored: StoredParts, names: Mapping[int, str], overall: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return which judgements are probably wrong; null for runs of before that was computed."""
    found = stored.contents.get("noise")
    if found is None:
        return None
    return {
        "share_wrong": overall["label_noise"],
        "n": found["n"],
        "least_wrong": found["least_wrong"],
        "joint": None
        if found["joint"] is None
        else {
            given: dict(zip(VERDICTS, row, strict=True)) for given, row in zip(VERDICTS, found["joint"], strict=True)
        },
        "judgements": [
            {
                "pair": stored.pairs[one["pair"]],
                "annotator": names[one["member"]],
                "verdict": VERDICTS[one["verdict"]],
                "likeliest": None if one["likeliest"] < 0 else VERDICTS[one["likeliest"]],
                "wrong": one["wrong"],
                "margin": one["margin"],
                "confident": one["confident"],
            }
            for one in found["suspects"]
            if one["pair"] in stored.pairs and one["member"] in names
        ],
    }


def fraud(stored: StoredParts, names: Mapping[int, str]) -> dict[str, Any] | None:
    """Return who seems to answer without reading, with the evidence; null for runs of before that was computed."""
    found = stored.contents.get("fraud")
    if found is None:
        return None
    return {
        "reason": reason(found["reason"], found["arguments"]),
        "code": found["reason"],
        "annotators": [
            {
                "name": names[one["member"]],
                "state": one["state"],
                "alternative": one["alternative"],
                "n": one["n"],
                "evidence": _evidence(one["evidence"], names) if one["alternative"] else None,
            }
            for one in found["annotators"]
            if one["member"] in names
        ],
    }


def _evidence(known: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    numbers = {key: known.get(key) for key in ("log_ratio", "n", "crossed", "log_ratio_at_crossing")}
    return numbers | {"other": names.get(known["other"]) if "other" in known else None}


def drift(stored: StoredParts, names: Mapping[int, str]) -> dict[str, Any] | None:
    """Return what has changed, and who errs more than before; null for runs of before that was computed."""
    found = stored.contents.get("drift")
    if found is None:
        return None
    return {
        "before": [_moment(at) for at in found["before"]],
        "after": [_moment(at) for at in found["after"]],
        "false_alarms": found["false_alarms"],
        "tests": {name: worded(found["tests"][name]) for name in TESTS if name in found["tests"]},
        "watched": found["accuracy"]["watched"],
        "annotators": [
            {"name": names[one["member"]]}
            | {key: one[key] for key in ("n", "sum", "threshold", "before", "after")}
            | {key: _moment(one[key]) for key in ("since", "alarm")}
            for one in found["accuracy"]["alarms"]
            if one["member"] in names
        ],
    }


def dimensions(stored: StoredParts) -> dict[str, Any] | None:
    """Return each dimension's state and its measures by name; null for runs of before that was computed."""
    found = stored.contents.get("dimensions")
    if found is None:
        return None
    return {
        name.value: {
            "state": found["states"][name],
            "measures": {
                one["name"]: worded({key: value for key, value in one.items() if key not in ("dimension", "name")})
                for one in found["measures"]
                if one["dimension"] == name
            },
        }
        for name in Dimension
        if name in found["states"]
    }


def slices(stored: StoredParts) -> dict[str, Any] | None:
    """Return agreement in each slice by kind of slice; null for runs of before that was computed."""
    found = stored.contents.get("slices")
    if found is None:
        return None
    return {
        "false_discoveries": found["false_discoveries"],
        **{
            kind: [
                {**one, "kappa": worded(one["kappa"]), "percent": worded(one["percent"])}
                for one in found["kinds"].get(kind, [])
            ]
            for kind in SLICES
        },
    }


def worded(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored result with its method and reason in words, and the reason's code."""
    kept = {key: value for key, value in stored.items() if key != "arguments"}
    return kept | {
        "method": method(stored["method"], stored["arguments"]),
        "reason": reason(stored["reason"], stored["arguments"]),
        "code": stored["reason"],
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
