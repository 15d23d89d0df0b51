"""What is wrong with imported lines and files, in words: a sentence for each case, and what each code means and asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from common.sentences import STRICT_JSON
from common.sentences import sentence as sentence_of

_NAMED: Final = "The file's name ends in {{extension}}, as if it were {kind}; send JSON, under a name of its own."

SENTENCES: Final[Mapping[str, str]] = {
    **STRICT_JSON,
    # the whole file
    "empty_file": "The file is empty.",
    "empty_file.blank_lines": "The file holds nothing but blank lines.",
    "empty_file.white_space": "The file holds nothing but white space.",
    "not_utf8.byte_order_mark": "The file is UTF-16 or UTF-32, as its first bytes say; save it as UTF-8.",
    "wrong_format.other_format": "This is a {format} file, not JSON lines.",
    "wrong_format.array": "The file is one JSON array; send one object a line, or say which format it is.",
    "wrong_format.table": "The file is a table of values; send one JSON object a line.",
    "wrong_format.object_over_lines": "An object is written over several lines; write each on one line, as `jq -c . FILE` does.",
    "wrong_format.array_cut": "The JSON array does not end; the file may have been cut.",
    "wrong_format.no_array_of_objects": "The file is not a JSON array of objects, as PandaLM's is.",
    "wrong_format.table_name": _NAMED.format(kind="a table of values"),
    "wrong_format.spreadsheet_name": _NAMED.format(kind="a spreadsheet"),
    "wrong_format.binary_name": _NAMED.format(kind="a binary table"),
    "wrong_format.packed_name": _NAMED.format(kind="packed"),
    "file_too_large": "The file is larger than {most} MiB.",
    # lines
    "row_too_large": "The line is longer than 1 MiB ({most:,} bytes).",
    "row_too_large.element": "The element is longer than 1 MiB ({most:,} bytes).",
    "not_an_object": "The line is {found}, not an object.",
    "not_an_object.element": "The element is not an object.",
    # fields
    "missing_field.null": "{path} is null.",
    "missing_field.absent": "{path} is missing.",
    "missing_field.no_message": "{path} has no message.",
    "unknown_field": "There is no field {field}.",
    "unknown_field.known": "There is no field {field}; the fields here are {wanted}.",
    "unknown_field.spelling": "There is no field {field}; write {wanted}.",
    "unknown_field.leave_out": "There is no field {field}; leave it out.",
    "unknown_field.files": "There is no field {field}; annotators read texts alone: describe it in the text, or leave it out.",
    "unknown_field.either": "There is no field {field} beside responses; write every response in responses, or only response_a and response_b.",
    "unknown_field.of_pairs": (
        "There is no field {field} beside responses; write each judged pair on a line of its own, with response_a and response_b."
    ),
    "unknown_field.as_turns": (
        'There is no field {field}; write the turns as text: [{{"role": "assistant", "content": "…"}}], and the model beside it.'
    ),
    "unknown_field.tool_calls": (
        "There is no field {field}; write the call, for example as JSON, in the content of that turn: annotators read nothing else."
    ),
    "unknown_field.tools": (
        "There is no field {field}; tell annotators in a system message what tools there are, or leave it out."
    ),
    "unknown_field.from_value": 'There is no field {field}; write each turn as {{"role": "user", "content": "…"}}.',
    "unknown_field.as_role": "There is no field {field}; write who speaks as role: system, user, assistant or tool.",
    "unknown_field.as_content": "There is no field {field}; write the text as content.",
    "unknown_field.call_in_text": (
        "There is no field {field}; write the call, for example as JSON, in text: annotators read nothing else."
    ),
    "unknown_field.reasoning_in_text": "There is no field {field}; write in text what annotators should read, and leave out the rest.",
    "unknown_field.reasoning": "There is no field {field}; write in content what annotators should read, and leave out the rest.",
    "unknown_field.turns": (
        "There is no field {field}; write the turns up to the question as prompt, and the two answers as response_a and response_b."
    ),
    "unknown_field.system": 'There is no field {field}; begin prompt with {{"role": "system", "content": "…"}}.',
    "unknown_field.as_prompt": "There is no field {field}; write it as prompt.",
    "unknown_field.chosen": (
        "There is no field {field}; write the two texts as response_a and response_b, each with its model, and which is better in judgements."
    ),
    "unknown_field.as_responses": (
        'There is no field {field}; write an answer as response_a or response_b: {{"model": "…", "text": "…"}}.'
    ),
    "unknown_field.model": 'There is no field {field}; write the model in its response: {{"model": "…", "text": "…"}}.',
    "unknown_field.as_judgements": (
        'There is no field {field}; write a verdict as judgements: [{{"annotator": "…", "verdict": "a"}}].'
    ),
    "unknown_field.as_gold": "There is no field {field}; write the evident verdict as gold: a, b, tie or both_bad.",
    "unknown_field.as_id": "There is no field {field}; write it as id, a text.",
    "unknown_field.as_tags": 'There is no field {field}; write what to filter by as tags: ["…"], and leave out the rest.',
    "unknown_field.as_language": "There is no field {field}; write it as language.",
    "unknown_field.as_text": "There is no field {field}; write it as text.",
    "unknown_field.as_model": "There is no field {field}; write it as model.",
    "unknown_field.as_verdict": "There is no field {field}; write it as verdict: a, b, tie or both_bad.",
    "unknown_field.as_annotator": "There is no field {field}; write it as annotator.",
    "unknown_field.as_reason": "There is no field {field}; write it as reason.",
    "unknown_field.as_at": "There is no field {field}; write it as at, an ISO 8601 moment with its offset.",
    "wrong_type": "{path} must be {wanted}, not {found}.",
    "wrong_type.wanted": "{path} must be {wanted}.",
    "wrong_type.number_as_text": '{path} is the number {value}; write it as a text, in quotes: "{value}".',
    "wrong_type.parts": (
        "{path} is made of parts; write one text: join the texts of the parts, and leave out images and other files."
    ),
    "wrong_type.tool_parts": (
        "{path} is made of parts, with a tool’s call or result; write one text: join the texts, write a call into it, for example "
        "as JSON, and a result as a turn of its own, with role tool."
    ),
    "wrong_type.object_for_turns": (
        '{path} is an object; write a text, or a list of turns: [{{"role": "user", "content": "…"}}].'
    ),
    "wrong_type.object_for_list": "{path} is an object; write a list of such objects: [{{…}}].",
    "wrong_type.number_in_quotes": "{path} is the text {value}; write {wanted}, without quotes.",
    "wrong_type.whole_number": "{path} is {value}; write {wanted}, without a decimal point.",
    "wrong_type.moment_as_text": '{path} is the number {value}; write the moment as a text: "{wanted}".',
    "wrong_type.no_moment": '{path} is the number {value}; write an ISO 8601 moment with its offset: "2026-07-13T16:20:00Z".',
    "wrong_type.role": "{path} is {found}; write who speaks: system, user, assistant or tool.",
    "wrong_type.verdict": (
        "{path} is {found}; write a where response_a is better, b where response_b is, else tie or both_bad."
    ),
    "wrong_type.null": "{path} is null; leave it out where there is nothing to say.",
    "bad_value.none_of": "{path} is {value}; it must be one of {allowed}.",
    "bad_value.no_role": "{path} is {value}; write who speaks: system, user, assistant or tool.",
    "bad_value.verdict_word": "{path} is {value}; write {wanted}.",
    "bad_value.verdict": (
        "{path} is {value}; write a where response_a is better, b where response_b is, else tie or both_bad."
    ),
    "bad_value.role": "{path} is {value}; write {wanted}. The roles are system, user, assistant and tool.",
    "bad_value.out_of_range": "{path} is {value}; it must be {low:,} to {high:,}.",
    "bad_value.per_cent": "{path} is {value}; write {wanted}.",
    "bad_value.no_such_moment": "{path} is {value}, which the calendar or the clock does not have.",
    "bad_value.in_future": "{path} is {value}, more than an hour ahead of the server's clock.",
    "bad_value.too_fine": "{path} is {value}; write at most six digits of a second.",
    "bad_value.no_moment": "{path} is {value}; it must be an ISO 8601 moment with its offset, as 2026-07-13T16:20:00Z.",
    "bad_value.no_name": "{path} is {value}; it must be 1 to {most} printable characters.",
    "bad_value.blank_name": "{path} is blank; it must be 1 to {most} printable characters.",
    "bad_value.no_language": "{path} is {value}; it must be a language tag of at most {most} characters.",
    "bad_value.too_many_tags": '{path} is "{tags:,} tags"; it must be at most {most}.',
    "bad_id.blank": "The id is blank; give each line an id of its own.",
    "bad_id": "The id {value} is not 1 to {most} printable characters.",
    "text_too_long": "The text has {length:,} characters; {most:,} are allowed.",
    "text_too_long.prompt": "The prompt has {length:,} characters; {most:,} are allowed.",
    "too_few_responses": "The prompt has {responses} of the two responses that a pair needs.",
    "too_many_responses": "The prompt has {responses:,} responses; {most} are allowed.",
    "too_many_judgements": "The pair has {judgements:,} judgements; {most} are allowed.",
    "ambiguous_models": "{value} is not two model names joined by a single underscore.",
    # decided against what is stored
    "id_conflict": "The id {id} already exists with different content.",
    "pair_exists": "The two responses of {id} are a pair already, under another id.",
    "judgement_conflict.leased": "{annotator} is judging this pair at this moment.",
    "judgement_conflict.withdrawn": "{annotator} has taken back an earlier verdict on this pair.",
    "judgement_conflict.other_verdict": '{annotator} has already given the verdict "{verdict}" on this pair.',
}
"""By code, or code and reason; see ``common.sentences``."""

_TYPES: Final[Mapping[str, str]] = {
    "text": "a text",
    "number": "a number",
    "whole_number": "a whole number",
    "list": "a list",
    "list_of_texts": "a list of texts",
    "text_or_messages": "a text or a list of messages",
    "object": "an object",
    "message": 'a turn, {"role": "user", "content": "…"}',
    "response": 'an object, {"model": "…", "text": "…"}',
    "adjudication": 'an object, {"verdict": "a"}',
    "judgement": 'an object, {"annotator": "…", "verdict": "a"}',
}
"""The types of JSON as arguments name them; ``null``, ``true`` and ``false`` are called just so."""


class Meaning(NamedTuple):
    """What a code says is wrong, and what to do about it."""

    sentence: str
    advice: str


MEANINGS: Final[Mapping[str, Meaning]] = {
    # the whole file
    "empty_file": Meaning("The file is empty", "Upload a file with at least one line."),
    "wrong_format": Meaning(
        "The file is not in the format it was sent as", "Choose the format it has, or send JSON lines."
    ),
    "file_too_large": Meaning("The file is larger than 512 MiB", "Cut it into several files and send them one by one."),
    # bytes and JSON
    "row_too_large": Meaning(
        "The line is longer than 1 MiB", "Shorten its texts, or check that each line ends with a line feed."
    ),
    "not_utf8": Meaning("The text is not valid UTF-8", "Save the file as UTF-8 and send it again."),
    "nul_character": Meaning(
        "The text holds a NUL character",
        "Take it out, or import with “replace NUL” to have a replacement sign in its place.",
    ),
    "lone_surrogate": Meaning(
        "The text holds half of a character",
        "An emoji or a rare letter was cut in two; fix the text where it was cut.",
    ),
    "not_json": Meaning("The line is not JSON", "Fix it at the column given; it may have been cut, or edited by hand."),
    "too_deep": Meaning(
        "The line is nested more than 32 levels deep", "Send the fields of the format and nothing below them."
    ),
    "too_many_keys": Meaning("An object has more than 256 keys", "Send the fields of the format and no others."),
    "duplicate_key": Meaning("A key occurs twice in one object", "Keep one of the two; we do not choose for you."),
    "not_finite": Meaning("A number is not finite", "Give a number, or leave the field out."),
    "out_of_range": Meaning("A whole number is too large", "Give a number of at most 18 digits, or send it as text."),
    "not_an_object": Meaning("The line is not a JSON object", "Put one {…} on each line."),
    # fields
    "missing_field": Meaning(
        "A required field is missing", "Give it a value; an empty text is allowed, nothing at all is not."
    ),
    "unknown_field": Meaning("The line has a field we do not know", "Take it out, or write it as the message says."),
    "wrong_type": Meaning(
        "A field has the wrong type", "Send texts in quotes, numbers without, and leave out what is not there."
    ),
    "bad_value": Meaning("A field has a value it cannot have", "Use one of the values the message names."),
    "bad_id": Meaning("The id cannot be used", "Give an id of 1 to 200 printable characters."),
    "text_too_long": Meaning("A text is longer than 262,144 characters", "Shorten it, or split the prompt."),
    "too_few_responses": Meaning("The prompt has fewer than two responses", "Give at least two; a pair needs both."),
    "too_many_responses": Meaning(
        "The prompt has more than 26 responses", "Send the rest on another line with an id of its own."
    ),
    "too_many_judgements": Meaning(
        "The pair has more than 500 judgements", "Leave some out: agreement compares every two annotators of a pair."
    ),
    "ambiguous_models": Meaning(
        "The two model names cannot be told apart",
        "Write cmp_key as two names joined by a single underscore, with no other in it.",
    ),
    # decided against what is stored
    "id_conflict": Meaning(
        "This id already exists with different text", "Use a new id for a new text; the first one stays as it is."
    ),
    "pair_exists": Meaning(
        "These two responses are already a pair", "Another line made it. Leave this one out, or send other responses."
    ),
    "judgement_conflict": Meaning(
        "This annotator has already given another verdict", "The first one stays as it is; leave this one out."
    ),
    # warnings: the line is in
    "blank_text": Meaning("A prompt or response is blank", "Nothing to do if the model answered nothing."),
    "identical_pair": Meaning("Both responses say the same", "Nothing to do if that is what the models said."),
    "invisible_difference": Meaning(
        "Two responses differ in nothing that can be seen",
        "Check the file: only blanks at ends of lines, signs without a width or the form of accents differ. A TRL export leaves the pair out.",
    ),
    "repeated_prompt": Meaning(
        "Responses repeat the prompt as text",
        "Write in a response only what follows the prompt: of a text with “Human:” and “Assistant:”, what follows the last “Assistant:”.",
    ),
    "language_tag": Meaning(
        "The language is no language tag",
        "Write the code of two letters, or three where there is none, with script or region where it matters: ar, zh-Hant, pt-BR.",
    ),
    "prompt_end": Meaning(
        "A prompt does not end with the user or a tool",
        "Check the last turn. People can judge the pair, but a TRL export leaves it out.",
    ),
    "response_ends": Meaning(
        "A response does not begin and end with the assistant",
        "Check its turns. People can judge the pair, but a TRL export leaves it out.",
    ),
    "others_turns": Meaning(
        "A response holds turns of the user or the system",
        "Judge one turn at a time: move what both share to the prompt. People can judge the pair, but a TRL export leaves it out.",
    ),
    "repeated_turns": Meaning(
        "A response repeats turns of its prompt",
        "Write in a response only what follows the prompt. A TRL export leaves the pair out.",
    ),
    "turn_order": Meaning(
        "Turns are in an unusual order",
        "A system message comes first, then user and assistant take turns, a tool after the assistant; some models' templates refuse others.",
    ),
    "shared_turns": Meaning(
        "Both responses begin with the same turn",
        "Move what they share to the end of the prompt, so that people read it once.",
    ),
    "similar_id": Meaning(
        "The id differs from another one only in case, accents or spaces",
        "Nothing to do if they are two things; ids are compared letter by letter.",
    ),
    "prompt_differs": Meaning(
        "The prompt is known with another language, tags or author",
        "Nothing was overwritten: all pairs of a prompt keep those that came first.",
    ),
    "judgement_differs": Meaning(
        "A known verdict came with another strength, confidence, reason, time or earlier verdict",
        "Nothing was overwritten: what came first with the verdict stays.",
    ),
    "judgement_revised": Meaning(
        "An annotator has several verdicts on the pair in one line",
        "The last one counts: by time where all have one, else by place. The others are kept as its earlier revisions.",
    ),
    "adjudication_left_out": Meaning(
        "An adjudication was left out",
        "Its judgements are imported. Who decides about a pair has an account here: decide again under Disagreements.",
    ),
    "scalar_as_text": Meaning("A response was no text", "Nothing to do; it was stored as its JSON text."),
    "nul_replaced": Meaning(
        "A NUL character was replaced", "Nothing to do; the replacement sign shows where it stood."
    ),
}


def sentence(code: str, arguments: Mapping[str, Any], path: str = "") -> str:
    """Return the sentence of one case.

    Examples
    --------
    >>> sentence("wrong_type", {"wanted": "text", "found": "null"}, "$.id")
    '$.id must be a text, not null.'
    """
    typed = ("wanted", "found") if code in ("wrong_type", "not_an_object") else ()  # elsewhere they are names of fields
    types = {name: _TYPES.get(arguments[name], arguments[name]) for name in typed if name in arguments}
    return sentence_of(SENTENCES, code, {**arguments, **types}, path)


def meaning(code: str) -> Meaning:
    """Return what a code means; a code that is not in the table, in its own words."""
    return MEANINGS.get(code) or Meaning(code.replace("_", " ").capitalize(), "")
