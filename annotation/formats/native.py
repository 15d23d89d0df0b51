"""The native line: a ready pair, or a prompt with its responses. Nothing is coerced, and no unknown field is accepted.

Reading what was written gives the same records again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final, Literal, cast

from annotation.formats import conversations, sides
from annotation.formats.conversations import content, is_blank
from annotation.formats.jsonlines import lines
from annotation.formats.language_tags import is_language_tag
from annotation.formats.native_fields import ADJUDICATION, JUDGEMENT, PAIR, PROMPT, RESPONSE
from annotation.formats.problems import MAX_JUDGEMENTS, MAX_LANGUAGE, MAX_NAME, MAX_RESPONSES, MAX_TAG, MAX_TAGS
from annotation.formats.records import (
    AdjudicationRecord,
    BlankLine,
    Item,
    JudgementRecord,
    PairRecord,
    Problem,
    PromptRecord,
    Record,
    RecordLine,
    ResponseRecord,
    plain,
)
from annotation.formats.values import (
    a_name,
    a_number,
    a_text,
    an_object,
    is_printable,
    one_of,
    refuse_number,
    refuse_quoted_number,
    refuse_unknown,
    required,
    type_of,
    wrong_type,
)
from annotation.vocabulary import VERDICT_WORDS, Verdict
from common.refusals import Refused, below, excerpt
from common.strict_json import OnNul, strict_json

NAME: Final = "native"
SIDES: Final = ("a", "b")
STRENGTHS: Final = (1, 2, 3)
MOST_SECONDS: Final = 10**9
SINCE_1970: Final = (10**8, 10**10)
"""Seconds since 1970 that a number for a moment may be: 1973 to 2286."""

_WORDS: Final = tuple(VERDICT_WORDS.values())
_CALLED: Final = {
    **{name: side for side in "ab" for name in (side, f"response {side}", f"model {side}", f"{side} is better")},
    **dict.fromkeys(("tie", "equal", "same", "draw", "neutral", "both good"), "tie"),
    **dict.fromkeys(("both bad", "bothbad", "tie (bothbad)", "tie (both bad)", "neither", "both are bad"), "both_bad"),
}
"""What other tools call the verdicts, in lower case and with spaces. Which response is 1 or 2, first or left is not certain."""
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})"
)

_TOO_FINE: Final = re.compile(r"[0-9T: -]{19}\.[0-9]{7,}(Z|[+-][0-9]{2}:?[0-9]{2})")


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
        if record.adjudication is not None:
            row["adjudication"] = _adjudication_row(record.adjudication)
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


def _adjudication_row(adjudication: AdjudicationRecord) -> dict[str, Any]:
    row: dict[str, Any] = {"verdict": VERDICT_WORDS[adjudication.verdict]}
    if adjudication.by:
        row["by"] = adjudication.by
    if adjudication.reason:
        row["reason"] = adjudication.reason
    if adjudication.at is not None:
        row["at"] = _moment_text(adjudication.at)
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
        raise Refused("not_an_object", "$", found=type_of(value))
    return _prompt(value, warnings) if "responses" in value else _pair(value, warnings)


def _pair(value: dict[str, Any], warnings: list[str]) -> PairRecord:
    refuse_unknown(value, PAIR, "$")
    external_id, prompt = _identifier(value), content(value, "prompt", "$")
    first, second = (_response(required(value, key, "$"), f"$.{key}") for key in ("response_a", "response_b"))
    if any(is_blank(content) for content in (prompt, first.content, second.content)):
        warnings.append("blank_text")
    warnings += sides.warnings(prompt, (first.content, second.content))
    warnings += conversations.warnings(prompt, (first.content, second.content))
    return PairRecord(
        external_id=external_id,
        prompt=prompt,
        first=first,
        second=second,
        language=_language(value, warnings),
        tags=_tags(value),
        author=a_name(value, "author", "$") if "author" in value else "",
        gold=_verdict(value, "gold", "$", _called(first.model, second.model)) if "gold" in value else None,
        judgements=_judgements(value, _called(first.model, second.model)),
        adjudication=_adjudication(value, _called(first.model, second.model), warnings),
    )


def _prompt(value: dict[str, Any], warnings: list[str]) -> PromptRecord:
    refuse_unknown(value, PROMPT, "$")
    external_id, prompt = _identifier(value), content(value, "prompt", "$")
    given = required(value, "responses", "$")
    if not isinstance(given, list):
        raise wrong_type("$.responses", "list", given)
    if len(given) < 2:
        raise Refused("too_few_responses", "$.responses", responses=len(given))
    if len(given) > MAX_RESPONSES:
        raise Refused("too_many_responses", "$.responses", responses=len(given), most=MAX_RESPONSES)
    responses = tuple(_response(item, f"$.responses[{i}]") for i, item in enumerate(given))
    if is_blank(prompt) or any(is_blank(r.content) for r in responses):
        warnings.append("blank_text")
    contents = [response.content for response in responses]
    warnings += sides.warnings(prompt, contents)
    warnings += conversations.warnings(prompt, contents)
    return PromptRecord(
        external_id=external_id,
        prompt=prompt,
        responses=responses,
        language=_language(value, warnings),
        tags=_tags(value),
        author=a_name(value, "author", "$") if "author" in value else "",
    )


def _response(value: Any, path: str) -> ResponseRecord:
    found = an_object(value, path, RESPONSE)
    return ResponseRecord(a_name(found, "model", path), content(found, "text", path))


def _called(first: str, second: str) -> Mapping[str, str]:
    """What may be meant by a word that is no verdict: the models' names too, and nothing that could mean either side."""
    names = {_plain(first): "a", _plain(second): "b"}
    if len(names) < 2:
        return {word: meant for word, meant in _CALLED.items() if word not in names}
    certain = {word: meant for word, meant in names.items() if _CALLED.get(word, meant) == meant}
    return {word: meant for word, meant in _CALLED.items() if word not in names} | certain


def _plain(word: str) -> str:
    return " ".join(word.replace("_", " ").split()).lower()


def _judgements(value: dict[str, Any], called: Mapping[str, str]) -> tuple[JudgementRecord, ...]:
    if "judgements" not in value:
        return ()
    given = value["judgements"]
    if isinstance(given, dict):
        raise Refused("wrong_type", "$.judgements", reason="object_for_list")
    if not isinstance(given, list):
        raise wrong_type("$.judgements", "list", given)
    if len(given) > MAX_JUDGEMENTS:
        raise Refused("too_many_judgements", "$.judgements", judgements=len(given), most=MAX_JUDGEMENTS)
    return tuple(_judgement(item, f"$.judgements[{i}]", called) for i, item in enumerate(given))


def _judgement(value: Any, path: str, called: Mapping[str, str]) -> JudgementRecord:
    found = an_object(value, path, JUDGEMENT)
    return JudgementRecord(
        annotator=a_name(found, "annotator", path),
        verdict=_verdict(found, "verdict", path, called),
        shown_first=_side(found, "shown_first", path) if "shown_first" in found else None,
        strength=_strength(found, "strength", path) if "strength" in found else None,
        confidence=a_number(found, "confidence", path, 0.5, 1) if "confidence" in found else None,
        seconds=a_number(found, "seconds", path, 0, MOST_SECONDS) if "seconds" in found else None,
        reason=a_text(found, "reason", path) if "reason" in found else "",
        at=_moment(found, "at", path) if "at" in found else None,
    )


def _adjudication(value: dict[str, Any], called: Mapping[str, str], warnings: list[str]) -> AdjudicationRecord | None:
    """What was decided elsewhere. It is read, so that an export is a file to import, and the import says that it stores none."""
    if "adjudication" not in value:
        return None
    path = "$.adjudication"
    found = an_object(value["adjudication"], path, ADJUDICATION)
    warnings.append("adjudication_left_out")
    return AdjudicationRecord(
        verdict=_verdict(found, "verdict", path, called),
        by=a_name(found, "by", path) if "by" in found else "",
        reason=a_text(found, "reason", path) if "reason" in found else "",
        at=_moment(found, "at", path) if "at" in found else None,
    )


def _side(value: Mapping[str, Any], key: str, path: str) -> Literal["a", "b"]:
    return cast('Literal["a", "b"]', one_of(value, key, path, SIDES))


def _strength(value: Mapping[str, Any], key: str, path: str) -> int:
    found = value[key]
    refuse_quoted_number(found, f"{path}.{key}")
    if isinstance(found, float) and found in STRENGTHS:
        raise Refused("wrong_type", f"{path}.{key}", reason="whole_number", value=excerpt(found), wanted=int(found))
    if isinstance(found, bool) or not isinstance(found, int):
        raise wrong_type(f"{path}.{key}", "whole_number", found)
    if found not in STRENGTHS:
        allowed = ", ".join(map(str, STRENGTHS))
        raise Refused("bad_value", f"{path}.{key}", reason="none_of", value=found, allowed=allowed)
    return found


def _moment(value: Mapping[str, Any], key: str, path: str) -> datetime:
    """An ISO 8601 moment with its offset, in UTC. One without an offset is refused: it could be a day off."""
    given = value[key]
    if isinstance(given, int | float) and not isinstance(given, bool):
        raise _number_for_a_moment(given, f"{path}.{key}")
    text = a_text(value, key, path)
    if _MOMENT.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):  # 30 February, second 60, year 0, or out of years 1 to 9999 in UTC
            raise Refused("bad_value", f"{path}.{key}", reason="no_such_moment", value=excerpt(text)) from None
    if _TOO_FINE.fullmatch(text):
        raise Refused("bad_value", f"{path}.{key}", reason="too_fine", value=excerpt(text))
    raise Refused("bad_value", f"{path}.{key}", reason="no_moment", value=excerpt(text))


def _number_for_a_moment(given: float, path: str) -> Refused:
    """The refusal of seconds or milliseconds since 1970, with the moment that they are."""
    for scale in (1, 1000):
        if SINCE_1970[0] <= given / scale <= SINCE_1970[1]:
            moment = datetime.fromtimestamp(given / scale, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            return Refused("wrong_type", path, reason="moment_as_text", value=excerpt(given), wanted=moment)
    return Refused("wrong_type", path, reason="no_moment", value=excerpt(given))


def _identifier(value: dict[str, Any]) -> str:
    refuse_number(value.get("id"), "$.id")
    found = a_text(value, "id", "$")
    if not found.strip():
        raise Refused("bad_id", "$.id", reason="blank")
    if not is_printable(found):
        raise Refused("bad_id", "$.id", value=excerpt(found), most=MAX_NAME)
    return found


def _language(value: dict[str, Any], warnings: list[str]) -> str:
    if "language" not in value:
        return ""
    found = a_text(value, "language", "$")
    if found and not is_printable(found, MAX_LANGUAGE):
        raise Refused("bad_value", "$.language", reason="no_language", value=excerpt(found), most=MAX_LANGUAGE)
    if found and not is_language_tag(found):
        warnings.append("language_tag")
    return found


def _tags(value: dict[str, Any]) -> tuple[str, ...]:
    if "tags" not in value:
        return ()
    given = value["tags"]
    if not isinstance(given, list):
        raise wrong_type("$.tags", "list_of_texts", given)
    if len(given) > MAX_TAGS:
        raise Refused("bad_value", "$.tags", reason="too_many_tags", tags=len(given), most=MAX_TAGS)
    for i, tag in enumerate(given):
        if not isinstance(tag, str):
            raise wrong_type(f"$.tags[{i}]", "text", tag)
        if not is_printable(tag, MAX_TAG):
            raise Refused("bad_value", f"$.tags[{i}]", reason="no_name", value=excerpt(tag), most=MAX_TAG)
    return tuple(given)


def _verdict(value: Mapping[str, Any], key: str, path: str, called: Mapping[str, str] = _CALLED) -> Verdict:
    """A verdict. ``called``: what else may be meant by a word, in lower case; the message says what to write instead."""
    found, here = required(value, key, path), below(path, key)
    if not isinstance(found, str):
        raise Refused("wrong_type", here, reason="verdict", found=type_of(found))
    if found in _WORDS:
        return Verdict.from_word(found)
    if meant := called.get(_plain(found)):
        raise Refused("bad_value", here, reason="verdict_word", value=excerpt(found), wanted=meant)
    raise Refused("bad_value", here, reason="verdict", value=excerpt(found))
