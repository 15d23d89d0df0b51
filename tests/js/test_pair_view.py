"""The pair on the page, and the ways to look at it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

VIEW = """
const clock = new FakeClock();
document.body.innerHTML = `<main><button data-raw hidden aria-pressed="false">Raw</button>
  <button data-differences hidden aria-pressed="false">Differences</button></main>`;
const root = document.querySelector("main");
root.append(pairElement("1"));
const pressed = (name) => root.querySelector(`[data-${name}]`).getAttribute("aria-pressed") === "true";
const marks = () => [...(CSS.highlights.get("difference") ?? [])];
const say = (a, b) => {
  for (const kind of ["shown", "raw"]) {
    root.querySelector(`.a .${kind}`).textContent = a;
    root.querySelector(`.b .${kind}`).textContent = b;
  }
};
const responseSwitch = new ResponseSwitch({ window });
const view = new PairView({ window, root, clock, responseSwitch });
const status = recorder();
const differences = new Differences({ window, newWorker: () => new Worker("/js/difference-worker.js", { type: "module" }) });
const modes = new DisplayModes({ root, pairView: view, status, differences });
"""

SAME = "Read the file in chunks and add up as you go along the way."
A = f"{SAME} It takes three minutes on the server that you have."
B = f"{SAME} It takes ninety minutes on the server that you have."


class TestAPairView:
    def test_shows_another_pair_from_the_top_with_the_focus_on_its_prompt(self, module_page: ModulePage) -> None:
        uuids, focused, scrolled = module_page.run(
            VIEW,
            """
            const spacer = document.body.appendChild(document.createElement("div"));
            spacer.style.height = "5000px";
            scrollTo(0, 1000);
            view.show(pairElement("2"));
            const uuids = [...root.querySelectorAll(".pair")].map((pair) => pair.dataset.uuid);
            return [[...uuids, view.uuid], document.activeElement.closest(".pair")?.dataset.uuid, scrollY];
            """,
        )
        assert uuids == ["2", "2"]
        assert focused == "2"
        assert scrolled == 0

    def test_takes_a_press_in_the_first_moment_for_a_mistake(self, module_page: ModulePage) -> None:
        found = module_page.run(
            VIEW,
            """
            const found = [view.tooSoon];
            await clock.advance(399);
            found.push(view.tooSoon);
            await clock.advance(1);
            found.push(view.tooSoon);
            view.show(pairElement("2"));
            return [...found, view.tooSoon];
            """,
        )
        assert found == [True, True, False, True]

    def test_is_busy_while_the_next_pair_has_not_come(self, module_page: ModulePage) -> None:
        found = module_page.run(
            VIEW,
            """
            const state = () => [view.awaitingNext, root.getAttribute("aria-busy")];
            const found = [state()];
            view.awaitNext();
            found.push(state());
            view.show(pairElement("2"));
            return [...found, state()];
            """,
        )
        assert found == [[False, None], [True, "true"], [False, None]]


class TestTheResponseSwitch:
    BODY = """
        document.body.innerHTML = '<div class="pair"><nav class="switch"><a class="a" href="#a">A</a>'
          + '<a class="b" href="#b">B</a></nav><section id="response-a"></section><section id="response-b"></section></div>';
        const pair = document.querySelector(".pair");
        const side = () => [...pair.querySelectorAll("[aria-current]")].map((link) => link.className).join();
        const [a, b] = pair.querySelectorAll("section");
        const heights = (first, second) => { a.style.height = `${first}px`; b.style.height = `${second}px`; };
        const scroll = async (y) => {
          const moved = new Promise((done) => addEventListener("scroll", done, { once: true }));
          scrollTo(0, y);
          await moved;
        };
        new ResponseSwitch({ window }).watch(pair);
    """

    def test_follows_the_response_that_is_read(self, module_page: ModulePage) -> None:
        sides = module_page.run(
            self.BODY,
            """
            heights(3000, 3000);
            const sides = [];
            for (const y of [100, 2900, 200]) { await scroll(y); sides.push(side()); }
            return sides;
            """,
        )
        assert sides == ["a", "b", "a"]

    def test_reaches_a_short_response_at_the_end_of_the_page(self, module_page: ModulePage) -> None:
        side = module_page.run(self.BODY, "heights(3000, 10); await scroll(100_000); return side();")
        assert side == "b"

    def test_shows_the_side_that_was_pressed_where_nothing_scrolls(self, module_page: ModulePage) -> None:
        module_page.run(self.BODY)
        module_page.page.locator(".switch .b").click()
        expect(module_page.page.locator(".switch .b")).to_have_attribute("aria-current", "true")
        expect(module_page.page.locator(".switch .a")).not_to_have_attribute("aria-current", "true")


class TestDisplayModes:
    def test_offer_their_buttons(self, module_page: ModulePage) -> None:
        module_page.run(VIEW)
        module_page.page.get_by_role("button", name="Raw").click()
        expect(module_page.page.locator(".response.a .raw")).to_be_visible()
        expect(module_page.page.locator(".response.a .shown")).to_be_hidden()
        module_page.page.get_by_role("button", name="Raw").click()
        expect(module_page.page.locator(".response.a .raw")).to_be_hidden()
        expect(module_page.page.locator(".response.a .shown")).to_be_visible()

    def test_are_on_one_at_a_time(self, module_page: ModulePage) -> None:
        found = module_page.run(
            VIEW,
            """
            say(a, b);
            const state = () => [pressed("differences"), marks().length, pressed("raw")];
            await modes.toggleDifferences();
            const found = [state()];
            modes.toggleRaw();
            found.push(state());
            await modes.toggleDifferences();
            found.push([...state(), root.querySelector(".raw").hidden]);
            await modes.toggleDifferences();
            return [...found, state()];
            """,
            a=A,
            b=B,
        )
        assert found == [[True, 2, False], [False, 0, True], [True, 2, False, True], [False, 0, False]]

    @pytest.mark.parametrize("mode", ["toggleDifferences", "toggleRaw"])
    def test_are_off_for_the_next_pair_and_for_one_that_comes_back(self, module_page: ModulePage, mode: str) -> None:
        found = module_page.run(
            VIEW,
            """
            say(a, b);
            const look = () => `${view.element.innerHTML} with ${marks().length} marks`;
            const before = look();
            await modes[mode]();
            const changed = look() !== before;
            modes.reset();
            return [changed, look() === before, pressed("differences"), pressed("raw")];
            """,
            mode=mode,
            a=A,
            b=B,
        )
        assert found == [True, True, False, False]

    def test_do_not_call_the_same_what_differs_in_its_raw_text(self, module_page: ModulePage) -> None:
        notice = module_page.run(
            VIEW,
            """
            say(same, same);
            root.querySelector(".a .raw").textContent = "if x:\\n  y";
            root.querySelector(".b .raw").textContent = "if x:\\n    y";
            await modes.toggleDifferences();
            return status.calls[0][3];
            """,
            same=SAME,
        )
        assert notice == "Only spaces, line ends or signs of formatting differ; the raw texts show them."

    @pytest.mark.parametrize(
        ("a", "b", "notice"),
        [
            (SAME, SAME, "The two responses are the same, character for character."),
            (
                "Quite other words.",
                "Nothing equal here",
                "These responses have hardly a sentence in common; marks would cover them both.",
            ),
            (
                "x " * 25_000,
                "y " * 25_000,
                "These responses have hardly a sentence in common; marks would cover them both.",
            ),
        ],
    )
    def test_say_why_no_difference_is_marked(self, module_page: ModulePage, a: str, b: str, notice: str) -> None:
        found = module_page.run(
            VIEW,
            """
            say(a, b);
            await modes.toggleDifferences();
            return [status.calls, pressed("differences"), marks()];
            """,
            a=a,
            b=b,
        )
        assert found == [[["refuse", "differences", "Nothing is marked.", notice]], False, []]
