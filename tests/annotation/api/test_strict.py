"""Bodies and parameters are read strictly, or refused with a code and a path; nothing is coerced."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from annotation.models import Project
from tests.annotation.api.client import Api, codes

GOOD = {"slug": "new", "name": "New"}

YES = [
    b'{"slug":"new","name":"New"}',
    b'\xef\xbb\xbf{"slug":"new","name":"New"}',
    b' \t\r\n{"slug" :\r\n"new", "name":"\\u004eew"}\n',
    b'{"slug":"new","name":"New","gold_rate":0.1}',
    b'{"slug":"new","name":"New","gold_rate":1e-1}',
    b'{"slug":"new","name":"New","gold_rate":0}',
    b'{"slug":"new","name":"New","gold_rate":-0.0}',
    b'{"slug":"new","name":"New","gold_rate":1e-400}',
    '{"slug":"new","name":"N\u00e9\u4e16\U0001f600"}'.encode(),
    b'{"slug":"new","name":"\\ud83d\\ude00"}',
    '{"slug":"new","name":"a\u2028b"}'.encode().replace("\u2028".encode(), b"\\u00e9"),
]

NO = {
    "not_json": [
        b"{",
        b"",
        b" ",
        b'{"slug":"new","name":"New",}',
        b"{'slug':'new'}",
        b'{"slug":"new" "name":"New"}',
        b'{"slug":"new","name":"New"} x',
        b'{"slug":"new","name":"New"}{}',
        b'{slug:"new"}',
        b'{"slug":"new"/**/}',
        b'{"name":"a\tb"}',
        b'{"name":"a\nb"}',
        b'{"name":"\\x41"}',
        b'{"name":"\\u12"}',
        b'{"gold_rate":01}',
        b'{"gold_rate":+1}',
        b'{"gold_rate":.5}',
        b'{"gold_rate":5.}',
        b'{"gold_rate":0x1}',
        b'{"gold_rate":1_000}',
        '{"gold_rate":\u0661}'.encode(),
        b'{"name":True}',
        b"nul",
        '{"name":\u201cx\u201d}'.encode(),
    ],
    "not_finite": [b'{"gold_rate":NaN}', b'{"gold_rate":-Infinity}', b'{"gold_rate":Infinity}', b'{"gold_rate":1e400}'],
    "out_of_range": [b'{"target_n":' + b"9" * 5000 + b"}", b'{"target_n":9223372036854775808}'],
    "duplicate_key": [b'{"slug":"a","slug":"b"}', b'{"slug":"a","\\u0073lug":"a"}'],
    "not_utf8": [
        b'{"name":"\xff"}',
        '{"name":"é"}'.encode("latin-1"),
        '{"name":"日本"}'.encode("shift-jis"),
        b'{"name":"\xc0\xaf"}',
        b'{"name":"\xed\xa0\x80"}',
        json.dumps(GOOD).encode("utf-16"),
    ],
    "lone_surrogate": [b'{"name":"\\ud800"}', b'{"name":"\\udc00\\ud800"}', b'{"\\ud800":1}'],
    "nul_character": [b'{"name":"a\\u0000b"}', b'{"\\u0000":1}', b'{"name":"a\0b"}'],
    "too_deep": [b"[" * 33 + b"]" * 33, b'{"a":' * 40 + b"1" + b"}" * 40, b"[" * 100_000],
    "too_many_keys": [json.dumps(dict.fromkeys(map(str, range(257)))).encode()],
}


@pytest.mark.django_db
class TestBody:
    @pytest.mark.parametrize("body", YES)
    def test_of_valid_json_is_accepted(self, api: Api, body: bytes) -> None:
        assert api.post("projects", body).status_code == 201

    @pytest.mark.parametrize(("code", "body"), [(code, body) for code, bodies in NO.items() for body in bodies])
    def test_of_invalid_json_is_refused(self, api: Api, code: str, body: bytes) -> None:
        if not body:  # nothing at all is an object without fields
            assert api.post("projects", body).status_code == 400
            return
        answer = api.post("projects", body)

        assert answer.status_code == 400
        assert [found for _, found in codes(answer)] == [code]
        assert Project.objects.count() == 2

    @pytest.mark.parametrize("body", [b"[]", b'"x"', b"1", b"null", b"true", b"[{}]"])
    def test_is_an_object(self, api: Api, body: bytes) -> None:
        assert api.post("projects", body).status_code == 400

    @pytest.mark.parametrize(
        ("change", "path", "code"),
        [
            ({"slug": 5}, "$.slug", "wrong_type"),
            ({"slug": True}, "$.slug", "wrong_type"),
            ({"slug": None}, "$.slug", "missing_field"),
            ({"slug": ""}, "$.slug", "bad_value"),
            ({"slug": "Sky"}, "$.slug", "wrong_type"),
            ({"slug": "a b"}, "$.slug", "wrong_type"),
            ({"slug": "new\n"}, "$.slug", "wrong_type"),
            ({"slug": "../x"}, "$.slug", "wrong_type"),
            ({"slug": "a" * 61}, "$.slug", "too_long"),
            ({"slug": ["new"]}, "$.slug", "wrong_type"),
            ({"name": ""}, "$.name", "bad_value"),
            ({"name": "   "}, "$.name", "bad_value"),
            ({"name": "\u200f\u200f"}, "$.name", "bad_value"),
            ({"name": "pay\u200bpal"}, "$.name", "bad_value"),
            ({"name": "a\x1bb"}, "$.name", "bad_value"),
            ({"name": "x" * 10_000}, "$.name", "too_long"),
            ({"name": {"a": 1}}, "$.name", "wrong_type"),
            ({"slots_per_pair": "5"}, "$.slots_per_pair", "wrong_type"),
            ({"slots_per_pair": "\u0665"}, "$.slots_per_pair", "wrong_type"),
            ({"slots_per_pair": 3.0}, "$.slots_per_pair", "wrong_type"),
            ({"slots_per_pair": True}, "$.slots_per_pair", "wrong_type"),
            ({"slots_per_pair": 0}, "$.slots_per_pair", "out_of_range"),
            ({"slots_per_pair": -1}, "$.slots_per_pair", "out_of_range"),
            ({"slots_per_pair": 10**6}, "$.slots_per_pair", "out_of_range"),
            ({"lease_seconds": 0}, "$.lease_seconds", "out_of_range"),
            ({"lease_seconds": 10 * 365 * 86400}, "$.lease_seconds", "out_of_range"),
            ({"gold_rate": 1.01}, "$.gold_rate", "out_of_range"),
            ({"gold_rate": "0.1"}, "$.gold_rate", "wrong_type"),
            ({"gold_rate": False}, "$.gold_rate", "wrong_type"),
            ({"id": 1}, "$.id", "unknown_field"),
            ({"pk": 1}, "$.pk", "unknown_field"),
            ({"state": "open"}, "$.state", "unknown_field"),
            ({"created_by": 1}, "$.created_by", "unknown_field"),
            ({"simulated": True}, "$.simulated", "unknown_field"),
            ({"__proto__": {}}, "$.__proto__", "unknown_field"),
            ({"$where": "1"}, '$["$where"]', "unknown_field"),
            ({"is_staff": True}, "$.is_staff", "unknown_field"),
            ({"<script>": 1}, '$["<script>"]', "unknown_field"),
        ],
    )
    def test_must_have_known_fields_of_their_types(
        self, api: Api, change: dict[str, Any], path: str, code: str
    ) -> None:
        answer = api.post("projects", GOOD | change)

        assert answer.status_code == 400
        assert codes(answer) == [(path, code)]
        assert Project.objects.count() == 2

    def test_is_answered_with_all_errors_at_once(self, api: Api) -> None:
        found = codes(api.post("projects", {"slug": 1, "nonsense": 2}))

        assert sorted(found) == [("$.name", "missing_field"), ("$.nonsense", "unknown_field"), ("$.slug", "wrong_type")]

    @pytest.mark.parametrize(
        "content_type",
        [
            "text/plain",
            "",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=utf-7",
            "application/json; charset=latin-1",
            "application/jsonx",
            "text/json",
            "*/*",
        ],
    )
    def test_must_be_sent_as_json(self, api: Api, content_type: str) -> None:
        assert api.post("projects", json.dumps(GOOD).encode(), content_type=content_type).status_code == 415

    @pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", 'Application/JSON;charset="utf-8"'])
    def test_may_declare_utf8(self, api: Api, content_type: str) -> None:
        assert api.post("projects", GOOD, content_type=content_type).status_code == 201

    def test_is_at_most_a_mebibyte(self, api: Api) -> None:
        assert api.post("projects", b" " * ((1 << 20) + 1)).status_code == 413
        assert api.post("projects", json.dumps(GOOD).encode().ljust(1 << 20)).status_code == 201

    @pytest.mark.parametrize(("size", "status"), [(40, 201), ((1 << 20) + 1, 413)])
    def test_may_be_sent_in_chunks(self, api: Api, size: int, status: int) -> None:
        meta = {"wsgi.input": io.BytesIO(json.dumps(GOOD).encode().ljust(size)), "wsgi.input_terminated": True}
        answer = api.client.generic(
            "POST", "/api/v1/projects", CONTENT_TYPE="application/json", HTTP_TRANSFER_ENCODING="chunked", **meta
        )
        assert answer.status_code == status


class TestParameters:
    @pytest.mark.parametrize(
        ("query", "path", "code"),
        [
            ("limit=-1", "?limit", "bad_value"),
            ("limit=0", "?limit", "out_of_range"),
            ("limit=201", "?limit", "out_of_range"),
            ("limit=1000000000", "?limit", "bad_value"),
            ("limit=abc", "?limit", "bad_value"),
            ("limit=1e2", "?limit", "bad_value"),
            ("limit=%201", "?limit", "bad_value"),
            ("limit=%D9%A1", "?limit", "bad_value"),
            ("limit=", "?limit", "bad_value"),
            ("limit=1&limit=2", "?limit", "repeated_parameter"),
            ("cursor=abc", "?cursor", "bad_cursor"),
            ("cursor=WzFd:abc", "?cursor", "bad_cursor"),
            ("cursor=%ff", "?cursor", "bad_cursor"),
            ("cursor=" + "x" * 2000, "?cursor", "too_long"),
            ("order=password", "?order", "unknown_filter"),
            ("user__password__regex=.", "?user__password__regex", "unknown_filter"),
            ("_connector=OR", "?_connector", "unknown_filter"),
            ("a%3BDROP=1", '?"a;DROP"', "unknown_filter"),
            ("project=sea", "?project", "unknown_filter"),
            ("which=everything", "?which", "bad_value"),
            ("which=verdict__isnull", "?which", "bad_value"),
        ],
    )
    def test_must_be_known(self, api: Api, query: str, path: str, code: str) -> None:
        answer = api.get(f"projects/sky/annotations?{query}")

        assert answer.status_code == 400
        assert codes(answer) == [(path, code)]

    def test_are_limited_in_number(self, api: Api) -> None:
        query = "&".join(f"p{i}=1" for i in range(10_000))

        assert api.get(f"projects?{query}").status_code == 400

    def test_are_refused_where_there_are_none(self, api: Api) -> None:
        assert codes(api.get("projects/sky?format=raw")) == [("?format", "unknown_filter")]
        assert codes(api.post("projects?slug=x", GOOD)) == [("?slug", "unknown_parameter")]
