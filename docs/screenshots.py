"""Take the README's screenshots: the demo on temporary servers, a real web process, a real browser.

Run by ``make screenshots``. Where Inter is installed it replaces the system's sans-serif font, because that of a bare Linux
is not what people see on their own machines. The product itself ships no font.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from docs.pictures import shrink
from tests.chromium import get as get_chromium
from tests.programs import ROOT, WebProcess
from tests.services import Services

HERE = Path(__file__).resolve().parent / "screenshots"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
BOTH = ("light", "dark")
PORT = 8765

FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <alias binding="same"><family>system-ui</family><prefer><family>Inter</family></prefer></alias>
  <alias binding="same"><family>ui-sans-serif</family><prefer><family>Inter</family></prefer></alias>
  <alias binding="same"><family>sans-serif</family><prefer><family>Inter</family></prefer></alias>
</fontconfig>
"""


@dataclass(frozen=True, slots=True)
class Shot:
    """A page as one of the demo's accounts sees it."""

    name: str
    account: str
    path: str
    themes: tuple[str, ...] = BOTH
    views: tuple[dict[str, int], ...] = (DESKTOP, PHONE)


SHOTS = (
    Shot("login", "", "/login", themes=("light",), views=(DESKTOP,)),
    Shot("judge", "annotator-1", "/p/everyday-answers/judge"),
    Shot("home", "annotator-1", "/"),
    Shot("dashboard", "manager", "/p/simulated-annotators/"),
    Shot("annotators", "manager", "/p/simulated-annotators/annotators"),
    Shot("ratings", "manager", "/p/simulated-annotators/ratings"),
    Shot("imports", "manager", "/p/everyday-answers/imports", themes=("light",), views=(DESKTOP,)),
)

# The annotator's keys, and the seconds spent on each pair, before the screenshots are taken.
JUDGEMENTS = tuple(zip("12132011232012", (52, 38, 61, 44, 71, 35, 49, 58, 40, 66, 47, 33, 54, 62), strict=True))


def main() -> None:
    services = Services()
    services.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            _shoot(Path(folder))
    finally:
        services.stop()


def _shoot(folder: Path) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"].replace("/concord?", "/postgres?"), autocommit=True) as server:
        server.execute("CREATE DATABASE concord")
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], cwd=ROOT, check=True)
    made = subprocess.run(
        [*manage, "quickstart", "--passwords", "-"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    passwords = dict(re.findall(r"^(\S+)@concord\.example  (\S+)$", made.stdout, flags=re.M))
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
        database.execute("UPDATE annotation_user SET must_change_password = false")  # or every page would ask for one
    web = WebProcess(
        [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py"],
        folder / "web.log",
        # The settings that the demo was created with: the test settings hash passwords in another way.
        {"WEB_BIND": f"127.0.0.1:{PORT}", "WEB_WORKERS": "1", "DJANGO_SETTINGS_MODULE": "config.settings.base"},
        port=PORT,
    )
    web.start()
    try:
        web.wait_until_ready()
        fonts = folder / "fonts.conf"
        fonts.write_text(FONTS, encoding="utf-8")
        chromium = get_chromium()
        arguments = chromium.launch_arguments()
        arguments["env"] = {**os.environ, **chromium.environment, "FONTCONFIG_FILE": str(fonts)}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(**arguments)  # type: ignore[arg-type]
            _Photographer(browser, f"http://localhost:{PORT}", passwords).take_all()
            browser.close()
    finally:
        web.stop()


class _Photographer:
    """A browser that can sign in to every account of the demo."""

    def __init__(self, browser: Browser, url: str, passwords: dict[str, str]) -> None:
        self.browser, self.url, self.passwords = browser, url, passwords
        self.signed_in: dict[str, StorageState] = {}
        self.blank = browser.new_page()

    def take_all(self) -> None:
        HERE.mkdir(exist_ok=True)
        self._judge("annotator-1", "/p/everyday-answers/judge")
        for shot in SHOTS:
            for view in shot.views:
                for theme in shot.themes:
                    self._take(shot, view, theme)

    def _take(self, shot: Shot, view: dict[str, int], theme: str) -> None:
        context = self._context(shot.account, viewport=view, color_scheme=theme)
        page = context.new_page()
        page.goto(self.url + shot.path, wait_until="networkidle")
        target = HERE / f"{shot.name}{'' if view is DESKTOP else '-phone'}-{theme}.png"
        target.write_bytes(shrink(page.screenshot(), self.blank))
        sys.stderr.write(f"{target.relative_to(ROOT)}  {target.stat().st_size / 1000:.0f} kB\n")
        context.close()

    def _context(self, account: str, **options: object) -> BrowserContext:
        """Return a browser context that is signed in to the account, or to none."""
        if account and account not in self.signed_in:
            first = self.browser.new_context()
            page = first.new_page()
            page.goto(f"{self.url}/login")
            page.fill("input[name=login]", f"{account}@concord.example")
            page.fill("input[name=password]", self.passwords[account])
            page.press("input[name=password]", "Enter")
            page.wait_for_url(lambda at: "/login" not in at)
            self.signed_in[account] = first.storage_state()
            first.close()
        return self.browser.new_context(storage_state=self.signed_in.get(account), **options)  # type: ignore[arg-type]

    def _judge(self, account: str, path: str) -> None:
        """Judge a few pairs, so that the annotator's numbers are not empty. Clocks are moved instead of waiting."""
        context = self._context(account, viewport=DESKTOP)
        context.clock.install()
        page = context.new_page()
        page.goto(self.url + path)
        page.get_by_role("button", name="I have read them").click()
        page.wait_for_url(f"**{path}")
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
            for key, seconds in JUDGEMENTS:
                page.wait_for_load_state("networkidle")
                database.execute(
                    "UPDATE annotation_assignment SET leased_at = leased_at - make_interval(secs => %s)"
                    " WHERE state = 'leased'",
                    [seconds],
                )
                page.clock.fast_forward(seconds * 1000)
                self._press(page, key)
            while page.locator(".response:not(:has(.shown pre))").count():
                page.wait_for_load_state("networkidle")
                page.clock.fast_forward(45_000)
                self._press(page, "1")  # on to a pair with code on both sides, which shows more of the page
        context.close()

    @staticmethod
    def _press(page: Page, key: str) -> None:
        before = page.locator(".pair").get_attribute("data-uuid")
        with page.expect_response(re.compile(r"/submit$")):
            page.keyboard.press(key)
        page.wait_for_function("before => document.querySelector('.pair')?.dataset.uuid !== before", arg=before)


if __name__ == "__main__":
    main()
