"""The answer to "which source model do people prefer?" in a sentence or two. No queries here."""

from __future__ import annotations

from collections.abc import Sequence

from reward.models import Rating

MOST_NAMED = 3


def headline(group_sizes: Sequence[int], rated: Sequence[Rating], n_comparisons: int) -> tuple[str, str]:
    """Return the answer, and what follows from it.

    Parameters
    ----------
    group_sizes
        Models of each group, in the order of ``rated``.
    rated
        Models with a rating, by group and then strongest first.
    """
    if not rated:
        if n_comparisons == 0:
            return "Too early to tell.", "No judgement compares two different source models."
        return (
            "No model can be rated.",
            "The reasons are below, model by model. More pairs between the models would help.",
        )
    apart = ""
    if len(group_sizes) > 1:
        first = group_sizes[0]
        if first * 2 < len(rated):
            return (
                f"There is no one answer: the models fall into {len(group_sizes)} groups.",
                "Ratings compare inside a group and not across, because too little links the groups.",
            )
        others = len(rated) - first
        rated = rated[:first]
        apart = f"This covers {len(rated)} models; {others} more cannot be compared with them, because too few comparisons link them."
    answer, lede = _of_group(rated)
    return answer, f"{lede} {apart}".strip()


def _of_group(rated: Sequence[Rating]) -> tuple[str, str]:
    """Return which models lead among comparable ones, strongest first."""
    leading = [r.name for r in rated if r.rank_low == 1]
    if not leading:
        return f"{rated[0].name} has the highest rating.", "There is no interval, so nothing says by how much."
    if len(leading) == 1:
        rest = len(rated) - 1
        return (
            f"{leading[0]}.",
            f"It is clearly ahead of {'the other one' if rest == 1 else f'each of the {rest} others'}.",
        )
    others = len(rated) - len(leading)
    ahead = "Between them and the rest the order is clear." if others and _is_clear_cut(rated) else ""
    if len(leading) <= MOST_NAMED:
        names = " or ".join([", ".join(leading[:-1]), leading[-1]])
        return f"{names}: these judgements cannot tell them apart.", ahead
    if others == 0:
        return (
            f"These judgements cannot tell the {len(leading)} models apart.",
            "More comparisons would narrow the intervals.",
        )
    return f"One of {len(leading)}: these judgements cannot tell them apart.", ahead


def _is_clear_cut(rated: Sequence[Rating]) -> bool:
    """Return whether none of those that may be first may also share a rank with the rest."""
    leading = [r for r in rated if r.rank_low == 1]
    rest = [r for r in rated if r.rank_low != 1]
    return all((r.rank_high or 0) <= len(leading) for r in leading) and all(
        (r.rank_low or 0) > len(leading) for r in rest
    )
