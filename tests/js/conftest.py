"""Run JavaScript modules in Chromium, each test on an empty page, without a server.

Every request of the page is answered here from files or refused, so no test reaches the network. Modules get the
collaborators that they need from ``fakes.js``: a clock that only moves when told, and a server that answers as told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "annotation" / "static" / "annotation" / "js"
FAKES = Path(__file__).with_name("fakes.js")
ORIGIN = "http://js.test"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'"
REPORT = "addEventListener('securitypolicyviolation', (e) => { throw new Error(`CSP: ${e.violatedDirective}`); })"
EXPORT = re.compile(r"^export (?:async )?(?:class|const|function) (\w+)", re.MULTILINE)


@dataclass
class ModulePage:
    """A page of the origin that serves the modules, and what went wrong on it."""

    page: Page
    wrong: list[str] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        """Serve the empty page at /, the modules below /js/, and the fakes."""
        path = urlsplit(route.request.url).path
        file = FAKES if path == "/fakes.js" else MODULES / path.removeprefix("/js/")
        if path == "/":
            html = "<!doctype html><html lang=en><meta charset=utf-8><title>Test</title><body></body>"
            route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": POLICY})
        elif file.is_file():
            route.fulfill(body=file.read_text(), content_type="text/javascript")
        elif path == "/favicon.ico":
            route.fulfill(status=404)
        else:
            self.wrong.append(f"requested {route.request.url}")
            route.abort()

    def open(self) -> None:
        """Open the page as it is for somebody who comes for the first time."""
        self.page.goto(f"{ORIGIN}/")
        self.page.evaluate("localStorage.clear()")
        self.wrong.clear()

    def show(self, body: str) -> None:
        """Replace the content of the page."""
        self.page.evaluate("html => { document.body.innerHTML = html; }", body)

    def run(self, *scripts: str, **given: Any) -> Any:
        """Return what an asynchronous function returns whose body are the scripts.

        It sees every export of the fakes and the modules, and each keyword argument, by its name.
        """
        body = "\n".join(scripts)
        used = set(re.findall(r"\w+", body))
        lines = [f"const {name} = {json.dumps(value)};" for name, value in given.items()]
        for url, names in EXPORTS.items():
            if wanted := sorted(used & names):
                lines.append(f"const {{ {', '.join(wanted)} }} = await import('{url}');")
        return self.page.evaluate("async () => {{ {} {{ {} }} }}".format("\n".join(lines), body))


def exports() -> dict[str, set[str]]:
    """Return the exported names of the fakes and of each module, by address. Entry modules have none."""
    files = {f"{ORIGIN}/js/{file.name}": file for file in MODULES.glob("*.js")} | {f"{ORIGIN}/fakes.js": FAKES}
    return {url: set(EXPORT.findall(file.read_text())) for url, file in files.items()}


EXPORTS = exports()


def open_module_page(context: BrowserContext) -> ModulePage:
    """Open a page in a browser context of the test's own."""
    opened = ModulePage(context.new_page())
    opened.page.add_init_script(REPORT)
    opened.page.on("pageerror", lambda error: opened.wrong.append(str(error)))
    opened.page.route("**/*", opened.answer)
    return opened


@pytest.fixture(scope="session")
def only_page(browser: Browser) -> Iterator[ModulePage]:
    """A page for all tests: opening one takes longer than most of them."""
    context = browser.new_context()
    yield open_module_page(context)
    context.close()


@pytest.fixture
def module_page(only_page: ModulePage) -> Iterator[ModulePage]:
    """Nothing of another test is left. The test fails when a script throws, breaks the policy, or asks for more."""
    only_page.open()
    yield only_page
    assert only_page.wrong == []
