"""The page at the end of the queue looks again by itself: while it is seen, less and less often, until it is over."""

from __future__ import annotations

from typing import Any

import pytest

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser


def ending(state: str, heading: str) -> str:
    return (
        f'<main data-ending="{state}" data-judge-url="/p/x/judge"><p role="status" data-announcement></p>'
        f"<div data-what-ended><h1>{heading}</h1></div></main>"
    )


HELD = ending("held_by_others", "Others are judging the rest right now.")
DONE = ending("all_done", "All done.")
PAIR = '<main data-judge><div class="pair"></div></main>'

START = """
const clock = new FakeClock();
const server = new FakeServer(...answers);
const seen = fakeTarget({ visibilityState: visible ? "visible" : "hidden" });
const root = document.querySelector("main");
const gone = [];
new LookingAgain({ root, document: seen, fetch: server.fetch, clock, go: (url) => gone.push(url), random: () => 0 });
"""


def looking(page: ModulePage, *then: str, html: str = HELD, visible: bool = True, answers: Any = ()) -> Any:
    page.show(html)
    return page.run(START, *then, visible=visible, answers=list(answers))


class TestLookingAgain:
    def test_opens_the_next_pair_when_there_is_one(self, module_page: ModulePage) -> None:
        found = looking(
            module_page,
            "await clock.advance(3999); const before = server.urls.length; await clock.advance(1); await settle();",
            "return [before, server.urls, gone, document.querySelector('[data-announcement]').textContent];",
            answers=[{"html": PAIR}],
        )
        assert found == [0, ["/p/x/judge"], ["/p/x/judge"], "There is a pair for you."]

    def test_asks_less_and_less_often_and_at_least_once_a_minute(self, module_page: ModulePage) -> None:
        times = looking(
            module_page,
            "const times = []; const start = clock.now();",
            "for (let n = 0; n < 600; n += 1) { const before = server.urls.length; await clock.advance(1000);"
            " await settle(); if (server.urls.length > before) times.push((clock.now() - start) / 1000); }",
            "return times;",
            answers=[{"html": HELD}] * 60,
        )
        waits = [after - before for before, after in zip(times, times[1:], strict=False)]
        assert times[0] == 4
        assert waits[:4] == [6, 9, 14, 20]
        assert set(waits[7:]) == {60}

    def test_ends_and_says_so_when_the_rest_is_done(self, module_page: ModulePage) -> None:
        found = looking(
            module_page,
            "await clock.advance(4000); await settle(); await clock.advance(3600_000); await settle();",
            "return [server.urls.length, root.dataset.ending, document.querySelector('h1').textContent,"
            " document.querySelector('[data-announcement]').textContent, gone];",
            answers=[{"html": DONE}],
        )
        assert found == [1, "all_done", "All done.", "All done.", []]

    def test_announces_nothing_while_nothing_changes(self, module_page: ModulePage) -> None:
        found = looking(
            module_page,
            "const h1 = document.querySelector('h1'); await clock.advance(4000); await settle();",
            "return [document.querySelector('[data-announcement]').textContent, h1.isConnected];",
            answers=[{"html": HELD}],
        )
        assert found == ["", True]

    def test_asks_for_nothing_while_the_page_is_hidden_and_at_once_when_it_is_seen(
        self, module_page: ModulePage
    ) -> None:
        found = looking(
            module_page,
            "await clock.advance(3600_000); await settle(); const hidden = server.urls.length;",
            "seen.visibilityState = 'visible'; seen.dispatchEvent(new Event('visibilitychange')); await settle();",
            "return [hidden, server.urls.length, gone.length];",
            visible=False,
            answers=[{"html": PAIR}],
        )
        assert found == [0, 1, 1]

    @pytest.mark.parametrize("trouble", ["unreachable", {"status": 503, "html": "<p>Back soon</p>"}])
    def test_goes_on_after_trouble(self, module_page: ModulePage, trouble: Any) -> None:
        found = looking(
            module_page,
            "await clock.advance(4000); await settle(); await clock.advance(6000); await settle();",
            "return [server.urls.length, gone.length];",
            answers=[trouble, {"html": PAIR}],
        )
        assert found == [2, 1]

    def test_looks_every_few_seconds_while_the_server_is_looking(self, module_page: ModulePage) -> None:
        searching = ending("looking_further", "Looking for another pair…")
        asked = looking(
            module_page,
            "for (let n = 0; n < 5; n += 1) { await clock.advance(4000); await settle(); } return server.urls.length;",
            html=searching,
            answers=[{"html": searching}] * 9,
        )
        assert asked == 5
