"""``raw``: the native line, with every judgement. Importing the file again says unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from annotation.vocabulary import Verdict
from reward.datasets.records import PairRecord, Response, Tally, line, plain

FORMAT = "raw"
JUDGEMENT = ("annotator", "verdict", "shown_first", "strength", "confidence", "reason", "seconds", "at")


def lines(records: Iterable[PairRecord], *, tally: Tally | None = None) -> Iterator[bytes]:
    """Every pair as a native line: gold pairs, ties, unsettled ones and those nobody judged.

    Parameters
    ----------
    records : iterable of PairRecord
        Read once, in its order; nothing of it is kept.
    tally : Tally, optional
        Filled on the way.

    Yields
    ------
    bytes
        One line of JSON. What is not known (None, or an empty text or list) is left out, as the format wants it.

    Raises
    ------
    ValueError
        A judgement has a field or a verdict that the native line does not know, no annotator, or a moment without an offset.

    Examples
    --------
    >>> judged = [{"annotator": "Ann", "verdict": "b", "seconds": None}]
    >>> pair = PairRecord("1", "Hi", Response("m", "Yo"), Response("n", "Hello"), language="en", judgements=judged)
    >>> print(next(lines([pair])).decode(), end="")
    {"id": "1", "prompt": "Hi", "response_a": {"model": "m", "text": "Yo"}, "response_b": {"model": "n", "text": "Hello"},
     "language": "en", "judgements": [{"annotator": "Ann", "verdict": "b"}]}
    """
    tally = Tally() if tally is None else tally
    for record in records:
        tally.add(record)
        tally.rows += 1
        yield line(_row(record))


def _row(record: PairRecord) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": record.external_id,
        "prompt": plain(record.prompt),
        "response_a": _response(record.first),
        "response_b": _response(record.second),
    }
    if record.language:
        row["language"] = record.language
    if record.tags:
        row["tags"] = list(record.tags)
    if record.author:
        row["author"] = record.author
    if record.gold is not None:
        row["gold"] = record.gold
    if record.judgements:
        row["judgements"] = [_judgement(given, record.external_id) for given in record.judgements]
    return row


def _response(response: Response) -> dict[str, Any]:
    return {"model": response.model, "text": plain(response.text)}


def _judgement(given: Mapping[str, Any], pair: str) -> dict[str, Any]:
    unknown = given.keys() - set(JUDGEMENT)
    if unknown:
        raise ValueError(f"{pair}: a judgement has no field {min(unknown)!r}")
    row = {key: given[key] for key in JUDGEMENT if given.get(key) not in (None, "")}
    if "annotator" not in row:
        raise ValueError(f"{pair}: a judgement names no annotator")
    try:
        row["verdict"] = Verdict.from_word(given["verdict"]).word
    except KeyError:
        raise ValueError(f"{pair}: a judgement has no verdict or an unknown one") from None
    if isinstance(row.get("at"), datetime):
        row["at"] = _moment(row["at"], pair)
    return row


def _moment(at: datetime, pair: str) -> str:
    if at.tzinfo is None:
        raise ValueError(f"{pair}: {at} has no offset")
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
