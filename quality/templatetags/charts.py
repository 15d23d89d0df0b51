"""Charts of plain counts for the templates of any app: geometry from common.charts, nothing computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

from common.charts import Part
from common.charts import share_bar as drawn

register = template.Library()


@register.inclusion_tag("components/charts/share_bar.html")
def share_bar(parts: Sequence[tuple[str, int, str]], *, caption: str, head: str, counted: str) -> dict[str, Any]:
    """``{% share_bar parts caption="…" head="…" counted="…" %}`` of (label, count, fill)."""
    counts = ", ".join(f"{label} {count:,}" for label, count, _ in parts)
    chart = drawn(
        [Part(*part) for part in parts], description=f"{caption}: {counts}", caption=caption, head=(head, counted)
    )
    return {"chart": chart, "table": chart.table}
