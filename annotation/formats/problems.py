"""What can be wrong with a line or a file, each with its sentence and what to do next."""

from __future__ import annotations

from typing import Final

from common.refusals import MAX_PATH

MAX_TEXT: Final = 262_144
"""Characters one text may have."""
MAX_NAME: Final = 200
"""Characters an id or a name may have."""
MAX_LANGUAGE: Final = 35
MAX_TAG: Final = 100
MAX_TAGS: Final = 64
MAX_RESPONSES: Final = 26
"""Responses one prompt line may bring: one per letter of the alphabet, 325 pairs."""
MAX_LINE: Final = 1 << 20
"""Bytes one line may have, its line end not counted."""


class FileRefused(Exception):
    """The file cannot be read at all; nothing more of it will be."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class LineRefused(Exception):
    """A line, or one JSON body, breaks a rule. Readers turn it into a ``Problem``."""

    def __init__(self, code: str, message: str, path: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path[:MAX_PATH]


ADVICE: Final[dict[str, tuple[str, str]]] = {
    # the whole file
    "empty_file": ("The file is empty", "Send a file with at least one line."),
    "wrong_format": ("The file is not in the format it was sent as", "Choose the format it has, or send JSON lines."),
    "file_too_large": ("The file is larger than 512 MiB", "Cut it into several files and send them one by one."),
    # bytes and JSON
    "row_too_large": (
        "The line is longer than 1 MiB",
        "Shorten its texts, or check that each line ends with a line feed.",
    ),
    "not_utf8": ("The text is not valid UTF-8", "Save the file as UTF-8 and send it again."),
    "nul_character": (
        "The text holds a NUL character",
        "Take it out, or import with “replace NUL” to have a replacement sign in its place.",
    ),
    "lone_surrogate": (
        "The text holds half of a character",
        "An emoji or a rare letter was cut in two; mend the text where it was cut.",
    ),
    "not_json": ("The line is not JSON", "Mend it at the column given; it may have been cut, or edited by hand."),
    "too_deep": (
        "The line is nested more than 32 levels deep",
        "Send the fields of the format and nothing below them.",
    ),
    "too_many_keys": ("An object has more than 256 keys", "Send the fields of the format and no others."),
    "duplicate_key": ("A key stands twice in one object", "Keep one of the two; we do not choose for you."),
    "not_finite": ("A number is not finite", "Give a number, or leave the field out."),
    "out_of_range": ("A whole number is too large", "Give a number of at most 18 digits, or send it as text."),
    "not_an_object": ("The line is not a JSON object", "Put one {…} on each line."),
    # fields
    "missing_field": (
        "A required field is missing",
        "Give it a value; an empty text is allowed, nothing at all is not.",
    ),
    "unknown_field": ("The line has a field we do not know", "Take it out, or correct its spelling."),
    "wrong_type": (
        "A field has the wrong type",
        "Send texts in quotes, numbers without, and leave out what is not there.",
    ),
    "bad_value": ("A field has a value it cannot have", "Use one of the values the message names."),
    "bad_id": ("The id cannot be used", "Give an id of 1 to 200 printable characters."),
    "text_too_long": ("A text is longer than 262,144 characters", "Shorten it, or split the prompt."),
    "too_few_responses": ("The prompt has fewer than two responses", "Give at least two; a pair needs both."),
    "too_many_responses": (
        "The prompt has more than 26 responses",
        "Send the rest on another line with an id of its own.",
    ),
    "ambiguous_models": (
        "The two model names cannot be told apart",
        "Write cmp_key as two names joined by a single underscore, with no other in it.",
    ),
    # decided against what is stored
    "id_conflict": (
        "This external id came before with another text",
        "Use a new id for a new text; the first one stays as it is.",
    ),
    "pair_exists": (
        "These two responses are already a pair",
        "Another line made it. Leave this one out, or send other responses.",
    ),
    "judgement_conflict": (
        "This annotator has already given another verdict",
        "The first one stays as it is; leave this one out.",
    ),
    # warnings: the line is in
    "blank_text": ("A prompt or response is blank", "Nothing to do if the model answered nothing."),
    "identical_pair": ("Both responses say the same", "Nothing to do if that is what the models said."),
    "similar_id": (
        "The id differs from another one only in case, accents or spaces",
        "Nothing to do if they are two things; ids are compared letter by letter.",
    ),
    "prompt_differs": (
        "The prompt is known with another language, tags or author",
        "Nothing was overwritten: all pairs of a prompt keep those that came first.",
    ),
    "judgement_differs": (
        "A known verdict came with another strength, confidence, reason or time",
        "Nothing was overwritten: what came first with the verdict stays.",
    ),
    "scalar_as_text": ("A response was no text", "Nothing to do; it was stored as its JSON text."),
    "nul_replaced": ("A NUL character was replaced", "Nothing to do; the replacement sign shows where it stood."),
}
"""Code to (what is wrong, what to do about it), in the words of the import page."""
