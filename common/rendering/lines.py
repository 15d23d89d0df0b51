"""What the rules for blocks of markdown read of a line."""

from __future__ import annotations

from markdown_it.rules_block import StateBlock


def line_of(state: StateBlock, line: int) -> str:
    """Return a line without its indent and without the marks of the quotes and lists that it is in."""
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def leaves(state: StateBlock, line: int) -> bool:
    """Return whether a line is indented too little for the list item that is read."""
    return state.sCount[line] < state.blkIndent and not state.isEmpty(line)
