"""Values of the query string."""

from __future__ import annotations

import pytest
from django.core.exceptions import BadRequest
from django.test import RequestFactory

from common.web.parameters import choice, whole_number


class TestChoice:
    def test_is_the_value_given(self) -> None:
        assert choice(RequestFactory().get("/?sort=name"), "sort", {"name", "age"}, "age") == "name"

    def test_is_the_default_where_absent(self) -> None:
        assert choice(RequestFactory().get("/"), "sort", {"name", "age"}, "age") == "age"

    @pytest.mark.parametrize("query", ["sort=password", "sort=", "sort=Name", "sort=name&sort=name"])
    def test_refuses_anything_else(self, query: str) -> None:
        with pytest.raises(BadRequest):
            choice(RequestFactory().get(f"/?{query}"), "sort", {"name", "age"}, "age")


class TestWholeNumber:
    def test_is_the_value_given(self) -> None:
        assert whole_number(RequestFactory().get("/?after=007"), "after", 0) == 7

    def test_is_the_default_where_absent(self) -> None:
        assert whole_number(RequestFactory().get("/"), "after", 3) == 3

    @pytest.mark.parametrize("query", ["after=", "after=-1", "after=1.5", "after=%D9%A1", "after=1&after=1"])
    def test_refuses_anything_else(self, query: str) -> None:
        with pytest.raises(BadRequest):
            whole_number(RequestFactory().get(f"/?{query}"), "after", 0)
