"""Code in a text: highlighted where that is quick and certain, and never changed."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pygments.lexers import get_lexer_by_name

from common.rendering.highlighting import LANGUAGES
from common.rendering.markdown import render
from tests.common.rendering.reading import check, read, tags


class TestCode:
    def test_is_highlighted_by_classes(self):
        found = check(render("```python\nimport os  # why\nx = 1 + 'a'\n```"))
        assert found.elements[0] == ("pre", {"tabindex": "0", "dir": "ltr"})
        classes = {attributes["class"] for tag, attributes in found.elements if tag == "span"}
        assert {"kn", "c1", "mi", "n"} <= classes
        assert found.text.strip() == "import os  # why\nx = 1 + 'a'"

    @pytest.mark.parametrize("info", ["", "nosuchlanguage", "python3000", '"><script>', "html+django", "../../etc"])
    def test_of_an_unknown_language_is_plain_under_what_its_fence_says(self, info):
        found = check(render(f"```{info}\n<b> & {{}}\n```"))
        assert [tag for tag, _ in found.elements] == ["pre", "code"]
        assert found.text.strip() == f"{info}\n<b> & {{}}".strip()

    @pytest.mark.parametrize("name", ["text", "Python", "markdown", "mermaid", "csv"])
    def test_does_not_show_the_name_of_its_language(self, name):
        assert check(render(f"```{name}\na, b\n```")).text.strip() == "a, b"

    def test_in_an_unclosed_fence_is_still_code(self):
        assert tags("```python\nx = 1")[:2] == ["pre", "code"]

    def test_beyond_the_cap_is_plain(self):
        line = "x = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'\n"
        assert "span" not in tags("```python\n" + line * 1200 + "```")
        assert "span" in tags("```python\n" + line * 20 + "```")

    @pytest.mark.parametrize(
        "language", ["python", "html", "php", "bash", "diff", "json", "yaml", "tex", "perl", "console"]
    )
    @settings(deadline=None)
    @given(code=st.text("<>&'\"abc \n\t{}[]()#$%\\/-=+0`\u202e", max_size=80))
    def test_is_never_changed(self, language, code):
        assume("``````" not in code and code.strip())

        assert read(render(f"``````{language}\n{code}\n``````")).text == code + "\n\n"

    def test_of_every_listed_language_can_be_highlighted(self):
        for name in LANGUAGES:
            get_lexer_by_name(name)
