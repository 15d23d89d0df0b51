"""People in browsers of their own: signing in, judging by keyboard, and whatever went wrong on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.storage import default_storage
from playwright.sync_api import BrowserContext, Page, expect

from annotation.models import Import

PATIENCE = 60_000  # ms, for what a worker does
A_GLANCE = 420  # ms in which the page takes a press for the second half of the one before
REPORT = "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.blockedURI))"
KEYS = {"a": "1", "b": "2", "tie": "3", "both_bad": "0"}


@pytest.fixture
def patient() -> Iterator[None]:
    """Ask for it where several programs and browsers share a machine that may be busy besides."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@dataclass
class Watch:
    """What no page of any browser may do. Look at ``wrong`` at the end."""

    origins: tuple[str, ...]
    wrong: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> BrowserContext:
        context.add_init_script(REPORT)
        context.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda error: self.wrong.append(str(error.error)))
        context.on("request", lambda request: self._asked(request.url))
        context.on("response", lambda answer: self._answered(answer.status, answer.url))
        return context

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" not in self.origins:
            self.wrong.append(f"asked {url}")

    def _answered(self, status: int, url: str) -> None:
        if status >= 500:
            self.wrong.append(f"{status} from {url}")

    def axe(self, page: Page) -> None:
        """The page as it stands has nothing that keeps somebody out."""
        found = Axe().run(page).response["violations"]
        self.wrong += [f"{page.url}: {each['id']} {node['target']}" for each in found for node in each["nodes"]]


def sign_in(page: Page, email: str, password: str) -> None:
    """At the sign-in page, wherever it leads."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("details.menu").first).to_be_attached()


@dataclass(frozen=True)
class Said:
    """One press, and what stood before the person's eyes: the texts, not what anybody calls them."""

    prompt: str
    left: str
    right: str
    word: str
    reason: str = ""


@dataclass
class Judge:
    """Somebody at the judging page.

    ``said`` holds his presses that the server has acknowledged, by prompt; ``met`` the prompts in the order in which he
    was done with them.
    """

    page: Page
    said: dict[str, Said] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    met: list[str] = field(default_factory=list)

    @property
    def pair(self) -> str:
        return self.page.locator(".pair").get_attribute("data-uuid") or ""

    @property
    def prompt(self) -> str:
        return self.page.locator(".prompt .bubble.shown").last.inner_text().strip()

    @property
    def left(self) -> str:
        return self.page.locator("#response-a .shown").inner_text().strip()

    @property
    def right(self) -> str:
        return self.page.locator("#response-b .shown").inner_text().strip()

    @property
    def at_the_end(self) -> bool:
        return self.page.locator("main.thanks").count() == 1

    def ready(self) -> None:
        """The script is at work, and the pair has stood there long enough for a press to be meant for it."""
        expect(self.page.locator("[data-raw]").first).to_be_visible()
        since = self.page.evaluate("performance.now()")
        self.page.wait_for_function(f"since => performance.now() - since > {A_GLANCE}", arg=since)

    def write(self, reason: str) -> None:
        self.page.keyboard.press("e")
        expect(self.page.locator("#reason")).to_be_focused()
        self.page.keyboard.type(reason)
        self.page.keyboard.press("Escape")

    def press(self, word: str, reason: str = "") -> Said:
        """One verdict by its key, sent and acknowledged; the next pair, or the end, is on the page."""
        self.ready()
        before = self.pair
        said = Said(self.prompt, self.left, self.right, word, reason)
        if reason:
            self.write(reason)
        with self.page.expect_response(re.compile(r"/submit$")) as answer:
            self.page.keyboard.press(KEYS[word])
        assert answer.value.status == 200, answer.value.text()
        self.said[said.prompt] = said
        self.met.append(said.prompt)
        self._moved_on(before)
        return said

    def undo(self) -> str:
        """Take the latest verdict back; the prompt that is on the page again."""
        self.ready()
        before = self.pair
        with self.page.expect_response(re.compile(r"/undo$")) as answer:
            self.page.keyboard.press("u")
        assert answer.value.status == 200, answer.value.text()
        self._moved_on(before)
        self.met.remove(self.prompt)
        del self.said[self.prompt]
        return self.prompt

    def skip(self) -> None:
        self.ready()
        before, prompt = self.pair, self.prompt
        self.page.keyboard.press("s")
        expect(self.page.get_by_role("button", name="I do not know the subject")).to_be_focused()
        with self.page.expect_response(re.compile(r"/skip$")) as answer:
            self.page.keyboard.press("1")
        assert answer.value.status == 200, answer.value.text()
        self.skipped.append(prompt)
        self.met.append(prompt)
        self._moved_on(before)

    def _moved_on(self, before: str) -> None:
        self.page.wait_for_function(
            """before => {
              const pair = document.querySelector(".pair");
              return document.querySelector("main.thanks") || (pair && pair.dataset.uuid !== before);
            }""",
            arg=before,
        )


@contextmanager
def uploads_removed() -> Iterator[None]:
    """Our programs keep what is sent in where `make run` does; it goes with the test's rows."""
    try:
        yield
    finally:
        for stored in Import.objects.values_list("stored_as", flat=True):
            default_storage.delete(stored)
            with suppress(OSError):  # somebody else's file is in it
                Path(default_storage.path(stored)).parent.rmdir()
