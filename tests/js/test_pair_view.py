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
const marks = () => [...root.querySelectorAll("mark.diff")].map((mark) => mark.textContent);
const say = (a, b) => {
  root.querySelector(".a .shown").textContent = a;
  root.querySelector(".b .shown").textContent = b;
};
const responseSwitch = new ResponseSwitch({ window });
const view = new PairView({ window, root, clock, responseSwitch });
const status = recorder();
const modes = new DisplayModes({ root, pairView: view, status });
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
            const before = view.element.innerHTML;
            await modes[mode]();
            const changed = view.element.innerHTML !== before;
            modes.reset();
            return [changed, view.element.innerHTML === before, pressed("differences"), pressed("raw")];
            """,
            mode=mode,
            a=A,
            b=B,
        )
        assert found == [True, True, False, False]

    @pytest.mark.parametrize(
        ("a", "b", "notice"),
        [
            (SAME, SAME, "The two responses are the same, word for word."),
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
        assert found == [[["notice", "differences", "Nothing is marked.", notice]], False, []]


DIFFERENCES = """
document.body.innerHTML = `<div class="pair"><div class="response a"><div class="shown">${a}</div></div>
  <div class="response b"><div class="shown">${b}</div></div></div>`;
const pair = document.querySelector(".pair");
const marks = (side) => [...pair.querySelectorAll(`.${side} mark.diff`)].map((mark) => mark.textContent);
"""


class TestDifferences:
    def test_are_marked_word_by_word(self, module_page: ModulePage) -> None:
        found = module_page.run(
            DIFFERENCES,
            "return [await markDifferences(pair), marks('a'), marks('b')];",
            a=f"<p>{A}</p>",
            b=f"<p>{B}</p>",
        )
        assert found == ["marked", ["three"], ["ninety"]]

    def test_leave_no_trace_when_they_are_removed(self, module_page: ModulePage) -> None:
        html = f"<p>{A} <em>Really.</em></p>"
        before, after, nodes = module_page.run(
            DIFFERENCES,
            """
            const nodes = () => pair.querySelector(".a p").childNodes.length;
            const [before, count] = [pair.innerHTML, nodes()];
            await markDifferences(pair);
            unmarkDifferences(pair);
            return [before, pair.innerHTML, [count, nodes()]];
            """,
            a=html,
            b=f"<p>{B}</p>",
        )
        assert after == before
        assert nodes == [2, 2], "text that was split is joined again"

    def test_are_not_marked_twice(self, module_page: ModulePage) -> None:
        found = module_page.run(
            DIFFERENCES,
            "await markDifferences(pair); await markDifferences(pair); return pair.querySelectorAll('mark').length;",
            a=A,
            b=B,
        )
        assert found == 2

    def test_ignore_case_and_spaces(self, module_page: ModulePage) -> None:
        found = module_page.run(
            DIFFERENCES, "return await markDifferences(pair);", a=A, b=A.upper().replace(" ", "\n ")
        )
        assert found == "same"

    def test_join_over_a_word_or_two_that_are_equal_by_coincidence(self, module_page: ModulePage) -> None:
        found = module_page.run(
            DIFFERENCES,
            "return [await markDifferences(pair), marks('a'), marks('b')];",
            a=f"{SAME} red or green {SAME}",
            b=f"{SAME} blue or yellow {SAME}",
        )
        assert found == ["marked", ["red or green"], ["blue or yellow"]]

    def test_are_found_character_by_character_in_scripts_without_spaces(self, module_page: ModulePage) -> None:
        found = module_page.run(
            DIFFERENCES,
            "return [await markDifferences(pair), marks('a'), marks('b')];",
            a="我们用Python今天去公园散步吧",
            b="我们用Python明天去公园散步吧",
        )
        assert found == ["marked", ["今"], ["明"]]

    def test_never_touch_formulas_and_drawings(self, module_page: ModulePage) -> None:
        found = module_page.run(
            DIFFERENCES,
            "return [await markDifferences(pair), pair.querySelectorAll('math mark').length];",
            a=f"{SAME} <math><mi>x</mi></math>",
            b=f"{SAME} <math><mi>y</mi></math>",
        )
        assert found == ["same", 0]

    def test_of_fifty_thousand_characters_are_marked_where_they_are(self, module_page: ModulePage) -> None:
        signs = [chr(0x4E00 + (37 * at * at + at) % 2500) for at in range(50_000)]
        changed = list(signs)
        for at in range(500, 50_000, 1000):
            changed[at] = "\u9fa5"
        found = module_page.run(
            DIFFERENCES,
            """
            const began = performance.now();
            const answer = await markDifferences(pair);
            return [answer, marks("a").length, marks("b").every((text) => text === "\u9fa5"), performance.now() - began];
            """,
            a=f"<p>{''.join(signs)}</p>",
            b=f"<p>{''.join(changed)}</p>",
        )
        assert found[:3] == ["marked", 50, True]

    def test_of_long_texts_stop_when_they_are_no_longer_wanted(self, module_page: ModulePage) -> None:
        a = " ".join(f"w{at}" for at in range(20_000))
        b = " ".join(f"w{at}" if at % 7 else "other" for at in range(20_000))
        found = module_page.run(
            VIEW,
            """
            say(a, b);
            const before = view.element.innerHTML;
            const marking = modes.toggleDifferences();
            await modes.toggleDifferences();
            await marking;
            return [pressed("differences"), view.element.innerHTML === before, status.calls];
            """,
            a=a,
            b=b,
        )
        assert found == [False, True, []]
