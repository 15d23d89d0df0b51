"""Time from a verdict to the next pair in a real browser: our page, which prefetches the next pair, against the same page
without its script, which posts, follows the redirect and reloads, as pages without prefetching do.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from benchmarks.pg import ROOT, servers
from benchmarks.registry import Figure
from config.embedded.servers import with_parent
from tests.chromium import get as get_chromium
from tests.programs import WebProcess

PORT = 8918
SETTLE = 500  # ms: the page ignores a key that comes sooner after a new pair
PAIRS = "/p/everyday-answers/judge"


def figures(*, full: bool) -> Iterator[Figure]:
    """Yield medians of single steps, alternating between the two pages, on the demo's pairs."""
    steps = 30 if full else 15
    with servers(), tempfile.TemporaryDirectory() as folder:
        as_served = {"DJANGO_SETTINGS_MODULE": "config.settings.base", "LOG_LEVEL": "WARNING"}
        command = [sys.executable, "manage.py", "quickstart", "--passwords", "-"]
        made = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **as_served}, check=True, capture_output=True, text=True
        )
        passwords = dict(re.findall(r"^(\S+)@concord\.example  (\S+)$", made.stdout, flags=re.M))
        web = WebProcess(
            with_parent("TERM", [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py"]),
            Path(folder) / "web.log",
            {"WEB_BIND": f"127.0.0.1:{PORT}", **as_served},
            port=PORT,
        )
        web.start()
        try:
            web.wait_until_ready()
            yield _next_pair(passwords, steps)
        finally:
            web.stop()


def _next_pair(passwords: dict[str, str], steps: int) -> Figure:
    chromium = get_chromium()
    arguments = chromium.launch_arguments()
    arguments["env"] = {**os.environ, **chromium.environment}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**arguments)  # type: ignore[arg-type]
        with_script = _signed_in(browser.new_context(), "annotator-1", passwords)
        without = _signed_in(browser.new_context(java_script_enabled=False), "annotator-2", passwords)
        ours, peer = [], []
        for step in range(steps + 1):
            mine = _step(with_script, lambda: with_script.keyboard.press("1"))
            button = without.locator("button[name=verdict][value=a]")
            theirs = _step(without, lambda button=button: button.press("Enter"))
            if step:  # the first of each warms up
                ours.append(mine)
                peer.append(theirs)
        browser.close()
    mine, theirs = statistics.median(ours), statistics.median(peer)
    return Figure(
        "from a verdict to the next pair, in Chromium", f"{mine:,.0f} ms", f"{theirs:,.0f} ms", theirs / mine, 2
    )


def _signed_in(context: BrowserContext, name: str, passwords: dict[str, str]) -> Page:
    page = context.new_page()
    url = f"http://localhost:{PORT}"
    page.goto(f"{url}/login")
    page.fill("input[name=login]", f"{name}@concord.example")
    page.fill("input[name=password]", passwords[name])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda at: "/login" not in at)
    page.goto(url + PAIRS)
    if page.url.endswith("/guidelines"):  # to be read once before the first pair
        page.locator("main form button").first.click()
        page.wait_for_url(lambda at: at.endswith("/judge"))
    return page


def _step(page: Page, decide: Callable[[], None]) -> float:
    """Return the milliseconds from the key press until another pair is on the page."""
    page.wait_for_timeout(SETTLE)
    before = page.locator(".pair").get_attribute("data-uuid")
    another = page.locator(f".pair:not([data-uuid='{before}'])")
    began = time.perf_counter()
    decide()
    another.wait_for()
    return (time.perf_counter() - began) * 1000
