"""Form parts that read what was sent strictly."""

from __future__ import annotations

from django.http import QueryDict

from common.web.forms import PlainTextField, SingleValueForm


class NoteForm(SingleValueForm):
    note = PlainTextField(max_length=10)


class TestSingleValueForm:
    def test_refuses_a_field_that_is_sent_twice(self) -> None:
        form = NoteForm(QueryDict("note=a&note=b"))

        assert not form.is_valid()
        assert form.has_error("__all__", "twice")

    def test_ignores_other_names(self) -> None:
        assert NoteForm(QueryDict("note=a&seconds=1&seconds=2")).is_valid()


class TestPlainTextField:
    def test_has_one_kind_of_line_end(self) -> None:
        assert PlainTextField().clean("a\r\nb\rc\n") == "a\nb\nc\n"

    def test_keeps_white_space(self) -> None:
        assert PlainTextField().clean("  a ") == "  a "

    def test_may_be_empty(self) -> None:
        assert PlainTextField().clean(None) == ""
