"""How long a response is, and what markup it uses."""

from __future__ import annotations

import time

import pytest
from markdown_it import MarkdownIt

from annotation.formats.features import Features, features
from annotation.formats.records import Message

ANSWER = """# Baking

Mix **flour** and **water**, then `knead`:

1. Wait
2) Fold
10. Bake
   - once
   * twice
+ more

## After

```python
# not a heading
- not an item
x = 2 ** 3 ** 4
```

Let it rest.
"""


class TestMarkup:
    def test_is_counted_outside_of_code(self):
        assert features(ANSWER) == Features(len(ANSWER), headings=2, list_items=6, bold=2, code=2)

    @pytest.mark.parametrize(
        "plain",
        [
            "",
            "Just words.",
            "#tag and C#",
            "-5 and -6\n-7",
            "2 * 3 * 4",
            "f(**kwargs)",
            "3.14 and 1.5\n2.5",
            "a ** b",
            "It's 5 o`clock",
        ],
    )
    def test_is_none_where_signs_mean_something_else(self, plain):
        assert features(plain)[1:] == (0, 0, 0, 0)

    @pytest.mark.parametrize(
        "text", ["- a\n- b\n\n### c\n\n**d** e `f`", "1. a\n\n2. **b**\n\n# c\n\n# d", "`a` **b** **c**"]
    )
    def test_is_that_of_a_parser_of_markdown(self, text):
        tokens = MarkdownIt().parse(text)
        inner = [token for token in tokens for token in [token, *(token.children or [])]]
        counted = [
            sum(token.type == kind for token in inner) for kind in ("heading_open", "list_item_open", "strong_open")
        ]

        assert list(features(text)[1:4]) == counted
        assert features(text).code == sum(token.type == "code_inline" for token in inner)


class TestACodeBlockThatDoesNotEnd:
    def test_counts_once_and_hides_the_rest(self):
        assert features("```\n# a\n- b")[1:] == (0, 0, 0, 1)


class TestAConversation:
    def test_counts_what_the_assistant_wrote(self):
        turns = (Message("user", "# Not mine"), Message("assistant", "- one"), Message("assistant", "**two**"))

        assert features(turns) == Features(len("- one\n**two**"), 0, 1, 1, 0)

    def test_counts_all_where_the_assistant_wrote_nothing(self):
        assert features((Message("user", "- one"),)).list_items == 1


class TestLength:
    def test_is_in_characters_and_not_in_bytes(self):
        assert features("日本語 🙂").characters == 5


@pytest.mark.parametrize("sign", ["**a", "`a", "\n#", "\n        ", "*", "`", "** ", "\n1", "```a", "**" + "a" * 199])
def test_a_hostile_text_takes_time_in_proportion_to_its_length(sign):
    def seconds(length):
        text = sign * (length // len(sign))
        began = time.process_time()
        features(text)
        return time.process_time() - began

    # Ten times the text may take ten times as long, and no more than a second beside it.
    assert seconds(1_000_000) <= 1.0 + 30 * seconds(100_000)
