"""Signing out: what is unsent is sent first, and nothing stays on the device."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

FORM = '<form method="post" action="/logout" data-sign-out data-session="/session"><button>Sign out</button></form><output>0</output>'

SIGN_OUT = """
const clock = window.clock = new FakeClock();
const storage = new DeviceStorage(window);
window.server = new FakeServer(...answers);
const count = document.querySelector("output");
const signOut = () => { count.textContent = Number(count.textContent) + 1; };
const form = document.querySelector("form");
form.submit = signOut;
for (const [person, project, uuid] of unsent) {
  new Outbox({ storage, clock, person, project }).add({ operation: "submit", uuid, fields: { verdict: "a" } });
}
storage.set("concord.draft.bob.9", { version: 1, reason: "text" });
localStorage.setItem("other", "of another program");
new SignOut({
  document, storage, clock, fetch: server.fetch,
  senderFor: ({ person, project, sessionUrl }) => new OutboxSender({
    outbox: new Outbox({ storage, clock, person, project }),
    transport: new Transport({ fetch: server.fetch, document, navigator: { onLine: true }, sessionUrl, person }),
    clock, projectUrl: `/p/${project}/`,
    onState() {}, onAccepted() {}, onRefused() {}, extraFields: () => [],
  }),
});
// The browser sends the form itself where the script lets it.
document.addEventListener("submit", (event) => { if (!event.defaultPrevented) { event.preventDefault(); signOut(); } });
"""

SESSION = {"json": {"person": "bob", "token": "t"}}


def press(opened: ModulePage) -> None:
    opened.page.get_by_role("button", name="Sign out").click()


def signed_out(opened: ModulePage) -> None:
    expect(opened.page.locator("output")).to_have_text("1")


def kept(opened: ModulePage) -> list[str]:
    return opened.page.evaluate("Object.keys(localStorage).sort()")


class TestSigningOut:
    def test_removes_what_is_kept_on_the_device(self, module_page: ModulePage) -> None:
        module_page.show(FORM)
        module_page.run(SIGN_OUT, unsent=[], answers=[])
        press(module_page)
        signed_out(module_page)
        assert kept(module_page) == ["other"]
        assert module_page.page.evaluate("server.urls") == []

    def test_sends_what_is_unsent_in_every_project_first(self, module_page: ModulePage) -> None:
        module_page.show(FORM)
        unsent = [["bob", "everyday", "1"], ["bob", "medical", "2"]]
        module_page.run(SIGN_OUT, unsent=unsent, answers=[SESSION])
        press(module_page)
        signed_out(module_page)
        assert kept(module_page) == ["other"]
        urls = module_page.page.evaluate("server.urls")
        assert urls[0] == "/session"
        assert sorted(urls[1:]) == ["/p/everyday/a/1/submit", "/p/medical/a/2/submit"]

    def test_warns_once_where_something_cannot_be_sent(self, module_page: ModulePage) -> None:
        module_page.show(FORM)
        module_page.run(SIGN_OUT, unsent=[["bob", "everyday", "1"]], answers=[SESSION, "unreachable"])
        press(module_page)
        expect(module_page.page.get_by_role("alert")).to_contain_text(
            "1 judgement is not sent yet; signing out now would lose it."
        )
        expect(module_page.page.locator("output")).to_have_text("0")
        assert "concord.unsent.bob.everyday.001700000000000.00001" in kept(module_page)
        press(module_page)
        signed_out(module_page)
        assert kept(module_page) == ["other"]

    def test_counts_what_would_be_lost(self, module_page: ModulePage) -> None:
        module_page.show(FORM)
        unsent = [["bob", "everyday", "1"], ["bob", "medical", "2"]]
        module_page.run(SIGN_OUT, unsent=unsent, answers=["unreachable"])
        press(module_page)
        expect(module_page.page.get_by_role("alert")).to_contain_text("2 judgements are not sent yet")

    def test_withdraws_the_warning_once_everything_is_sent(self, module_page: ModulePage) -> None:
        module_page.show(FORM)
        module_page.run(SIGN_OUT, unsent=[["bob", "everyday", "1"]], answers=[SESSION, "unreachable"])
        press(module_page)
        expect(module_page.page.get_by_role("alert")).to_be_visible()
        module_page.page.evaluate(
            "Object.keys(localStorage).filter((key) => key.includes('unsent')).forEach((key) => localStorage.removeItem(key))"
        )
        module_page.page.evaluate("clock.advance(2500)")
        expect(module_page.page.get_by_role("alert")).to_have_count(0)
        press(module_page)
        signed_out(module_page)

    def test_makes_no_attempt_to_send_after_the_warning(self, module_page: ModulePage) -> None:
        module_page.show(FORM)
        module_page.run(SIGN_OUT, unsent=[["bob", "everyday", "1"]], answers=[SESSION, "unreachable"])
        press(module_page)
        expect(module_page.page.get_by_role("alert")).to_be_visible()
        module_page.page.evaluate("clock.advance(60_000)")
        assert module_page.page.evaluate("server.urls") == ["/session", "/p/everyday/a/1/submit"]

    @pytest.mark.parametrize("session", [{"status": 401}, "unreachable", {"json": {"person": "carol", "token": "t"}}])
    def test_warns_where_nobody_or_somebody_else_is_signed_in(self, module_page: ModulePage, session: object) -> None:
        module_page.show(FORM)
        module_page.run(SIGN_OUT, unsent=[["bob", "everyday", "1"]], answers=[session])
        press(module_page)
        expect(module_page.page.get_by_role("alert")).to_be_visible()
        assert module_page.page.evaluate("server.urls") == ["/session"]
