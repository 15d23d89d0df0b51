"""The fields of the native line, and what to write instead of those of other tools."""

from __future__ import annotations

from typing import Final

from annotation.formats.values import Fields

_COMMON: Final = {"id": True, "prompt": True, "language": False, "tags": False, "author": False}
_FOREIGN: Final = {
    **dict.fromkeys(("tools", "functions", "tool_calls"), "tools"),
    **dict.fromkeys(("messages", "conversations", "conversation", "context", "history"), "turns"),
    **dict.fromkeys(("instruction", "input", "question", "query", "user", "prompt_text"), "as_prompt"),
    **dict.fromkeys(
        ("chosen", "rejected", "chosen_response", "rejected_response", "response_chosen", "response_rejected"), "chosen"
    ),
    **dict.fromkeys(("image", "images", "image_url", "audio", "video", "files", "attachments"), "files"),
    **dict.fromkeys(
        (
            *(
                "score",
                "scores",
                "rating",
                "ratings",
                "chosen_score",
                "rejected_score",
                "score_chosen",
                "score_rejected",
            ),
            *(f"{word}_{side}" for word in ("score", "rating", "scores", "ratings", "logprobs") for side in "ab12"),
            *(
                "margin",
                "turn",
                "split",
                "winner_model",
                "judge",
                "anony",
                "tstamp",
                "timestamp",
                "created_at",
                "date",
                "user_id",
            ),
            *("notes", "note", "comment", "comments"),
        ),
        "leave_out",
    ),
    **dict.fromkeys(
        (
            *(f"response{mark}{side}" for mark in ("", "_") for side in "12"),
            *(
                f"{word}_{side}"
                for word in ("answer", "output", "completion", "assistant", "conversation", "text")
                for side in "12ab"
            ),
            *(f"response_{side}" for side in "jk"),
            *("response", "answer", "output", "completion", "completions", "answers", "texts", "text", "choices"),
        ),
        "as_responses",
    ),
    **dict.fromkeys(
        ("model_a", "model_b", "model_1", "model_2", "model", "models", "source", "chosen_model", "rejected_model"),
        "model",
    ),
    **dict.fromkeys(
        ("winner", "preference", "label", "choice", "overall_preference", "rank", "ranks"), "as_judgements"
    ),
    **dict.fromkeys(("verdict", "annotator", "annotations", "judgments", "judgement", "judgment"), "as_judgements"),
    **dict.fromkeys(("is_gold", "gold_label", "gold_verdict", "ground_truth", "expected"), "as_gold"),
    **dict.fromkeys(("system", "system_prompt"), "system"),
    **dict.fromkeys(("prompt_id", "question_id", "conversation_id", "uuid", "uid", "idx", "key"), "as_id"),
    **dict.fromkeys(("metadata", "meta", "extra", "info", "category", "topic", "labels"), "as_tags"),
    **dict.fromkeys(("lang", "locale"), "as_language"),
}
PAIR: Final = Fields(
    {**_COMMON, "response_a": True, "response_b": True, "gold": False, "judgements": False, "adjudication": False},
    _FOREIGN,
)
PROMPT: Final = Fields(
    {**_COMMON, "responses": True},
    {
        **_FOREIGN,
        **dict.fromkeys(("response_a", "response_b"), "either"),
        **dict.fromkeys(("gold", "judgements", "adjudication"), "of_pairs"),
    },
)
RESPONSE: Final = Fields(
    {"model": True, "text": True},
    {
        **dict.fromkeys(("content", "response", "answer", "output", "completion", "messages"), "as_text"),
        **dict.fromkeys(("name", "source", "model_id", "model_name", "generator"), "as_model"),
        **dict.fromkeys(("score", "rating", "rank", "id", "logprobs", "finish_reason"), "leave_out"),
        **dict.fromkeys(("tool_calls", "function_call"), "call_in_text"),
        **dict.fromkeys(("reasoning", "reasoning_content", "thinking"), "reasoning_in_text"),
        "role": "as_turns",
    },
    "response",
)
JUDGEMENT: Final = Fields(
    {
        "annotator": True,
        "verdict": True,
        **dict.fromkeys(("shown_first", "strength", "confidence", "reason", "seconds", "at"), False),
    },
    {
        **dict.fromkeys(("winner", "label", "preference", "choice", "tie"), "as_verdict"),
        **dict.fromkeys(("score", "rating", "id"), "leave_out"),
        **dict.fromkeys(("judge", "worker", "user", "annotator_id", "labeler"), "as_annotator"),
        **dict.fromkeys(("comment", "rationale", "explanation", "justification"), "as_reason"),
        **dict.fromkeys(("timestamp", "created_at", "time", "tstamp"), "as_at"),
    },
    "judgement",
)
ADJUDICATION: Final = Fields(
    {"verdict": True, "by": False, "reason": False, "at": False}, {"adjudicator": "leave_out"}, "adjudication"
)
