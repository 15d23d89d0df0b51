"""Every character of a text is seen, but for marks whose meaning was certain."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.common.rendering.source import lost, seen

MONEY = [
    "between $50 and $100",
    "A tape costs $$300, or $$9.375 a kilobyte.",
    "Noodle Bar ($$), Grill House ($), Tasting Room ($$$)",
    "票价从$120降到$6.40。运费：$5到$8。",
    "20$, not 30$. Expect $100 to 200$.",
    "$/ticket fell while $/visit rose",
    "US$5 or AU$6, $5-$10, $5/$10, ($5)-($10), $1,000$ and $10-20$",
    "$5 million, and $6 million",
    "a fee of $5_000 or $6_000",
]
SHELLS = [
    "$HOME/bin:$PATH",
    "${HOME}/${USER}",
    "$(pwd)/$(date)",
    "echo $$ and $$",
    "$a + $b, $a+$b, $a.$b and $x = $y;",
    "if ($a == $b) { $c }",
    "$1, $2 and ($1,$2)",
    "AS $$ SELECT 1 $$ LANGUAGE sql",
    "DO $$ BEGIN RAISE NOTICE 'x'; END $$;",
    "AS $body$ SELECT 1 $body$",
    "^a$|^b$ and [a-z]$|^[0-9]$",
    "$my_var and $other_var",
    "$user_id=$session_id",
    "`$x` and `$y`",
]
MARKS = [
    "1*2*3*4 and 2*3 while 4*5",
    "width*height*depth, f(x)*g(y)*h(z)",
    "2**3**4 and x**2 + y**2",
    "__init__, __call__, _private_ and my_long_name",
    "*.tmp, *.bak and a*b*.txt; ls *b*.txt",
    "C:\\.ssh\\_old\\*.pem and ^\\(\\d+\\)\\.$",
    "\\\\server\\share\\",
    "def f(*args, **kwargs): pass",
    "SELECT * FROM a; SELECT b.*, c.* FROM b, c",
    "/* a comment */ and /*another*/",
    "\"*\" and \"*\", '_' and '_', (*) and (*)",
    "5* and 4* hotels, *excluding tax",
    "<b>tags in text</b> and List<String> and a < b > c",
    "&lt;b&gt; &amp; &nbsp; &#x41; &copy",
    "<https://a.example> and <a@b.example>",
    "the ` key and the ` key",
    "x~~y~~z and a~b and ~/bin",
    "~~~",
    "[a][b], [c][] and [d]",
    "[a]: https://a.example\n[^1]: a note",
    "![alt](https://a.example/x.png) and ![](relative.png)",
    '[a](https://a.example "title")',
    "Title\n=====\n\nOther\n---\ntext",
    "#\n\n# #\n\n## C# #\n\n#hashtag",
    "2024. A year\n\n007. An agent\n\n3) c\n5) e",
    "1. a\n1. b\n1. c",
    ">= 5\n\n>>> print(1)\n\n>\n\n> quoted",
    "+ added\n- removed\n+ added",
    "| a | b |\n|---|---|\n| 1 | 2 | 3 |\n| 4 |\nafter",
    "| a |\n|---|\n| `x|y` | z |",
    "a | b\n--|--\n\\| | c\\|d",
    "<div>\nhidden?\n</div>\n\n<!-- a remark -->\n\n<details><summary>s</summary>t</details>",
    "```what is this\nx\n```",
    "```python title=a.py\nx\n```",
    "```markdown\na\n```\nb\n```\nc",
    "> " * 100 + "deep",
    "\n".join("  " * depth + "- deep" for depth in range(70)),
    "\\* a\n\\- b\n1\\. c\n\\# d\n\\> e",
    "snake\\_case, 2 \\* 3, \\*stars\\*, \\$5",
    "line\\\nline",
    "-",
    "+",
    "*",
    "42.",
    "- 5",
    "+ 5\n+ 6",
    "-- --- --",
    "- -- -",
    "_________",
    "Name:\n\n____\n\nDate:\n\n---",
    "> 5 items\n\n< 5 items",
    "< old\n---\n> new",
    "(*_*), **--**, *~* and (*^o^*)",
    "a\\[i\\], f\\(x\\) and sed 's/\\(a\\)\\(b\\)/\\2\\1/'",
    "see \\[x\\] there",
    "| a | b |\n|---|---|\n| $|x|$ | \\(|y|\\) |",
    "```text\na\n```py\nx\n```\nb\n```\nc",
    "```",
    "```py\n```",
    "~~~ hello ~~~",
    "![cat](https://a.example/x.png)",
    "$$$5$$$",
]


class TestEveryCharacter:
    @pytest.mark.parametrize("text", [*MONEY, *SHELLS])
    def test_of_money_and_of_programs_is_seen(self, text):
        found = seen(text)
        assert not found.tags["math"]
        assert Counter(text.replace("`", "")) - Counter(found.text) <= Counter(" \n")

    @pytest.mark.parametrize("text", MARKS)
    def test_of_marks_without_a_certain_meaning_is_seen(self, text):
        assert not lost(text)

    @pytest.mark.parametrize("text", [*MONEY, *SHELLS, *MARKS])
    @pytest.mark.parametrize(
        "frame", ["- {}", "> {}", "# {}", "| {} |\n|---|\n| {} |", "word {} word", "**{}**", "[{}](https://a.example)"]
    )
    def test_is_seen_in_every_kind_of_block(self, text, frame):
        assert not lost(frame.replace("{}", text.split("\n")[0]))

    @settings(max_examples=1500, deadline=None)
    @given(
        st.lists(
            st.sampled_from(
                [*MONEY, *SHELLS, *MARKS, *"[]()<>*_~`|!#-+&;:\"'= \n\n\n\\ab1.", "  ", "    ", "**", "__", "***", "```", "~~~", "~~", "```python\n", "```md\n", "- ", "1. ", "2) ", "> ", "# ", "|-|-|\n", "| a | b |\n", "---\n", "](https://a.example)", "&lt;", "word", "слово", "字", "עברית", "\\*", "\\_", "\t", "\\(x\\)", "\\[x^2\\]", "$|x|$", "> 5", "< 5\n", "+ 5\n", "- 5\n", "* * *\n", "___\n", "(*_*)", "![a](https://a.example/x.png)", "3 + 4 = 7", "C++", "$\\$5$", "~~~ a\n", "```js\n", "@@ -1 +1 @@\n"]
            ),
            max_size=30,
        ).map("".join)
    )  # fmt: skip
    def test_of_any_mixture_is_seen(self, text):
        assert not lost(text)

    @settings(max_examples=500, deadline=None)
    @given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=120))
    def test_of_any_text_is_seen(self, text):
        assert not lost(text)
