"""Leases of the page's pairs, and the time that each pair is in view."""

from __future__ import annotations

import pytest

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

MINUTE = 60_000

LEASES = """
const MINUTE = 60_000;
const clock = new FakeClock();
const events = fakeTarget();
const view = fakeTarget({ visibilityState: "visible" });
const server = new FakeServer();
const held = ["1", "2"];
const transport = new Transport({ fetch: server.fetch, document, navigator: { onLine: true }, sessionUrl: "/session", person: "bob" });
new Leases({ window: events, document: view, clock, transport, projectUrl: "/p/everyday/", held: () => held });
const renewals = () => server.urls.filter((url) => url.endsWith("/renew")).length;
"""

TIME = """
const clock = new FakeClock();
const view = fakeTarget({ visibilityState: "visible" });
const time = new ViewingTime({ document: view, clock });
const turn = (visibilityState) => { view.visibilityState = visibilityState; view.dispatchEvent(new Event("visibilitychange")); };
"""


class TestLeases:
    def test_are_renewed_each_minute(self, module_page: ModulePage) -> None:
        before, after, third = module_page.run(
            LEASES,
            """
            await clock.advance(MINUTE - 1);
            const before = server.urls.length;
            await clock.advance(1);
            const after = [...server.urls];
            held.push("3");
            await clock.advance(MINUTE);
            return [before, after, server.urls.slice(2)];
            """,
        )
        assert before == 0
        assert after == ["/p/everyday/a/1/renew", "/p/everyday/a/2/renew"]
        assert third == [*after, "/p/everyday/a/3/renew"], "of the pairs that the page has leased by then"

    def test_are_not_renewed_by_a_page_in_the_background(self, module_page: ModulePage) -> None:
        hidden, visible = module_page.run(
            LEASES,
            """
            view.visibilityState = "hidden";
            await clock.advance(3 * MINUTE);
            const hidden = renewals();
            view.visibilityState = "visible";
            await clock.advance(MINUTE);
            return [hidden, renewals()];
            """,
        )
        assert (hidden, visible) == (0, 2)

    @pytest.mark.parametrize("act", ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "input"])
    def test_are_renewed_for_ten_minutes_after_the_last_input(self, module_page: ModulePage, act: str) -> None:
        worked, idle, again = module_page.run(
            LEASES,
            """
            await clock.advance(10 * MINUTE);
            const worked = renewals();
            await clock.advance(20 * MINUTE);
            const idle = renewals();
            events.dispatchEvent(new Event(act));
            await clock.advance(MINUTE);
            return [worked, idle, renewals()];
            """,
            act=act,
        )
        assert worked == 2 * 9
        assert idle == worked
        assert again == worked + 2

    def test_are_given_up_when_the_page_is_closed(self, module_page: ModulePage) -> None:
        sent = module_page.run(
            LEASES,
            """
            events.dispatchEvent(new Event("pagehide"));
            return server.requests.map(({ url, options }) => [url, options.keepalive]);
            """,
        )
        assert sent == [["/p/everyday/a/1/leave", True], ["/p/everyday/a/2/leave", True]]

    def test_are_renewed_when_the_page_comes_back_from_the_browsers_cache(self, module_page: ModulePage) -> None:
        loaded, restored = module_page.run(
            LEASES,
            """
            events.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: false }));
            const loaded = renewals();
            events.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
            return [loaded, renewals()];
            """,
        )
        assert (loaded, restored) == (0, 2)

    def test_that_cannot_be_renewed_stop_nothing(self, module_page: ModulePage) -> None:
        urls = module_page.run(
            LEASES,
            """
            server.answers.push(UNREACHABLE, UNREACHABLE);
            await clock.advance(2 * MINUTE);
            return server.urls.length;
            """,
        )
        assert urls == 4


class TestViewingTime:
    def test_counts_from_the_moment_the_pair_is_shown(self, module_page: ModulePage) -> None:
        seconds = module_page.run(
            TIME,
            """
            await clock.advance(5000);
            time.restart();
            await clock.advance(2340);
            return time.seconds;
            """,
        )
        assert seconds == "2.3"

    def test_leaves_out_what_the_page_spent_in_the_background(self, module_page: ModulePage) -> None:
        hidden, visible = module_page.run(
            TIME,
            """
            await clock.advance(2000);
            turn("hidden");
            await clock.advance(60_000);
            const hidden = time.seconds;
            turn("visible");
            await clock.advance(500);
            return [hidden, time.seconds];
            """,
        )
        assert (hidden, visible) == ("2.0", "2.5")

    def test_starts_at_nothing_for_a_pair_that_is_shown_in_the_background(self, module_page: ModulePage) -> None:
        seconds = module_page.run(
            TIME,
            """
            await clock.advance(2000);
            turn("hidden");
            time.restart();
            await clock.advance(60_000);
            return time.seconds;
            """,
        )
        assert seconds == "0.0"
