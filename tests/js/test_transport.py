"""Requests to the server, and the key that makes sending one twice harmless."""

from __future__ import annotations

from uuid import RFC_4122, UUID

import pytest

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

TRANSPORT = """
document.body.innerHTML = '<form><input type="hidden" name="csrfmiddlewaretoken" value="old"></form>'
  + '<form><input type="hidden" name="csrfmiddlewaretoken" value="old"></form>';
const open = (server, onLine = true) => new Transport({
  fetch: server.fetch, document, navigator: { onLine }, sessionUrl: "/session", person: "bob",
});
const tokens = (server) => server.requests.map(({ options }) => options.headers["X-CSRFToken"] ?? null);
const signedIn = (person) => ({ json: { person, token: "fresh" } });
const FORBIDDEN = { status: 403 };
"""


class TestTransport:
    def test_posts_a_form_with_the_csrf_token_of_the_page(self, module_page: ModulePage) -> None:
        request = module_page.run(
            TRANSPORT,
            """
            const server = new FakeServer();
            await open(server).post("/p/everyday/a/1/submit", { verdict: "a", reason: "x & y" });
            const [{ url, fields, options }] = server.requests;
            const { method, headers, credentials, redirect } = options;
            return { url, fields, method, headers, credentials, redirect };
            """,
        )
        assert request == {
            "url": "/p/everyday/a/1/submit",
            "fields": [["verdict", "a"], ["reason", "x & y"]],
            "method": "POST",
            "headers": {"Accept": "application/json", "X-CSRFToken": "old"},
            "credentials": "same-origin",
            "redirect": "error",
        }

    def test_sends_the_same_fields_again_with_a_fresh_token_after_a_403(self, module_page: ModulePage) -> None:
        status, urls, keys, tokens, on_page = module_page.run(
            TRANSPORT,
            """
            const server = new FakeServer(FORBIDDEN, signedIn("bob"), { status: 200 });
            const response = await open(server).post("/submit", { submit_key: "k1" });
            const fields = [...document.querySelectorAll("[name=csrfmiddlewaretoken]")].map((field) => field.value);
            return [response.status, server.urls, server.field("submit_key"), tokens(server), fields];
            """,
        )
        assert status == 200
        assert urls == ["/submit", "/session", "/submit"]
        assert keys == ["k1", None, "k1"], "the server stores it once"
        assert tokens == ["old", None, "fresh"]
        assert on_page == ["fresh", "fresh"]

    def test_takes_a_second_403_as_final(self, module_page: ModulePage) -> None:
        status, urls = module_page.run(
            TRANSPORT,
            """
            const server = new FakeServer(FORBIDDEN, signedIn("bob"), FORBIDDEN);
            return [(await open(server).post("/submit", {})).status, server.urls];
            """,
        )
        assert status == 403
        assert urls == ["/submit", "/session", "/submit"]

    @pytest.mark.parametrize(
        ("session", "code"), [({"json": {"person": "carol", "token": "fresh"}}, "other"), ({"status": 401}, "nobody")]
    )
    def test_never_posts_in_the_name_of_somebody_else(
        self, module_page: ModulePage, session: dict[str, object], code: str
    ) -> None:
        status, answer, urls, token = module_page.run(
            TRANSPORT,
            """
            const server = new FakeServer(FORBIDDEN, session);
            const response = await open(server).post("/submit", {});
            const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
            return [response.status, await readJson(response), server.urls, token];
            """,
            session=session,
        )
        assert (status, answer) == (401, {"code": code})
        assert urls == ["/submit", "/session"]
        assert token == "old"

    def test_leaves_every_other_refusal_to_the_caller(self, module_page: ModulePage) -> None:
        found = module_page.run(
            TRANSPORT,
            """
            const server = new FakeServer({ status: 401 }, { status: 409 }, { status: 500 });
            const transport = open(server);
            const statuses = [];
            for (let n = 0; n < 3; n += 1) statuses.push((await transport.post("/submit", {})).status);
            return [statuses, server.urls.length];
            """,
        )
        assert found == [[401, 409, 500], 3]

    def test_throws_where_the_server_cannot_be_reached(self, module_page: ModulePage) -> None:
        thrown = module_page.run(
            TRANSPORT,
            """
            const server = new FakeServer(UNREACHABLE);
            return open(server).post("/submit", {}).then(() => "nothing", (error) => error.name);
            """,
        )
        assert thrown == "TypeError"

    def test_limits_the_time_of_a_request_but_not_of_one_that_outlives_the_page(self, module_page: ModulePage) -> None:
        found = module_page.run(
            TRANSPORT,
            """
            const server = new FakeServer(FORBIDDEN, signedIn("bob"), {}, FORBIDDEN);
            const transport = open(server);
            await transport.post("/submit", {});
            await transport.postOnLeave("/leave", {});
            return server.requests.map(({ url, options }) => [
              url, options.signal instanceof AbortSignal, options.keepalive === true,
            ]);
            """,
        )
        assert found == [
            ["/submit", True, False],
            ["/session", True, False],
            ["/submit", True, False],
            ["/leave", False, True],
        ]

    @pytest.mark.parametrize(
        ("status", "answer", "on_line", "trouble"),
        [
            (None, {}, True, "away"),
            (None, {}, False, "offline"),
            (401, {"code": "other"}, True, "other"),
            (401, {"code": "nobody"}, True, "signed-out"),
            (401, {}, True, "signed-out"),
            (403, {}, True, "forbidden"),
            (429, {}, True, "away"),
            (503, {}, True, "away"),
        ],
    )
    def test_names_the_trouble_behind_a_failure(
        self, module_page: ModulePage, status: int | None, answer: dict[str, str], on_line: bool, trouble: str
    ) -> None:
        found = module_page.run(
            TRANSPORT,
            "return open(new FakeServer(), onLine).troubleFor(status ?? undefined, answer);",
            status=status,
            answer=answer,
            onLine=on_line,
        )
        assert found == trouble


class TestReadJson:
    def test_returns_an_empty_object_for_a_page_of_a_proxy(self, module_page: ModulePage) -> None:
        found = module_page.run("""
            return [await readJson(new Response('{"a": 1}')), await readJson(new Response("<h1>Bad gateway</h1>"))];
        """)
        assert found == [{"a": 1}, {}]


class TestASubmitKey:
    def test_is_another_random_uuid_each_time_where_the_browser_makes_none(self, module_page: ModulePage) -> None:
        """Over plain HTTP, as here, browsers have no ``randomUUID``."""
        offered, keys = module_page.run("""
            return ["randomUUID" in crypto, Array.from({ length: 50 }, () => newSubmitKey(crypto))];
        """)
        assert offered is False
        assert len(set(keys)) == 50
        assert {UUID(key).version for key in keys} == {4}
        assert {UUID(key).variant for key in keys} == {RFC_4122}

    def test_is_the_browsers_own_where_it_makes_one(self, module_page: ModulePage) -> None:
        assert module_page.run("return newSubmitKey({ randomUUID: () => 'of the browser' });") == "of the browser"
