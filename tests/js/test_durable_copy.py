"""The second copy of somebody's work on the device, which is on the disk before it counts as kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

STORAGE = """
const copy = new DurableCopy(window);
const storage = new DeviceStorage(window, copy);
const again = async () => {
  const next = new DeviceStorage(window, new DurableCopy(window));
  await next.restore();
  return next;
};
const DRAFT = "concord.draft.p.u";
const UNSENT = "concord.unsent.p.sky.1";
"""


@pytest.fixture
def device(module_page: ModulePage) -> Iterator[ModulePage]:
    delete = """
        await new Promise((resolve) => {
          const request = indexedDB.deleteDatabase("concord");
          request.onsuccess = request.onerror = request.onblocked = resolve;
        });
    """
    module_page.run(delete)
    yield module_page
    module_page.run(delete)


class TestWhatIsKept:
    def test_comes_back_where_the_browser_forgot_it(self, device: ModulePage) -> None:
        found = device.run(
            STORAGE,
            """
            storage.set(UNSENT, { uuid: "u" });
            storage.set(DRAFT, { version: 3, reason: "B" });
            await storage.kept();
            localStorage.clear();
            const next = await again();
            return [next.get(UNSENT), next.get(DRAFT), Object.keys(localStorage).length];
            """,
        )
        assert found == [{"uuid": "u"}, {"version": 3, "reason": "B"}, 2]

    def test_is_the_latest_of_many_changes(self, device: ModulePage) -> None:
        found = device.run(
            STORAGE,
            """
            for (let n = 1; n <= 200; n += 1) storage.set(DRAFT, { version: n, reason: "B".repeat(n) });
            await storage.kept();
            localStorage.clear();
            return (await again()).get(DRAFT).version;
            """,
        )
        assert found == 200

    def test_replaces_an_older_text_and_no_newer_one(self, device: ModulePage) -> None:
        found = device.run(
            STORAGE,
            """
            storage.set(DRAFT, { version: 5, reason: "five" });
            await storage.kept();
            localStorage.setItem(DRAFT, JSON.stringify({ version: 4, reason: "four" }));
            const older = (await again()).get(DRAFT).reason;
            localStorage.setItem(DRAFT, JSON.stringify({ version: 6, reason: "six" }));
            return [older, (await again()).get(DRAFT).reason];
            """,
        )
        assert found == ["five", "six"]

    def test_does_not_come_back_once_it_is_removed(self, device: ModulePage) -> None:
        found = device.run(
            STORAGE,
            """
            storage.set(UNSENT, { uuid: "u" });
            storage.set(DRAFT, { version: 1, reason: "B" });
            await storage.kept();
            storage.removeAll("concord.");
            await storage.kept();
            return (await again()).names("concord.");
            """,
        )
        assert found == []

    def test_is_work_alone(self, device: ModulePage) -> None:
        found = device.run(
            STORAGE,
            """
            storage.set("concord.panes.p", { prompt: 0.4 });
            const pending = storage.pending;
            await storage.kept();
            return [pending, (await copy.all()).size];
            """,
        )
        assert found == [False, 0]

    def test_is_pending_until_the_disk_has_it(self, device: ModulePage) -> None:
        found = device.run(
            STORAGE,
            """
            const before = storage.pending;
            storage.set(UNSENT, { uuid: "u" });
            const during = storage.pending;
            await storage.kept();
            return [before, during, storage.pending, (await copy.all()).size];
            """,
        )
        assert found == [False, True, False, 1]

    def test_is_asked_to_be_on_the_disk_and_not_in_a_buffer(self, device: ModulePage) -> None:
        found = device.run(
            STORAGE,
            """
            const asked = [];
            const { transaction } = IDBDatabase.prototype;
            IDBDatabase.prototype.transaction = function (...given) {
              asked.push(given.slice(1));
              return transaction.apply(this, given);
            };
            try {
              storage.set(UNSENT, { uuid: "u" });
              await storage.kept();
            } finally {
              IDBDatabase.prototype.transaction = transaction;
            }
            return asked;
            """,
        )
        assert found == [["readwrite", {"durability": "strict"}]]

    def test_is_kept_again_after_the_browser_has_closed_the_database(self, device: ModulePage) -> None:
        found = device.run(
            STORAGE,
            """
            storage.set(UNSENT, { uuid: "u" });
            await storage.kept();
            (await copy.opened).close();
            storage.set(DRAFT, { version: 1, reason: "B" });
            await storage.kept();
            return [...(await copy.all()).keys()].sort();
            """,
        )
        assert found == ["concord.draft.p.u", "concord.unsent.p.sky.1"]


class TestWithoutADatabase:
    @pytest.mark.parametrize(
        "database",
        [
            "undefined",
            "{ open() { throw new DOMException('blocked', 'SecurityError'); } }",
            "{ open() { const request = {}; queueMicrotask(() => request.onerror()); return request; } }",
        ],
    )
    def test_the_browsers_own_storage_goes_on(self, device: ModulePage, database: str) -> None:
        found = device.run(
            f"const blocked = {{ localStorage, setTimeout: (...g) => setTimeout(...g), indexedDB: {database} }};",
            """
            const storage = new DeviceStorage(blocked, new DurableCopy(blocked));
            await storage.restore();
            storage.set("concord.draft.p.u", { version: 1, reason: "B" });
            await storage.kept();
            return [storage.get("concord.draft.p.u").reason, storage.pending];
            """,
        )
        assert found == ["B", False]

    def test_a_page_waits_no_longer_than_two_seconds(self, device: ModulePage) -> None:
        found = device.run(
            """
            const delays = [];
            const hanging = {
              localStorage, indexedDB: { open: () => ({}) },
              setTimeout: (callback, delay, value) => { delays.push(delay); callback(value); },
            };
            await new DeviceStorage(hanging, new DurableCopy(hanging)).restore();
            return delays;
            """
        )
        assert found == [2000]
