"""The PandaLM human test set: one JSON array of pairs, each judged by the same three annotators. Read only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from annotation.formats import sides
from annotation.formats.jsonlines import opened
from annotation.formats.problems import MAX_LINE, MAX_NAME, MAX_TAG, MAX_TEXT, FileRefused
from annotation.formats.records import Item, JudgementRecord, PairRecord, Problem, RecordLine, ResponseRecord
from annotation.vocabulary import Verdict
from common.refusals import Refused, below, excerpt
from common.strict_json import OnNul, brackets, strict_json

NAME: Final = "pandalm"
MAX_FILE: Final = 512 << 20
ANNOTATORS: Final = ("annotator1", "annotator2", "annotator3")
_KEYS: Final = frozenset(
    ("idx", "motivation_app", "cmp_key", "instruction", "input", "response1", "response2", *ANNOTATORS)
)
_VERDICTS: Final = {1: Verdict.FIRST, 2: Verdict.SECOND, 0: Verdict.TIE}


def read(stream: BinaryIO, *, on_nul: OnNul = "refuse") -> Iterator[Item]:
    """Yield each element of the array as a pair with its judgements, or as a problem; ``line`` is its place from 1.

    The prompt is the instruction and, where there is one, the input after a blank line. A response that is a JSON
    scalar becomes its JSON text, with the warning ``scalar_as_text``. Raises ``FileRefused`` before the first record
    if the file is no JSON array of objects.
    """
    raw = _whole(stream)
    for number, (start, end) in enumerate(_elements(raw), 1):
        element = raw[start:end]
        try:
            if len(element) > MAX_LINE:
                raise Refused("row_too_large", reason="element", most=MAX_LINE)
            warnings: list[str] = []
            # the file is one value and not lines, so a carriage return between fields is plain white space
            value = strict_json(element.replace(b"\r", b"\n"), on_nul=on_nul, warnings=warnings)
            record = _pair(value, warnings)
            yield RecordLine(number, record, tuple(warnings))
        except Refused as refused:
            yield Problem(number, refused.code, refused.path, element[:MAX_LINE], refused.arguments)


def _whole(stream: BinaryIO) -> bytes:
    held = bytearray(opened(stream))
    while chunk := stream.read(1 << 20):
        held += chunk
        if len(held) > MAX_FILE:
            raise FileRefused("file_too_large", most=MAX_FILE >> 20)
    if not held.strip():
        raise FileRefused("empty_file", reason="white_space")
    return bytes(held)


def _elements(raw: bytes) -> list[tuple[int, int]]:
    """Where each object of the array begins and ends, found by brackets alone."""
    not_an_array = FileRefused("wrong_format", reason="no_array_of_objects")
    found: list[tuple[int, int]] = []
    depth = start = 0
    between, closed = 0, False
    for at, opens in brackets(raw):
        if closed or (depth == 0 and (raw[at : at + 1] != b"[" or raw[:at].strip())):
            raise not_an_array
        if opens:
            if depth == 0:
                between = at + 1
            elif depth == 1:
                start = at
                if raw[between:at].strip() != (b"," if found else b""):
                    raise not_an_array
            depth += 1
            continue
        depth -= 1
        if depth == 1:
            found.append((start, at + 1))
            between = at + 1
        elif depth == 0:
            closed = True
            if raw[between:at].strip() or raw[at + 1 :].strip():
                raise not_an_array
    if not closed:
        if raw.lstrip()[:1] == b"[":
            raise FileRefused("wrong_format", reason="array_cut")
        raise not_an_array
    return found


def _pair(value: Any, warnings: list[str]) -> PairRecord:
    if not isinstance(value, dict):
        raise Refused("not_an_object", "$", reason="element")
    for key in value:
        if key not in _KEYS:
            known = ", ".join(sorted(_KEYS))
            raise Refused("unknown_field", below("$", key), field=excerpt(key), reason="known", wanted=known)
    index = _given(value, "idx")
    if isinstance(index, bool) or not isinstance(index, int):
        raise Refused("wrong_type", "$.idx", reason="wanted", wanted="whole_number")
    models = _models(_text(value, "cmp_key"))
    instruction = _text(value, "instruction")
    further = _text(value, "input") if "input" in value else ""
    prompt = f"{instruction}\n\n{further}" if further else instruction
    if len(prompt) > MAX_TEXT:
        raise Refused("text_too_long", "$", reason="prompt", length=len(prompt), most=MAX_TEXT)
    first, second = (
        ResponseRecord(model, _answer(value, key, warnings))
        for model, key in zip(models, ("response1", "response2"), strict=True)
    )
    if not all(text.strip() for text in (prompt, str(first.content), str(second.content))):
        warnings.append("blank_text")
    warnings += sides.warnings(prompt, (first.content, second.content))
    return PairRecord(
        external_id=str(index),
        prompt=prompt,
        first=first,
        second=second,
        tags=_tags(value),
        judgements=tuple(JudgementRecord(name, _verdict(value, name)) for name in ANNOTATORS),
    )


def _models(key: str) -> tuple[str, str]:
    names = key.split("_")
    if len(names) != 2 or not all(1 <= len(name) <= MAX_NAME and name.strip() and name.isprintable() for name in names):
        raise Refused("ambiguous_models", "$.cmp_key", value=excerpt(key))
    return names[0], names[1]


def _answer(value: dict[str, Any], key: str, warnings: list[str]) -> str:
    found = _given(value, key)
    if isinstance(found, list | dict):
        raise Refused("wrong_type", f"$.{key}", reason="wanted", wanted="text")
    if not isinstance(found, str):
        if "scalar_as_text" not in warnings:
            warnings.append("scalar_as_text")
        return json.dumps(found)
    return _text(value, key)


def _verdict(value: dict[str, Any], name: str) -> Verdict:
    label = _given(value, name)
    if isinstance(label, bool) or not isinstance(label, int):
        raise Refused("wrong_type", f"$.{name}", reason="wanted", wanted="whole_number")
    if label not in _VERDICTS:
        raise Refused("bad_value", f"$.{name}", reason="none_of", value=label, allowed=", ".join(map(str, _VERDICTS)))
    return _VERDICTS[label]


def _tags(value: dict[str, Any]) -> tuple[str, ...]:
    """What the prompt was written for, as the file's ``motivation_app`` says."""
    tag = _text(value, "motivation_app") if "motivation_app" in value else ""
    return (tag,) if tag.strip() and tag.isprintable() and len(tag) <= MAX_TAG else ()


def _text(value: dict[str, Any], key: str) -> str:
    found = _given(value, key)
    if not isinstance(found, str):
        raise Refused("wrong_type", f"$.{key}", reason="wanted", wanted="text")
    if len(found) > MAX_TEXT:
        raise Refused("text_too_long", f"$.{key}", length=len(found), most=MAX_TEXT)
    return found


def _given(value: dict[str, Any], key: str) -> Any:
    found = value.get(key)
    if found is None:
        raise Refused("missing_field", f"$.{key}", reason="null" if key in value else "absent")
    return found
