"""Marking what differs between two responses, on the judging page under its policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from annotation.models import Project
from tests.cast import Person
from tests.e2e.conftest import Browser
from tests.factories import PairFactory, PromptFactory
from tests.programs import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MARKS = """[...(CSS.highlights.get("difference") ?? [])].map((mark) => {
  const range = document.createRange();
  range.setStart(mark.startContainer, mark.startOffset);
  range.setEnd(mark.endContainer, mark.endOffset);
  return range.toString();
})"""
STEPS = """() => new Promise((resolve) => {
  const texts = ["a", "b"].map((side) => [...document.querySelectorAll(`.response.${side} .shown p`)].map((p) => p.textContent));
  const worker = new Worker(document.querySelector("main").dataset.differenceWorker, { type: "module" });
  worker.onmessage = ({ data }) => resolve(data.steps);
  worker.postMessage(texts);
})"""
SAME = "Read the file in chunks and add up as you go along the way. "


def only_pair(project: Project, a: str, b: str) -> None:
    project.slots.all().delete()
    PairFactory(prompt=PromptFactory(project=project), first__content=a, second__content=b)


def marks(browser: Browser, count: int) -> list[str]:
    wait_until(lambda: len(browser.page.evaluate(MARKS)) == count, what=f"{count} marks")
    return sorted(browser.page.evaluate(MARKS))


def test_differences_and_raw_text(open_browser: Callable[..., Browser], project: Project, bob: Person) -> None:
    only_pair(
        project,
        SAME + "It takes **three** minutes on the server that you have.",
        SAME + "It takes **ninety** minutes on the server that you have.",
    )
    browser = open_browser(bob)
    browser.judge()
    browser.press("d")
    assert marks(browser, 2) == ["ninety", "three"]
    browser.press("d")
    assert marks(browser, 0) == []
    browser.press("d", "r")
    expect(browser.page.locator(".response.a .raw")).to_contain_text("**")
    expect(browser.page.locator(".response.a .shown")).to_be_hidden()
    expect(browser.page.get_by_role("button", name="Differences")).to_have_attribute("aria-pressed", "false")
    browser.press("r")
    expect(browser.page.locator(".response.a .shown")).to_be_visible()


def test_fifty_thousand_characters_are_compared_in_a_worker_in_steps_that_follow_their_number(
    open_browser: Callable[..., Browser], project: Project, bob: Person
) -> None:
    signs = [chr(0x4E00 + (37 * at * at + at) % 2500) for at in range(50_000)]
    for at in range(250, 50_000, 250):
        signs[at - 1] = "\n\n"
    changed = [f"\u9fa5{sign}" if at % 500 == 0 else sign for at, sign in enumerate(signs)]
    only_pair(project, "".join(signs), "".join(changed))
    browser = open_browser(bob)
    browser.judge()
    assert len(browser.page.workers) == 1
    browser.press("d")
    assert marks(browser, 100) == ["\u9fa5"] * 100
    assert browser.page.evaluate(STEPS) <= 60 * 100_000 + 10_000
