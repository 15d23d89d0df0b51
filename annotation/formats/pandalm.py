"""The PandaLM human test set: one JSON array of pairs, the same three people on each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from annotation.formats.jsonlines import opened
from annotation.formats.problems import MAX_LINE, MAX_TAG, MAX_TEXT, FileRefused, LineRefused
from annotation.formats.records import Item, JudgementRecord, PairLine, Problem, ResponseRecord
from annotation.vocabulary import Verdict
from common.refusals import Refused, below
from common.refusals import excerpt as shown
from common.sentences import STRICT_JSON, sentence
from common.strict_json import OnNul, brackets, strict_json

MAX_FILE: Final = 512 << 20
ANNOTATORS: Final = ("annotator1", "annotator2", "annotator3")
_KEYS: Final = frozenset(
    ("idx", "motivation_app", "cmp_key", "instruction", "input", "response1", "response2", *ANNOTATORS)
)
_VERDICTS: Final = {1: Verdict.FIRST, 2: Verdict.SECOND, 0: Verdict.TIE}


def read_pandalm(stream: BinaryIO, *, on_nul: OnNul = "refuse") -> Iterator[Item]:
    """Each element of the array as a pair with its judgements, or as a problem; ``line`` is its place from 1.

    The prompt is the instruction and, where there is one, the input below a blank line. A response that is a JSON
    scalar becomes its JSON text, with the warning ``scalar_as_text``. Raises ``FileRefused`` before the first record
    if the file is no JSON array of objects.
    """
    raw = _whole(stream)
    for number, (start, end) in enumerate(_elements(raw), 1):
        element = raw[start:end]
        try:
            if len(element) > MAX_LINE:
                raise LineRefused("row_too_large", "The element is longer than 1 MiB (1,048,576 bytes).")
            warnings: list[str] = []
            # the file is one value and not lines, so a carriage return between fields is plain white space
            yield _pair(strict_json(element.replace(b"\r", b"\n"), on_nul=on_nul, warnings=warnings), number, warnings)
        except Refused as refused:
            message = sentence(STRICT_JSON, refused.code, refused.arguments, refused.path)
            yield Problem(number, refused.code, message, refused.path, element[:MAX_LINE])
        except LineRefused as refused:
            yield Problem(number, refused.code, refused.message, refused.path, element[:MAX_LINE])


def _whole(stream: BinaryIO) -> bytes:
    held = bytearray(opened(stream))
    while chunk := stream.read(1 << 20):
        held += chunk
        if len(held) > MAX_FILE:
            raise FileRefused("file_too_large", "The file is larger than 512 MiB.")
    if not held.strip():
        raise FileRefused("empty_file", "The file holds nothing but white space.")
    return bytes(held)


def _elements(raw: bytes) -> list[tuple[int, int]]:
    """Where each object of the array begins and ends, found by brackets alone."""
    not_an_array = FileRefused("wrong_format", "The file is not a JSON array of objects, as PandaLM's is.")
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
            raise FileRefused("wrong_format", "The JSON array does not end; the file may have been cut.")
        raise not_an_array
    return found


def _pair(value: Any, number: int, notes: list[str]) -> PairLine:
    if not isinstance(value, dict):
        raise LineRefused("not_an_object", "The element is not an object.", "$")
    for key in value:
        if key not in _KEYS:
            raise LineRefused("unknown_field", f"There is no field {shown(key)}.", below("$", key))
    index = _given(value, "idx")
    if isinstance(index, bool) or not isinstance(index, int):
        raise LineRefused("wrong_type", "$.idx must be a whole number.", "$.idx")
    models = _models(_text(value, "cmp_key"))
    instruction = _text(value, "instruction")
    further = _text(value, "input") if "input" in value else ""
    prompt = f"{instruction}\n\n{further}" if further else instruction
    if len(prompt) > MAX_TEXT:
        raise LineRefused("text_too_long", f"The prompt has {len(prompt):,} characters; {MAX_TEXT:,} are allowed.", "$")
    first, second = (
        ResponseRecord(model, _answer(value, key, notes))
        for model, key in zip(models, ("response1", "response2"), strict=True)
    )
    if not all(text.strip() for text in (prompt, str(first.content), str(second.content))):
        notes.append("blank_text")
    if first.content == second.content:
        notes.append("identical_pair")
    return PairLine(
        line=number,
        external_id=str(index),
        prompt=prompt,
        first=first,
        second=second,
        tags=_tags(value),
        judgements=tuple(JudgementRecord(name, _verdict(value, name)) for name in ANNOTATORS),
        warnings=tuple(notes),
    )


def _models(key: str) -> tuple[str, str]:
    names = key.split("_")
    if len(names) != 2 or not all(1 <= len(name) <= 200 and name.strip() and name.isprintable() for name in names):
        message = f"{shown(key)} is not two model names joined by a single underscore."
        raise LineRefused("ambiguous_models", message, "$.cmp_key")
    return names[0], names[1]


def _answer(value: dict[str, Any], key: str, notes: list[str]) -> str:
    found = _given(value, key)
    if isinstance(found, list | dict):
        raise LineRefused("wrong_type", f"$.{key} must be a text.", f"$.{key}")
    if not isinstance(found, str):
        if "scalar_as_text" not in notes:
            notes.append("scalar_as_text")
        return json.dumps(found)
    return _text(value, key)


def _verdict(value: dict[str, Any], name: str) -> Verdict:
    label = _given(value, name)
    if isinstance(label, bool) or not isinstance(label, int):
        raise LineRefused("wrong_type", f"$.{name} must be a whole number.", f"$.{name}")
    if label not in _VERDICTS:
        raise LineRefused("bad_value", f"$.{name} is {label}; it must be 1, 2, 0.", f"$.{name}")
    return _VERDICTS[label]


def _tags(value: dict[str, Any]) -> tuple[str, ...]:
    """What the prompt was written for, as the file's ``motivation_app`` says."""
    tag = _text(value, "motivation_app") if "motivation_app" in value else ""
    return (tag,) if tag.strip() and tag.isprintable() and len(tag) <= MAX_TAG else ()


def _text(value: dict[str, Any], key: str) -> str:
    found = _given(value, key)
    if not isinstance(found, str):
        raise LineRefused("wrong_type", f"$.{key} must be a text.", f"$.{key}")
    if len(found) > MAX_TEXT:
        message = f"The text has {len(found):,} characters; {MAX_TEXT:,} are allowed."
        raise LineRefused("text_too_long", message, f"$.{key}")
    return found


def _given(value: dict[str, Any], key: str) -> Any:
    found = value.get(key)
    if found is None:
        raise LineRefused("missing_field", f"$.{key} is {'null' if key in value else 'missing'}.", f"$.{key}")
    return found
