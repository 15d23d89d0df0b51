"""Numbered pages of a list."""

from __future__ import annotations

import pytest
from django.core.exceptions import BadRequest
from django.http import Http404
from django.test import RequestFactory

from common.web.paging import page_of

ROWS = range(25)


class TestPageOf:
    def test_is_the_first_page_unless_asked(self) -> None:
        page = page_of(RequestFactory().get("/"), ROWS, per_page=10)

        assert list(page) == list(range(10))
        assert page.has_next()

    def test_is_the_page_of_the_number(self) -> None:
        page = page_of(RequestFactory().get("/?page=3"), ROWS, per_page=10)

        assert list(page) == [20, 21, 22, 23, 24]
        assert not page.has_next()

    @pytest.mark.parametrize("number", ["0", "4", "999999999"])
    def test_beyond_the_last_is_not_found(self, number: str) -> None:
        with pytest.raises(Http404):
            page_of(RequestFactory().get("/", {"page": number}), ROWS, per_page=10)

    def test_beyond_the_limit_is_not_found(self) -> None:
        with pytest.raises(Http404):
            page_of(RequestFactory().get("/?page=3"), ROWS, per_page=10, most=2)

    def test_of_no_rows_is_one_empty_page(self) -> None:
        assert list(page_of(RequestFactory().get("/"), [])) == []

    @pytest.mark.parametrize("number", ["", "x", "-1", "1e3", "1.0", " 1", "１", "9" * 10])
    def test_refuses_what_is_not_a_number(self, number: str) -> None:
        with pytest.raises(BadRequest):
            page_of(RequestFactory().get("/", {"page": number}), ROWS)
