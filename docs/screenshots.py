"""Make the README's screenshots anew: the demo on throw-away servers, a real web process, a real browser.

Run by ``make screenshots``. Where Inter is installed it stands in for the system's sans, which on a bare Linux is not
what people see on their own machines; the product itself ships no font.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from playwright.sync_api import Browser, Page, sync_playwright

from config.embedded.servers import with_parent
from tests.chromium import get as get_chromium
from tests.programs import ROOT, WebProcess
from tests.services import Services

HERE = Path(__file__).resolve().parent / "screenshots"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <alias binding="same"><family>system-ui</family><prefer><family>Inter</family></prefer></alias>
  <alias binding="same"><family>ui-sans-serif</family><prefer><family>Inter</family></prefer></alias>
  <alias binding="same"><family>sans-serif</family><prefer><family>Inter</family></prefer></alias>
</fontconfig>
"""

# name, account, path, themes, views
SHOTS = (
    ("login", None, "/login", ("light",), (DESKTOP,)),
    ("home", "annotator-1", "/", ("light", "dark"), (DESKTOP, PHONE)),
    ("judge", "annotator-1", "/p/everyday-answers/judge", ("light", "dark"), (DESKTOP, PHONE)),
    ("dashboard", "manager", "/p/simulated-annotators/", ("light", "dark"), (DESKTOP, PHONE)),
    ("annotators", "manager", "/p/simulated-annotators/annotators", ("light", "dark"), (DESKTOP, PHONE)),
    ("ratings", "manager", "/p/simulated-annotators/ratings", ("light", "dark"), (DESKTOP, PHONE)),
    ("imports", "manager", "/p/everyday-answers/imports", ("light",), (DESKTOP,)),
)


def main() -> None:
    services = Services()
    services.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            fonts = Path(folder) / "fonts.conf"
            fonts.write_text(FONTS, encoding="utf-8")
            _shoot(Path(folder), fonts)
    finally:
        services.stop()


def _shoot(folder: Path, fonts: Path) -> None:
    manage = [sys.executable, "manage.py"]
    with psycopg.connect(os.environ["DATABASE_URL"].replace("/concord?", "/postgres?"), autocommit=True) as server:
        server.execute("CREATE DATABASE concord")
    subprocess.run([*manage, "migrate", "--verbosity", "0"], cwd=ROOT, check=True)
    made = subprocess.run(
        [*manage, "quickstart", "--passwords", "-"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    passwords = dict(re.findall(r"^(\S+)@concord\.example  (\S+)$", made.stdout, flags=re.M))
    web = WebProcess(
        with_parent("TERM", [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py"]),
        folder / "web.log",
        {"WEB_BIND": "127.0.0.1:8765", "WEB_WORKERS": "1"},
        port=8765,
    )
    web.start()
    try:
        web.wait_until_ready()
        chromium = get_chromium()
        arguments = chromium.launch_arguments()
        arguments["env"] = {**os.environ, **chromium.environment, "FONTCONFIG_FILE": str(fonts)}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(**arguments)  # type: ignore[arg-type]
            for shot in SHOTS:
                _each(browser, web.url.replace("127.0.0.1", "localhost"), passwords, *shot)
            browser.close()
    finally:
        web.stop()


def _each(
    browser: Browser,
    url: str,
    passwords: dict[str, str],
    name: str,
    account: str | None,
    path: str,
    themes: tuple[str, ...],
    views: tuple[dict[str, int], ...],
) -> None:
    for view in views:
        for theme in themes:
            context = browser.new_context(viewport=view, color_scheme=theme, device_scale_factor=1)  # type: ignore[arg-type]
            page = context.new_page()
            if account is not None:
                _sign_in(page, url, f"{account}@concord.example", passwords[account])
            page.goto(url + path, wait_until="networkidle")
            if page.url.endswith("/guidelines"):  # to be read once before the first pair
                page.locator("main form button").first.click()
                page.wait_for_load_state("networkidle")
            kind = "" if view is DESKTOP else "-phone"
            target = HERE / f"{name}{kind}-{theme}.png"
            page.screenshot(path=target)
            sys.stderr.write(f"{target.relative_to(ROOT)}\n")
            context.close()


def _sign_in(page: Page, url: str, email: str, password: str) -> None:
    page.goto(f"{url}/login")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda at: "/login" not in at)


if __name__ == "__main__":
    main()
