from __future__ import annotations

import ast
import importlib.util
import string
from pathlib import Path

import pytest

import annotation.formats
import annotation.services.intake
from annotation.formats import conversations, native_fields
from annotation.formats.records import Message
from annotation.pages.import_sentences import MEANINGS, SENTENCES, meaning, sentence

REFUSALS = {"Refused", "FileRefused"}
WARNINGS = "warnings"


def sources() -> list[ast.Module]:
    folders = [*annotation.formats.__path__, *annotation.services.intake.__path__]
    strict = importlib.util.find_spec("common.strict_json").origin
    return [ast.parse(path.read_text()) for path in [*(p for f in folders for p in Path(f).glob("*.py")), Path(strict)]]


def text(node: ast.expr) -> list[str]:
    """What a string expression may be; nothing where that is not written there."""
    match node:
        case ast.Constant(str(value)):
            return [value]
        case ast.IfExp(body=one, orelse=other):
            return text(one) + text(other)
    return []


def raised() -> list[tuple[str, str, set[str]]]:
    """Code, reason and arguments of every refusal that is written out."""
    found = []
    for module in sources():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS:
                arguments = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
                reasons = text(arguments["reason"]) if "reason" in arguments else [""]
                found += [(c, r, set(arguments)) for a in node.args[:1] for c in text(a) for r in reasons]
    return found


def warned() -> set[str]:
    """Code of every warning that is written out."""
    calls = (node for module in sources() for node in ast.walk(module) if isinstance(node, ast.Call))
    return {
        code
        for call in calls
        if isinstance(call.func, ast.Attribute)
        if isinstance(call.func.value, ast.Name) and call.func.value.id == WARNINGS and call.func.attr == "append"
        for argument in call.args
        for code in text(argument)
    }


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


class TestSentences:
    @pytest.mark.parametrize(("code", "reason", "arguments"), raised())
    def test_are_there_for_every_refusal_with_its_arguments(self, code: str, reason: str, arguments: set[str]) -> None:
        template = SENTENCES.get(f"{code}.{reason}" if reason else code)

        assert template is not None, f"{code}.{reason}"
        assert fields(template) <= arguments | {"path"}

    def test_are_those_of_refusals_that_are_raised(self) -> None:
        codes = {code for code, _, _ in raised()}

        assert {"not_json", "id_conflict", "wrong_type", "bad_value", "empty_file"} <= codes
        assert {key.split(".")[0] for key in SENTENCES} <= codes

    def test_of_a_row_from_another_version_are_its_code(self) -> None:
        assert sentence("bad_id", {}, "$.id") == "Bad id."
        assert sentence("no_such_code", {"reason": "none"}) == "No such code."


class TestMeanings:
    def test_are_there_for_every_code(self) -> None:
        codes = {code for code, _, _ in raised()} | warned()

        assert {"not_json", "row_too_large", "blank_text", "wrong_format"} <= codes
        assert codes <= set(MEANINGS)

    def test_name_what_is_wrong_and_what_to_do(self) -> None:
        for found in MEANINGS.values():
            assert found.sentence[0].isupper()
            assert not found.sentence.endswith(".")
            assert found.advice.endswith(".")
            assert "please" not in (found.sentence + found.advice).lower()

    def test_of_a_code_that_is_gone_are_its_words(self) -> None:
        assert meaning("some_old_code").sentence == "Some old code"


class TestFieldsOfOtherTools:
    def test_have_each_a_sentence_that_tells_what_to_write(self):
        reasons = {
            reason
            for fields in (
                native_fields.PAIR,
                native_fields.PROMPT,
                native_fields.RESPONSE,
                native_fields.JUDGEMENT,
                conversations._MESSAGE,
            )
            for reason in fields.foreign.values()
        }

        worded = {key.removeprefix("unknown_field.") for key in SENTENCES if key.startswith("unknown_field.")}
        assert worded == reasons | {"spelling", "known", "leave_out"}

    def test_are_no_fields_of_ours(self):
        for fields in (
            native_fields.PAIR,
            native_fields.PROMPT,
            native_fields.RESPONSE,
            native_fields.JUDGEMENT,
            conversations._MESSAGE,
        ):
            assert not fields.foreign.keys() & fields.required.keys()
            assert all(key == key.lower() for key in fields.foreign)


class TestShapes:
    def test_have_each_a_meaning_with_advice(self):
        ask, answer = Message("user", "Hi"), Message("assistant", "Yo")
        found = {
            *conversations.warnings((answer,), [(answer,), (answer, ask)]),
            *conversations.warnings(
                (ask,), [(ask, answer), (answer, Message("tool", "")), (answer, Message("tool", ""))]
            ),
            *conversations.warnings((ask, Message("system", "")), ["x", "y"]),
        }

        assert found == {"prompt_end", "response_ends", "repeated_turns", "turn_order", "shared_turns"}
        assert all(MEANINGS[code].advice for code in found)

    @pytest.mark.parametrize(
        ("roles", "answer", "unusual"),
        [
            ("user", "assistant", False),
            ("system user", "assistant", False),
            ("user assistant tool", "assistant", False),
            ("user assistant tool tool", "assistant tool assistant", False),
            ("system user assistant user", "assistant user assistant", False),
            ("assistant user", "assistant", True),
            ("system assistant user", "assistant", True),
            ("user tool", "assistant", True),
            ("tool", "assistant", True),
            ("system tool", "assistant", True),
            ("user user", "assistant", True),
            ("user system user", "assistant", True),
            ("system system user", "assistant", True),
            ("system", "assistant", True),
            ("user", "system assistant", True),
            ("user", "assistant assistant", True),
        ],
    )
    def test_are_unusual_where_a_turn_is_not_in_its_place(self, roles, answer, unusual):
        prompt, response = (
            tuple(Message(role, f"{role} {k}") for k, role in enumerate(text.split())) for text in (roles, answer)
        )

        assert ("turn_order" in conversations.warnings(prompt, [response])) is unusual

    def test_allow_an_answer_that_was_given_before(self):
        sorry, ask = Message("assistant", "I cannot help."), Message("user", "Why?")
        prompt = (ask, sorry, Message("user", "And now?"))

        assert list(conversations.warnings(prompt, [(sorry,), "I can."])) == []
        assert "repeated_turns" in conversations.warnings(prompt, [(sorry, ask, sorry)])

    def test_of_plain_texts_are_as_expected(self):
        assert list(conversations.warnings("Hi", ["Hi", "Yo"])) == []

    def test_with_tools_between_the_assistants_turns_are_as_expected(self):
        ask, answer, tool = Message("user", "Hi"), Message("assistant", "Yo"), Message("tool", "4")

        assert (
            list(
                conversations.warnings(
                    (Message("system", "S"), ask), [(answer,), (Message("assistant", "No"), tool, answer)]
                )
            )
            == []
        )
