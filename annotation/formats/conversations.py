"""Conversations: reading their turns, and whether their shape is one that trainers and annotators expect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from annotation.formats.records import Content, Message
from annotation.formats.sides import as_seen
from annotation.formats.values import Fields, a_text, an_object, required, short_enough, type_of, wrong_type
from common.refusals import Refused, below, excerpt

ROLES: Final = ("system", "user", "assistant", "tool")
ASKING: Final = ("user", "tool")
"""Roles that an assistant answers."""

_FOREIGN: Final = {
    **dict.fromkeys(("tool_calls", "function_call"), "tool_calls"),
    **dict.fromkeys(("from", "value"), "from_value"),
    **dict.fromkeys(("speaker", "author", "sender"), "as_role"),
    **dict.fromkeys(("text", "message", "parts", "body"), "as_content"),
    **dict.fromkeys(
        ("name", "tool_call_id", "id", "weight", "train", "type", "refusal", "index", "timestamp"), "leave_out"
    ),
    **dict.fromkeys(("image", "images", "image_url", "audio", "files", "attachments"), "files"),
    **dict.fromkeys(("reasoning", "reasoning_content", "thinking"), "reasoning"),
}
_MESSAGE: Final = Fields({"role": True, "content": True}, _FOREIGN, "message")
_CALLED: Final = {
    **dict.fromkeys(("human", "prompter", "customer", "client", "person"), "user"),
    **dict.fromkeys(("gpt", "bot", "model", "ai", "chatbot", "chatgpt", "agent"), "assistant"),
    **dict.fromkeys(("developer", "instructions"), "system"),
    **dict.fromkeys(("function", "function_response", "observation", "tool_response", "ipython"), "tool"),
    **{role: role for role in ROLES},
}
"""What other tools call the roles, in lower case."""


def content(value: Mapping[str, Any], key: str, path: str) -> Content:
    """Return a text, or a conversation of at least one message."""
    found, here = required(value, key, path), below(path, key)
    if isinstance(found, str):
        return short_enough(found, here)
    if isinstance(found, dict):
        raise Refused("wrong_type", here, reason="object_for_turns")
    if not isinstance(found, list):
        raise wrong_type(here, "text_or_messages", found)
    if not found:
        raise Refused("missing_field", here, reason="no_message")
    return tuple(_message(item, f"{here}[{i}]") for i, item in enumerate(found))


def _message(value: Any, path: str) -> Message:
    found = an_object(value, path, _MESSAGE)
    if not isinstance(required(found, "role", path), str):
        raise Refused("wrong_type", below(path, "role"), reason="role", found=type_of(found["role"]))
    role = a_text(found, "role", path)
    if role not in ROLES:
        here, value_of = below(path, "role"), excerpt(role)
        if meant := _CALLED.get(role.strip().lower()):
            raise Refused("bad_value", here, reason="role", value=value_of, wanted=meant)
        raise Refused("bad_value", here, reason="no_role", value=value_of)
    parts = found.get("content")
    if isinstance(parts, list | dict):
        raise Refused("wrong_type", below(path, "content"), reason="tool_parts" if _has_calls(parts) else "parts")
    return Message(role, a_text(found, "content", path))


def _has_calls(parts: list[Any] | dict[str, Any]) -> bool:
    """Whether a tool's call or result is among the parts of a content."""
    kinds = [
        str(part.get("type", "")).lower()
        for part in (parts if isinstance(parts, list) else [parts])
        if isinstance(part, dict)
    ]
    return any("tool" in kind or "function" in kind for kind in kinds)


def is_blank(text: Content) -> bool:
    """Whether nothing can be read in it."""
    texts = [text] if isinstance(text, str) else [message.content for message in text]
    return not any(part.strip() and (part.isascii() or as_seen(part).strip()) for part in texts)


def prompt_is_open(prompt: Content) -> bool:
    """Whether an assistant's turn follows the prompt: it ends with the user or a tool. A plain text is the user's turn."""
    return isinstance(prompt, str) or prompt[-1].role in ASKING


def response_is_an_answer(response: Content) -> bool:
    """Whether a response begins and ends with the assistant. A plain text is the assistant's turn."""
    return isinstance(response, str) or response[0].role == response[-1].role == "assistant"


def writes_for_others(response: Content) -> bool:
    """Whether a response holds turns of the user or the system, which a trainer would teach a model to write.

    What a tool returned between two turns of the assistant is part of one answer.
    """
    return not isinstance(response, str) and any(message.role in ("user", "system") for message in response)


def repeats(prompt: Content, response: Content) -> bool:
    """Whether a response holds turns of the prompt, as where each side is a whole conversation.

    One turn of the assistant is an answer like a plain text, also where it came before ("Sorry, I cannot help.").

    >>> repeats((Message("user", "Hi"),), (Message("user", "Hi"), Message("assistant", "Hello")))
    True
    """
    if isinstance(response, str) or (len(response) == 1 and response[0].role == "assistant"):
        return False
    asked = (Message("user", prompt),) if isinstance(prompt, str) else prompt
    return any(turn in asked for turn in response if turn.content.strip())


def warnings(prompt: Content, responses: Sequence[Content]) -> Iterator[str]:
    """Yield a code for each way in which a prompt and its responses are no conversation as expected.

    ``prompt_end``: the prompt does not end with the user or a tool. ``response_ends``: a response does not begin and end with
    the assistant. ``others_turns``: it does, with turns of the user or the system between. ``turn_order``: a system message that is not the first, an assistant who speaks before the user, a tool that
    speaks before the assistant, or two turns of the user or the assistant in a row, in the conversation of the prompt and a
    response. ``repeated_turns``: a response repeats turns of the prompt.
    ``shared_turns``: two responses of several turns begin alike.
    """
    if not prompt_is_open(prompt):
        yield "prompt_end"
    if not all(map(response_is_an_answer, responses)):
        yield "response_ends"
    elif any(map(writes_for_others, responses)):
        yield "others_turns"
    if any(out_of_order(prompt, response) for response in responses):
        yield "turn_order"
    if any(repeats(prompt, response) for response in responses):
        yield "repeated_turns"
    begun = [turns[0] for turns in responses if not isinstance(turns, str) and len(turns) > 1]
    if len(set(begun)) < len(begun):
        yield "shared_turns"


def out_of_order(prompt: Content, response: Content) -> bool:
    """Whether turns of the prompt with the response follow each other as no chat template expects: ``turn_order``."""
    if isinstance(prompt, str) and isinstance(response, str):
        return False
    roles = [*_roles(prompt, "user"), *_roles(response, "assistant")]
    if roles[0] == "system":
        del roles[0]
    if "system" in roles or roles[:1] != ["user"]:
        return True
    again = any(one == other and one in ("user", "assistant") for one, other in pairwise(roles))
    return again or ("user", "tool") in pairwise(roles)


def _roles(text: Content, role: str) -> list[str]:
    return [role] if isinstance(text, str) else [message.role for message in text]
