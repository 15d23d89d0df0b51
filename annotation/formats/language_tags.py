"""Language tags: whether a text is one by BCP 47 (RFC 5646), so that browsers take fonts and direction from it."""

from __future__ import annotations

import re
from typing import Final

_TAG: Final = re.compile(
    "(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}"  # language, with extended subtags
    "(?:-[a-z]{4})?"  # script
    "(?:-(?:[a-z]{2}|[0-9]{3}))?"  # region
    "(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"  # variants
    "(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*"  # extensions
    "(?:-x(?:-[a-z0-9]{1,8})+)?"
    "|x(?:-[a-z0-9]{1,8})+)",
    re.IGNORECASE,
)
_OF_TWO_LETTERS: Final = frozenset(
    (
        *[
            "afr",
            "alb",
            "amh",
            "ara",
            "arm",
            "asm",
            "aze",
            "baq",
            "bel",
            "ben",
            "bos",
            "bre",
            "bul",
            "bur",
            "cat",
            "ces",
            "chi",
            "cym",
            "cze",
            "dan",
            "deu",
            "dut",
            "ell",
            "eng",
            "epo",
            "est",
            "eus",
            "fao",
        ],
        *[
            "fas",
            "fij",
            "fin",
            "fra",
            "fre",
            "fry",
            "geo",
            "ger",
            "gle",
            "glg",
            "gre",
            "guj",
            "hat",
            "hau",
            "heb",
            "hin",
            "hrv",
            "hun",
            "hye",
            "ibo",
            "ice",
            "ind",
            "isl",
            "ita",
            "jav",
            "jpn",
            "kan",
            "kat",
            "kaz",
        ],
        *[
            "khm",
            "kin",
            "kir",
            "kor",
            "kur",
            "lao",
            "lat",
            "lav",
            "lin",
            "lit",
            "ltz",
            "mac",
            "mal",
            "mao",
            "mar",
            "may",
            "mkd",
            "mlg",
            "mlt",
            "mon",
            "mri",
            "msa",
            "mya",
            "nep",
            "nld",
            "nno",
            "nob",
            "nor",
            "nya",
        ],
        *[
            "ori",
            "orm",
            "pan",
            "per",
            "pol",
            "por",
            "pus",
            "que",
            "roh",
            "ron",
            "rum",
            "run",
            "rus",
            "san",
            "sin",
            "slk",
            "slo",
            "slv",
            "smo",
            "sna",
            "snd",
            "som",
            "sot",
            "spa",
            "sqi",
            "srp",
            "sun",
            "swa",
            "swe",
        ],
        *[
            "tam",
            "tat",
            "tel",
            "tgk",
            "tgl",
            "tha",
            "tib",
            "tir",
            "ton",
            "tsn",
            "tso",
            "tuk",
            "tur",
            "twi",
            "uig",
            "ukr",
            "urd",
            "uzb",
            "vie",
            "wel",
            "wol",
            "xho",
            "yid",
            "yor",
            "zho",
            "zul",
        ],
    )
)
"""Three-letter codes of ISO 639-2 for languages that have one of two letters, which BCP 47 wants."""


def is_language_tag(text: str) -> bool:
    """Whether a text is a well-formed tag that names its language by the shortest code.

    Examples
    --------
    >>> [is_language_tag(tag) for tag in ("ar", "zh-Hant-TW", "fil", "x-klingon", "ara", "Arabic", "en_US")]
    [True, True, True, True, False, False, False]
    """
    return _TAG.fullmatch(text) is not None and text.split("-")[0].lower() not in _OF_TWO_LETTERS
