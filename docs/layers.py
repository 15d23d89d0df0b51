"""Draw ``docs/layers.svg``: which package imports which, from import-linter's graph. Run by ``make layers``.

Rows are the layers of the contracts in pyproject.toml, arrows the imports that grimp finds, less those that follow from
others (an arrow from views to models is left out where views import services and services import models). ``--check``
writes nothing and fails if the committed drawing is not current.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
DRAWING = ROOT / "docs" / "layers.svg"

APPS = {
    "config": "settings, URLs, make run",
    "reward": "what a model may learn from the answers",
    "quality": "how far to trust the answers",
    "annotation": "what was asked and what was answered",
    "common": "tools that know nothing of the product",
}
COLUMNS = (("", "annotation", "common"), ("config", "reward", "quality"))

CHARACTER, CHIP, ROW, GAP, LANE = 7.4, 26.0, 50.0, 12.0, 10.0
PANEL, PADDING, MARGIN, HEAD = 430.0, 16.0, 20.0, 40.0

STYLE = """
svg{--canvas:#faf9f7;--surface:#fff;--line:#e4e1da;--edge:#8b867c;--ink:#1c1b19;--ink-2:#545049;--accent:#0b6b5e;--soft:#e1f1ed}
@media(prefers-color-scheme:dark){svg{--canvas:#161514;--surface:#1d1c1a;--line:#35322e;--edge:#807a70;--ink:#edeae4;--ink-2:#bdb8ae;--accent:#62cbb6;--soft:#17312c}}
.canvas{fill:var(--canvas)}.panel{fill:var(--surface);stroke:var(--line)}.chip{fill:var(--soft);stroke:var(--accent)}
.arrow{fill:none;stroke:var(--edge);stroke-width:1.2;marker-end:url(#head)}#head path{fill:var(--edge)}
text{fill:var(--ink);font:12px ui-monospace,"SF Mono",Menlo,Consolas,monospace;text-anchor:middle}
.title{font:600 15px ui-sans-serif,system-ui,"Segoe UI",sans-serif;text-anchor:start}.app{font-weight:600}
.note{fill:var(--ink-2);font:11px ui-sans-serif,system-ui,"Segoe UI",sans-serif}
"""


@dataclass(eq=False)
class Place:
    """A package in its row, or the lane of an arrow that passes a row (a place without a name)."""

    name: str = ""
    above: list[Place] = field(default_factory=list)
    below: list[Place] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0

    @property
    def width(self) -> float:
        return len(self.name) * CHARACTER + 20 if self.name else LANE


def import_graph() -> grimp.ImportGraph:
    sys.path.insert(0, str(ROOT))
    return grimp.build_graph(*APPS, cache_dir=None)


def layers(app: str) -> list[list[str]]:
    """Return the layers of an app's contract, from the top; a layer whose packages may import each other is one row each."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (contract,) = (found for found in linter["contracts"] if found["id"] == app)
    rows = []
    for layer in contract["layers"]:
        names = re.findall(r"\w+", layer)
        rows += [[name] for name in names] if ":" in layer else [names]
    return rows


def reduced(edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the edges that no longer path implies. The graph has no cycle: the contracts forbid it."""
    below: dict[str, set[str]] = {}
    for source, target in edges:
        below.setdefault(source, set()).add(target)

    def reach(source: str) -> set[str]:
        return {found for target in below.get(source, ()) for found in {target, *reach(target)}}

    return {
        (source, target)
        for source, target in edges
        if not any(target in reach(between) for between in below[source] if between != target)
    }


def imports_inside(graph: grimp.ImportGraph, app: str) -> set[tuple[str, str]]:
    children = sorted(graph.find_children(app))
    return {
        (source.split(".")[1], target.split(".")[1])
        for source in children
        for target in children
        if source != target and graph.direct_import_exists(importer=source, imported=target, as_packages=True)
    }


def imports_between(graph: grimp.ImportGraph) -> set[tuple[str, str]]:
    """Return which app imports which, as (importer, imported)."""
    found: set[tuple[str, str]] = set()
    for module in graph.modules:
        importer = module.split(".")[0]
        imported = {name.split(".")[0] for name in graph.find_modules_directly_imported_by(module)}
        found |= {(importer, app) for app in imported - {importer}}
    return found


def arrange(rows: list[list[str]], edges: set[tuple[str, str]]) -> tuple[list[list[Place]], list[tuple[Place, ...]]]:
    """Place the packages and route the arrows: rows are given, the order within a row follows the neighbors."""
    placed = {name: Place(name) for row in rows for name in row}
    level = {name: number for number, row in enumerate(rows) for name in row}
    lines = [[placed[name] for name in row] for row in rows]
    routes = []
    for source, target in sorted(edges, key=lambda edge: (level[edge[0]], edge)):
        lanes = [Place() for _ in range(level[source] + 1, level[target])]
        for number, lane in enumerate(lanes, level[source] + 1):
            lines[number].append(lane)
        route = (placed[source], *lanes, placed[target])
        for upper, lower in pairwise(route):
            upper.below.append(lower)
            lower.above.append(upper)
        routes.append(route)
    apart = [[place for place in line if not place.above and not place.below] for line in lines]
    lines = [[place for place in line if place.above or place.below] for line in lines]
    for line in lines:
        spread(line)
    for _ in range(24):
        for line, neighbors in [(line, "above") for line in lines] + [(line, "below") for line in reversed(lines)]:
            for place in line:
                if near := getattr(place, neighbors):
                    place.x = 0.9 * sum(other.x for other in near) / len(near)  # 0.9: towards the middle
            line.sort(key=lambda place: place.x)
            spread(line)
    everyone = [place for line in lines for place in line]
    if everyone:
        left = min(place.x - place.width / 2 for place in everyone)
        right = max(place.x + place.width / 2 for place in everyone)
        for place in everyone:
            place.x -= (left + right) / 2
    for number, (line, alone) in enumerate(zip(lines, apart, strict=True)):
        for place in alone:
            place.x = free_place(line, place.width)
            line.append(place)
        line.sort(key=lambda place: place.x)
        spread(line)
        for place in line:
            place.y = number * ROW
    return lines, routes


def free_place(line: list[Place], width: float) -> float:
    """Return the position nearest to the middle where a package without arrows fits."""
    for distance in range(int(PANEL)):
        for x in (distance, -distance):
            if all(abs(place.x - x) >= (place.width + width) / 2 + GAP for place in line):
                return x
    return PANEL


def spread(line: list[Place]) -> None:
    """Push the places of a line apart where they overlap, and keep the line inside the panel."""
    wanted = [place.x for place in line]
    edge = float("-inf")
    for place in line:
        place.x = max(place.x, edge + place.width / 2)
        edge = place.x + place.width / 2 + GAP
    if line:
        shift = (sum(wanted) - sum(place.x for place in line)) / len(line)
        half = PANEL / 2 - PADDING
        shift = min(max(shift, -half - line[0].x + line[0].width / 2), half - line[-1].x - line[-1].width / 2)
        for place in line:
            place.x += shift


def wrapped(rows: list[list[str]]) -> Iterator[list[str]]:
    """Break a layer that is wider than the panel into several rows: its packages do not import each other."""
    for row in rows:
        line: list[str] = []
        for name in row:
            width = sum(Place(other).width + GAP for other in [*line, name])
            if line and width > PANEL - 2 * PADDING - 8 * LANE:
                yield line
                line = []
            line.append(name)
        yield line


def app_panel(graph: grimp.ImportGraph, app: str) -> tuple[list[str], float]:
    edges = imports_inside(graph, app)
    present = {child.split(".")[1] for child in graph.find_children(app)}
    rows = [[name for name in row if name in present] for row in layers(app)]
    lines, routes = arrange(list(wrapped([row for row in rows if row])), reduced(edges))
    middle = PANEL / 2
    parts = [f'<text class="title" x="{PADDING}" y="26">{escape(app)}</text>']
    for route in routes:
        points = [(place.x + middle, place.y + HEAD + CHIP / 2) for place in route]
        points[0] = (points[0][0], points[0][1] + CHIP / 2)
        points[-1] = (points[-1][0], points[-1][1] - CHIP / 2 - 3)
        parts.append(arrow(points, f"{app}.{route[0].name}", f"{app}.{route[-1].name}"))
    for place in (place for line in lines for place in line if place.name):
        left = place.x + middle - place.width / 2
        top = place.y + HEAD
        parts.append(
            f'<rect class="chip" x="{left:.1f}" y="{top:.1f}" width="{place.width:.1f}" height="{CHIP}" rx="6"/>'
        )
        parts.append(f'<text x="{place.x + middle:.1f}" y="{top + 17:.1f}">{escape(place.name)}</text>')
    return parts, HEAD + (len(lines) - 1) * ROW + CHIP + PADDING


def overview_panel(graph: grimp.ImportGraph) -> tuple[list[str], float]:
    """The apps from top to bottom. No numbers: they would change with every module."""
    pitch, width, order = 64.0, 260.0, list(APPS)
    parts = [f'<text class="title" x="{PADDING}" y="26">apps, and which imports which</text>']
    for source, target in sorted(imports_between(graph)):
        first, last = order.index(source), order.index(target)
        right, bulge = PADDING + width, 36.0 * (last - first)
        top, bottom = HEAD + first * pitch + 22 + 4 * (last - first), HEAD + last * pitch + 22 - 4 * (last - first)
        curve = f"M{right:.1f} {top:.1f}C{right + bulge:.1f} {top:.1f} {right + bulge:.1f} {bottom:.1f} {right + 3:.1f} {bottom:.1f}"
        parts.append(f'<path class="arrow" data-from="{source}" data-to="{target}" d="{curve}"/>')
    for number, (app, note) in enumerate(APPS.items()):
        top = HEAD + number * pitch
        center = PADDING + width / 2
        parts.append(f'<rect class="chip" x="{PADDING}" y="{top}" width="{width}" height="44" rx="8"/>')
        parts.append(f'<text class="app" x="{center}" y="{top + 18}">{app}</text>')
        parts.append(f'<text class="note" x="{center}" y="{top + 35}">{escape(note)}</text>')
    return parts, HEAD + (len(order) - 1) * pitch + 44 + PADDING


def arrow(points: list[tuple[float, float]], source: str, target: str) -> str:
    (x, y), *rest = points
    curve = f"M{x:.1f} {y:.1f}"
    for next_x, next_y in rest:
        half = (y + next_y) / 2
        curve += f"C{x:.1f} {half:.1f} {next_x:.1f} {half:.1f} {next_x:.1f} {next_y:.1f}"
        x, y = next_x, next_y
    return f'<path class="arrow" data-from="{source}" data-to="{target}" d="{curve}"/>'


def draw() -> str:
    graph = import_graph()
    parts, bottom = [], 0.0
    for number, column in enumerate(COLUMNS):
        left, top = MARGIN + number * (PANEL + MARGIN), MARGIN
        for app in column:
            inside, height = app_panel(graph, app) if app else overview_panel(graph)
            parts.append(f'<g transform="translate({left:.0f} {top:.0f})">')
            parts.append(f'<rect class="panel" width="{PANEL:.0f}" height="{height:.0f}" rx="12"/>')
            parts += [*inside, "</g>"]
            top += height + MARGIN
        bottom = max(bottom, top)
    width = MARGIN + len(COLUMNS) * (PANEL + MARGIN)
    head = '<marker id="head" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width:.0f} {bottom:.0f}" width="{width:.0f}">',
            "<title>The layers of Concord: arrows are imports, and all of them point down</title>",
            f"<style>{STYLE}</style>",
            f'<defs>{head}<path d="M0 0L8 4L0 8z"/></marker></defs>',
            '<rect class="canvas" width="100%" height="100%"/>',
            *parts,
            "</svg>\n",
        ]
    )


def main() -> int:
    drawing = draw()
    if "--check" in sys.argv[1:]:
        if DRAWING.exists() and DRAWING.read_text(encoding="utf-8") == drawing:
            return 0
        sys.stderr.write("docs/layers.svg is not current: run `make layers` and commit it.\n")
        return 1
    DRAWING.write_text(drawing, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
