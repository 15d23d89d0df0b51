"""Time from a verdict to the next pair in a real browser: our page, which prefetches the next pair, against the same page
without its script, which posts, follows the redirect and reloads, as pages without prefetching do. And time from `d` to
the painted marks on two responses of 50,000 characters, with the longest stretch in which the page could not react.
"""

from __future__ import annotations

import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.pg import ROOT, servers
from benchmarks.registry import Figure
from config.embedded.servers import with_parent
from tests.chromium import get as get_chromium
from tests.programs import WebProcess

PORT = 8918
OWN = "A harbour of 17 slates"
SETTLE = 500  # ms: the page ignores a key that comes sooner after a new pair
PAIRS = "/p/everyday-answers/judge"
MARKING = """async (sides) => {
  sides.forEach((paragraphs, side) => {
    const lines = paragraphs.map((text) => Object.assign(document.createElement("p"), { textContent: text }));
    document.querySelector(`.response.${"ab"[side]} .shown`).replaceChildren(...lines);
  });
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  await frame();
  const button = document.querySelector(".bar [data-differences]");
  const { port1, port2 } = new MessageChannel();
  let [last, pause, going] = [performance.now(), 0, true];
  port1.onmessage = () => {
    pause = Math.max(pause, performance.now() - last);
    last = performance.now();
    if (going) port2.postMessage(0);
  };
  const began = performance.now();
  port2.postMessage(0);
  button.click();
  while (!CSS.highlights.has("difference") && button.ariaPressed === "true") await new Promise((done) => setTimeout(done, 1));
  await frame();
  going = false;
  return [performance.now() - began, pause];
}"""


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
            with _chromium() as browser:
                with_script = _signed_in(browser.new_context(), "annotator-1", passwords)
                without = _signed_in(browser.new_context(java_script_enabled=False), "annotator-2", passwords)
                yield _next_pair(with_script, without, steps)
                yield from _differences(with_script, runs=steps // 3)
        finally:
            web.stop()


@contextmanager
def _chromium() -> Iterator[Browser]:
    chromium = get_chromium()
    arguments = chromium.launch_arguments()
    arguments["env"] = {**os.environ, **chromium.environment}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**arguments)  # type: ignore[arg-type]
        yield browser
        browser.close()


def _next_pair(with_script: Page, without: Page, steps: int) -> Figure:
    ours, peer = [], []
    for step in range(steps + 1):
        mine = _step(with_script, lambda: with_script.keyboard.press("1"))
        button = without.locator("button[name=verdict][value=a]")
        theirs = _step(without, lambda button=button: button.press("Enter"))
        if step:  # the first of each warms up
            ours.append(mine)
            peer.append(theirs)
    mine, theirs = statistics.median(ours), statistics.median(peer)
    return Figure(
        "from a verdict to the next pair, in Chromium", f"{mine:,.0f} ms", f"{theirs:,.0f} ms", theirs / mine, 2
    )


def _differences(page: Page, runs: int) -> Iterator[Figure]:
    """Yield the medians over freshly loaded pages: until the marks are painted, and of the longest pause."""
    rng = random.Random(1)
    letters = [chr(0x4E00 + 7 * number) for number in range(2500)]

    def paragraph() -> str:
        return "".join(letters[int(2500 ** rng.random()) - 1] for _ in range(100))

    old = [paragraph() for _ in range(500)]
    for name, share in (("a third", 0.3), ("all", 1.0)):
        new = [paragraph() if rng.random() < share else text for text in old]
        took = []
        for _ in range(runs):
            page.reload()
            page.wait_for_timeout(SETTLE)
            took.append(page.evaluate(MARKING, [old, new]))
        whole, pause = (statistics.median(each) for each in zip(*took, strict=True))
        title = f"50,000 letters, {name} changed"
        yield Figure(f"{title}, ms to the marks", f"{whole:,.0f} ms", "promise", whole, 150, at_most=True)
        yield Figure(f"{title}, longest pause, ms", f"{pause:,.0f} ms", "promise", pause, 50, at_most=True)


def _signed_in(context: BrowserContext, name: str, passwords: dict[str, str]) -> Page:
    page = context.new_page()
    url = f"http://localhost:{PORT}"
    page.goto(f"{url}/login")
    page.fill("input[name=login]", f"{name}@concord.example")
    page.fill("input[name=password]", passwords[name])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda at: "/login" not in at)
    if page.locator("input[type=password]").count():  # the first sign-in asks for a password of one's own
        for field, password in zip(
            page.locator("input[type=password]").all(), (passwords[name], OWN, OWN), strict=True
        ):
            field.fill(password)
        page.locator("main form button").first.click()
        page.wait_for_url(lambda at: "/password" not in at)
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
