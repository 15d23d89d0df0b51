"""The native line: a ready pair, or a prompt with its responses. Nothing is coerced, and no unknown field is accepted.

Reading what was written gives the same records again.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final, Literal, cast

from annotation.formats.jsonlines import lines
from annotation.formats.problems import MAX_LANGUAGE, MAX_NAME, MAX_RESPONSES, MAX_TAG, MAX_TAGS, MAX_TEXT
from annotation.formats.records import (
    BlankLine,
    Content,
    Item,
    JudgementRecord,
    Message,
    PairRecord,
    Problem,
    PromptRecord,
    Record,
    RecordLine,
    ResponseRecord,
    plain,
)
from annotation.vocabulary import VERDICT_WORDS, Verdict
from common.refusals import Refused, below, excerpt
from common.strict_json import OnNul, strict_json

NAME: Final = "native"
ROLES: Final = ("system", "user", "assistant", "tool")
SIDES: Final = ("a", "b")
STRENGTHS: Final = (1, 2, 3)
MOST_SECONDS: Final = 10**9

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
_WORDS: Final = tuple(VERDICT_WORDS.values())
_BIDI_CONTROLS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})"
)


def write(records: Iterable[Record]) -> Iterator[bytes]:
    """Yield each record as a line of JSON, one at a time.

    Examples
    --------
    >>> judged = JudgementRecord("Ann", Verdict.SECOND)
    >>> pair = PairRecord("1", "Hi", ResponseRecord("m", "Yo"), ResponseRecord("n", "Hello"), "en", judgements=(judged,))
    >>> print(next(write([pair])).decode(), end="")
    {"id": "1", "prompt": "Hi", "response_a": {"model": "m", "text": "Yo"}, "response_b": {"model": "n", "text": "Hello"},
     "language": "en", "judgements": [{"annotator": "Ann", "verdict": "b"}]}
    """
    for record in records:
        yield json_line(record) + b"\n"


def json_line(record: Record) -> bytes:
    """Return a record as one line in UTF-8, without a line end; what is unknown (None or empty) is left out.

    JSON escapes every line feed and carriage return inside a text. U+2028, U+2029 and U+0085 stay as they are: they end
    no line of JSON lines, so split a file at line feeds and not by ``str.splitlines``.

    Raises
    ------
    ValueError
        A number that JSON cannot write, a moment without an offset, or a text that is no Unicode (a lone surrogate).
    """
    row: dict[str, Any] = {"id": record.external_id, "prompt": plain(record.prompt)}
    if isinstance(record, PromptRecord):
        row["responses"] = [_response_row(response) for response in record.responses]
    else:
        row["response_a"] = _response_row(record.first)
        row["response_b"] = _response_row(record.second)
    if record.language:
        row["language"] = record.language
    if record.tags:
        row["tags"] = list(record.tags)
    if record.author:
        row["author"] = record.author
    if isinstance(record, PairRecord):
        if record.gold is not None:
            row["gold"] = record.gold.word
        if record.judgements:
            row["judgements"] = [_judgement_row(judgement) for judgement in record.judgements]
    return _ENCODER.encode(row).encode()


def _response_row(response: ResponseRecord) -> dict[str, Any]:
    return {"model": response.model, "text": plain(response.content)}


def _judgement_row(judgement: JudgementRecord) -> dict[str, Any]:
    row: dict[str, Any] = {"annotator": judgement.annotator, "verdict": VERDICT_WORDS[judgement.verdict]}
    if judgement.shown_first is not None:
        row["shown_first"] = judgement.shown_first
    if judgement.strength is not None:
        row["strength"] = judgement.strength
    if judgement.confidence is not None:
        row["confidence"] = judgement.confidence
    if judgement.reason:
        row["reason"] = judgement.reason
    if judgement.seconds is not None:
        row["seconds"] = judgement.seconds
    if judgement.at is not None:
        row["at"] = _moment_text(judgement.at)
    return row


def _moment_text(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no offset")
    in_utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def read(stream: BinaryIO, *, on_nul: OnNul = "refuse") -> Iterator[Item]:
    """Yield each line of a file as a record, a problem or a blank line. Raises ``FileRefused`` if it is another format."""
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
            record = _record(strict_json(raw, on_nul=on_nul, warnings=warnings), warnings)
            yield RecordLine(number, record, tuple(warnings))
        except Refused as refused:
            yield Problem(number, refused.code, refused.path, raw, refused.arguments)


def _record(value: Any, warnings: list[str]) -> Record:
    if not isinstance(value, dict):
        raise Refused("not_an_object", "$", found=_type_of(value))
    return _prompt(value, warnings) if "responses" in value else _pair(value, warnings)


def _pair(value: dict[str, Any], warnings: list[str]) -> PairRecord:
    _refuse_unknown(value, _PAIR, "$")
    external_id, prompt = _identifier(value), _content(value, "prompt", "$")
    first, second = (_response(_required(value, key, "$"), f"$.{key}") for key in ("response_a", "response_b"))
    if any(_is_blank(content) for content in (prompt, first.content, second.content)):
        warnings.append("blank_text")
    if first.content == second.content:
        warnings.append("identical_pair")
    return PairRecord(
        external_id=external_id,
        prompt=prompt,
        first=first,
        second=second,
        language=_language(value),
        tags=_tags(value),
        author=_name(value, "author", "$") if "author" in value else "",
        gold=_verdict(value, "gold", "$") if "gold" in value else None,
        judgements=_judgements(value),
    )


def _prompt(value: dict[str, Any], warnings: list[str]) -> PromptRecord:
    _refuse_unknown(value, _PROMPT, "$")
    external_id, prompt = _identifier(value), _content(value, "prompt", "$")
    given = _required(value, "responses", "$")
    if not isinstance(given, list):
        raise _wrong_type("$.responses", "list", given)
    if len(given) < 2:
        raise Refused("too_few_responses", "$.responses", responses=len(given))
    if len(given) > MAX_RESPONSES:
        raise Refused("too_many_responses", "$.responses", responses=len(given), most=MAX_RESPONSES)
    responses = tuple(_response(item, f"$.responses[{i}]") for i, item in enumerate(given))
    if _is_blank(prompt) or any(_is_blank(r.content) for r in responses):
        warnings.append("blank_text")
    if len({r.content for r in responses}) < len(responses):
        warnings.append("identical_pair")
    return PromptRecord(
        external_id=external_id,
        prompt=prompt,
        responses=responses,
        language=_language(value),
        tags=_tags(value),
        author=_name(value, "author", "$") if "author" in value else "",
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
        raise _wrong_type(here, "text_or_messages", found)
    if not found:
        raise Refused("missing_field", here, reason="no_message")
    return tuple(_message(item, f"{here}[{i}]") for i, item in enumerate(found))


def _message(value: Any, path: str) -> Message:
    found = _object(value, path, _MESSAGE)
    return Message(_one_of(found, "role", path, ROLES), _text(found, "content", path))


def _judgements(value: dict[str, Any]) -> tuple[JudgementRecord, ...]:
    if "judgements" not in value:
        return ()
    given = value["judgements"]
    if not isinstance(given, list):
        raise _wrong_type("$.judgements", "list", given)
    return tuple(_judgement(item, f"$.judgements[{i}]") for i, item in enumerate(given))


def _judgement(value: Any, path: str) -> JudgementRecord:
    found = _object(value, path, _JUDGEMENT)
    return JudgementRecord(
        annotator=_name(found, "annotator", path),
        verdict=_verdict(found, "verdict", path),
        shown_first=_side(found, "shown_first", path) if "shown_first" in found else None,
        strength=_strength(found, "strength", path) if "strength" in found else None,
        confidence=_number(found, "confidence", path, 0.5, 1) if "confidence" in found else None,
        seconds=_number(found, "seconds", path, 0, MOST_SECONDS) if "seconds" in found else None,
        reason=_text(found, "reason", path) if "reason" in found else "",
        at=_moment(found, "at", path) if "at" in found else None,
    )


def _side(value: Mapping[str, Any], key: str, path: str) -> Literal["a", "b"]:
    return cast('Literal["a", "b"]', _one_of(value, key, path, SIDES))


def _strength(value: Mapping[str, Any], key: str, path: str) -> int:
    found = value[key]
    if isinstance(found, bool) or not isinstance(found, int):
        raise _wrong_type(f"{path}.{key}", "whole_number", found)
    if found not in STRENGTHS:
        allowed = ", ".join(map(str, STRENGTHS))
        raise Refused("bad_value", f"{path}.{key}", reason="none_of", value=found, allowed=allowed)
    return found


def _number(value: Mapping[str, Any], key: str, path: str, low: float, high: float) -> float:
    found = value[key]
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _wrong_type(f"{path}.{key}", "number", found)
    if not low <= found <= high:
        raise Refused("bad_value", f"{path}.{key}", reason="out_of_range", value=excerpt(found), low=low, high=high)
    return float(found)


def _moment(value: Mapping[str, Any], key: str, path: str) -> datetime:
    """An ISO 8601 moment with its offset, in UTC. One without an offset is refused: it could be a day off."""
    text = _text(value, key, path)
    if _MOMENT.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):  # 30 February, second 60, year 0, or out of years 1 to 9999 in UTC
            pass
    raise Refused("bad_value", f"{path}.{key}", reason="no_moment", value=excerpt(text))


def _identifier(value: dict[str, Any]) -> str:
    found = _text(value, "id", "$")
    if not _is_printable(found):
        raise Refused("bad_id", "$.id", value=excerpt(found), most=MAX_NAME)
    return found


def _name(value: Mapping[str, Any], key: str, path: str) -> str:
    found = _text(value, key, path)
    if not _is_printable(found):
        raise Refused("bad_value", below(path, key), reason="no_name", value=excerpt(found), most=MAX_NAME)
    return found


def _is_printable(text: str, most: int = MAX_NAME) -> bool:
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
    if found and not _is_printable(found, MAX_LANGUAGE):
        raise Refused("bad_value", "$.language", reason="no_language", value=excerpt(found), most=MAX_LANGUAGE)
    return found


def _tags(value: dict[str, Any]) -> tuple[str, ...]:
    if "tags" not in value:
        return ()
    given = value["tags"]
    if not isinstance(given, list):
        raise _wrong_type("$.tags", "list_of_texts", given)
    if len(given) > MAX_TAGS:
        raise Refused("bad_value", "$.tags", reason="too_many_tags", tags=len(given), most=MAX_TAGS)
    for i, tag in enumerate(given):
        if not isinstance(tag, str):
            raise _wrong_type(f"$.tags[{i}]", "text", tag)
        if not _is_printable(tag, MAX_TAG):
            raise Refused("bad_value", f"$.tags[{i}]", reason="no_name", value=excerpt(tag), most=MAX_TAG)
    return tuple(given)


def _verdict(value: Mapping[str, Any], key: str, path: str) -> Verdict:
    return Verdict.from_word(_one_of(value, key, path, _WORDS))


def _one_of(value: Mapping[str, Any], key: str, path: str, allowed: tuple[str, ...]) -> str:
    found = _text(value, key, path)
    if found not in allowed:
        raise Refused("bad_value", below(path, key), reason="none_of", value=excerpt(found), allowed=", ".join(allowed))
    return found


def _text(value: Mapping[str, Any], key: str, path: str) -> str:
    found, here = _required(value, key, path), below(path, key)
    if not isinstance(found, str):
        raise _wrong_type(here, "text", found)
    return _short_enough(found, here)


def _short_enough(text: str, path: str) -> str:
    if len(text) > MAX_TEXT:
        raise Refused("text_too_long", path, length=len(text), most=MAX_TEXT)
    return text


def _required(value: Mapping[str, Any], key: str, path: str) -> Any:
    found = value.get(key)
    if found is not None:
        return found
    raise Refused("missing_field", below(path, key), reason="null" if key in value else "absent")


def _object(value: Any, path: str, fields: Mapping[str, bool]) -> dict[str, Any]:
    if value is None:
        raise Refused("missing_field", path, reason="null")
    if not isinstance(value, dict):
        raise _wrong_type(path, "object", value)
    _refuse_unknown(value, fields, path)
    return value


def _refuse_unknown(value: dict[str, Any], fields: Mapping[str, bool], path: str) -> None:
    """Every key is a field, and an optional field that is there is not null."""
    for key, found in value.items():
        if key not in fields:
            raise Refused("unknown_field", below(path, key), field=excerpt(key))
        if found is None and not fields[key]:
            raise Refused("wrong_type", below(path, key), reason="null")


def _wrong_type(path: str, wanted: str, found: object) -> Refused:
    return Refused("wrong_type", path, wanted=wanted, found=_type_of(found))


def _is_blank(content: Content) -> bool:
    return not content.strip() if isinstance(content, str) else all(not m.content.strip() for m in content)


def _type_of(value: object) -> str:
    """What JSON calls the value's type: ``null``, ``true``, ``false``, ``text``, ``number``, ``list`` or ``object``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    names = ((str, "text"), (int | float, "number"), (list, "list"), (dict, "object"))
    return next(name for kind, name in names if isinstance(value, kind))
