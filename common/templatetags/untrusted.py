"""Untrusted text in templates. The only module that marks a string as safe."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from common.rendering import markdown, plain

register = template.Library()


@register.filter
def rendered(text: str, language: str = "") -> SafeString:
    """Render ``{{ response.text|rendered:pair.language }}``: markdown, formulas and code, sanitized."""
    return mark_safe(markdown.render(text, language))  # noqa: S308 - the one place


@register.filter
def raw_text(text: str, language: str = "") -> SafeString:
    """Render ``{{ response.text|raw_text:pair.language }}``: the text as it is, every character of it."""
    return mark_safe(plain.render_plain(text, language))  # noqa: S308 - the one place


@register.filter
def excerpt(text: str, limit: int = 120) -> str:
    """Return ``{{ prompt.text|excerpt:80 }}``: the beginning on one line; plain text, escaped like any other."""
    return plain.excerpt(text, limit)


@register.filter
def direction(text: str, language: str = "") -> str:
    """Return ``{{ prompt.text|direction:prompt.language }}``: ``ltr`` or ``rtl``, for the element around an excerpt."""
    return plain.excerpt_direction(text, language)
