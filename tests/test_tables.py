"""Only the app that owns a table writes SQL on it; the others call its selectors and services."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("common", "annotation", "quality", "reward", "config", "templates")
OWNERS = ("annotation", "quality", "reward")


def tables_of(app: str) -> set[str]:
    return {model._meta.db_table for model in apps.get_app_config(app).get_models(include_auto_created=True)}


def sources(package: str) -> list[Path]:
    return [
        path
        for kind in ("*.py", "*.sql", "*.html")
        for path in (ROOT / package).rglob(kind)
        if "migrations" not in path.parts
    ]


@pytest.mark.parametrize("app", OWNERS)
def test_tables_are_named_in_their_own_app_alone(app: str) -> None:
    tables = tables_of(app)
    assert tables
    named = re.compile(rf"\b({'|'.join(sorted(tables, key=len, reverse=True))})\b")

    elsewhere = [
        f"{path.relative_to(ROOT)}: {found[1]}"
        for package in PACKAGES
        if package != app
        for path in sources(package)
        for found in [named.search(path.read_text())]
        if found
    ]

    assert elsewhere == []


def test_finds_tables_where_they_are_named() -> None:
    assert "annotation_slot" in tables_of("annotation")
    assert any("annotation_slot" in path.read_text() for path in sources("annotation"))
