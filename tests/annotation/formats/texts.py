"""Texts that a careless writer would corrupt."""

from __future__ import annotations

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
