"""Only the app that owns a table queries it, in SQL or by the ORM; the others call its selectors and services."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("common", "annotation", "quality", "reward", "config", "templates")
OWNERS = ("annotation", "quality", "reward")

# Files that may query another app's models.
EXCEPTED = {
    "config/demo.py": "it creates accounts and projects from nothing, and looks for those it has already created",
}


def tables_of(app: str) -> set[str]:
    return {model._meta.db_table for model in apps.get_app_config(app).get_models(include_auto_created=True)}


def models_of(app: str) -> set[str]:
    return {model.__name__ for model in apps.get_app_config(app).get_models()}


def managers_in(text: str, models: set[str]) -> list[str]:
    """Return the models that a source queries through their managers."""
    names = "|".join(sorted(models, key=len, reverse=True))
    return re.findall(rf"\b({names})\s*\.\s*(?:objects|_default_manager|_base_manager)\b", text)


def accessors_of(app: str) -> set[str]:
    """Return the names by which an object of any app leads to rows of this app's models: ``pairs`` of a project."""
    return {
        relation.get_accessor_name()
        for model in apps.get_models()
        for relation in model._meta.related_objects
        if relation.related_model._meta.app_label == app and relation.get_accessor_name()
    }


QUERYING = (
    *("aaggregate", "aggregate", "alias", "all", "annotate", "bulk_create", "contains", "count", "create", "dates"),
    *(
        "datetimes",
        "defer",
        "delete",
        "distinct",
        "earliest",
        "exclude",
        "exists",
        "explain",
        "extra",
        "filter",
        "first",
    ),
    *("get", "get_or_create", "in_bulk", "iterator", "last", "latest", "none", "only", "order_by", "prefetch_related"),
    *("raw", "select_for_update", "select_related", "update", "update_or_create", "using", "values", "values_list"),
)


def reverse_managers_in(text: str, accessors: set[str]) -> list[str]:
    """Return the accessors by which a source queries rows: ``project.pairs.exists()``, in a template ``project.pairs.all``."""
    names = "|".join(sorted(accessors, key=len, reverse=True))
    return re.findall(rf"[\w)\]]\s*\.\s*({names})\s*\.\s*(?:{'|'.join(QUERYING)})\b", text)


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


@pytest.mark.parametrize("app", OWNERS)
def test_models_are_queried_in_their_own_app_alone(app: str) -> None:
    models = models_of(app)
    assert models

    elsewhere = [
        f"{path.relative_to(ROOT)}: {model}"
        for package in PACKAGES
        if package != app
        for path in sources(package)
        if path.relative_to(ROOT).as_posix() not in EXCEPTED
        for model in managers_in(path.read_text(), models)
    ]

    assert elsewhere == []


@pytest.mark.parametrize("app", OWNERS)
def test_rows_are_queried_from_other_rows_in_their_own_app_alone(app: str) -> None:
    accessors = accessors_of(app)
    assert accessors

    elsewhere = [
        f"{path.relative_to(ROOT)}: {accessor}"
        for package in PACKAGES
        if package != app
        for path in sources(package)
        if path.relative_to(ROOT).as_posix() not in EXCEPTED
        for accessor in reverse_managers_in(path.read_text(), accessors)
    ]

    assert elsewhere == []


@pytest.mark.parametrize("path", EXCEPTED)
def test_excepts_no_file_that_needs_no_exception(path: str) -> None:
    models = set.union(*(models_of(app) for app in OWNERS))

    assert managers_in((ROOT / path).read_text(), models)


def test_finds_a_query_by_the_manager_of_a_model() -> None:
    assert managers_in("m = Member.objects.in_bulk(keys)", models_of("annotation")) == ["Member"]
    assert managers_in("MemberState.objects, members.objects", models_of("annotation")) == []


def test_finds_a_query_by_the_manager_of_a_row() -> None:
    accessors = accessors_of("annotation")

    assert {"pairs", "slots", "members", "annotations", "prompt_sets"} <= accessors
    assert reverse_managers_in("has = request.project.pairs.exists()", accessors) == ["pairs"]
    assert reverse_managers_in("{% for p in project.pairs.all %}", accessors) == ["pairs"]
    assert reverse_managers_in("own(member).assignments\n    .filter(x=1)", accessors) == ["assignments"]
    assert reverse_managers_in("pairs.any_of(project); from annotation.selectors.pairs import count", accessors) == []
