"""The native line: a ready pair, or a prompt with responses. Nothing is coerced, nothing unknown is let through."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final, Literal, cast

from annotation.formats.jsonlines import lines
from annotation.formats.problems import (
    MAX_LANGUAGE,
    MAX_NAME,
    MAX_RESPONSES,
    MAX_TAG,
    MAX_TAGS,
    MAX_TEXT,
    LineRefused,
)
from annotation.formats.records import (
    BlankLine,
    Content,
    Item,
    JudgementRecord,
    Message,
    PairLine,
    Problem,
    PromptLine,
    ResponseRecord,
)
from annotation.vocabulary import Verdict
from common.refusals import Refused, below
from common.refusals import excerpt as shown
from common.sentences import STRICT_JSON, sentence
from common.strict_json import OnNul, strict_json

ROLES: Final = ("system", "user", "assistant", "tool")
# field: whether it is required
_COMMON: Final = {"id": True, "prompt": True, "language": False, "tags": False, "author": False}
_PAIR: Final = {**_COMMON, "response_a": True, "response_b": True, "gold": False, "judgements": False}
_PROMPT: Final = {**_COMMON, "responses": True}
_RESPONSE: Final = {"model": True, "text": True}
_MESSAGE: Final = {"role": True, "content": True}
_JUDGEMENT: Final = {
    "annotator": True,
    "verdict": True,
    **dict.fromkeys(("shown_first", "strength", "confidence", "reason", "seconds", "at"), False),
}
_WORDS: Final = ("a", "b", "tie", "both_bad")
_BIDI_CONTROLS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})"
)
_MOST_SECONDS: Final = 1e9


def read_native(stream: BinaryIO, *, on_nul: OnNul = "refuse") -> Iterator[Item]:
    """Each line of a JSON-lines file as a record, a problem or a blank. Raises ``FileRefused`` if it is another format."""
    for found in lines(stream):
        if isinstance(found, Problem):
            yield found
            continue
        number, raw = found
        if not raw.strip(b" \t\r"):
            yield BlankLine(number)
            continue
        try:
            warnings: list[str] = []
            value = strict_json(raw, on_nul=on_nul, warnings=warnings)
            yield native_record(value, line=number, warnings=warnings)
        except Refused as refused:
            message = sentence(STRICT_JSON, refused.code, refused.arguments, refused.path)
            yield Problem(number, refused.code, message, refused.path, raw)
        except LineRefused as refused:
            yield Problem(number, refused.code, refused.message, refused.path, raw)


def native_record(value: Any, *, line: int, warnings: list[str] | None = None) -> PairLine | PromptLine:
    """The record of one JSON value in native form; an API body's items come this way too. Raises ``LineRefused``."""
    notes = list(warnings or [])
    if not isinstance(value, dict):
        raise LineRefused("not_an_object", f"The line is {_named(value)}, not an object.", "$")
    if "responses" in value:
        return _prompt_line(value, line, notes)
    return _pair_line(value, line, notes)


def _pair_line(value: dict[str, Any], line: int, notes: list[str]) -> PairLine:
    _known(value, _PAIR, "$")
    external_id, prompt = _identifier(value), _content(value, "prompt", "$")
    first, second = (_response(_required(value, key, "$"), f"$.{key}") for key in ("response_a", "response_b"))
    if any(_blank(content) for content in (prompt, first.content, second.content)):
        notes.append("blank_text")
    if first.content == second.content:
        notes.append("identical_pair")
    return PairLine(
        line=line,
        external_id=external_id,
        prompt=prompt,
        first=first,
        second=second,
        language=_language(value),
        tags=_tags(value),
        author=_name(value, "author", "$") if "author" in value else "",
        gold=_verdict(value, "gold", "$") if "gold" in value else None,
        judgements=_judgements(value),
        warnings=tuple(notes),
    )


def _prompt_line(value: dict[str, Any], line: int, notes: list[str]) -> PromptLine:
    _known(value, _PROMPT, "$")
    external_id, prompt = _identifier(value), _content(value, "prompt", "$")
    given = _required(value, "responses", "$")
    if not isinstance(given, list):
        raise _wrong_type("$.responses", "a list", given)
    if len(given) < 2:
        raise LineRefused(
            "too_few_responses", f"The prompt has {len(given)} responses; a pair needs two.", "$.responses"
        )
    if len(given) > MAX_RESPONSES:
        message = f"The prompt has {len(given):,} responses; {MAX_RESPONSES} are allowed."
        raise LineRefused("too_many_responses", message, "$.responses")
    responses = tuple(_response(item, f"$.responses[{i}]") for i, item in enumerate(given))
    if _blank(prompt) or any(_blank(r.content) for r in responses):
        notes.append("blank_text")
    if len({r.content for r in responses}) < len(responses):
        notes.append("identical_pair")
    return PromptLine(
        line=line,
        external_id=external_id,
        prompt=prompt,
        responses=responses,
        language=_language(value),
        tags=_tags(value),
        author=_name(value, "author", "$") if "author" in value else "",
        warnings=tuple(notes),
    )


def _response(value: Any, path: str) -> ResponseRecord:
    found = _object(value, path, _RESPONSE)
    return ResponseRecord(_name(found, "model", path), _content(found, "text", path))


def _content(value: Mapping[str, Any], key: str, path: str) -> Content:
    """A text, or a conversation of at least one message."""
    found, here = _required(value, key, path), below(path, key)
    if isinstance(found, str):
        return _short_enough(found, here)
    if not isinstance(found, list):
        raise _wrong_type(here, "a text or a list of messages", found)
    if not found:
        raise LineRefused("missing_field", f"{here} has no message.", here)
    return tuple(_message(item, f"{here}[{i}]") for i, item in enumerate(found))


def _message(value: Any, path: str) -> Message:
    found = _object(value, path, _MESSAGE)
    role = _text(found, "role", path)
    if role not in ROLES:
        raise _bad_value(f"{path}.role", role, ", ".join(ROLES))
    return Message(role, _text(found, "content", path))


def _judgements(value: dict[str, Any]) -> tuple[JudgementRecord, ...]:
    if "judgements" not in value:
        return ()
    given = value["judgements"]
    if not isinstance(given, list):
        raise _wrong_type("$.judgements", "a list", given)
    return tuple(_judgement(item, f"$.judgements[{i}]") for i, item in enumerate(given))


def _judgement(value: Any, path: str) -> JudgementRecord:
    found = _object(value, path, _JUDGEMENT)
    annotator = _name(found, "annotator", path)
    verdict = _verdict(found, "verdict", path)
    shown_first: Literal["a", "b"] | None = None
    if "shown_first" in found:
        word = _text(found, "shown_first", path)
        if word not in ("a", "b"):
            raise _bad_value(f"{path}.shown_first", word, "a, b")
        shown_first = cast('Literal["a", "b"]', word)
    strength = confidence = seconds = None
    if "strength" in found:
        given = found["strength"]
        if isinstance(given, bool) or not isinstance(given, int):
            raise _wrong_type(f"{path}.strength", "a whole number", given)
        if not 1 <= given <= 3:
            raise _bad_value(f"{path}.strength", given, "1, 2, 3")
        strength = given
    if "confidence" in found:
        confidence = _number(found, "confidence", path, 0.5, 1, "0.5 to 1")
    if "seconds" in found:
        seconds = _number(found, "seconds", path, 0, _MOST_SECONDS, "0 to 1,000,000,000")
    return JudgementRecord(
        annotator=annotator,
        verdict=verdict,
        shown_first=shown_first,
        strength=strength,
        confidence=confidence,
        reason=_text(found, "reason", path) if "reason" in found else "",
        seconds=seconds,
        at=_moment(found, "at", path) if "at" in found else None,
    )


def _number(value: Mapping[str, Any], key: str, path: str, low: float, high: float, allowed: str) -> float:
    found = value[key]
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _wrong_type(f"{path}.{key}", "a number", found)
    if not low <= found <= high:
        raise _bad_value(f"{path}.{key}", found, allowed)
    return float(found)


def _moment(value: Mapping[str, Any], key: str, path: str) -> datetime:
    """An ISO 8601 moment with its offset, in UTC. One without an offset is refused: it could be a day off."""
    text = _text(value, key, path)
    if _MOMENT.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):  # 30 February, second 60, year 0, or out of years 1 to 9999 in UTC
            pass
    raise _bad_value(f"{path}.{key}", text, "an ISO 8601 moment with its offset, as 2026-07-13T16:20:00Z")


def _identifier(value: dict[str, Any]) -> str:
    found = _text(value, "id", "$")
    if not _printable(found):
        raise LineRefused("bad_id", f"The id {shown(found)} is not 1 to {MAX_NAME} printable characters.", "$.id")
    return found


def _name(value: Mapping[str, Any], key: str, path: str) -> str:
    found = _text(value, key, path)
    if not _printable(found):
        raise _bad_value(below(path, key), found, f"1 to {MAX_NAME} printable characters")
    return found


def _printable(text: str, most: int = MAX_NAME) -> bool:
    """Not blank, short enough, and no control, line or direction character in it; emoji and any script are fine."""
    if not 1 <= len(text) <= most or not text.strip():
        return False
    if text.isascii():
        return text.isprintable()
    return not any(c in _BIDI_CONTROLS or unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text)


def _language(value: dict[str, Any]) -> str:
    if "language" not in value:
        return ""
    found = _text(value, "language", "$")
    if found and not _printable(found, MAX_LANGUAGE):
        raise _bad_value("$.language", found, f"a language tag of at most {MAX_LANGUAGE} characters")
    return found


def _tags(value: dict[str, Any]) -> tuple[str, ...]:
    if "tags" not in value:
        return ()
    given = value["tags"]
    if not isinstance(given, list):
        raise _wrong_type("$.tags", "a list of texts", given)
    if len(given) > MAX_TAGS:
        raise _bad_value("$.tags", f"{len(given):,} tags", f"at most {MAX_TAGS}")
    for i, tag in enumerate(given):
        if not isinstance(tag, str):
            raise _wrong_type(f"$.tags[{i}]", "a text", tag)
        if not _printable(tag, MAX_TAG):
            raise _bad_value(f"$.tags[{i}]", tag, f"1 to {MAX_TAG} printable characters")
    return tuple(given)


def _verdict(value: Mapping[str, Any], key: str, path: str) -> Verdict:
    word = _text(value, key, path)
    try:
        return Verdict.from_word(word)
    except KeyError:
        raise _bad_value(below(path, key), word, ", ".join(_WORDS)) from None


def _text(value: Mapping[str, Any], key: str, path: str) -> str:
    found, here = _required(value, key, path), below(path, key)
    if not isinstance(found, str):
        raise _wrong_type(here, "a text", found)
    return _short_enough(found, here)


def _short_enough(text: str, path: str) -> str:
    if len(text) > MAX_TEXT:
        message = f"The text has {len(text):,} characters; {MAX_TEXT:,} are allowed."
        raise LineRefused("text_too_long", message, path)
    return text


def _required(value: Mapping[str, Any], key: str, path: str) -> Any:
    found = value.get(key)
    if found is not None:
        return found
    here = below(path, key)
    if key in value:
        raise LineRefused("missing_field", f"{here} is null.", here)
    raise LineRefused("missing_field", f"{here} is missing.", here)


def _object(value: Any, path: str, fields: Mapping[str, bool]) -> dict[str, Any]:
    if value is None:
        raise LineRefused("missing_field", f"{path} is null.", path)
    if not isinstance(value, dict):
        raise _wrong_type(path, "an object", value)
    _known(value, fields, path)
    return value


def _known(value: dict[str, Any], fields: Mapping[str, bool], path: str) -> None:
    """Every key is a field, and an optional field that is there is not null."""
    for key, found in value.items():
        if key not in fields:
            raise LineRefused("unknown_field", f"There is no field {shown(key)}.", below(path, key))
        if found is None and not fields[key]:
            message = f"{below(path, key)} is null; leave it out where there is nothing to say."
            raise LineRefused("wrong_type", message, below(path, key))


def _wrong_type(path: str, wanted: str, found: object) -> LineRefused:
    return LineRefused("wrong_type", f"{path} must be {wanted}, not {_named(found)}.", path)


def _bad_value(path: str, found: str | float, allowed: str) -> LineRefused:
    return LineRefused("bad_value", f"{path} is {shown(found)}; it must be {allowed}.", path)


def _blank(content: Content) -> bool:
    return not content.strip() if isinstance(content, str) else all(not m.content.strip() for m in content)


def _named(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    for kind, name in ((str, "a text"), (int, "a number"), (float, "a number"), (list, "a list"), (dict, "an object")):
        if isinstance(value, kind):
            return name
    return "something else"
