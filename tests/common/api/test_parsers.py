"""Request bodies as streams."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import RequestFactory

from common.api.parsers import StrictJSON, Upload
from common.api.problems import Problem


class TestStrictJSON:
    def test_is_counted_whatever_its_length_says(self) -> None:
        with pytest.raises(Problem) as refused:
            StrictJSON().parse(io.BytesIO(b" " * ((1 << 20) + 1)), "application/json", {})
        assert refused.value.status_code == 413


@pytest.mark.django_db
class TestUpload:
    def of(self, body: bytes, **meta: Any) -> Upload:
        request = RequestFactory().post("/", body, content_type="application/x-ndjson")
        request.META.update(meta)
        return Upload(request, limit=100)

    def test_returns_the_body(self) -> None:
        assert self.of(b"abc").read() == b"abc"

    def test_requires_a_length(self) -> None:
        for length in ("", "-1", "1e3", "\u0661", "abc"):
            with pytest.raises(Problem) as refused:
                self.of(b"abc", CONTENT_LENGTH=length)
            assert refused.value.status_code == 411

    def test_refuses_a_large_body_by_its_length_alone(self) -> None:
        with pytest.raises(Problem) as refused:
            self.of(b"", CONTENT_LENGTH="101")
        assert refused.value.status_code == 413

    def test_refuses_a_body_that_was_cut_off(self) -> None:
        stream = self.of(b"abc", CONTENT_LENGTH="5")
        assert stream.read() == b"abc"
        with pytest.raises(Problem) as refused:
            stream.read()
        assert refused.value.code == "incomplete_body"

    def test_reads_chunks_where_the_server_ends_them(self) -> None:
        meta = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"x" * 101), "CONTENT_LENGTH": ""}
        with pytest.raises(Problem) as refused:
            self.of(b"", **meta)
        assert refused.value.status_code == 411

        stream = self.of(b"", **meta, **{"wsgi.input_terminated": True})
        stream.read(60)
        with pytest.raises(Problem) as refused:
            stream.read(60)
        assert refused.value.status_code == 413
