"""What the page says about saving, and about what keeps it from saving."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

BODY = """
<output data-saved><span class="wide-only">Saved</span></output><div data-notices></div>
<main><p data-announcement></p><template data-icons>
  <span data-icon="check"><svg></svg></span><span data-icon="wait"><svg></svg></span>
  <span data-icon="offline"><svg></svg></span><span data-icon="watch"><svg></svg></span><span data-icon="act"><svg></svg></span>
</template></main>
"""

STATUS = """
const clock = new FakeClock();
const storage = { pending: false };
const status = new StatusDisplay({ document, root: document.querySelector("main"), clock, storage, loginUrl: "/login" });
const line = () => document.querySelector("[data-saved] .wide-only").textContent;
const notice = () => document.querySelector("[data-notices]").textContent.trim();
const announced = () => document.querySelector("[data-announcement]").textContent;
"""


@pytest.fixture
def status(module_page: ModulePage) -> ModulePage:
    module_page.show(BODY)
    return module_page


class TestTheSavedLine:
    def test_says_saving_only_where_it_takes_longer_than_a_moment(self, status: ModulePage) -> None:
        quick, early, slow, after = status.run(
            STATUS,
            """
            status.report("saving");
            await clock.advance(399);
            status.report("saved");
            await clock.advance(1000);
            const quick = line();
            status.report("saving");
            await clock.advance(399);
            const early = line();
            await clock.advance(1);
            const slow = line();
            status.report("saved");
            return [quick, early, slow, line()];
            """,
        )
        assert (quick, early) == ("Saved", "Saved")
        assert slow == "Saving"
        assert after == "Saved"

    def test_has_a_text_for_wide_and_one_for_narrow_screens(self, status: ModulePage) -> None:
        html = status.run(STATUS, "status.report('offline'); return document.querySelector('[data-saved]').innerHTML;")
        assert '<b class="wide-only">Saved on this device</b><b class="narrow-only">On device</b>' in html

    def test_says_loading_while_a_pair_is_fetched(self, status: ModulePage) -> None:
        assert status.run(STATUS, "status.report('loading'); return line();") == "Loading"

    def test_still_says_on_this_device_while_an_attempt_to_send_is_made(self, status: ModulePage) -> None:
        found = status.run(
            STATUS,
            """
            status.report("offline", 1);
            status.report("saving");
            await clock.advance(10_000);
            return [line(), notice(), status.trouble];
            """,
        )
        assert found[0] == "Saved on this device"
        assert found[1].startswith("You are offline.")
        assert found[2] == "offline"

    def test_says_on_this_device_only_when_it_is(self, status: ModulePage) -> None:
        before, early, after = status.run(
            STATUS,
            """
            const disk = later();
            Object.assign(storage, { pending: true, kept: () => disk.promise });
            status.report("offline", 1);
            await settle();
            const before = [line(), notice()];
            storage.pending = false;
            const early = [line(), notice()];
            disk.resolve();
            await settle();
            return [before, early, [line(), notice()]];
            """,
        )
        assert before == early == ["Saving", ""]
        assert after[0] == "Saved on this device"
        assert after[1].startswith("You are offline. 1 judgement is saved on this device")

    def test_says_saving_again_for_each_change_while_the_trouble_lasts(self, status: ModulePage) -> None:
        found = status.run(
            STATUS,
            """
            status.report("offline", 1);
            const disk = later();
            Object.assign(storage, { pending: true, kept: () => disk.promise });
            status.report("saving");
            const found = [line()];
            storage.pending = false;
            disk.resolve();
            await settle();
            return [...found, line()];
            """,
        )
        assert found == ["Saving", "Saved on this device"]

    def test_says_saved_where_the_server_has_it_before_the_disk(self, status: ModulePage) -> None:
        found = status.run(
            STATUS,
            """
            const disk = later();
            Object.assign(storage, { pending: true, kept: () => disk.promise });
            status.report("away", 1);
            status.report("saved");
            storage.pending = false;
            disk.resolve();
            await settle();
            return [line(), notice()];
            """,
        )
        assert found == ["Saved", ""]


class TestANotice:
    @pytest.mark.parametrize(
        ("state", "unsent", "can_continue", "text"),
        [
            ("offline", 0, True, "You are offline. What you write is saved on this device. You can go on."),
            (
                "offline",
                1,
                True,
                "You are offline. 1 judgement is saved on this device and will be sent when you are back online. You can go on.",
            ),
            (
                "offline",
                3,
                False,
                "You are offline. 3 judgements are saved on this device and will be sent when you are back online. "
                "The next pair comes then, too.",
            ),
            (
                "away",
                2,
                True,
                "Concord is not answering. 2 judgements are saved on this device; this page tries again by itself.",
            ),
            (
                "signed-out",
                1,
                True,
                "You are signed out. What you did is saved on this device. Sign in again in another tab, then come back here.",
            ),
            (
                "other",
                1,
                True,
                "Somebody else is signed in in this browser. What you did is saved on this device. "
                "Sign in again as yourself in another tab, and it will be sent.",
            ),
            (
                "forbidden",
                1,
                True,
                "Your access to this project is suspended. What you wrote is saved on this device. "
                "A project manager can tell you more.",
            ),
        ],
    )
    def test_explains_the_trouble(
        self, status: ModulePage, state: str, unsent: int, can_continue: bool, text: str
    ) -> None:
        status.run(
            STATUS, "status.report(state, unsent, canContinue);", state=state, unsent=unsent, canContinue=can_continue
        )
        expect(status.page.locator("[data-notices] p")).to_have_text(text)
        expect(status.page.locator("[data-notices] .notice")).to_have_attribute("role", "status")

    @pytest.mark.parametrize(
        ("state", "links"), [("signed-out", 1), ("other", 1), ("offline", 0), ("away", 0), ("forbidden", 0)]
    )
    def test_links_to_the_sign_in_page_in_another_tab_where_that_helps(
        self, status: ModulePage, state: str, links: int
    ) -> None:
        status.run(STATUS, "status.report(state, 1);", state=state)
        expect(status.page.locator("[data-notices] a[href='/login'][target=_blank]")).to_have_count(links)

    def test_goes_with_the_trouble_and_says_so(self, status: ModulePage) -> None:
        notice, announced, trouble = status.run(
            STATUS,
            """
            status.report("offline", 1);
            status.report("saved");
            await clock.advance(100);
            return [notice(), announced(), status.trouble];
            """,
        )
        assert notice == ""
        assert announced == "Everything is saved and sent."
        assert trouble == ""

    def test_of_lasting_trouble_stays_on_the_next_pair(self, status: ModulePage) -> None:
        notice = status.run(STATUS, "status.report('offline', 1); status.clearForNextPair(); return notice();")
        assert notice.startswith("You are offline.")

    def test_about_one_pair_goes_with_it(self, status: ModulePage) -> None:
        before, after = status.run(
            STATUS,
            """
            status.notice("act", "Not stored.", "Why.");
            const before = notice();
            status.clearForNextPair();
            return [before, notice()];
            """,
        )
        assert (before, after) == ("Not stored. Why.", "")

    def test_that_is_repeated_is_not_read_aloud_again(self, status: ModulePage) -> None:
        same, other = status.run(
            STATUS,
            """
            status.report("offline", 1);
            const first = document.querySelector(".notice");
            status.report("offline", 1);
            const same = document.querySelector(".notice") === first;
            status.report("offline", 2);
            return [same, document.querySelector(".notice") === first];
            """,
        )
        assert (same, other) == (True, False)

    def test_that_refuses_is_in_view_where_somebody_has_scrolled(self, status: ModulePage) -> None:
        places = status.run(
            STATUS,
            """
            document.body.append(Object.assign(document.createElement("div"), { style: "height: 5000px" }));
            scrollTo(0, 3000);
            status.notice("act", "One.", "Two.");
            const places = [scrollY >= 3000];
            status.refuse("act", "Nothing is marked.", "Why.");
            const { top, bottom } = document.querySelector("[data-notices]").getBoundingClientRect();
            return [...places, top >= 0 && bottom <= innerHeight, notice()];
            """,
        )
        assert places == [True, True, "Nothing is marked. Why."]

    def test_shows_text_as_text(self, status: ModulePage) -> None:
        status.run(STATUS, "status.notice('act', '<b>', '<img src=x>');")
        expect(status.page.locator("[data-notices] p")).to_have_text(re.compile(r"^<b> <img src=x>$"))


class TestAnAnnouncement:
    def test_is_made_again_for_the_same_text(self, status: ModulePage) -> None:
        texts = status.run(
            STATUS,
            """
            const texts = [];
            for (let n = 0; n < 2; n += 1) {
              status.announce("Skipped.");
              texts.push(announced());
              await clock.advance(16);
              texts.push(announced());
            }
            return texts;
            """,
        )
        assert texts == ["", "Skipped.", "", "Skipped."]


class TestTheDailyCount:
    def test_moves_with_its_progress_bar(self, module_page: ModulePage) -> None:
        module_page.show('<div class="today"><b data-today>4</b><progress value="4" max="20"></progress></div>')
        found = module_page.run("""
            const count = new DailyCount({ document });
            count.add(1);
            const [number, progress] = [document.querySelector("[data-today]"), document.querySelector("progress")];
            const up = [number.textContent, progress.value];
            for (let n = 0; n < 7; n += 1) count.add(-1);
            return [...up, number.textContent, progress.value];
        """)
        assert found == ["5", 5, "0", 0], "and never below nothing"

    def test_needs_neither_a_goal_nor_a_number(self, module_page: ModulePage) -> None:
        module_page.show("<b data-today>4</b>")
        number = module_page.run("""
            new DailyCount({ document }).add(1);
            const text = document.querySelector("[data-today]").textContent;
            document.body.innerHTML = "";
            new DailyCount({ document }).add(1);
            return text;
        """)
        assert number == "5"
