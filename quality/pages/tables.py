"""The tables of the pages of quality as files hold them: the same rows, with every figure's interval, n, method and reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from annotation.vocabulary import Verdict
from common.formatting import Measure
from common.tables import Column, Table, Value, measured
from quality.models import QualityRun
from quality.pages.annotators import Board, Row
from quality.pages.measures import counted
from quality.selectors.gold import GoldPair
from quality.statistics import OF_ANNOTATORS
from quality.stats.readings import key


def annotators(board: Board, run: QualityRun) -> Table[Row]:
    """Return the table of annotators, in the order and with the filter of the page; every figure that is stored of them."""
    columns: list[Column[Row]] = [
        Column("number", lambda row: row.member.number),
        Column("annotator", lambda row: row.member.pseudonym),
        Column("state", lambda row: row.state.value),
        Column("concerns", lambda row: "; ".join(concern.sentence for concern in row.concerns)),
        Column("fraud", lambda row: "" if row.fraud is None else row.fraud.state.value),
        Column("fraud_alternative", lambda row: "" if row.fraud is None else row.fraud.alternative),
        Column("fraud_log_ratio", lambda row: None if row.fraud is None else row.fraud.log_ratio),
        Column("n", lambda row: row.n),
    ]
    for statistic in OF_ANNOTATORS:
        if statistic.name != "n":
            for reading in statistic.readings:
                columns += measured(key(statistic.name, reading), _figure(key(statistic.name, reading)))
    return Table("annotators", tuple(columns), board.rows, about(run))


def _figure(name: str) -> Any:
    def of(row: Row) -> Measure:
        return row.measures[name]

    return of


def gold(pairs: Iterable[GoldPair]) -> Table[GoldPair]:
    """Return the table of gold pairs."""
    return Table(
        "gold",
        (
            Column("pair", lambda gold: gold.pair.external_id),
            Column("known", _known),
            Column("retired", lambda gold: gold.pair.gold_retired),
            *measured("right", lambda gold: counted(gold.right)),
            Column("first_left_right", lambda gold: gold.sides[0][0]),
            Column("first_left_n", lambda gold: gold.sides[0][1]),
            Column("first_right_right", lambda gold: gold.sides[1][0]),
            Column("first_right_n", lambda gold: gold.sides[1][1]),
        ),
        pairs,
    )


def _known(gold: GoldPair) -> str:
    return "" if gold.pair.gold_verdict is None else Verdict(gold.pair.gold_verdict).name.lower()


def about(run: QualityRun) -> dict[str, Value]:
    """Return what holds for a whole table of a run: when its judgements were read, and by which version."""
    return {
        "project": run.project.slug,
        "as_of": run.as_of,
        "computed_at": run.computed_at,
        "code_version": run.code_version,
        "n_annotations": run.n_annotations,
    }
