"""What a key press means, on keyboards of many layouts: the figures are what browsers report on them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

SHIFT = {"shiftKey": True}
NAMES: list[tuple[str, str, str, dict[str, Any], str]] = [
    # layout, key, code, more, name
    ("US", "1", "Digit1", {}, "1"),
    ("US", "0", "Digit0", {}, "0"),
    ("US", "!", "Digit1", SHIFT, ""),
    ("US", "u", "KeyU", {}, "u"),
    ("US, Caps Lock", "U", "KeyU", {}, "u"),
    ("US, Caps Lock", "1", "Digit1", {}, "1"),
    ("US", "?", "Slash", SHIFT, "?"),
    ("US", "/", "Slash", {}, ""),
    ("US", ";", "Semicolon", {}, ""),
    ("US", "Escape", "Escape", {}, "Escape"),
    ("US", " ", "Space", {}, " "),
    ("US", "PageDown", "PageDown", {}, "PageDown"),
    ("US", "ArrowDown", "ArrowDown", {}, "ArrowDown"),
    ("Dvorak", "e", "KeyD", {}, "e"),
    ("Dvorak", ".", "KeyE", {}, ""),
    ("Dvorak", ",", "KeyW", {}, ""),
    ("Dvorak", "u", "KeyF", {}, "u"),
    ("Colemak", "s", "KeyD", {}, "s"),
    ("German", "z", "KeyY", {}, "z"),
    ("German", "ß", "Minus", {}, ""),
    ("German", "?", "Minus", SHIFT, "?"),
    ("AZERTY", "&", "Digit1", {}, "1"),
    ("AZERTY", "é", "Digit2", {}, "2"),
    ("AZERTY", '"', "Digit3", {}, "3"),
    ("AZERTY", "à", "Digit0", {}, "0"),
    ("AZERTY", "1", "Digit1", SHIFT, "1"),
    ("AZERTY", "a", "KeyQ", {}, "a"),
    ("AZERTY", "?", "KeyM", SHIFT, "?"),
    ("AZERTY", ",", "KeyM", {}, ""),
    ("Czech", "+", "Digit1", {}, "1"),
    ("Czech", "ě", "Digit2", {}, "2"),
    ("Czech, Caps Lock", "Ě", "Digit2", {}, "2"),
    ("Czech", "š", "Digit3", {}, "3"),
    ("Czech", "é", "Digit0", {}, "0"),
    ("Czech", "2", "Digit2", SHIFT, "2"),
    ("Lithuanian", "ą", "Digit1", {}, "1"),
    ("Turkish", "ı", "KeyI", {}, ""),
    ("Russian", "г", "KeyU", {}, "u"),
    ("Russian, Caps Lock", "Г", "KeyU", {}, "u"),
    ("Russian", "ы", "KeyS", {}, "s"),
    ("Russian", "а", "KeyF", {}, "f"),
    ("Russian", "з", "KeyP", {}, "p"),
    ("Russian", "?", "Digit7", SHIFT, "?"),
    ("Russian", "ж", "Semicolon", {}, ""),
    ("Bulgarian", "в", "KeyD", {}, "d"),
    ("Ukrainian", "і", "KeyS", {}, "s"),
    ("Greek", "θ", "KeyU", {}, "u"),
    ("Greek", "σ", "KeyS", {}, "s"),
    ("Greek", ";", "KeyQ", {}, ""),
    ("Arabic", "ع", "KeyU", {}, "u"),
    ("Arabic", "س", "KeyS", {}, "s"),
    ("Arabic", "لا", "KeyB", {}, "b"),
    ("Arabic", "١", "Digit1", {}, "1"),
    ("Arabic", "؟", "Slash", SHIFT, "?"),
    ("Persian", "۳", "Digit3", {}, "3"),
    ("Persian", "۰", "Digit0", {}, "0"),
    ("Hebrew", "ו", "KeyU", {}, "u"),
    ("Hebrew", "ד", "KeyS", {}, "s"),
    ("Hebrew", "/", "KeyQ", {}, ""),
    ("Hindi", "१", "Digit1", {}, "1"),
    ("Hindi", "ह", "KeyU", {}, "u"),
    ("Hindi", "ा", "KeyE", {}, "e"),
    ("Bengali", "৩", "Digit3", {}, "3"),
    ("Thai", "ๅ", "Digit1", {}, "1"),
    ("Thai", "๐", "KeyQ", SHIFT, "0"),
    ("Thai", "ี", "KeyU", {}, "u"),
    ("Japanese, kana", "な", "KeyU", {}, "u"),
    ("Japanese, kana", "ぬ", "Digit1", {}, "1"),
    ("Japanese, full-width", "１", "Digit1", {}, "1"),
    ("Japanese, full-width", "ｕ", "KeyU", {}, "u"),
    ("Japanese, full-width", "？", "Slash", SHIFT, "?"),
    ("Korean", "ㅕ", "KeyU", {}, "u"),
    ("numpad, Num Lock", "3", "Numpad3", {}, "3"),
    ("numpad, Num Lock", "0", "Numpad0", {}, "0"),
    ("numpad", "End", "Numpad1", {}, "End"),
    ("numpad", "Insert", "Numpad0", {}, "Insert"),
    ("numpad", "Clear", "Numpad5", {}, "Clear"),
    ("numpad", "PageDown", "Numpad3", {}, "PageDown"),
    ("numpad", "Enter", "NumpadEnter", {}, "Enter"),
    ("composing", "1", "Digit1", {"isComposing": True}, ""),
    ("composing", "u", "KeyU", {"keyCode": 229}, ""),
    ("composing", "Process", "KeyU", {}, ""),
    ("composing", "Process", "Digit1", {}, ""),
    ("dead key", "Dead", "Digit6", {}, ""),
    ("dead key", "Dead", "KeyE", {}, ""),
    ("Android", "Unidentified", "", {"keyCode": 229}, ""),
    ("Ctrl", "u", "KeyU", {"ctrlKey": True}, ""),
    ("Ctrl", "1", "Digit1", {"ctrlKey": True}, ""),
    ("Alt", "1", "Digit1", {"altKey": True}, ""),
    ("Cmd", "u", "KeyU", {"metaKey": True}, ""),
    ("AltGr", "1", "Digit1", {"altGraph": True}, ""),
    ("AltGr on Windows", "²", "Digit2", {"altGraph": True, "ctrlKey": True, "altKey": True}, ""),
    ("Ctrl", "Enter", "Enter", {"ctrlKey": True}, "Submit"),
    ("Cmd", "Enter", "Enter", {"metaKey": True}, "Submit"),
    ("Ctrl", "Enter", "NumpadEnter", {"ctrlKey": True}, "Submit"),
    ("Ctrl and Shift", "Enter", "Enter", {"ctrlKey": True, "shiftKey": True}, ""),
    ("Ctrl, composing", "Enter", "Enter", {"ctrlKey": True, "isComposing": True}, ""),
    ("autofill", "", "", {}, ""),
]


class TestAKeyPress:
    def test_has_one_name_on_every_layout(self, module_page: ModulePage) -> None:
        events = [{"key": key, "code": code, **more} for _, key, code, more, _ in NAMES]
        found = module_page.run(
            """
            return events.map(({ altGraph = false, ...event }) =>
              keyName({ ...event, getModifierState: (name) => name === "AltGraph" && altGraph }));
            """,
            events=events,
        )
        wrong = [(row, name) for row, name in zip(NAMES, found, strict=True) if name != row[-1]]
        assert wrong == []

    def test_that_a_program_sends_without_any_property_has_none(self, module_page: ModulePage) -> None:
        assert module_page.run("return keyName(new Event('keydown'));") == ""
