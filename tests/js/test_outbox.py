"""Unsent operations and the values kept on the device."""

from __future__ import annotations

import pytest

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

OUTBOX = """
const clock = new FakeClock();
const storage = new DeviceStorage(window);
const open = (person = "bob", project = "everyday") => new Outbox({ storage, clock, person, project });
const outbox = open();
const submit = (uuid) => outbox.add({ operation: "submit", uuid, fields: { verdict: "a" } });
const drain = (from) => {
  const uuids = [];
  for (let next = from.first(); next; next = from.first()) { uuids.push(next.entry.uuid); from.remove(next.name); }
  return uuids;
};
"""


class TestAnOutbox:
    def test_gives_its_entries_back_in_the_order_in_which_they_were_added(self, module_page: ModulePage) -> None:
        uuids = module_page.run(
            OUTBOX,
            """
            for (let n = 1; n <= 12; n += 1) submit(`in one millisecond ${n}`);
            await clock.advance(1);
            submit("later");
            return drain(outbox);
        """,
        )
        assert uuids == [*(f"in one millisecond {n}" for n in range(1, 13)), "later"]

    def test_still_has_its_entries_after_a_reload(self, module_page: ModulePage) -> None:
        module_page.run(
            OUTBOX,
            """
            submit("first");
            await clock.advance(1);
            submit("second");
        """,
        )
        module_page.page.reload()
        entry, uuids, size = module_page.run(
            OUTBOX,
            """
            return [outbox.first().entry, outbox.uuids(), outbox.size];
        """,
        )
        assert entry == {"operation": "submit", "uuid": "first", "fields": {"verdict": "a"}}
        assert uuids == ["first", "second"]
        assert size == 2

    def test_keeps_an_entry_until_it_is_removed(self, module_page: ModulePage) -> None:
        before, after = module_page.run(
            OUTBOX,
            """
            const name = submit("only");
            outbox.first();
            const before = outbox.has(name);
            outbox.remove(name);
            return [before, outbox.has(name)];
        """,
        )
        assert (before, after) == (True, False)

    def test_removes_an_unreadable_entry_that_would_block_the_next(self, module_page: ModulePage) -> None:
        uuids = module_page.run(
            OUTBOX,
            """
            localStorage.setItem(submit("damaged"), "{not json");
            submit("next");
            return [outbox.first().entry.uuid, outbox.size];
        """,
        )
        assert uuids == ["next", 1]

    def test_gives_its_entries_back_where_the_browser_blocks_storage(self, module_page: ModulePage) -> None:
        uuids = module_page.run("""
            const storage = new DeviceStorage({ localStorage: null });
            const outbox = new Outbox({ storage, clock: new FakeClock(), person: "bob", project: "everyday" });
            outbox.add({ operation: "submit", uuid: "only", fields: {} });
            return [outbox.first()?.entry.uuid, outbox.size];
        """)
        assert uuids == ["only", 1]

    def test_holds_nothing_of_other_people_and_projects(self, module_page: ModulePage) -> None:
        uuids = module_page.run(
            OUTBOX,
            """
            open("carol").add({ operation: "skip", uuid: "of Carol", fields: {} });
            open("bob", "everyday-2").add({ operation: "skip", uuid: "elsewhere", fields: {} });
            submit("here");
            return outbox.uuids();
        """,
        )
        assert uuids == ["here"]

    def test_shares_the_stored_form_with_tabs_that_run_an_earlier_version(self, module_page: ModulePage) -> None:
        """Entries were first stored like this, and must neither be lost nor misread after an update of the server."""
        stored, read = module_page.run(
            OUTBOX,
            """
            const old = { deed: "skip", uuid: "old", fields: { reason: "language" } };
            localStorage.setItem("concord.unsent.bob.everyday.001600000000000.00001", JSON.stringify(old));
            const name = submit("new");
            return [[name, JSON.parse(localStorage.getItem(name))], outbox.first().entry];
        """,
        )
        assert stored == [
            "concord.unsent.bob.everyday.001700000000000.00001",
            {"deed": "submit", "uuid": "new", "fields": {"verdict": "a"}},
        ]
        assert read == {"operation": "skip", "uuid": "old", "fields": {"reason": "language"}}


class TestUnsentOperations:
    def test_are_listed_by_project_for_one_person(self, module_page: ModulePage) -> None:
        projects, anything = module_page.run(
            OUTBOX,
            """
            const skip = { operation: "skip", uuid: "any", fields: {} };
            for (const project of ["b", "a", "b"]) open("bob", project).add(skip);
            open("carol", "c").add(skip);
            return [unsentProjects(storage, "bob").sort(), anythingUnsent(storage)];
        """,
        )
        assert projects == ["a", "b"]
        assert anything is True

    def test_are_not_confused_with_drafts(self, module_page: ModulePage) -> None:
        assert (
            module_page.run(
                OUTBOX,
                """
            storage.set("concord.draft.bob.1", { version: 1, reason: "text" });
            return anythingUnsent(storage);
        """,
            )
            is False
        )


class TestDeviceStorage:
    def test_returns_what_an_earlier_page_stored(self, module_page: ModulePage) -> None:
        module_page.run("new DeviceStorage(window).set('concord.x', { n: 1 });")
        module_page.page.reload()
        assert module_page.run("return new DeviceStorage(window).get('concord.x');") == {"n": 1}

    def test_returns_null_for_what_is_missing_or_damaged(self, module_page: ModulePage) -> None:
        found = module_page.run("""
            localStorage.setItem("damaged", "{");
            const storage = new DeviceStorage(window);
            return [storage.get("damaged"), storage.get("missing")];
        """)
        assert found == [None, None]

    def test_removes_all_of_one_prefix_and_nothing_else(self, module_page: ModulePage) -> None:
        left = module_page.run("""
            const storage = new DeviceStorage(window);
            for (const name of ["concord.a", "concord.b", "other"]) storage.set(name, 1);
            storage.removeAll("concord.");
            return Object.keys(localStorage);
        """)
        assert left == ["other"]

    def test_keeps_values_for_the_page_where_the_browser_blocks_storage(self, module_page: ModulePage) -> None:
        found = module_page.run("""
            const storage = new DeviceStorage({ get localStorage() { throw new DOMException("blocked", "SecurityError"); } });
            storage.set("concord.a", 1);
            storage.set("concord.b", 2);
            const found = [storage.get("concord.a"), storage.names("concord.").sort()];
            storage.remove("concord.a");
            return [...found, storage.get("concord.a"), storage.names("concord.")];
        """)
        assert found == [1, ["concord.a", "concord.b"], None, ["concord.b"]]

    def test_returns_the_newer_value_when_the_storage_is_full(self, module_page: ModulePage) -> None:
        found = module_page.run("""
            const storage = new DeviceStorage(window);
            storage.set("concord.a", "short");
            storage.set("concord.a", "x".repeat(12_000_000));
            const found = [localStorage.getItem("concord.a"), storage.get("concord.a").length];
            storage.set("concord.a", "short again");
            return [...found, localStorage.getItem("concord.a"), storage.get("concord.a")];
        """)
        assert found == ['"short"', 12_000_000, '"short again"', "short again"]

    def test_shares_nothing_between_two_objects_but_the_browsers_storage(self, module_page: ModulePage) -> None:
        found = module_page.run("""
            const full = { localStorage: { length: 0, getItem: () => null, setItem() { throw new Error("full"); } } };
            const [one, other] = [new DeviceStorage(full), new DeviceStorage(full)];
            one.set("a", 1);
            return [one.get("a"), one.names(""), other.get("a"), other.names("")];
        """)
        assert found == [1, ["a"], None, []]
