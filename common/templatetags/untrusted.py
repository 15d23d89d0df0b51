"""Untrusted text in templates. The only module that marks a string as safe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from django import template
from django.utils.safestring import SafeString, mark_safe

from common.rendering import budget as budgets
from common.rendering import markdown, plain

register = template.Library()

AS_WRITTEN: Final = '<p class="fine">Shown as it was written: laying it out would take too long.</p>'


class HasText(Protocol):
    """A turn of a conversation."""

    @property
    def text(self) -> str: ...


@register.filter
def rendered(text: str, language: str = "") -> SafeString:
    """Render ``{{ response.text|rendered:pair.language }}``: markdown, formulas and code, sanitized.

    Beyond the page's budget the text is shown as written, and says so.
    """
    budget = budgets.current()
    if budget.lays_out(text, language):
        return mark_safe(markdown.render(text, language))  # noqa: S308 - the one place
    note = AS_WRITTEN if budget.says_why() else ""
    return mark_safe(f"{note}{_as_it_is(text, language, budget)}")  # noqa: S308 - the one place


@register.filter
def raw_text(text: str, language: str = "") -> SafeString:
    """Render ``{{ response.text|raw_text:pair.language }}``: the text as it is, every character of it."""
    return mark_safe(_as_it_is(text, language, budgets.current()))  # noqa: S308 - the one place


def _as_it_is(text: str, language: str, budget: budgets.Budget) -> str:
    return plain.render_plain(text, language) if budget.finds_directions(text, language) else plain.render_simply(text)


@register.simple_tag
def alike(*sides: Iterable[HasText], language: str = "") -> str:
    """Decide with ``{% alike pair.a pair.b language=pair.language %}`` that texts which are compared are laid out together or not at all."""
    budgets.current().decide([turn.text for side in sides for turn in side], language)
    return ""


@register.filter
def excerpt(text: str, limit: int = 120) -> str:
    """Return ``{{ prompt.text|excerpt:80 }}``: the beginning on one line; plain text, escaped like any other."""
    return plain.excerpt(text, limit)


@register.filter
def direction(text: str, language: str = "") -> str:
    """Return ``{{ prompt.text|direction:prompt.language }}``: ``ltr`` or ``rtl``, for the element around an excerpt."""
    return plain.excerpt_direction(text, language)
