"""The reason while it is typed: on the device at once, on the server soon, and never replaced by an older version."""

from __future__ import annotations

import pytest

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

DRAFTS = """
document.body.innerHTML = "<textarea></textarea>";
const clock = new FakeClock();
const storage = new DeviceStorage(window);
const field = document.querySelector("textarea");
const events = fakeTarget();
const states = [];
const NAME = "concord.draft.bob.1";
const open = (server) => new Drafts({
  window: events, field, storage, clock, person: "bob", projectUrl: "/p/everyday/",
  transport: new Transport({ fetch: server.fetch, document, navigator: { onLine: true }, sessionUrl: "/session", person: "bob" }),
  onState: (state) => states.push(state),
});
const type = (text) => { field.value = text; field.dispatchEvent(new Event("input")); };
"""


class TestADraft:
    def test_is_on_the_device_with_each_change(self, module_page: ModulePage) -> None:
        kept, requests, states = module_page.run(
            DRAFTS,
            """
            const server = new FakeServer();
            open(server).open("1", 0, "");
            type("B misses");
            return [storage.get(NAME), server.urls.length, states];
            """,
        )
        assert kept == {"version": 1_700_000_000_000, "reason": "B misses"}
        assert requests == 0
        assert states == ["saving"]

    def test_goes_to_the_server_once_typing_has_paused(self, module_page: ModulePage) -> None:
        early, urls, fields, kept, state = module_page.run(
            DRAFTS,
            """
            const server = new FakeServer();
            open(server).open("1", 0, "");
            type("B");
            await clock.advance(600);
            type("B misses");
            await clock.advance(699);
            const early = server.urls.length;
            await clock.advance(1);
            return [early, server.urls, server.requests[0].fields, storage.get(NAME), states.at(-1)];
            """,
        )
        assert early == 0
        assert urls == ["/p/everyday/a/1/draft"]
        assert fields == [["version", "1700000000600"], ["reason", "B misses"]]
        assert kept is None, "the server has it now"
        assert state == "saved"

    def test_has_a_higher_version_with_each_change_even_when_the_clock_is_set_back(
        self, module_page: ModulePage
    ) -> None:
        versions = module_page.run(
            DRAFTS,
            """
            open(new FakeServer()).open("1", 0, "");
            const versions = [];
            for (const jump of [0, 0, -1000, 5000]) {
              clock.time += jump;
              type("x");
              versions.push(storage.get(NAME).version - clock.start);
            }
            return versions;
            """,
        )
        assert versions == [0, 1, 2, 4000]

    def test_replaces_an_older_text_of_the_server_and_is_sent(self, module_page: ModulePage) -> None:
        shown, reasons = module_page.run(
            DRAFTS,
            """
            const server = new FakeServer();
            storage.set(NAME, { version: 8, reason: "typed offline" });
            open(server).open("1", 7, "of the server");
            const shown = field.value;
            await clock.advance(700);
            return [shown, server.field("reason")];
            """,
        )
        assert shown == "typed offline"
        assert reasons == ["typed offline"]

    @pytest.mark.parametrize("version", [8, 9])
    def test_gives_way_to_a_text_of_the_server_that_is_as_new(self, module_page: ModulePage, version: int) -> None:
        shown, kept, requests = module_page.run(
            DRAFTS,
            """
            const server = new FakeServer();
            storage.set(NAME, { version: 8, reason: "older" });
            open(server).open("1", version, "of the server");
            await clock.advance(60_000);
            return [field.value, storage.get(NAME), server.urls.length];
            """,
            version=version,
        )
        assert (shown, kept, requests) == ("of the server", None, 0)

    def test_gives_way_to_a_newer_text_of_another_tab_and_says_so(self, module_page: ModulePage) -> None:
        kept, states, attempts = module_page.run(
            DRAFTS,
            """
            const server = new FakeServer({ status: 409, json: { code: "newer_saved" } });
            open(server).open("1", 0, "");
            type("older");
            await clock.advance(60_000);
            return [storage.get(NAME), states, server.urls.length];
            """,
        )
        assert (kept, states, attempts) == (None, ["saving", "newer"], 1)

    def test_is_over_once_the_server_has_the_verdict(self, module_page: ModulePage) -> None:
        kept, states = module_page.run(
            DRAFTS,
            """
            open(new FakeServer({ status: 409, json: { code: "judged" } })).open("1", 0, "");
            type("late");
            await clock.advance(700);
            return [storage.get(NAME), states];
            """,
        )
        assert (kept, states) == (None, ["saving", "saved"])

    @pytest.mark.parametrize(
        ("answer", "state"),
        [
            ("unreachable", "away"),
            ({"status": 500}, "away"),
            ({"status": 401}, "signed-out"),
            ({"status": 401, "json": {"code": "other"}}, "other"),
        ],
    )
    def test_stays_on_the_device_and_is_sent_again_after_five_seconds(
        self, module_page: ModulePage, answer: object, state: str
    ) -> None:
        kept, reasons, states, after = module_page.run(
            DRAFTS,
            """
            const server = new FakeServer(answer);
            open(server).open("1", 0, "");
            type("text");
            await clock.advance(700);
            const kept = storage.get(NAME).reason;
            await clock.advance(5000);
            return [kept, server.field("reason"), states, storage.get(NAME)];
            """,
            answer=answer,
        )
        assert kept == "text"
        assert reasons == ["text", "text"]
        assert states == ["saving", state, "saved"]
        assert after is None

    def test_is_sent_as_soon_as_the_browser_is_online_again(self, module_page: ModulePage) -> None:
        attempts = module_page.run(
            DRAFTS,
            """
            const server = new FakeServer(UNREACHABLE);
            open(server).open("1", 0, "");
            type("text");
            await clock.advance(700);
            events.dispatchEvent(new Event("online"));
            await until(() => storage.get(NAME) === null);
            await clock.advance(60_000);
            return server.urls.length;
            """,
        )
        assert attempts == 2, "and the attempt that was planned is cancelled"

    def test_that_is_too_long_stays_on_the_device_and_is_not_sent_again(self, module_page: ModulePage) -> None:
        kept, states, attempts = module_page.run(
            DRAFTS,
            """
            const server = new FakeServer({ status: 413 });
            open(server).open("1", 0, "");
            type("very long");
            await clock.advance(60_000);
            return [storage.get(NAME).reason, states, server.urls.length];
            """,
        )
        assert (kept, states, attempts) == ("very long", ["saving", "too-long"], 1)

    def test_stays_on_the_device_while_the_page_is_replaced(self, module_page: ModulePage) -> None:
        """The next page may have been rendered before the server stored the text."""
        kept = module_page.run(
            DRAFTS,
            """
            const answer = later();
            open(new FakeServer(answer.promise)).open("1", 0, "");
            type("text");
            const saving = clock.advance(700);
            events.dispatchEvent(new Event("beforeunload"));
            answer.resolve({});
            await saving;
            return storage.get(NAME)?.reason;
            """,
        )
        assert kept == "text"

    def test_is_not_taken_for_saved_when_it_was_changed_while_it_was_sent(self, module_page: ModulePage) -> None:
        kept, states, reasons = module_page.run(
            DRAFTS,
            """
            const answer = later();
            const server = new FakeServer(answer.promise);
            open(server).open("1", 0, "");
            type("first");
            const saving = clock.advance(700);
            type("first and second");
            answer.resolve({});
            await saving;
            const found = [storage.get(NAME)?.reason, [...states]];
            await clock.advance(700);
            return [...found, server.field("reason")];
            """,
        )
        assert kept == "first and second"
        assert states == ["saving", "saving"]
        assert reasons == ["first", "first and second"]

    def test_ends_with_the_verdict(self, module_page: ModulePage) -> None:
        kept, requests = module_page.run(
            DRAFTS,
            """
            const server = new FakeServer();
            const drafts = open(server);
            drafts.open("1", 0, "");
            type("text");
            drafts.close();
            await clock.advance(60_000);
            return [storage.get(NAME), server.urls.length];
            """,
        )
        assert (kept, requests) == (None, 0)

    def test_belongs_to_one_pair(self, module_page: ModulePage) -> None:
        shown, of_first, urls = module_page.run(
            DRAFTS,
            """
            const server = new FakeServer();
            const drafts = open(server);
            drafts.open("1", 0, "");
            type("of the first");
            drafts.open("2", 0, "of the second");
            await clock.advance(60_000);
            return [field.value, storage.get(NAME).reason, server.urls];
            """,
        )
        assert shown == "of the second"
        assert of_first == "of the first"
        assert urls == []
