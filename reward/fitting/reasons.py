"""Findings of a kernel besides its numbers, as codes with arguments. Pages and commands word them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reward.vocabulary import MethodCode, NoteCode, ReasonCode


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a model has no strength or no interval. Arguments are plain values, fit to be stored as JSON."""

    code: ReasonCode
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """Something about all models of a fit."""

    code: NoteCode
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Method:
    """What was fitted, and every choice that decides its digits."""

    code: MethodCode
    arguments: Mapping[str, Any]
