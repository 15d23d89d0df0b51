"""What of a pair is in view, and what scrolls."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from annotation.models import Project
from tests.cast import Person
from tests.e2e.conftest import Browser
from tests.factories import PairFactory, PromptFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SYSTEM = {"role": "system", "content": "You answer in one sentence."}
LONG = "\n\n".join(
    f"Paragraph {n} says a little more about the same subject than the one before it." for n in range(60)
)


def pairs(project: Project, *, prompt: list[dict[str, str]], response: str, n: int = 1) -> None:
    project.slots.all().delete()
    for number in range(n):
        asked = [*prompt[:-1], prompt[-1] | {"content": prompt[-1]["content"] + " " * number}]
        PairFactory(
            prompt=PromptFactory(project=project, content=asked),
            first__content=response,
            second__content=response + " So.",
        )


def height(browser: Browser, selector: str) -> float:
    return browser.page.evaluate("s => document.querySelector(s).getBoundingClientRect().height", selector)


def scrolled(browser: Browser, selector: str) -> float:
    return browser.page.evaluate("s => document.querySelector(s).scrollTop", selector)


class TestThePrompt:
    def test_takes_the_height_that_short_responses_leave(
        self, open_browser: Callable[..., Browser], project: Project, bob: Person
    ) -> None:
        pairs(project, prompt=[SYSTEM, {"role": "user", "content": LONG}], response="Short.")
        browser = open_browser(bob)
        browser.judge()
        assert height(browser, ".prompt") > 0.5 * 800
        assert height(browser, ".response.a") > 80

    def test_has_a_third_beside_long_responses_and_all_but_a_strip_on_request(
        self, open_browser: Callable[..., Browser], project: Project, bob: Person
    ) -> None:
        pairs(project, prompt=[SYSTEM, {"role": "user", "content": LONG}], response=LONG)
        browser = open_browser(bob)
        browser.judge()
        share = height(browser, ".prompt") / (height(browser, ".prompt") + height(browser, ".versus"))
        assert 0.28 < share < 0.38
        browser.press("p")
        whole = height(browser, ".prompt")
        assert whole > 1.5 * height(browser, ".versus")
        browser.reload()
        assert height(browser, ".prompt") == pytest.approx(whole, abs=40), "it is remembered"
        browser.press("p")
        assert height(browser, ".prompt") < whole / 1.5

    def test_shows_the_system_prompt_while_there_is_room(
        self, open_browser: Callable[..., Browser], project: Project, bob: Person
    ) -> None:
        pairs(project, prompt=[SYSTEM, {"role": "user", "content": "Why?"}], response=LONG)
        browser = open_browser(bob)
        browser.judge()
        expect(browser.page.get_by_text("You answer in one sentence.").first).to_be_in_viewport()
        expect(browser.page.locator(".prompt .bubble.shown", has_text="Why?")).to_be_in_viewport()

    def test_comes_first_where_there_is_no_room(
        self, open_browser: Callable[..., Browser], project: Project, bob: Person
    ) -> None:
        earlier = [SYSTEM | {"content": LONG}, {"role": "user", "content": "Why?"}]
        pairs(project, prompt=earlier, response=LONG)
        browser = open_browser(bob)
        browser.judge()
        expect(browser.page.locator(".prompt .turns")).not_to_have_attribute("open", "")
        expect(browser.page.locator(".prompt .bubble.shown", has_text="Why?")).to_be_in_viewport()


class TestScrollingAfterAVerdict:
    def test_moves_both_responses_without_tab(
        self, open_browser: Callable[..., Browser], project: Project, bob: Person
    ) -> None:
        pairs(project, prompt=[{"role": "user", "content": "Why?"}], response=LONG, n=3)
        browser = open_browser(bob)
        browser.judge()
        browser.press("1")
        seen = []
        for key in ("Space", "PageDown", "ArrowDown", "PageUp", "Home", "End"):
            browser.page.keyboard.press(key)
            browser.page.wait_for_timeout(100)
            assert scrolled(browser, ".response.a") == pytest.approx(scrolled(browser, ".response.b"), abs=80)
            seen.append(scrolled(browser, ".response.a"))
        space, page_down, arrow, page_up, home, end = seen
        assert 0 < space < page_down < arrow < end
        assert home == 0 < page_up < arrow


class TestAtFourHundredPercent:
    """1280 by 1024 at 400 % is 320 by 256."""

    def test_nothing_is_covered_and_nothing_is_wider_than_the_window(
        self, open_browser: Callable[..., Browser], project: Project, bob: Person
    ) -> None:
        pairs(project, prompt=[SYSTEM, {"role": "user", "content": LONG}], response=LONG)
        browser = open_browser(bob)
        browser.page.set_viewport_size({"width": 320, "height": 256})
        browser.judge()
        assert browser.page.evaluate("document.documentElement.scrollWidth") <= 320
        staying = browser.page.evaluate(
            """[...document.querySelectorAll("body *")].filter((element) =>
              ["fixed", "sticky"].includes(getComputedStyle(element).position) && element.getClientRects().length
            ).map((element) => element.className)"""
        )
        assert staying == []
        button = browser.page.get_by_role("button", name="A is better")
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box is not None
        middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        on_top = "([x, y]) => document.elementFromPoint(x, y).closest('button')?.textContent ?? ''"
        assert "A is better" in browser.page.evaluate(on_top, middle)
