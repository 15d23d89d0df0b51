from __future__ import annotations

import re
from pathlib import Path

import annotation.formats
import common.strict_json
from annotation.formats.problems import ADVICE


class TestAdvice:
    def test_is_there_for_every_code_the_readers_use(self):
        (folder,) = annotation.formats.__path__
        files = [*Path(folder).glob("*.py"), Path(common.strict_json.__file__)]
        source = "".join(path.read_text() for path in files)
        used = set(
            re.findall(r'(?:Refused\(\s*|notes\.append\(|warnings\.append\(|Problem\(number, )"([a-z0-9_]+)"', source)
        )
        assert {"not_json", "row_too_large", "blank_text", "nul_replaced", "wrong_format"} <= used
        assert used <= set(ADVICE)

    def test_says_what_is_wrong_and_what_to_do(self):
        for sentence, advice in ADVICE.values():
            assert sentence[0].isupper()
            assert not sentence.endswith(".")
            assert advice.endswith(".")
            assert "please" not in (sentence + advice).lower()
