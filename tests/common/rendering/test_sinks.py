"""Only one module turns text into HTML."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from common.rendering.markdown import render
from common.rendering.plain import render_plain
from common.templatetags import untrusted

ROOT = Path(__file__).parents[3]


class TestSinks:
    def test_are_in_one_module(self):
        """Only common/templatetags/untrusted.py may mark a string as safe; format_html escapes what it is given."""
        sink = re.compile(
            r"mark_safe|\|\s*safe\b|safeseq|autoescape\s+off|Safe(?:String|Text|Data)\(|def __html__|html_safe\b"
        )
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "*.py", "*.html", "*.txt"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        found = {
            name
            for name in listed.stdout.split("\n")
            if name
            and not name.startswith("tests/")
            and (ROOT / name).is_file()
            and sink.search((ROOT / name).read_text())
        }
        assert found == {"common/templatetags/untrusted.py"}

    def test_give_format_html_a_literal(self):
        loose = re.compile(r"format_html(?:_join)?\((?!\s*(?:\"|'|mark_safe))")
        for name in ("common", "annotation", "quality", "reward", "config"):
            for path in (ROOT / name).rglob("*.py"):
                assert not loose.search(path.read_text()), path

    def test_render_through_the_filters(self):
        assert untrusted.rendered("*a* <b>") == render("*a* <b>")
        assert hasattr(untrusted.rendered("a"), "__html__")
        assert untrusted.raw_text("<b>") == render_plain("<b>")
        assert not hasattr(untrusted.excerpt("<b>", 5), "__html__")
