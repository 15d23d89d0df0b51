"""The geometry of charts: positions in per cent across, in pixels down. No Django, no markup, no colors.

Five forms: intervals, a series with its band, bars, a scatter with intervals, a share bar; and the steps of a heat
table. Each carries its own text equivalent (``description`` of the picture, ``table`` for the numbers), made of the same
input that was drawn.
"""

from __future__ import annotations

from common.charts.axis import Scale, Table, Tick, around, step, tick_text, ticks
from common.charts.intervals import IntervalChart, IntervalLine, IntervalRow, Mark, interval_cell, intervals
from common.charts.over_time import Bar, Bars, Series, bars, series
from common.charts.scatters import Dot, Point, Scatter, scatter
from common.charts.shares import Part, Piece, ShareBar, heat, share_bar

__all__ = [
    "Bar",
    "Bars",
    "Dot",
    "IntervalChart",
    "IntervalLine",
    "IntervalRow",
    "Mark",
    "Part",
    "Piece",
    "Point",
    "Scale",
    "Scatter",
    "Series",
    "ShareBar",
    "Table",
    "Tick",
    "around",
    "bars",
    "heat",
    "interval_cell",
    "intervals",
    "scatter",
    "series",
    "share_bar",
    "step",
    "tick_text",
    "ticks",
]
