"""A browser at the judging page of a real web process."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.cast import Person
from tests.programs import WebProcessFactory

REPORT = "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.blockedURI))"
DOUBLE_PRESS = 450  # ms: before that the page takes a second press for a repetition of the first


@dataclass
class Browser:
    """A browser with a page of the site."""

    context: BrowserContext
    page: Page
    url: str

    def judge(self) -> None:
        self.page.goto(f"{self.url}/p/everyday/judge")
        self._runs()

    def reload(self) -> None:
        """Load the judging page again, and wait as `judge` does: what it shows rests on its script."""
        self.page.reload()
        self._runs()

    def _runs(self) -> None:
        expect(self.page.locator("[data-raw]").first).not_to_have_attribute("hidden", "")
        self.page.wait_for_timeout(DOUBLE_PRESS)

    def new_tab(self) -> Browser:
        return Browser(self.context, self.context.new_page(), self.url)

    @property
    def uuid(self) -> str:
        return self.page.locator(".pair").get_attribute("data-uuid") or ""

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(DOUBLE_PRESS)

    def reaches(self, line: str) -> None:
        words = re.compile(rf"^\s*{line}\s*({line}|On device)?\s*$")
        expect(self.page.locator("[data-saved]")).to_have_text(words, timeout=15_000)


@pytest.fixture
def open_browser(
    new_context: Callable[..., BrowserContext], web_process: WebProcessFactory
) -> Iterator[Callable[..., Browser]]:
    """Open a browser, signed in; at the end, no page has broken the policy and no script has failed."""
    wrong: list[str] = []
    web = web_process()

    def make(who: Person | None, **options: Any) -> Browser:
        context = new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        context.add_init_script(REPORT)
        context.on(
            "console", lambda m: wrong.append(m.text) if "CSP" in m.text or "Content Security" in m.text else None
        )
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        if who is not None:
            value = who.client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": value, "url": web.url, "httpOnly": True}])
        return Browser(context, context.new_page(), web.url)

    yield make
    assert wrong == []
