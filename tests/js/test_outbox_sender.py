"""Sending the outbox: in order, one at a time, until the server has stored each entry."""

from __future__ import annotations

import pytest

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

SENDER = """
const clock = new FakeClock();
const storage = new DeviceStorage(window);
const outbox = new Outbox({ storage, clock, person: "bob", project: "everyday" });
const submit = (uuid) => outbox.add({ operation: "submit", uuid, fields: { verdict: "a", submit_key: `key of ${uuid}` } });
const states = [];
const accepted = [];
const refused = [];
const open = (server, { onLine = true, extraFields = () => [] } = {}) => new OutboxSender({
  outbox, clock, extraFields,
  transport: new Transport({ fetch: server.fetch, document, navigator: { onLine }, sessionUrl: "/session", person: "bob" }),
  projectUrl: "/p/everyday/",
  onState: (state) => states.push(state),
  onAccepted: (entry, answer) => accepted.push([entry.uuid, answer]),
  onRefused: (entry, answer) => refused.push([entry.uuid, answer]),
});
"""


class TestAnOutboxSender:
    def test_sends_the_entries_in_order_until_none_is_left(self, module_page: ModulePage) -> None:
        urls, size, done, states, accepted = module_page.run(
            SENDER,
            """
            for (const uuid of ["1", "2"]) submit(uuid);
            outbox.add({ operation: "skip", uuid: "3", fields: { reason: "language" } });
            const server = new FakeServer({ json: { next: {} } });
            const done = await open(server).flush();
            return [server.urls, outbox.size, done, states, accepted];
            """,
        )
        assert urls == ["/p/everyday/a/1/submit", "/p/everyday/a/2/submit", "/p/everyday/a/3/skip"]
        assert (size, done) == (0, True)
        assert states == ["saving", "saving", "saving", "saved"]
        assert accepted == [["1", {"next": {}}], ["2", {}], ["3", {}]]

    def test_waits_for_each_answer_before_it_sends_the_next(self, module_page: ModulePage) -> None:
        before, after = module_page.run(
            SENDER,
            """
            for (const uuid of ["1", "2"]) submit(uuid);
            const answer = later();
            const server = new FakeServer(answer.promise);
            const sender = open(server);
            const flushed = Promise.all([sender.flush(), sender.flush()]);
            await until(() => server.requests.length > 0);
            const before = [server.urls.length, outbox.has(sender.sending)];
            answer.resolve({});
            await flushed;
            return [before, server.urls.length];
            """,
        )
        assert before == [1, True], "what is on its way is still kept on the device"
        assert after == 2

    @pytest.mark.parametrize(
        ("answer", "on_line", "state"),
        [
            ("unreachable", True, "away"),
            ("unreachable", False, "offline"),
            ({"status": 401, "json": {"code": "signed_out"}}, True, "signed-out"),
            ({"status": 429}, True, "away"),
            ({"status": 500}, True, "away"),
        ],
    )
    def test_keeps_an_entry_and_sends_it_again_after_five_seconds_with_the_same_key(
        self, module_page: ModulePage, answer: object, on_line: bool, state: str
    ) -> None:
        kept, waiting, keys, size, states = module_page.run(
            SENDER,
            """
            for (const uuid of ["1", "2"]) submit(uuid);
            const server = new FakeServer(answer);
            await open(server, { onLine }).flush();
            const kept = [outbox.size, server.urls.length];
            await clock.advance(4999);
            const waiting = server.urls.length;
            await clock.advance(1);
            return [kept, waiting, server.field("submit_key"), outbox.size, states];
            """,
            answer=answer,
            onLine=on_line,
        )
        assert kept == [2, 1], "the second entry waits for the first"
        assert waiting == 1
        assert keys == ["key of 1", "key of 1", "key of 2"]
        assert size == 0
        assert states == ["saving", state, "saving", "saving", "saved"]

    def test_keeps_an_entry_while_the_membership_is_suspended(self, module_page: ModulePage) -> None:
        size, state = module_page.run(
            SENDER,
            """
            submit("1");
            const server = new FakeServer({ status: 403 }, { json: { person: "bob", token: "fresh" } }, { status: 403 });
            await open(server).flush();
            return [outbox.size, states.at(-1)];
            """,
        )
        assert (size, state) == (1, "forbidden")

    @pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
    def test_drops_an_entry_that_the_server_will_never_accept_and_reports_it(
        self, module_page: ModulePage, status: int
    ) -> None:
        refused, accepted, size = module_page.run(
            SENDER,
            """
            for (const uuid of ["1", "2"]) submit(uuid);
            await open(new FakeServer({ status, json: { message: "No." } })).flush();
            return [refused, accepted.map(([uuid]) => uuid), outbox.size];
            """,
            status=status,
        )
        assert refused == [["1", {"message": "No."}]]
        assert accepted == ["2"]
        assert size == 0

    def test_sends_what_was_added_while_it_was_sending(self, module_page: ModulePage) -> None:
        urls = module_page.run(
            SENDER,
            """
            submit("1");
            const answer = later();
            const server = new FakeServer(answer.promise);
            const flushed = open(server).flush();
            await until(() => server.requests.length > 0);
            await clock.advance(1);
            submit("2");
            answer.resolve({});
            await flushed;
            return server.urls;
            """,
        )
        assert urls == ["/p/everyday/a/1/submit", "/p/everyday/a/2/submit"]

    def test_does_not_wait_for_its_next_attempt_when_it_is_told_to_send(self, module_page: ModulePage) -> None:
        urls = module_page.run(
            SENDER,
            """
            submit("1");
            const server = new FakeServer(UNREACHABLE);
            const sender = open(server);
            await sender.flush();
            await sender.flush();
            submit("2");
            await clock.advance(60_000);
            return server.urls;
            """,
        )
        assert urls == ["/p/everyday/a/1/submit"] * 2, "and the attempt that it had planned is cancelled"

    def test_makes_no_further_attempt_once_stopped(self, module_page: ModulePage) -> None:
        attempts = module_page.run(
            SENDER,
            """
            submit("1");
            const server = new FakeServer(UNREACHABLE);
            const sender = open(server);
            await sender.flush();
            sender.stop();
            await clock.advance(60_000);
            return server.urls.length;
            """,
        )
        assert attempts == 1

    def test_asks_for_extra_fields_at_the_time_of_sending(self, module_page: ModulePage) -> None:
        fields = module_page.run(
            SENDER,
            """
            submit("1");
            const server = new FakeServer();
            await open(server, { extraFields: ({ uuid }) => [["next", "1"], ["holding", "2"], ["holding", uuid]] }).flush();
            return server.requests[0].fields.slice(-3);
            """,
        )
        assert fields == [["next", "1"], ["holding", "2"], ["holding", "1"]]
