"""Shortcuts and menus, with real key presses."""

from __future__ import annotations

import pytest

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

BODY = """
<main tabindex="-1">
  <textarea></textarea>
  <input type="text">
  <select><option>1</option><option>2</option></select>
  <p contenteditable="true"><b>Editable</b></p>
  <button type="button" id="plain">Button</button>
  <details class="menu" data-picker="s"><summary>Skip</summary>
    <form><button type="button">First</button><button type="button">Second</button><button type="button">Third</button></form>
  </details>
  <details class="menu" data-picker="?"><summary>Keys</summary><p>Sheet</p></details>
  <details class="menu" id="account"><summary>Bob</summary><ul><li><a href="#" id="home">Home</a></li></ul></details>
</main>
"""

LISTEN = """
window.pressed = [];
window.menus = new Menus({ document });
new KeyboardShortcuts({
  document, menus,
  actions: {
    1: () => pressed.push("A is better"),
    d: () => pressed.push("differences"),
    s: () => menus.toggle("s"),
    "?": () => menus.toggle("?"),
  },
  leaveText: () => pressed.push("left the text"),
  submit: () => pressed.push("submitted"),
  scroll: (key) => key === "PageDown" && pressed.push("scrolled"),
});
for (const button of document.querySelectorAll("button")) {
  button.addEventListener("click", () => pressed.push(`clicked ${button.textContent}`));
}
window.kept = [];
addEventListener("keydown", (event) => { if (event.defaultPrevented) kept.push(event.key); });
"""


@pytest.fixture
def keyboard(module_page: ModulePage) -> ModulePage:
    module_page.show(BODY)
    module_page.run(LISTEN)
    return module_page


def press(opened: ModulePage, *keys: str) -> list[str]:
    """Press keys; what came of all presses so far."""
    for key in keys:
        opened.page.keyboard.press(key)
    return opened.page.evaluate("pressed")


def focused(opened: ModulePage) -> str:
    return opened.page.evaluate("document.activeElement.textContent.trim()")


def opened_menus(opened: ModulePage) -> list[str]:
    return opened.page.evaluate("[...document.querySelectorAll('details[open] > summary')].map((s) => s.textContent)")


class TestAShortcut:
    def test_acts_on_one_key_and_keeps_it_from_the_browser(self, keyboard: ModulePage) -> None:
        assert press(keyboard, "1", "d") == ["A is better", "differences"]
        assert keyboard.page.evaluate("kept") == ["1", "d"]

    @pytest.mark.parametrize("field", ["textarea", "input", "select", "[contenteditable]"])
    def test_does_nothing_while_somebody_types(self, keyboard: ModulePage, field: str) -> None:
        keyboard.page.locator(field).focus()
        assert press(keyboard, "1", "d", "s") == []
        assert opened_menus(keyboard) == []
        assert keyboard.page.evaluate("kept") == [], "the text gets the keys"

    def test_works_while_a_button_has_the_focus(self, keyboard: ModulePage) -> None:
        keyboard.page.locator("#plain").focus()
        assert press(keyboard, "1") == ["A is better"]

    @pytest.mark.parametrize("modifier", ["Control", "Alt", "Meta"])
    def test_leaves_keys_with_a_modifier_to_the_browser(self, keyboard: ModulePage, modifier: str) -> None:
        keyboard.page.evaluate("addEventListener('keydown', (event) => event.preventDefault())")  # or tabs would change
        assert press(keyboard, f"{modifier}+1", f"{modifier}+d") == []
        assert keyboard.page.evaluate("kept") == []

    def test_acts_once_while_its_key_is_held_down(self, keyboard: ModulePage) -> None:
        for _ in range(5):
            keyboard.page.keyboard.down("1")
        keyboard.page.keyboard.up("1")
        assert press(keyboard) == ["A is better"]
        assert press(keyboard, "1") == ["A is better"] * 2

    def test_leaves_keys_without_an_action_to_the_browser(self, keyboard: ModulePage) -> None:
        assert press(keyboard, "x", "ArrowDown", "Escape") == []
        assert keyboard.page.evaluate("kept") == []

    def test_is_not_triggered_by_composing_a_character(self, keyboard: ModulePage) -> None:
        keyboard.page.evaluate(
            "document.dispatchEvent(new KeyboardEvent('keydown', { key: '1', isComposing: true, bubbles: true }))"
        )
        assert press(keyboard) == []

    def test_yields_to_whoever_handled_the_key_before(self, keyboard: ModulePage) -> None:
        keyboard.page.evaluate("addEventListener('keydown', (event) => event.preventDefault(), { capture: true })")
        assert press(keyboard, "1") == []


class TestSubmitting:
    @pytest.mark.parametrize("modifier", ["Control", "Meta"])
    @pytest.mark.parametrize("place", ["textarea", "main"])
    def test_works_while_somebody_types_too(self, keyboard: ModulePage, modifier: str, place: str) -> None:
        keyboard.page.locator(place).focus()
        assert press(keyboard, f"{modifier}+Enter") == ["submitted"]

    def test_waits_while_a_picker_is_open(self, keyboard: ModulePage) -> None:
        assert "submitted" not in press(keyboard, "s", "Control+Enter")


class TestScrolling:
    def test_is_offered_each_key_that_is_no_command(self, keyboard: ModulePage) -> None:
        assert press(keyboard, "PageDown") == ["scrolled"]
        assert keyboard.page.evaluate("kept") == ["PageDown"]

    def test_is_left_to_the_text_that_somebody_types(self, keyboard: ModulePage) -> None:
        keyboard.page.locator("textarea").focus()
        assert press(keyboard, "PageDown") == []


class TestAButton:
    @pytest.mark.parametrize("key", ["Enter", " "])
    def test_is_pressed_once_by_a_key_that_is_held_down(self, keyboard: ModulePage, key: str) -> None:
        keyboard.page.locator("#plain").focus()
        for _ in range(5):
            keyboard.page.keyboard.down(key)
        keyboard.page.keyboard.up(key)
        assert press(keyboard) == ["clicked Button"]
        assert press(keyboard, key) == ["clicked Button"] * 2


class TestEscape:
    @pytest.mark.parametrize("field", ["textarea", "input"])
    def test_leaves_a_text(self, keyboard: ModulePage, field: str) -> None:
        keyboard.page.locator(field).focus()
        assert press(keyboard, "Escape") == ["left the text"]

    def test_closes_the_open_menu_first(self, keyboard: ModulePage) -> None:
        keyboard.page.evaluate("document.querySelector('#account').open = true")
        keyboard.page.locator("textarea").focus()
        assert press(keyboard, "Escape") == []
        assert opened_menus(keyboard) == []
        assert press(keyboard, "Escape") == ["left the text"]


class TestAPicker:
    def test_opens_with_the_first_choice_in_focus_and_closes_with_the_same_key(self, keyboard: ModulePage) -> None:
        press(keyboard, "s")
        assert opened_menus(keyboard) == ["Skip"]
        assert focused(keyboard) == "First"
        press(keyboard, "s")
        assert opened_menus(keyboard) == []
        assert focused(keyboard) == "Skip", "the focus is not lost with the button"

    def test_closes_the_one_that_was_open(self, keyboard: ModulePage) -> None:
        press(keyboard, "s")
        keyboard.page.evaluate("menus.toggle('?')")
        assert opened_menus(keyboard) == ["Keys"]
        assert focused(keyboard) == "Keys"

    def test_moves_with_the_arrows_from_end_to_end(self, keyboard: ModulePage) -> None:
        press(keyboard, "s", "ArrowDown")
        assert focused(keyboard) == "Second"
        press(keyboard, "ArrowUp", "ArrowUp")
        assert focused(keyboard) == "Third"
        press(keyboard, "ArrowDown")
        assert focused(keyboard) == "First"

    def test_is_chosen_from_by_digit(self, keyboard: ModulePage) -> None:
        assert press(keyboard, "s", "2") == ["clicked Second"]

    @pytest.mark.parametrize("picker", ["s", "?"])
    @pytest.mark.parametrize("digit", ["0", "9"])
    def test_takes_every_digit_so_that_none_is_a_verdict(self, keyboard: ModulePage, picker: str, digit: str) -> None:
        assert press(keyboard, picker, digit) == []
        assert keyboard.page.evaluate("kept")[-1] == digit

    def test_without_choices_takes_the_digits_that_are_verdicts(self, keyboard: ModulePage) -> None:
        assert press(keyboard, "?", "1") == []
        assert press(keyboard, "Escape", "1") == ["A is better"]

    def test_keeps_letters_to_itself(self, keyboard: ModulePage) -> None:
        assert press(keyboard, "s", "d", "?", "x") == []
        assert opened_menus(keyboard) == ["Skip"]
        assert press(keyboard, "Escape", "d") == ["differences"]

    def test_that_the_page_lacks_is_no_error(self, keyboard: ModulePage) -> None:
        keyboard.page.evaluate("menus.toggle('f')")
        assert opened_menus(keyboard) == []


class TestMenus:
    def test_close_at_a_click_elsewhere(self, keyboard: ModulePage) -> None:
        press(keyboard, "s")
        keyboard.page.locator("#plain").click()
        assert opened_menus(keyboard) == []

    def test_stay_open_at_a_click_inside(self, keyboard: ModulePage) -> None:
        press(keyboard, "?")
        keyboard.page.get_by_text("Sheet").click()
        assert opened_menus(keyboard) == ["Keys"]

    def test_close_when_another_opens(self, keyboard: ModulePage) -> None:
        press(keyboard, "s")
        keyboard.page.get_by_text("Bob").click()
        assert opened_menus(keyboard) == ["Bob"]

    def test_can_be_closed_but_for_one(self, keyboard: ModulePage) -> None:
        keyboard.page.evaluate("for (const menu of document.querySelectorAll('details')) menu.open = true")
        keyboard.page.evaluate("menus.closeAll({ except: document.querySelector('#account') })")
        assert opened_menus(keyboard) == ["Bob"]
