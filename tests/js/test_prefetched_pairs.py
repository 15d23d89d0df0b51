"""Prefetched pairs: at most two besides the one on the page, and none twice."""

from __future__ import annotations

import pytest

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

PAIRS = """
const html = (uuid) => `<div class="pair" data-uuid="${uuid}">${uuid}</div>`;
const onPage = ["on page"];
const open = (server) => {
  const transport = new Transport({ fetch: server.fetch, document, navigator: { onLine: true }, sessionUrl: "/session", person: "bob" });
  const pairs = new PrefetchedPairs({
    url: "/p/everyday/judge/next", transport,
    held: () => [...onPage, ...pairs.uuids()],
    parse: (text) => parsePair(text, document),
  });
  return pairs;
};
const pairsFrom = (...uuids) => new FakeServer(...uuids.map((uuid) => ({ html: html(uuid) })));
const holding = (server) => server.requests.map(({ fields }) => fields.map(([, uuid]) => uuid));
"""


class TestPrefetchedPairs:
    def test_make_three_leases_with_the_one_on_the_page_and_no_more(self, module_page: ModulePage) -> None:
        uuids, urls, full = module_page.run(
            PAIRS,
            """
            const server = pairsFrom("1", "2", "3", "4");
            const pairs = open(server);
            await Promise.all([pairs.fill(), pairs.fill(), pairs.fill()]);
            await pairs.fill();
            pairs.offer({ pair: html("5") });
            return [pairs.uuids(), server.urls, pairs.full];
            """,
        )
        assert uuids == ["1", "2"]
        assert urls == ["/p/everyday/judge/next"] * 2, "further pairs are not even asked for"
        assert full is True

    def test_are_asked_for_with_every_pair_that_the_page_has(self, module_page: ModulePage) -> None:
        found = module_page.run(
            PAIRS,
            """
            onPage.push("not sent yet");
            const server = pairsFrom("1", "2");
            await open(server).fill();
            return [holding(server), server.requests[0].fields[0][0]];
            """,
        )
        assert found == [[["on page", "not sent yet"], ["on page", "not sent yet", "1"]], "holding"]

    def test_are_taken_in_the_order_in_which_they_came(self, module_page: ModulePage) -> None:
        taken = module_page.run(
            PAIRS,
            """
            const pairs = open(pairsFrom("1", "2"));
            await pairs.fill();
            return [pairs.take().textContent, pairs.take().textContent, pairs.take()];
            """,
        )
        assert taken == ["1", "2", None]

    @pytest.mark.parametrize("again", ["on page", "1"])
    def test_never_hold_a_pair_that_the_page_has_already(self, module_page: ModulePage, again: str) -> None:
        uuids, requests = module_page.run(
            PAIRS,
            """
            const server = pairsFrom("1", again, "2");
            const pairs = open(server);
            await pairs.fill();
            return [pairs.uuids(), server.urls.length];
            """,
            again=again,
        )
        assert uuids == ["1"]
        assert requests == 2, "the server has no other: asking on would never end"

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            ({"json": {"state": "enough"}}, "enough"),
            ({"json": {"state": "nothing_left"}}, "nothing_left"),
            ("unreachable", "offline"),
            ({"status": 401, "json": {"code": "signed_out"}}, "signed-out"),
            ({"status": 500}, "away"),
        ],
    )
    def test_tell_why_there_is_none(self, module_page: ModulePage, answer: object, reason: str) -> None:
        found = module_page.run(
            PAIRS,
            """
            const server = new FakeServer(answer);
            const pairs = open(server);
            await pairs.fill();
            return [pairs.emptyReason, server.urls.length, pairs.take()];
            """,
            answer=answer,
        )
        assert found == [reason, 1, None]

    def test_are_asked_for_again_when_a_verdict_was_stored_during_a_refusal(self, module_page: ModulePage) -> None:
        """What was enough before the verdict leaves a lease free after it."""
        uuids = module_page.run(
            PAIRS,
            """
            const answer = later();
            const server = new FakeServer(answer.promise, { html: html("1") }, { html: html("2") });
            const pairs = open(server);
            const filled = pairs.fill();
            pairs.fill();
            answer.resolve({ json: { state: "enough" } });
            await filled;
            return pairs.uuids();
            """,
        )
        assert uuids == ["1", "2"]

    def test_can_be_filled_with_a_single_pair(self, module_page: ModulePage) -> None:
        uuids = module_page.run(
            PAIRS,
            """
            const pairs = open(pairsFrom("1", "2"));
            await pairs.fill(1);
            return pairs.uuids();
            """,
        )
        assert uuids == ["1"]

    def test_lose_the_last_when_undo_puts_one_back(self, module_page: ModulePage) -> None:
        uuids = module_page.run(
            PAIRS,
            """
            const pairs = open(pairsFrom("1", "2"));
            await pairs.fill();
            pairs.putBack(pairElement("back"));
            return pairs.uuids();
            """,
        )
        assert uuids == ["back", "1"]

    def test_lose_the_one_that_undo_shows(self, module_page: ModulePage) -> None:
        uuids = module_page.run(
            PAIRS,
            """
            const pairs = open(pairsFrom("1", "2"));
            await pairs.fill();
            pairs.remove("1");
            return pairs.uuids();
            """,
        )
        assert uuids == ["2"]


class TestAPairInTheAnswerToAVerdict:
    def test_is_prefetched(self, module_page: ModulePage) -> None:
        found = module_page.run(
            PAIRS,
            """
            const pairs = open(pairsFrom());
            return [pairs.offer({ pair: html("1") }), pairs.offer({ pair: html("2") }), pairs.uuids()];
            """,
        )
        assert found == [False, True, ["1", "2"]], "one more may be asked for until there are two"

    def test_may_be_missing_for_a_reason_that_asking_again_would_not_change(self, module_page: ModulePage) -> None:
        found = module_page.run(
            PAIRS,
            """
            const pairs = open(pairsFrom());
            return [pairs.offer({ state: "paused" }), pairs.emptyReason, pairs.offer(undefined)];
            """,
        )
        assert found == [True, "paused", False]


class TestParsePair:
    def test_returns_the_pair_of_a_fragment_and_null_for_any_other_page(self, module_page: ModulePage) -> None:
        found = module_page.run(
            PAIRS,
            """
            const pair = parsePair(`${html("1")}<script>throw new Error("ran")<` + "/script>", document);
            const adopted = pair.ownerDocument === document;
            document.body.append(pair);
            return [adopted, pair.dataset.uuid, parsePair("<h1>Sign in</h1>", document)];
            """,
        )
        assert found == [True, "1", None]
