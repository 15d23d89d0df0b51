"""A browser that is killed right after it has called something saved still has it when it is started again."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from annotation.models import Annotation, Draft
from tests.cast import Person
from tests.programs import WebProcessFactory, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DOUBLE_PRESS = 450  # ms: before that the page takes a second press for a repetition of the first
ON_DEVICE = re.compile(r"^\s*Saved on this device")


def processes_of(profile: Path) -> list[int]:
    """Return the browser's processes, which all name its profile."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(profile).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def kill(profile: Path) -> None:
    pids = processes_of(profile)
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: processes_of(profile) == [], what="the end of the browser")


@pytest.fixture
def start(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], tmp_path: Path, web_process: WebProcessFactory
) -> Any:
    """Start a browser with the profile of the test, signed in, at the judging page."""
    web = web_process()

    def started(who: Person) -> tuple[BrowserContext, Page]:
        context = browser_type.launch_persistent_context(tmp_path / "profile", **browser_type_launch_args)
        value = who.client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": web.url, "httpOnly": True}])
        page = context.pages[0]
        page.goto(f"{web.url}/p/everyday/judge")
        expect(page.locator("[data-raw]").first).not_to_have_attribute("hidden", "")  # the script runs
        page.wait_for_timeout(DOUBLE_PRESS)
        return context, page

    return started


def test_a_verdict_and_a_text_are_there_after_a_kill(start: Any, bob: Person, tmp_path: Path) -> None:
    context, page = start(bob)
    page.wait_for_load_state("networkidle")  # further pairs are fetched
    context.set_offline(True)
    judged = page.locator(".pair").get_attribute("data-uuid")
    page.keyboard.press("1")
    expect(page.locator(".pair")).not_to_have_attribute("data-uuid", str(judged))
    written = page.locator(".pair").get_attribute("data-uuid")
    page.keyboard.press("e")
    page.keyboard.type("B misses point 3.")
    expect(page.locator("[data-saved]")).to_have_text(ON_DEVICE)
    kill(tmp_path / "profile")
    assert not Annotation.objects.exists()
    assert not Draft.objects.exists()

    context, page = start(bob)
    wait_until(lambda: Annotation.objects.count() == 1, what="the judgement")
    assert str(Annotation.objects.get().assignment.uuid) == judged
    expect(page.locator(".pair")).to_have_attribute("data-uuid", str(written))
    expect(page.locator("#reason")).to_have_value("B misses point 3.")
    wait_until(lambda: Draft.objects.filter(reason="B misses point 3.").exists(), what="the draft")
    context.close()
