"""What a fit reports besides its ratings: refusals, groups, convergence, what was left out. No queries here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.formatting import number, share
from reward.models import Rating, RatingRun
from reward.pages import wording


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of what the fit reports."""

    level: str
    title: str
    detail: str
    link: bool = False


def findings(run: RatingRun, unrated: Sequence[Rating], group_sizes: Sequence[int]) -> list[Finding]:
    """Return the findings of a fit, refusals first."""
    found = [_refusal(rating, run.matrix["names"]) for rating in unrated]
    if len(group_sizes) > 1:
        sizes = ", ".join(str(size) for size in group_sizes)
        detail = f"Groups of {sizes} models; each is centred at 0 by itself. Nothing links the groups, so a joint rating would have no basis."
        found.append(Finding("watch", "Ratings do not compare across groups", detail, True))
    elif group_sizes:
        title = "The rated models are connected" if unrated else "All models are connected"
        found.append(
            Finding(
                "good",
                title,
                "1 model in one group" if group_sizes[0] == 1 else f"{group_sizes[0]:,} models in one group",
            )
        )
    if len(group_sizes) != 1:
        found += [_note(note["code"], note["arguments"], run.matrix["names"]) for note in run.notes]
    if group_sizes and run.converged:
        steps = "1 step" if run.iterations == 1 else f"{run.iterations:,} steps"
        found.append(Finding("good", "The fit converged", f"After {steps}" + _likelihood(run)))
    elif group_sizes:
        found.append(
            Finding("act", "The fit did not converge", "Do not use these ratings. Refit with ties as half wins.")
        )
    left_out = _left_out(run)
    if left_out:
        found.append(Finding("none", "Left out", left_out))
    if run.nu is not None:
        equal = share(run.nu / (2 + run.nu))
        detail = f"Davidson’s ν is {number(run.nu, 2)}: between equal models {equal} would be ties"
        found.append(Finding("none", "Ties", detail))
    return found


def _refusal(rating: Rating, names: Sequence[str]) -> Finding:
    reason = wording.as_sentence(wording.reason(rating.reason, rating.arguments, names))
    count = "1 comparison" if rating.n == 1 else f"{rating.n:,} comparisons"
    level = "watch" if rating.n else "none"
    return Finding(level, f"{rating.name} has no rating", f"{reason} Based on {count}.", True)


def _note(code: str, arguments: dict[str, object], names: Sequence[str]) -> Finding:
    return Finding("watch", "Separated", wording.as_sentence(wording.note(code, arguments, names)))


def _likelihood(run: RatingRun) -> str:
    return "" if run.log_likelihood is None else f"; log-likelihood {number(run.log_likelihood, 1)}"


def _left_out(run: RatingRun) -> str:
    return ", ".join(f"{count:,} {wording.LEFT_OUT[why]}" for why, count in run.left_out.items() if count)
