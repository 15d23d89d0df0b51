"""The schema is complete, correct, and served to signed-in users only."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from tests.annotation.api.client import Api, Site, judged

pytestmark = pytest.mark.django_db


class TestSchema:
    def test_has_no_warnings(self) -> None:
        call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null", stdout=io.StringIO())

    def test_describes_each_operation_with_its_problems(self) -> None:
        schema = SchemaGenerator().get_schema(request=None, public=True)

        assert set(schema["components"]["securitySchemes"]) == {"token"}
        for path, methods in schema["paths"].items():
            for method, operation in methods.items():
                where = f"{method} {path}"
                assert operation["security"] == [{"token": []}], where
                assert operation["description"], where
                assert {"400", "401", "403", "429"} <= set(operation["responses"]), where
                assert "{slug}" not in path or "404" in operation["responses"], where
                for status in operation["responses"]:
                    if status >= "400":
                        assert list(operation["responses"][status]["content"]) == ["application/problem+json"], where

    def test_is_for_people_with_an_account(self, site: Site) -> None:
        client = Client()
        answer = client.get("/api/schema/")
        assert answer.status_code == 403
        assert answer["Content-Type"] == "application/problem+json"
        client.force_login(site.bob)
        assert client.get("/api/schema/").status_code == 200

    def test_has_a_page_for_people_with_an_account(self, site: Site) -> None:
        client = Client()
        assert client.get("/api/docs/")["Location"] == "/login?next=/api/docs/"

        client.force_login(site.bob)
        page = client.get("/api/docs/")
        script = client.get("/api/docs/?script=")
        assert (page.status_code, script.status_code) == (200, 200)
        assert script["Content-Type"].startswith("application/javascript")
        assert b"/api/schema/" in script.content
        assert b"http://" not in page.content
        assert b"https://" not in page.content

    def test_matches_the_answers(self, site: Site, api: Api) -> None:
        judged(site.project)
        schema = SchemaGenerator().get_schema(request=None, public=True)
        for path in ("projects", "projects/sky", "projects/sky/pairs", "projects/sky/annotations"):
            template = f"/api/v1/{path}".replace("sky", "{slug}")
            shape = schema["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            fits(api.get(path).json(), shape, schema["components"]["schemas"], path)


def fits(value: Any, shape: dict[str, Any], named: dict[str, Any], where: str) -> None:
    """Assert that a value has the fields of a schema and no others."""
    if "$ref" in shape:
        shape = named[shape["$ref"].rsplit("/", 1)[-1]]
    if shape.get("type") == "array":
        for item in value:
            fits(item, shape["items"], named, where)
    elif shape.get("type") == "object" and "properties" in shape:
        assert set(value) <= set(shape["properties"]), where
        assert set(shape.get("required", ())) <= set(value), where
        for key, inner in value.items():
            fits(inner, shape["properties"][key], named, f"{where}.{key}")
    elif shape.get("type") in {"string", "integer", "number", "boolean"} and value is not None:
        types = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
        assert isinstance(value, types[shape["type"]]), where
    elif value is None:
        assert shape.get("nullable") or shape.get("type") is None, where
