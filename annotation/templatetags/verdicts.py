"""Verdicts in templates."""

from __future__ import annotations

from django import template

from annotation import schemes

register = template.Library()


@register.filter
def verdict_choice(word: str) -> schemes.Choice:
    """``{% with choice=judgement.verdict|verdict_choice %}``: the choice of a scheme by its word."""
    return schemes.by_word(word)
