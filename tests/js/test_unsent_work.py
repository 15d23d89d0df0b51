"""Work that was not sent from the judging page is sent from any other page, which says so."""

from __future__ import annotations

import pytest

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

WORK = """
document.body.innerHTML = "<div role=status></div>";
const clock = new FakeClock();
const storage = new DeviceStorage(window);
const server = new FakeServer(...answers);
const events = fakeTarget();
const place = document.querySelector("div");
for (const [person, project, uuid] of unsent) {
  new Outbox({ storage, clock, person, project }).add({ operation: "submit", uuid, fields: { verdict: "a", submit_key: uuid } });
}
const work = new UnsentWork({
  window: events, storage, fetch: server.fetch, sessionUrl: "/session", place,
  senderFor: senders({ storage, clock, fetch: server.fetch, document, navigator: { onLine: true } }),
});
await work.send();
"""
RESULT = "return [place.textContent, server.urls.sort(), storage.names('concord.').length];"
SESSION = {"json": {"person": "bob", "token": "t"}}
TWO = [["bob", "everyday", "1"], ["bob", "medical", "2"]]


class TestUnsentWork:
    def test_is_sent_in_every_project_and_shown(self, module_page: ModulePage) -> None:
        text, urls, kept = module_page.run(WORK, RESULT, unsent=TWO, answers=[SESSION])
        assert text == "2 judgements that were saved on this device are sent now."
        assert urls == ["/p/everyday/a/1/submit", "/p/medical/a/2/submit", "/session"]
        assert kept == 0

    def test_that_is_none_asks_nothing_and_says_nothing(self, module_page: ModulePage) -> None:
        assert module_page.run(WORK, RESULT, unsent=[], answers=[]) == ["", [], 0]

    def test_that_cannot_be_sent_is_sent_later(self, module_page: ModulePage) -> None:
        before, after = module_page.run(
            WORK,
            "const before = place.textContent; await clock.advance(5000); await settle();",
            "return [before, place.textContent];",
            unsent=TWO[:1],
            answers=[SESSION, "unreachable"],
        )
        assert before == "1 judgement is saved on this device and not sent yet. This page tries again by itself."
        assert after == "1 judgement that was saved on this device is sent now."

    def test_is_sent_when_the_browser_is_online_again(self, module_page: ModulePage) -> None:
        before, after = module_page.run(
            WORK,
            "const before = place.textContent; events.dispatchEvent(new Event('online'));",
            "await until(() => place.textContent !== before); await until(() => !storage.names('concord.').length);",
            "await settle(); return [before, place.textContent];",
            unsent=TWO[:1],
            answers=["unreachable", SESSION],
        )
        assert "not sent yet" in before
        assert after == "1 judgement that was saved on this device is sent now."

    def test_of_somebody_else_stays_for_them(self, module_page: ModulePage) -> None:
        text, urls, kept = module_page.run(WORK, RESULT, unsent=[["carol", "everyday", "1"]], answers=[SESSION])
        assert text.startswith("Work of another account is saved on this device.")
        assert (urls, kept) == (["/session"], 1)

    def test_that_the_server_refuses_is_shown(self, module_page: ModulePage) -> None:
        refusal = {"status": 409, "json": {"message": "It was withdrawn."}}
        text, _, kept = module_page.run(WORK, RESULT, unsent=TWO[:1], answers=[SESSION, refusal])
        assert (text, kept) == ("1 judgement was not stored: It was withdrawn.", 0)
