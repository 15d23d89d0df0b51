"""Hypothesis' ``given`` without its deadline: a loaded machine is no counterexample."""

from __future__ import annotations

from typing import Any

import hypothesis


def given(*strategies: Any) -> Any:
    def decorate(test: Any) -> Any:
        return hypothesis.settings(deadline=None)(hypothesis.given(*strategies)(test))

    return decorate
