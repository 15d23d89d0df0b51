"""The objects of the judging page together, with a scripted clock and server."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

BODY = """
<main data-judge>
  <section class="bar">
    <form data-verdict><input type="hidden" name="csrfmiddlewaretoken" value="t"><fieldset class="verdicts">
      <button name="verdict" value="a" aria-keyshortcuts="1" data-label="A is better">A</button>
      <button name="verdict" value="b" aria-keyshortcuts="2" data-label="B is better">B</button>
      <button name="verdict" value="tie" aria-keyshortcuts="3" data-label="Tie">Tie</button>
      <button name="verdict" value="both_bad" aria-keyshortcuts="0" data-label="Both bad">Both bad</button>
    </fieldset></form>
    <form data-undo><button>Undo</button></form>
    <form data-skip><button name="reason" value="language">Language</button></form>
    <form data-flag><button name="reason" value="personal_data">Personal data</button></form>
    <details class="reason"><summary>Reason</summary><textarea id="reason"></textarea></details>
  </section>
</main>
"""

FORM = """
const root = document.querySelector("main");
const form = new VerdictForm({ root, projectUrl: "/p/everyday/" });
"""

PAGE = """
root.prepend(pairElement("1"));
const clock = new FakeClock();
const storage = new DeviceStorage(window);
const server = new FakeServer();
const status = recorder({ trouble: "" });
const menus = recorder();
const dailyCount = recorder();
const left = [];
const view = fakeTarget({ visibilityState: "visible", querySelector: () => null });
const events = fakeTarget({ document: view, location: { assign: (url) => left.push(url) }, scrollTo: () => {} });
const network = { onLine: true };
const parse = (html) => parsePair(html, document);
const transport = new Transport({ fetch: server.fetch, document, navigator: network, sessionUrl: "/session", person: "bob" });
const outbox = new Outbox({ storage, clock, person: "bob", project: "everyday" });
const pairView = new PairView({ window: events, root, clock, responseSwitch: recorder() });
const prefetched = new PrefetchedPairs({
  url: "/next", transport, parse,
  held: () => [...new Set([...(pairView.awaitingNext ? [] : [pairView.uuid]), ...prefetched.uuids(), ...outbox.uuids()])],
});
const sender = new OutboxSender({
  outbox, transport, clock, projectUrl: "/p/everyday/",
  onState: (state) => page.report(state),
  onAccepted: (entry, answer) => page.accepted(entry, answer),
  onRefused: (entry, answer) => page.refused(entry, answer),
  extraFields: (entry) => page.extraFields(entry),
});
const undo = new Undo({
  outbox, sender, transport, status, parse,
  newKey: () => "key of undo", url: "/undo",
  restore: (...given) => page.restore(...given),
  leave: () => left.push("no pair"),
});
const drafts = new Drafts({
  window: events, storage, clock, transport, person: "bob", projectUrl: "/p/everyday/", field: form.field,
  onState: (state) => page.report(state),
});
let keys = 0;
const page = new JudgingPage({
  window: events, clock, transport, pairView, form, menus, drafts, outbox, sender, prefetched, undo, status, dailyCount,
  displayModes: new DisplayModes({ root, pairView, status }),
  viewingTime: new ViewingTime({ document: view, clock }),
  newKey: () => `key ${keys += 1}`, url: "/p/everyday/judge",
});
// A request for another pair is refused as long as nothing else is queued.
const answers = (...given) => server.answers.push(...given);
const MOMENT = 400;
const read = () => clock.advance(MOMENT);
const html = (uuid) => `<div>${pairElement(uuid).outerHTML}</div>`;
const undone = (uuid, given) => ({ json: { taken_back: "verdict", uuid, pair: pairElement(uuid, given).outerHTML } });
const ready = (...uuids) => { for (const uuid of uuids) prefetched.offer({ pair: html(uuid) }); };
const write = (text) => { form.field.value = text; form.field.dispatchEvent(new Event("input")); };
const reported = (name) => status.calls.filter(([call]) => call === name).map(([, ...given]) => given);
const sent = (operation) => server.urls.filter((url) => url.endsWith(`/${operation}`));
const counted = () => dailyCount.calls.reduce((sum, [, change]) => sum + change, 0);
"""


@pytest.fixture
def judging(module_page: ModulePage) -> ModulePage:
    module_page.show(BODY)
    return module_page


class TestAVerdict:
    def test_shows_the_next_pair_without_waiting_for_the_server(self, judging: ModulePage) -> None:
        shown, entry, count, announced = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            answers(later().promise);
            await read();
            await clock.advance(2000);
            write("Because.");
            page.decide("b");
            return [pairView.uuid, outbox.first().entry, counted(), reported("announce")];
            """,
        )
        assert shown == "2"
        fields = {"verdict": "b", "reason": "Because.", "submit_key": "key 1", "seconds": "2.4"}
        assert entry == {"operation": "submit", "uuid": "1", "fields": fields}
        assert count == 1
        assert announced == [["B is better. Next pair."]]

    def test_is_not_taken_in_the_moment_after_the_one_before(self, judging: ModulePage) -> None:
        shown, uuids = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            answers(later().promise);
            page.decide("a");
            await read();
            page.decide("a");
            page.decide("a");
            await clock.advance(MOMENT - 1);
            page.decide("a");
            return [pairView.uuid, outbox.uuids()];
            """,
        )
        assert (shown, uuids) == ("2", ["1"])

    def test_is_kept_on_the_device_before_the_draft_is_gone_for_good(self, judging: ModulePage) -> None:
        found = judging.run(
            FORM,
            PAGE,
            """
            ready("2");
            answers(later().promise);
            drafts.open("1", 0, "");
            await read();
            write("Because.");
            page.decide("a");
            return [storage.names("concord.").length, outbox.first().entry.fields.reason, form.reason];
            """,
        )
        assert found == [1, "Because.", ""]

    def test_asks_for_another_pair_when_it_is_sent(self, judging: ModulePage) -> None:
        fields = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            await read();
            page.decide("a");
            await sender.running;
            return server.requests[0].fields.slice(-4);
            """,
        )
        assert fields == [["next", "1"], ["holding", "2"], ["holding", "3"], ["holding", "1"]]

    def test_that_the_server_refuses_is_shown_with_its_reason(self, judging: ModulePage) -> None:
        notice, count, size = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            answers({ status: 409, json: { message: "It was withdrawn." } });
            await read();
            write("Because.");
            page.decide("a");
            await sender.running;
            return [reported("notice"), counted(), outbox.size];
            """,
        )
        assert notice == [["act", "One of your judgements was not stored.", "It was withdrawn. Your words: “Because.”"]]
        assert (count, size) == (0, 0)

    def test_waits_for_a_pair_where_none_is_prefetched(self, judging: ModulePage) -> None:
        during, after, states = judging.run(
            FORM,
            PAGE,
            """
            const pair = later();
            answers({}, pair.promise);
            await read();
            page.decide("a");
            const state = () => [pairView.uuid, pairView.awaitingNext, root.querySelector(".verdicts").disabled];
            const during = state();
            await clock.advance(1000);
            page.decide("b");
            page.skip("language");
            during.push(outbox.size);
            pair.resolve({ html: html("2") });
            await until(() => !pairView.awaitingNext);
            return [during, state(), reported("report").map(([state]) => state).filter((state) => state !== "saving").slice(-2)];
            """,
        )
        assert during == ["1", True, True, 1], "and takes no second verdict on the same pair"
        assert after == ["2", False, False]
        assert states == ["saved", "saved"], "once for the verdict, and once instead of loading"

    def test_leaves_for_the_page_that_says_why_there_is_no_other(self, judging: ModulePage) -> None:
        left = judging.run(
            FORM,
            PAGE,
            """
            answers({ json: { next: { state: "nothing_left" } } }, { json: { state: "nothing_left" } });
            await read();
            page.decide("a");
            await until(() => left.length);
            return [left, outbox.size];
            """,
        )
        assert left == [["/p/everyday/judge"], 0]

    def test_never_leaves_the_page_while_something_is_unsent(self, judging: ModulePage) -> None:
        left, shown, states = judging.run(
            FORM,
            PAGE,
            """
            network.onLine = false;
            answers(UNREACHABLE, UNREACHABLE);
            await read();
            page.decide("a");
            await until(() => reported("announce").length === 2);
            const before = [...left];
            answers({}, { html: html("2") });
            events.dispatchEvent(new Event("online"));
            await until(() => pairView.uuid === "2");
            return [before, pairView.uuid, reported("report").filter(([state]) => state === "offline")];
            """,
        )
        assert left == []
        assert shown == "2", "and goes on as soon as the browser is online"
        assert states == [["offline", 1, False], ["offline", 1, False]]

    def test_stays_on_the_page_of_a_finished_project_until_it_is_sent(self, judging: ModulePage) -> None:
        early, left, size = judging.run(
            FORM,
            PAGE,
            """
            const nothingLeft = { json: { state: "nothing_left" } };
            answers({ status: 503 }, nothingLeft);
            await read();
            page.decide("a");
            await until(() => reported("announce").length === 2);
            const early = [left.length, outbox.size];
            answers({}, nothingLeft, nothingLeft);
            events.dispatchEvent(new Event("online"));
            await until(() => left.length);
            return [early, left, outbox.size];
            """,
        )
        assert early == [0, 1]
        assert (left, size) == (["/p/everyday/judge"], 0)


class TestAStart:
    def test_sends_what_is_left_from_before_and_prefetches(self, judging: ModulePage) -> None:
        urls = judging.run(
            FORM,
            PAGE,
            """
            outbox.add({ operation: "skip", uuid: "0", fields: { reason: "language" } });
            page.start();
            await until(() => server.urls.length >= 2);
            return server.urls.slice(0, 2).sort();
            """,
        )
        assert urls == ["/next", "/p/everyday/a/0/skip"]

    def test_does_not_show_a_pair_again_whose_verdict_is_still_unsent(self, judging: ModulePage) -> None:
        urls, shown = judging.run(
            FORM,
            PAGE,
            """
            outbox.add({ operation: "submit", uuid: "1", fields: { verdict: "a" } });
            answers({}, { html: html("2") });
            page.start();
            await until(() => pairView.uuid === "2");
            return [server.urls.slice(0, 2), pairView.uuid];
            """,
        )
        assert urls == ["/p/everyday/a/1/submit", "/next"]
        assert shown == "2"

    def test_shows_the_reason_of_the_draft(self, judging: ModulePage) -> None:
        found = judging.run(
            FORM,
            PAGE,
            """
            storage.set("concord.draft.bob.1", { version: 5, reason: "typed before" });
            page.start();
            return [form.reason, document.querySelector(".reason").open];
            """,
        )
        assert found == ["typed before", True]


class TestASkippedPair:
    def test_goes_into_the_outbox_and_makes_way_for_the_next(self, judging: ModulePage) -> None:
        shown, entry, count = judging.run(
            FORM,
            PAGE,
            """
            ready("2");
            answers(later().promise);
            await read();
            page.skip("language");
            return [pairView.uuid, outbox.first().entry, counted()];
            """,
        )
        assert shown == "2"
        assert entry == {"operation": "skip", "uuid": "1", "fields": {"reason": "language"}}
        assert count == 0


class TestAFlaggedPair:
    def test_stays_on_the_page(self, judging: ModulePage) -> None:
        shown, entry, notice = judging.run(
            FORM,
            PAGE,
            """
            ready("2");
            answers(later().promise);
            page.flag("personal_data");
            return [pairView.uuid, outbox.first().entry, reported("tell")];
            """,
        )
        assert shown == "1"
        assert entry == {"operation": "flag", "uuid": "1", "fields": {"reason": "personal_data"}}
        assert notice == [["flag", "Flagged.", "Judge or skip the pair as well."]]


class TestUndo:
    def test_works_at_once_and_once(self, judging: ModulePage) -> None:
        found = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            answers({ json: { next: { state: "enough" } } }, undone("1"));
            await read();
            page.decide("a");
            await sender.running;
            const shown = pairView.uuid;
            page.takeBack();
            page.takeBack();
            await until(() => pairView.uuid === "1");
            return [shown, server.urls.filter((url) => url === "/undo").length];
            """,
        )
        assert found == ["2", 1]

    def test_of_an_unsent_verdict_needs_no_server(self, judging: ModulePage) -> None:
        found = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            answers(UNREACHABLE);
            await read();
            write("Because.");
            page.decide("a");
            await sender.running;
            await read();
            page.takeBack();
            await until(() => pairView.uuid === "1");
            return [server.urls.length, outbox.size, form.reason, counted(), prefetched.uuids()];
            """,
        )
        assert found == [1, 0, "Because.", 0, ["2", "3"]]

    def test_keeps_the_verdicts_before_it(self, judging: ModulePage) -> None:
        found = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            answers(UNREACHABLE, UNREACHABLE);
            await read();
            for (const verdict of ["a", "b"]) {
              page.decide(verdict);
              await sender.running;
              await read();
            }
            page.takeBack();
            await until(() => pairView.uuid === "2");
            return [outbox.uuids(), reported("report").at(-1)];
            """,
        )
        assert found == [["1"], ["offline", 1]]

    def test_of_a_verdict_on_its_way_waits_for_the_answer_and_asks_the_server(self, judging: ModulePage) -> None:
        early, urls, keys, text = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            const answer = later();
            answers(answer.promise, undone("1"));
            await read();
            write("Because.");
            page.decide("a");
            await until(() => server.urls.length === 1);
            await read();
            page.takeBack();
            const early = server.urls.length;
            answer.resolve({ json: { next: { state: "enough" } } });
            await until(() => pairView.uuid === "1");
            return [early, server.urls, server.field("submit_key"), form.reason];
            """,
        )
        assert early == 1
        assert urls == ["/p/everyday/a/1/submit", "/undo"]
        assert keys == ["key 1", "key of undo"]
        assert text == "Because."

    def test_keeps_what_was_typed_for_the_pair_that_makes_way(self, judging: ModulePage) -> None:
        reasons = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            answers(UNREACHABLE);
            await read();
            page.decide("a");
            await sender.running;
            write("About the second.");
            await read();
            page.takeBack();
            await until(() => pairView.uuid === "1");
            const reasons = [form.reason];
            await read();
            page.decide("b");
            return [...reasons, pairView.uuid, form.reason];
            """,
        )
        assert reasons == ["", "2", "About the second."]

    def test_makes_the_reason_a_draft_again(self, judging: ModulePage) -> None:
        draft = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            answers(UNREACHABLE);
            await read();
            write("Because.");
            page.decide("a");
            await sender.running;
            await read();
            page.takeBack();
            await until(() => pairView.uuid === "1");
            return storage.get("concord.draft.bob.1")?.reason;
            """,
        )
        assert draft == "Because."

    def test_takes_the_reason_from_the_server_where_this_page_does_not_know_it(self, judging: ModulePage) -> None:
        reasons = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            answers(UNREACHABLE);
            await read();
            page.decide("a");
            await sender.running;
            await read();
            page.takeBack();
            await until(() => pairView.uuid === "1");
            const reasons = [form.reason];
            answers(undone("1", { reason: "Of another tab." }));
            await read();
            page.takeBack();
            await until(() => sent("undo").length && form.reason);
            return [...reasons, form.reason];
            """,
        )
        assert reasons == ["", "Of another tab."]

    def test_shows_a_pair_once_that_is_prefetched_as_well(self, judging: ModulePage) -> None:
        """Judged in another tab, it may still be ready in this one."""
        found = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            answers(undone("2"));
            await read();
            page.takeBack();
            await until(() => pairView.uuid === "2");
            return prefetched.uuids();
            """,
        )
        assert found == ["1", "3"]

    def test_is_not_overtaken_by_a_pair_that_comes_late(self, judging: ModulePage) -> None:
        shown, uuids = judging.run(
            FORM,
            PAGE,
            """
            const pair = later();
            answers(UNREACHABLE, pair.promise);
            await read();
            page.decide("a");
            await until(() => server.urls.length === 2);
            await read();
            page.takeBack();
            await until(() => !pairView.awaitingNext);
            pair.resolve({ html: html("2") });
            await settle();
            return [pairView.uuid, prefetched.uuids()];
            """,
        )
        assert (shown, uuids) == ("1", ["2"])

    def test_that_is_asked_for_again_after_a_lost_answer_is_the_same_request(self, judging: ModulePage) -> None:
        keys = judging.run(
            FORM,
            PAGE,
            """
            let made = 0;
            undo.newKey = () => `undo ${made += 1}`;
            answers(UNREACHABLE, undone("2"), undone("3"));
            await read();
            for (const shown of ["1", "2", "3"]) {
              await page.takeBack();
              await read();
            }
            return server.field("submit_key");
            """,
        )
        assert keys == ["undo 1", "undo 1", "undo 2"]

    def test_of_a_verdict_whose_answer_did_not_come_in_time_asks_the_server(self, judging: ModulePage) -> None:
        urls = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            const answer = later();
            answers(answer.promise, { json: { next: { state: "enough" } } }, undone("1"));
            await read();
            page.decide("a");
            await until(() => server.urls.length === 1);
            answer.reject(new DOMException("", "TimeoutError"));
            await sender.running;
            await read();
            page.takeBack();
            await until(() => pairView.uuid === "1");
            return server.urls.filter((url) => url !== "/next");
            """,
        )
        assert urls == ["/p/everyday/a/1/submit", "/p/everyday/a/1/submit", "/undo"]

    def test_lets_no_verdict_pass_while_it_is_under_way(self, judging: ModulePage) -> None:
        found = judging.run(
            FORM,
            PAGE,
            """
            const answer = later();
            answers(answer.promise);
            await read();
            page.takeBack();
            page.decide("a");
            const during = outbox.size;
            answer.resolve(undone("2"));
            await until(() => pairView.uuid === "2");
            await read();
            page.decide("a");
            return [during, outbox.size];
            """,
        )
        assert found == [0, 1]

    def test_says_what_it_took_back(self, judging: ModulePage) -> None:
        told = judging.run(
            FORM,
            PAGE,
            """
            answers(undone("2"));
            await read();
            page.takeBack();
            await until(() => reported("tell").length);
            return [reported("tell"), counted()];
            """,
        )
        assert told == [[["undo", "Your judgement is taken back.", "The pair is on the page again."]], -1]

    def test_of_an_unsent_skip_brings_the_pair_and_its_text_back(self, judging: ModulePage) -> None:
        *found, told = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            answers(UNREACHABLE);
            await read();
            write("Because.");
            page.skip("language");
            await sender.running;
            await read();
            page.takeBack();
            await until(() => pairView.uuid === "1");
            return [server.urls.length, outbox.size, form.reason, counted(), prefetched.uuids(), reported("tell")];
            """,
        )
        assert found == [1, 0, "Because.", 0, ["2", "3"]]
        assert told == [["undo", "Your skip is taken back.", "The pair is on the page again."]]

    def test_of_a_sent_skip_asks_the_server(self, judging: ModulePage) -> None:
        urls, text, count, told = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            answers({ json: { skipped: true } }, { status: 204 }, { json: { taken_back: "skip", uuid: "1", pair: html("1") } });
            await read();
            write("Because.");
            page.skip("language");
            await sender.running;
            await until(() => sent("next").length);
            await read();
            page.takeBack();
            await until(() => pairView.uuid === "1");
            return [server.urls.filter((url) => url !== "/next"), form.reason, counted(), reported("tell")];
            """,
        )
        assert urls == ["/p/everyday/a/1/skip", "/undo"]
        assert text == "Because."
        assert count == 0
        assert told == [["undo", "Your skip is taken back.", "The pair is on the page again."]]

    def test_of_a_flag_leaves_the_pair_and_its_text(self, judging: ModulePage) -> None:
        shown, text, told, unsent = judging.run(
            FORM,
            PAGE,
            """
            answers(UNREACHABLE);
            await read();
            write("Because.");
            page.flag("personal_data");
            await sender.running;
            page.takeBack();
            await until(() => reported("tell").length === 2);
            return [pairView.uuid, form.reason, reported("tell")[1], outbox.size];
            """,
        )
        assert (shown, text, unsent) == ("1", "Because.", 0)
        assert told == ["undo", "Your flag is taken back.", "The managers no longer see it."]

    def test_goes_back_through_unsent_operations_of_every_kind(self, judging: ModulePage) -> None:
        found = judging.run(
            FORM,
            PAGE,
            """
            ready("2", "3");
            answers(UNREACHABLE, UNREACHABLE, UNREACHABLE);
            await read();
            page.decide("a");
            await sender.running;
            await read();
            page.flag("broken");
            await sender.running;
            page.skip("language");
            await sender.running;
            await read();
            const steps = [];
            for (let step = 0; step < 3; step += 1) {
              await page.takeBack();
              await read();
              steps.push([pairView.uuid, outbox.size, reported("tell").at(-1)[1]]);
            }
            return [steps, counted()];
            """,
        )
        steps, count = found
        assert steps == [
            ["2", 2, "Your skip is taken back."],
            ["2", 1, "Your flag is taken back."],
            ["1", 0, "Your judgement is taken back."],
        ]
        assert count == 0

    def test_sends_first_what_an_earlier_page_left(self, judging: ModulePage) -> None:
        urls = judging.run(
            FORM,
            PAGE,
            """
            outbox.add({ operation: "skip", uuid: "9", fields: { reason: "language" } });
            answers({ json: { skipped: true } }, { status: 204 }, { json: { taken_back: "skip", uuid: "9", pair: html("9") } });
            await read();
            page.takeBack();
            await until(() => pairView.uuid === "9");
            return server.urls.filter((url) => url !== "/next");
            """,
        )
        assert urls == ["/p/everyday/a/9/skip", "/undo"]

    @pytest.mark.parametrize(
        ("answer", "notice"),
        [
            (
                "unreachable",
                [
                    "offline",
                    "Taking back needs a connection.",
                    "What you judged is saved; try again when you are back online.",
                ],
            ),
            (
                {"status": 409, "json": {"message": "It is settled."}},
                ["watch", "Nothing was taken back.", "It is settled."],
            ),
            ({"status": 500}, ["watch", "Nothing was taken back.", "Load the page again."]),
        ],
    )
    def test_that_fails_says_why_and_leaves_the_pair(
        self, judging: ModulePage, answer: object, notice: list[str]
    ) -> None:
        found = judging.run(
            FORM,
            PAGE,
            """
            answers(answer);
            await read();
            page.takeBack();
            await until(() => reported("refuse").length);
            return [reported("refuse"), pairView.uuid];
            """,
            answer=answer,
        )
        assert found == [[notice], "1"]

    def test_of_a_pair_that_is_no_longer_offered_leaves_the_page(self, judging: ModulePage) -> None:
        left = judging.run(
            FORM,
            PAGE,
            """
            answers({ json: { taken_back: "verdict", uuid: "1", state: "paused" } });
            await read();
            page.takeBack();
            await until(() => left.length);
            return left;
            """,
        )
        assert left == ["no pair"]


class TestThePage:
    def test_reports_states_with_the_number_of_unsent_operations(self, judging: ModulePage) -> None:
        calls = judging.run(
            FORM,
            PAGE,
            """
            outbox.add({ operation: "skip", uuid: "0", fields: {} });
            page.report("offline");
            page.report("newer");
            page.report("too-long");
            return status.calls;
            """,
        )
        assert calls == [
            ["report", "offline", 1, True],
            ["notice", "watch", "A newer text is saved from another tab.", "Load this page again to see it."],
            ["notice", "act", "The reason is too long to be kept.", "It may hold 20,000 characters."],
        ]

    @pytest.mark.parametrize(
        ("trouble", "session", "sends"),
        [
            ("signed-out", {"json": {"person": "bob", "token": "fresh"}}, 1),
            ("signed-out", {"json": {"person": "carol", "token": "fresh"}}, 0),
            ("signed-out", {"status": 401}, 0),
            ("away", "unreachable", 0),
            ("", {"json": {"person": "bob", "token": "fresh"}}, 0),
        ],
    )
    def test_sends_again_when_the_same_person_returns_to_it_after_trouble(
        self, judging: ModulePage, trouble: str, session: object, sends: int
    ) -> None:
        asked, sent = judging.run(
            FORM,
            PAGE,
            """
            page.start();
            await settle();
            outbox.add({ operation: "skip", uuid: "0", fields: {} });
            status.trouble = trouble;
            answers(session);
            view.dispatchEvent(new Event("visibilitychange"));
            await settle();
            return [sent("session").length, sent("skip").length];
            """,
            trouble=trouble,
            session=session,
        )
        assert asked == (1 if trouble else 0)
        assert sent == sends

    def test_sends_nothing_when_it_is_hidden(self, judging: ModulePage) -> None:
        urls = judging.run(
            FORM,
            PAGE,
            """
            page.start();
            await settle();
            const before = server.urls.length;
            status.trouble = "away";
            view.visibilityState = "hidden";
            view.dispatchEvent(new Event("visibilitychange"));
            await settle();
            return server.urls.slice(before);
            """,
        )
        assert urls == []


class TestTheVerdictForm:
    def test_calls_back_instead_of_sending_its_forms(self, judging: ModulePage) -> None:
        judging.run(
            FORM,
            """
            window.given = [];
            form.listen({
              onVerdict: (verdict) => given.push(["verdict", verdict]),
              onSkip: (reason) => given.push(["skip", reason]),
              onFlag: (reason) => given.push(["flag", reason]),
              onUndo: () => given.push(["undo"]),
            });
            """,
        )
        for name in ("Both bad", "Language", "Personal data", "Undo"):
            judging.page.get_by_role("button", name=name).click()
        given = judging.page.evaluate("given")
        assert given == [["verdict", "both_bad"], ["skip", "language"], ["flag", "personal_data"], ["undo"]]

    def test_takes_keys_and_labels_of_verdicts_from_its_buttons(self, judging: ModulePage) -> None:
        found = judging.run(
            FORM,
            """
            const button = root.querySelector("[value=tie]");
            button.value = "about_the_same";
            button.dataset.label = "About the same";
            button.setAttribute("aria-keyshortcuts", "4");
            const given = [];
            const shortcuts = form.shortcuts((verdict) => given.push(form.label(verdict)));
            for (const key of Object.keys(shortcuts)) shortcuts[key]();
            return [Object.keys(shortcuts), given];
            """,
        )
        assert found == [["0", "1", "2", "4"], ["Both bad", "A is better", "B is better", "About the same"]]

    def test_sends_its_forms_about_the_pair_on_the_page(self, judging: ModulePage) -> None:
        found = judging.run(
            FORM,
            """
            form.disable();
            const disabled = root.querySelector(".verdicts").disabled;
            form.pointTo("7");
            const actions = ["verdict", "skip", "flag"].map((name) => new URL(root.querySelector(`[data-${name}]`).action).pathname);
            return [...actions, disabled, root.querySelector(".verdicts").disabled];
            """,
        )
        assert found == ["/p/everyday/a/7/submit", "/p/everyday/a/7/skip", "/p/everyday/a/7/flag", True, False]

    @pytest.mark.parametrize(("text", "is_open"), [("", False), ("Because.", True)])
    def test_shows_the_reason_of_another_pair_only_where_it_has_one(
        self, judging: ModulePage, text: str, is_open: bool
    ) -> None:
        found = judging.run(
            FORM, "form.openReason(); form.field.value = text; form.pointTo('7'); return form.details.open;", text=text
        )
        assert found is is_open

    def test_puts_the_caret_behind_the_reason(self, judging: ModulePage) -> None:
        found = judging.run(
            FORM,
            """
            form.field.value = "Because.";
            form.editReason();
            return [form.details.open, document.activeElement.id, form.field.selectionStart];
            """,
        )
        assert found == [True, "reason", 8]

    @pytest.mark.parametrize(("text", "is_open"), [("", False), ("Because.", True)])
    def test_closes_an_empty_reason_that_is_left(self, judging: ModulePage, text: str, is_open: bool) -> None:
        found = judging.run(
            FORM,
            """
            form.field.value = text;
            form.editReason();
            form.leaveReason();
            return [form.details.open, document.activeElement.textContent];
            """,
            text=text,
        )
        assert found == [is_open, "Reason"]

    def test_gives_the_focus_to_an_empty_reason_that_is_opened(self, judging: ModulePage) -> None:
        judging.run(FORM)
        judging.page.locator(".reason summary").click()
        expect(judging.page.locator("#reason")).to_be_focused()

    def test_presses_the_button_of_a_verdict(self, judging: ModulePage) -> None:
        found = judging.run(
            FORM,
            """
            const pressed = [];
            root.addEventListener("submit", (event) => { event.preventDefault(); pressed.push(event.submitter.value); });
            form.press("tie");
            return pressed;
            """,
        )
        assert found == ["tie"]
