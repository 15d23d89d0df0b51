"""Tags and filters for templates: icons, form controls, ages, durations. All of it is escaped."""

from __future__ import annotations

import datetime as dt

from django import template
from django.forms import BoundField
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

_DISC = "M8 1.75a6.25 6.25 0 1 1 0 12.5a6.25 6.25 0 0 1 0-12.5z"

# 16 px, drawn with a stroke of 1.5; a shape that begins with "!" is filled.
ICONS: dict[str, tuple[str, ...]] = {
    "brand": (
        "M5.6 3.4a4.6 4.6 0 1 1 0 9.2a4.6 4.6 0 0 1 0-9.2z",
        "M10.4 3.4a4.6 4.6 0 1 1 0 9.2a4.6 4.6 0 0 1 0-9.2z",
        "!M8 4.1a4.6 4.6 0 0 1 0 7.8 4.6 4.6 0 0 1 0-7.8z",
    ),
    "down": ("M4.5 6.5L8 10l3.5-3.5",),
    "check": ("M3 8.5l3.2 3L13 4.5",),
    "good": (_DISC, "M5.2 8.3l2 1.9 3.6-4.2"),
    "watch": (_DISC, "!M8 1.75a6.25 6.25 0 0 1 0 12.5z"),
    "act": ("M8 2.2l6.3 11.1H1.7z", "M8 6.6v3M8 11.4v.1"),
    "lock": (
        "M4.5 7h7A1.5 1.5 0 0 1 13 8.5v4a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 12.5v-4A1.5 1.5 0 0 1 4.5 7z",
        "M5.2 7V5a2.8 2.8 0 0 1 5.6 0v2",
    ),
    "pause": ("M5.5 3.5v9M10.5 3.5v9",),
    "download": ("M8 2.5v8M4.5 7.2L8 10.7l3.5-3.5M2.5 13.5h11",),
    "upload": ("M8 11V3M4.5 6.3L8 2.8l3.5 3.5M2.5 13.5h11",),
    "offline": ("M4.5 12.5h7a2.8 2.8 0 0 0 .6-5.5A4.2 4.2 0 0 0 5.8 4.4M4 6.1a3.2 3.2 0 0 0 .5 6.4M2 2l12 12",),
    "book": (
        "M8 4C6.5 2.9 4.5 2.6 2 2.8v9.6c2.5-.2 4.5.1 6 1.2 1.5-1.1 3.5-1.4 6-1.2V2.8C11.5 2.6 9.5 2.9 8 4zM8 4v9.6",
    ),
    "undo": ("M6 3L2.8 6.2 6 9.4", "M3 6.2h6a4 4 0 0 1 0 8H6.5"),
    "skip": ("M3 3.5l5 4.5-5 4.5zM8 3.5l5 4.5-5 4.5z",),
    "flag": ("M3.5 14V2.5M3.5 3h8.6l-1.8 3 1.8 3H3.5",),
    "plus": ("M8 3v10M3 8h10",),
    "close": ("M4 4l8 8M12 4l-8 8",),
    "differences": ("M2 4.5h6M10.5 4.5H14M2 8.5h3M7.5 8.5H14M2 12.5h7",),
    "raw": ("M5.5 4L2 8l3.5 4M10.5 4L14 8l-3.5 4",),
    "keys": (
        "M3 4h10a1.5 1.5 0 0 1 1.5 1.5V11a1.5 1.5 0 0 1-1.5 1.5H3A1.5 1.5 0 0 1 1.5 11V5.5A1.5 1.5 0 0 1 3 4z",
        "M4.5 6.8h.1M8 6.8h.1M11.5 6.8h.1M5 9.8h6",
    ),
    "more": ("M3 8h.1M8 8h.1M13 8h.1",),
    "wait": (_DISC, "M8 4.6V8l2.4 1.6"),
    "copy": ("M5.5 5.5h8v8h-8z", "M10.5 5.5v-3h-8v8h3"),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon. Screen readers skip it: put text next to it, or a label around it."""
    shapes = format_html_join(
        "",
        '<path{} d="{}"/>',
        ((format_html(' class="{}"', "solid") if d[0] == "!" else "", d.lstrip("!")) for d in ICONS[name]),
    )
    return format_html('<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', shapes)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """Draw a form's control. When a form is shown again, the first one with an error has the focus."""
    first = next((each for each in field.form if each.errors), None)
    return field.as_widget(attrs={"autofocus": True} if first is not None and first.name == field.name else None)


_UNITS = ((86_400, "day", "d"), (3_600, "hour", "h"), (60, "minute", "min"))


def _seconds_since(moment: dt.datetime) -> float:
    return max(0.0, (timezone.now() - moment).total_seconds())


@register.filter
def age(moment: dt.datetime | None) -> SafeString | str:
    """Return how long ago in words, with the exact time as its title: ``<time>4 minutes ago</time>``."""
    if moment is None:
        return ""
    seconds = _seconds_since(moment)
    words = "just now"
    for size, unit, _ in _UNITS:
        if seconds >= size:
            count = int(seconds // size)
            words = f"{count:,} {unit}{'' if count == 1 else 's'} ago"
            break
    return _time(moment, words)


@register.filter
def short_age(moment: dt.datetime | None) -> SafeString | str:
    """Return the same in short: ``4 min ago``."""
    if moment is None:
        return ""
    seconds = _seconds_since(moment)
    words = "just now"
    for size, _, unit in _UNITS:
        if seconds >= size:
            words = f"{int(seconds // size):,} {unit} ago"
            break
    return _time(moment, words)


def _time(moment: dt.datetime, words: str) -> SafeString:
    utc, here = moment.astimezone(dt.UTC), timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        f"{here:%d %b %Y, %H:%M} {timezone.get_current_timezone()}",
        words,
    )


@register.filter
def duration(seconds: float | None) -> str:
    r"""Return a duration as people write it: ``52 s``, ``8 min``, ``1 h 15 min``.

    >>> [duration(n) for n in (0, 0.4, 51.6, 110, 3540, 4500, 7200, None)]
    ['0\xa0s', '<\xa01\xa0s', '52\xa0s', '2\xa0min', '59\xa0min', '1\xa0h 15\xa0min', '2\xa0h', '–']
    """
    if seconds is None:
        return "–"
    if 0 < seconds < 1:
        return "<\u00a01\u00a0s"
    if seconds < 100:
        return f"{round(seconds)}\u00a0s"
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = [f"{hours:,}\u00a0h"] if hours else []
    if minutes or not hours:
        parts.append(f"{minutes}\u00a0min")
    return "\u00a0".join(parts) if len(parts) == 1 else " ".join(parts)


@register.filter
def counted(count: int, words: str) -> str:
    """Return a number with its noun: ``{{ n|counted:"pair,pairs" }}``.

    >>> counted(1, "pair,pairs"), counted(1200, "pair,pairs")
    ('1 pair', '1,200 pairs')
    """
    one, many = words.split(",")
    return f"{count:,} {one if count == 1 else many}"
