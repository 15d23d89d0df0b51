"""Pairs with the texts that break careless writers."""

from __future__ import annotations

from reward.datasets.records import PairRecord, Response

TEXTS = {
    "plain": "The chosen answer.",
    "empty": "",
    "blank": " \n\t ",
    "line breaks": "one\ntwo\r\nthree\rfour\x0bfive\x0csix\x1cseven",
    "unicode line ends": "one\u2028two\u2029three\x85four",
    "right to left": "שלום, \u202bمرحبا\u202c 123",
    "emoji and combining": "👩‍👩‍👧 e\u0301 Å \U0001f9ea",
    "quotes and escapes": '"\\" \\n \\u2028 </script> {"a": 1}',
    "nul and byte order mark": "\ufeffa\x00b",
    "letter": "B",
    "leading space": " So it is.",
}


def pair(
    chosen="better", rejected="worse", *, prompt="Why?", consensus=0, settled=True, external_id="p-1", **more
) -> PairRecord:
    """A pair whose better text is ``chosen``, on the side the consensus names."""
    first, second = (rejected, chosen) if consensus == 1 else (chosen, rejected)
    return PairRecord(
        external_id=external_id,
        prompt=prompt,
        first=Response("model-one", first),
        second=Response("model-two", second),
        consensus=consensus,
        settled=settled,
        **more,
    )
