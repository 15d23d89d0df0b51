"""The schema is complete, correct, and served to signed-in users only."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from reward.vocabulary import Intervals
from tests.annotation.api.client import Api, Site, codes, judged

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
                assert {"400", "401", "403", "414", "429", "503"} <= set(operation["responses"]), where
                for status in ("429", "503"):
                    assert operation["responses"][status]["headers"]["Retry-After"]["required"], where
                if method == "post":
                    assert {"408", "413", "415"} <= set(operation["responses"]), where
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


class TestABodyInTheSchema:
    """What it states of bodies and parameters is what is read: ``tests.api_cases`` tries it."""

    @pytest.mark.parametrize("name", ["ProjectIn", "PairingIn", "FitIn"])
    def test_has_no_other_fields(self, name: str) -> None:
        shape = _shapes()[name]
        for variant in shape.get("oneOf", [shape]):
            assert variant["additionalProperties"] is False
        assert "x-variants" not in shape

    def test_has_no_blank_names(self) -> None:
        project = _shapes()["ProjectIn"]["properties"]
        assert (project["name"]["minLength"], project["slug"]["minLength"]) == (1, 1)

    def test_says_what_goes_together(self) -> None:
        needs = {v["properties"]["scheme"]["enum"][0]: v["required"] for v in _shapes()["PairingIn"]["oneOf"]}
        assert needs == {"all": ["scheme"], "random": ["k", "scheme"], "baseline": ["baseline", "scheme"]}

        judgements, majorities = _shapes()["FitIn"]["oneOf"]
        assert "required" not in judgements
        assert majorities["required"] == ["unit"]
        assert "annotator" not in majorities["properties"]["intervals"]["enum"]
        assert {*majorities["properties"]["intervals"]["enum"], "annotator"} == set(Intervals)

    def test_may_not_be_left_out_where_it_is_a_file(self) -> None:
        body = _operations()["import"]["requestBody"]
        assert body["required"] is True
        assert all(shape["schema"]["minLength"] == 1 for shape in body["content"].values())


class TestAParameterInTheSchema:
    def test_of_a_page_has_the_form_of_cursors(self, site: Site, api: Api) -> None:
        judged(site.project)
        (shape,) = [p["schema"] for p in _operations()["list_pairs"]["parameters"] if p["name"] == "cursor"]
        cursor = api.get("projects/sky/pairs", {"limit": 1}).json()["next_cursor"]
        assert re.fullmatch(shape["pattern"], cursor)
        for other in ("", " ", "0", "a b:c"):
            assert not re.fullmatch(shape["pattern"], other)
            assert codes(api.get("projects/sky/pairs", {"cursor": other}))[0][0] == "?cursor"

    @pytest.mark.parametrize("key", ["", " ", "a b", "caf\xe9", "x" * 201])
    def test_has_the_form_of_keys(self, api: Api, key: str) -> None:
        (shape,) = [p["schema"] for p in _operations()["import"]["parameters"] if p["name"] == "Idempotency-Key"]
        assert not re.fullmatch(shape["pattern"], key)
        answer = api.post(
            "projects/sky/imports", b"{}", content_type="application/x-ndjson", **{"Idempotency-Key": key}
        )
        assert (answer.status_code, codes(answer)) == (400, [("Idempotency-Key", "bad_value")])

    @pytest.mark.parametrize("name", ["", " ", "a" * 255])
    def test_may_be_an_empty_file_name(self, api: Api, name: str) -> None:
        (shape,) = [p["schema"] for p in _operations()["import"]["parameters"] if p["name"] == "file_name"]
        assert "minLength" not in shape
        answer = api.post(
            f"projects/sky/imports?{urlencode({'file_name': name})}", b"{}", content_type="application/x-ndjson"
        )
        assert answer.status_code == 202

    def test_of_an_address_has_the_form_of_slugs(self) -> None:
        for operation in _operations().values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "slug":
                    assert parameter["schema"]["pattern"] == "^[-a-zA-Z0-9_]+$"


def _schema() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


def _shapes() -> Any:
    return _schema()["components"]["schemas"]


def _operations() -> dict[str, Any]:
    return {one["operationId"]: one for methods in _schema()["paths"].values() for one in methods.values()}


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
