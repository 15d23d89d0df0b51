"""Judging: submit, change, undo, skip, flag, drafts. Whatever was acknowledged is stored exactly once."""

from annotation.services.handout import NotYours
from annotation.services.judging.drafts import StaleDraft, save_draft
from annotation.services.judging.flags import flag
from annotation.services.judging.judgement import LONGEST_REASON, Acknowledgement, Judgement
from annotation.services.judging.late import AlreadySubmitted
from annotation.services.judging.replay import KeyReused
from annotation.services.judging.revisions import NothingToChange, TooLate, change
from annotation.services.judging.skips import skip
from annotation.services.judging.submission import submit
from annotation.services.judging.undo import HeldByOthers, NothingToUndo, TooLateToUndo, Undone, undo, undoable

__all__ = [
    "LONGEST_REASON",
    "Acknowledgement",
    "AlreadySubmitted",
    "HeldByOthers",
    "Judgement",
    "KeyReused",
    "NotYours",
    "NothingToChange",
    "NothingToUndo",
    "StaleDraft",
    "TooLate",
    "TooLateToUndo",
    "Undone",
    "change",
    "flag",
    "save_draft",
    "skip",
    "submit",
    "undo",
    "undoable",
]
