"""Users in real browsers: signing in, judging by keyboard, and a record of everything that went wrong."""

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

JOB_TIMEOUT = 60_000  # ms, for what a worker does
DOUBLE_PRESS = 420  # ms in which the page takes a press for a repetition of the one before
REPORT = "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.blockedURI))"
OWN_PASSWORD = "A harbour of 17 slates"
KEYS = {"a": "1", "b": "2", "tie": "3", "both_bad": "0"}


@pytest.fixture
def long_timeouts() -> Iterator[None]:
    """Wait longer, where several programs and browsers share a machine that may be busy."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@dataclass
class Watch:
    """A record of what no page may do: errors, other origins, 5xx. Check ``wrong`` at the end."""

    origins: tuple[str, ...]
    wrong: list[str] = field(default_factory=list)

    def observe(self, context: BrowserContext) -> BrowserContext:
        context.add_init_script(REPORT)
        context.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: self.wrong.append(str(error.error)))
        context.on("request", lambda request: self._requested(request.url))
        context.on("response", lambda answer: self._answered(answer.status, answer.url))
        return context

    def _requested(self, url: str) -> None:
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" not in self.origins:
            self.wrong.append(f"requested {url}")

    def _answered(self, status: int, url: str) -> None:
        if status >= 500:
            self.wrong.append(f"{status} from {url}")

    def axe(self, page: Page) -> None:
        """Record every accessibility violation of the page as it is."""
        found = Axe().run(page).response["violations"]
        self.wrong += [f"{page.url}: {each['id']} {node['target']}" for each in found for node in each["nodes"]]


def sign_in(page: Page, email: str, password: str) -> str:
    """Sign in at the sign-in page, and choose a password of one's own where that is asked for; return the password."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("details.menu").first).to_be_attached()
    if page.get_by_role("heading", name="Choose your own password").count() == 0:
        return password
    page.get_by_label("Current password").fill(password)
    for label in ("New password", "New password again"):
        page.get_by_label(label, exact=True).fill(OWN_PASSWORD)
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_role("button", name="Save the password")).to_have_count(0)
    return OWN_PASSWORD


@dataclass(frozen=True)
class Judgement:
    """One judgement, with the texts that the annotator saw."""

    prompt: str
    left: str
    right: str
    word: str
    reason: str = ""


@dataclass
class Annotator:
    """An annotator at the judging page.

    ``judgements`` holds what the server has acknowledged, by prompt; ``finished`` the prompts in the order in which they
    were judged or skipped.
    """

    page: Page
    judgements: dict[str, Judgement] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)

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
        """Wait until the script runs, and the pair was shown long enough for a press to count."""
        expect(self.page.locator("[data-raw]").first).to_be_visible()
        since = self.page.evaluate("performance.now()")
        self.page.wait_for_function(f"since => performance.now() - since > {DOUBLE_PRESS}", arg=since)

    def write(self, reason: str) -> None:
        self.page.keyboard.press("e")
        expect(self.page.locator("#reason")).to_be_focused()
        self.page.keyboard.type(reason)
        self.page.keyboard.press("Escape")

    def press(self, word: str, reason: str = "") -> Judgement:
        """Give one verdict by its key; return once it is acknowledged and the next pair, or the end, is on the page."""
        self.ready()
        before = self.pair
        judgement = Judgement(self.prompt, self.left, self.right, word, reason)
        if reason:
            self.write(reason)
        with self.page.expect_response(re.compile(r"/submit$")) as answer:
            self.page.keyboard.press(KEYS[word])
        assert answer.value.status == 200, answer.value.text()
        self.judgements[judgement.prompt] = judgement
        self.finished.append(judgement.prompt)
        self._moved_on(before)
        return judgement

    def undo(self) -> str:
        """Undo the latest judgement; return the prompt that is on the page again."""
        self.ready()
        before = self.pair
        with self.page.expect_response(re.compile(r"/undo$")) as answer:
            self.page.keyboard.press("u")
        assert answer.value.status == 200, answer.value.text()
        self._moved_on(before)
        self.finished.remove(self.prompt)
        del self.judgements[self.prompt]
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
        self.finished.append(prompt)
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
    """Delete the uploads that the programs of a test stored where `make run` does."""
    try:
        yield
    finally:
        for stored in Import.objects.values_list("stored_as", flat=True):
            default_storage.delete(stored)
            with suppress(OSError):  # it holds another file
                Path(default_storage.path(stored)).parent.rmdir()
