"""Which way text runs, in every kind of block."""

from __future__ import annotations

import time
from html import escape

import pytest

from common.rendering.direction import block_direction
from common.rendering.languages import language_direction
from common.rendering.markdown import render
from common.rendering.plain import render_plain
from common.rendering.runs import parted
from tests.common.rendering.reading import check

HEBREW = "React היא ספרייה לבניית ממשקים"
PERSIAN = "این API را با JavaScript می‌نویسند"
ENGLISH = "The Hebrew word שלום means peace and much else"


class TestLanguage:
    @pytest.mark.parametrize(
        "tag",
        ["ar", "he", "fa", "ur", "ar-EG", "FA_ir", "az-Arab", "ks-Arab-IN", "yi", "az-IR", "pa_PK", "ff-Adlm", "ar_EG.UTF-8"],
    )  # fmt: skip
    def test_from_right_to_left(self, tag):
        assert language_direction(tag) == "rtl"

    @pytest.mark.parametrize(
        "code",
        [
            "ara",
            "heb",
            "fas",
            "per",
            "urd",
            "pus",
            "snd",
            "uig",
            "yid",
            "div",
            "kas",
            "arb",
            "arz",
            "apc",
            "pes",
            "prs",
            "ckb",
            "azb",
            "pnb",
            "syc",
            "nqo",
            "rhg",
            "ARA",
            "iw",
            "ji",
        ],
    )
    def test_by_a_code_of_three_letters_from_right_to_left(self, code):
        assert language_direction(code) == "rtl"

    @pytest.mark.parametrize(
        "name",
        ["Arabic", "hebrew", "PERSIAN", "Farsi", "Urdu", "Pashto", "Sindhi", "Uyghur", "Yiddish", "Dhivehi", "Egyptian Arabic", "Arabic (Egypt)", "Modern Standard Arabic", "Persian/Farsi", "Central Kurdish", "Kurdish (Sorani)", "Punjabi (Shahmukhi)", "N'Ko", "العربية", "עברית", "فارسی"],
    )  # fmt: skip
    def test_by_its_name_from_right_to_left(self, name):
        assert language_direction(name) == "rtl"

    @pytest.mark.parametrize(
        "tag",
        ["en", "de-CH", "az", "ur-Latn", "zh-Hant", "und", "eng", "deu", "zho", "jpn", "tur", "kur", "lad", "English", "German", "Kurdish", "Arabic (romanized)", "Arabic-Latn", "Urdu, Latin script", "sd-IN", "sd-Deva", "pa-IN", "ug-KZ", "日本語", "aria", "hebe"],
    )  # fmt: skip
    def test_from_left_to_right(self, tag):
        assert language_direction(tag) == "ltr"

    def test_that_is_not_stated_has_none(self):
        assert language_direction("") is None


class TestBlock:
    @pytest.mark.parametrize("text", [HEBREW, PERSIAN, "שלום, world!", "1. العربية"])
    def test_runs_as_most_of_its_words_do(self, text):
        assert block_direction(text, "ltr") == "rtl"
        assert block_direction(ENGLISH, "ltr") == "ltr"

    def test_in_a_text_from_right_to_left_may_be_mostly_names(self):
        text = "npm install react עם הגרסה"
        assert block_direction(text, "ltr") == "ltr"
        assert block_direction(text, "rtl") == "rtl"

    def test_without_letters_has_none(self):
        assert block_direction("12-14 …", "rtl") is None

    @pytest.mark.parametrize(
        ("frame", "tag"),
        [("{}", "p"), ("# {}", "h3"), ("> {}", "blockquote"), ("- {}", "ul"), ("1. {}", "ol"), ("| {} |\n|---|\n| {} |", "table"), ("- {}\n\n- {}", "ul"), ("> - {}", "ul"), ("1. a\n   > {}", "blockquote")],
    )  # fmt: skip
    @pytest.mark.parametrize(("text", "direction"), [(HEBREW, "rtl"), (PERSIAN, "rtl"), (ENGLISH, "ltr")])
    def test_of_every_kind_has_its_direction(self, frame, tag, text, direction):
        found = dict(check(render(frame.replace("{}", text))).elements)
        assert found[tag]["dir"] == direction

    def test_without_letters_runs_as_the_text(self):
        assert '<p dir="rtl">12-14</p>' in render(f"{HEBREW}\n\n12-14")
        assert render("12-14") == '<p dir="ltr">12-14</p>\n'
        assert render("12-14", "ar") == '<p dir="rtl">12-14</p>\n'

    def test_in_latin_letters_runs_from_left_to_right_whatever_the_language(self):
        assert render("Hello, world!", "ar") == '<p dir="ltr">Hello, world!</p>\n'

    def test_depends_on_the_language_where_its_words_are_mixed(self):
        text = "npm install react עם הגרסה"
        assert render(text, "he").startswith('<p dir="rtl">')
        assert render(text, "en").startswith('<p dir="ltr">')

    def test_is_not_turned_by_code_or_addresses(self):
        assert render("ראו `const longFunctionName = () => 1` https://example.com/a/long/path").startswith(
            '<p dir="rtl">'
        )


class TestPartsThatRunTheOtherWay:
    def test_in_items_and_cells_are_isolated_and_keep_the_side_of_their_list(self):
        assert '<ul dir="rtl">\n<li>שלום לכולם כאן</li>\n<li><span dir="ltr">Hello!</span></li>' in render(
            "- שלום לכולם כאן\n- Hello!"
        )
        html = render("| שלום לכולם | כאן |\n|---|---|\n| Hello! | 1-2 |")
        assert '<td><span dir="ltr">Hello!</span></td>\n<td>1-2</td>' in html

    def test_in_lines_of_their_own_are_isolated(self):
        assert '<br>\n<span dir="ltr">Hello, <em>world</em>!</span></p>' in render("שלום לכולם כאן\nHello, *world*!")

    def test_are_not_isolated_where_an_element_goes_on(self):
        assert "<span" not in render("שלום *לכולם\nHello* world")

    def test_of_code_are_isolated(self):
        assert '<code dir="ltr">f(x);</code>' in render("הפונקציה `f(x);` כאן")
        assert "<code>f(x);</code>" in render("The function `f(x);` here")
        assert '<pre tabindex="0" dir="ltr">' in render("שלום\n\n```\nx = 1\n```")

    @pytest.mark.parametrize("name", ["", "text", "md", "שיר"])
    def test_of_a_fence_without_a_language_of_programs_run_as_they_do(self, name):
        html = render(f"```{name}\nשלום, עולם!\nHello!\nשלום לכם.\n```")
        assert '<pre tabindex="0" dir="rtl">' in html
        assert '<span dir="ltr">Hello!</span>\nשלום לכם.' in html
        assert "<pre" + render("```python\ns = 'שלום לכל העולם'\n```").split("<pre")[1].split("<code")[0] == (
            '<pre tabindex="0" dir="ltr">'
        )

    @pytest.mark.parametrize(
        "line", ["int x = 5; // הערה חשובה מאוד", "def f(x):  # הערה חשובה", "if (x) { // הערה חשובה מאוד", 'print("שלום לכם"); # הערה']
    )  # fmt: skip
    def test_of_a_bare_fence_that_begin_as_statements_run_from_left_to_right(self, line):
        assert f'<pre tabindex="0" dir="ltr"><code>{escape(line, quote=False)}\n</code></pre>' in render(
            f"```\n{line}\n```"
        )
        html = render(f"```\nשלום לכולם כאן;\n{line}\nReact היא ספרייה לבניית ממשקים\n```")
        assert f'<span dir="ltr">{escape(line, quote=False)}</span>\nReact' in html


class TestSums:
    @pytest.mark.parametrize(
        "text",
        ["3 + 4 = 7", "3+4=7", "3 + x = 7", "x + 3 = 7", "2(3+4) = 14", "(3 + 4) ÷ 2", "5 > 3", "-5", "−5", "1/2 + 1/3 = 5/6", "2^10 = 1024", "f(x) = 2x + 1", "sin(x) + 2 = 3", "3 × 4", "100 / 5 = 20", "5! = 120", "|−5| = 5", "$5 + $6", "50% + 25%", "3 + 4 =", "+972 3 555 1234", "2024-01-05", "054-123-4567", "۳ + ۴ = ۷"],
    )  # fmt: skip
    @pytest.mark.parametrize("frame", ["הסכום {} נכון", "المجموع {} صحيح", "این {} درست است", "שלום: {}.", "{}, נכון?"])
    def test_run_from_left_to_right_in_any_text(self, text, frame):
        assert [part for part, is_run in parted(frame.replace("{}", text)) if is_run] == [text]
        assert f'<span dir="ltr">{escape(text, quote=False)}</span>' in render(
            frame.replace("{}", text).replace("*", "\\*")
        )

    @pytest.mark.parametrize(
        "text",
        ["ב-5 ימים", "מ-10 ל-20", "10-20", "1–2", "12:30", "50%", "1 2 3", "1, 2, 3", "A4", "v1.2.3", "a*b", "npm 5", "A/B", "x = y", "(5)", "٣ + ٤ = ٧", "س + 3 = 5", "2 + س = 5", "عدد 5 (خمسة)"],
    )  # fmt: skip
    def test_are_not_single_numbers_ranges_or_of_other_letters(self, text):
        assert parted(text) == [(text, False)]

    @pytest.mark.parametrize(
        "text",
        ["حل المعادلة: 2س + 3 = 7", "س² + 5س + 6 = 0", "פתרון: 2א + 3 = 7", "3(س + 1) + 2 = 6", "3(س + 1) - 2 = 6", "(5 - 3)س = 10", "س(3 + 4) = 5", "3 + 2 = 5س", "12 + 13 + 4س", "12 - 5 - ס = 3", "س^2 + 3 = 5", "2س -3", "5 كم × 3 + 1 = 16 كم", "50% من 200 = 100", "س mod 3 + 1 = 2", "س % 3 + 1 = 2", "س / 4 - 3 = 1", "אחוז = (חלק / שלם) × 100 = 25%", "النسبة = (الجزء ÷ الكل) × 100 = 25%", "5 דק' × 3 = 15 דק'"],
    )  # fmt: skip
    def test_are_not_isolated_in_part(self, text):
        assert parted(text) == [(text, False)]
        assert "<span" not in render(text, "ar")

    @pytest.mark.parametrize(
        "text",
        ["**س** + 3 + 1 = 7", "**10** - 3 + 1 = 8 כן", "`x` + 3 = 7 כן", "$y$ - 2 = 5 כן", "3 + 4 - **10** כן", "כן 3 + 4 = **7**"],
    )  # fmt: skip
    def test_are_not_isolated_in_part_where_a_term_is_emphasized_code_or_a_formula(self, text):
        assert '<span dir="ltr">' not in render(text, "he")

    @pytest.mark.parametrize(
        "text",
        ["1 + 2 + ... + 10 = 55", "1 + 2 + … + 10 = 55", "17 % 5 = 2", "7 mod 3 = 1", "17 ≡ 5 (mod 12)", "(1, 2) + (3, 4) = (4, 6)", "{1, 2} ∪ {3} = {1, 2, 3}", "5$ + 6$ = 11$", "5₪ + 6₪"],
    )  # fmt: skip
    @pytest.mark.parametrize("frame", ["الباقي {} نعم", "{} כן", "הסכום - {} - נכון", "**{}** כן", "כן **{}**"])
    def test_are_isolated_whole(self, text, frame):
        assert [part for part, is_run in parted(frame.replace("{}", text)) if is_run] == [text]

    @pytest.mark.parametrize(
        "text",
        [
            "السعر: 100$-200$",
            "20₪-30₪",
            "10€-20€",
            "ו-5$-10$",
            "100 €-200 €",
            "30 %-40 %",
            "30%-40%",
            "100-200$",
            "כן 100 $-200",
        ],
    )
    def test_are_no_ranges_of_prices(self, text):
        assert parted(text) == [(text, False)]

    @pytest.mark.parametrize(
        ("text", "run"),
        [
            ("מחיר -5$", "-5$"),
            ("המחיר = -5", "-5"),
            ("(-5%) כן", "-5%"),
            ("עלייה +3.2%", "+3.2%"),
            ("בערך +1,500", "+1,500"),
            ("+0.5 כן", "+0.5"),
            ("הפסד $-1,000", "$-1,000"),
        ],
    )
    def test_are_negative_amounts_after_a_blank_a_bracket_or_an_operator(self, text, run):
        assert [part for part, is_run in parted(text) if is_run] == [run]

    @pytest.mark.parametrize(
        "frame", ["{}", "- {}", "1. {}", "> {}", "# {}", "| {} | {} |\n|---|---|\n| {} | {} |", "**{}**"]
    )
    def test_run_so_in_every_kind_of_block(self, frame):
        text = "הסכום 3 + 4 = 7"
        html = render(frame.replace("{}", text))
        assert html.count('הסכום <span dir="ltr">3 + 4 = 7</span>') == frame.count("{}")
        assert check(html).text.count("הסכום 3 + 4 = 7") == frame.count("{}")

    def test_run_so_in_blocks_without_words(self):
        assert '<p dir="rtl"><span dir="ltr">3 + 4 = 7</span></p>' in render("שלום לכולם\n\n3 + 4 = 7")
        assert render("3 + 4 = 7", "ar") == '<p dir="rtl"><span dir="ltr">3 + 4 = 7</span></p>\n'

    @pytest.mark.parametrize(
        ("text", "run"),
        [
            ("המהירות v = 3 m/s בקירוב", "v = 3 m/s"),
            ("המרחק 50 km/h × 2 h = 100 km בערך", "50 km/h × 2 h = 100 km"),
            ("התוצאה the result x = 5 is נכונה", "the result x = 5 is"),
            ("(הסכום 3 + 4)", "3 + 4"),
            ("(3 + 4 הוא)", "3 + 4"),
        ],
    )
    def test_run_with_the_latin_words_beside_them(self, text, run):
        assert [part for part, is_run in parted(text) if is_run] == [run]

    @pytest.mark.parametrize(
        "word",
        ["C++", "C#", "C++ 11", "C++ and C#", "C++, Java, C#", "--save", "-v", "npm install --save react", "/usr/bin", ".NET", "@dan", "#tag", "$HOME", "https://a.example/b?c=1", "www.a.example/b-c"],
    )  # fmt: skip
    @pytest.mark.parametrize("frame", ["שפת {} טובה מאוד", "({}) שלום לכולם", "שלום לכולם: {}.", "{} היא טובה מאוד"])
    def test_of_latin_words_with_signs_at_an_end_run_so_too(self, word, frame):
        text = frame.replace("{}", word)
        assert [part for part, is_run in parted(text) if is_run] == [word]
        assert f'<span dir="ltr">{word}</span>' in render(text, "he")

    def test_are_as_they_are_in_text_from_left_to_right(self):
        assert "<span" not in render("The sum is 3 + 4 = 7")
        assert "<span" not in render("3 + 4 = 7")

    def test_run_so_in_the_raw_view(self):
        assert render_plain("הסכום 3 + 4 = 7") == (
            '<pre class="plain" tabindex="0" dir="rtl">\nהסכום <span dir="ltr">3 + 4 = 7</span></pre>'
        )
        assert "<span" not in render_plain("The sum 3 + 4 = 7")

    def test_are_isolated_up_to_a_number_of_them(self):
        start = time.process_time()
        assert render("ש -5 " * 20_000).count("<span") == 1_000
        assert render("ש -5\n" * 1_400).count("<span") == 1_000
        assert render_plain("ש -5\n" * 1_400).count("<span") == 1_000
        assert time.process_time() - start < 1.0

    def test_keep_breaks_of_lines_in_cells(self):
        assert '<span dir="ltr">3 + 4</span><br>' in render("| הסכום |\n|---|\n| הסכום 3 + 4<br>שלום |")

    @pytest.mark.parametrize(
        "unit",
        [
            "1",
            "1 ",
            "1+",
            "1 + ",
            "(",
            "((1",
            "1(",
            "1-",
            "+1 ",
            "- ",
            "1 =",
            "a+",
            "x(1)",
            "a ",
            "a, ",
            "-a ",
            "/a",
            "www.",
            "C++ ",
            "#a ",
            ". ",
            "(1, ",
            "(1,2)+",
            "... + ",
            "1 % ",
            "1 mod ",
            "1$-",
            "3+4=5 + ש ",
            "*3+4*",
            "<b",
        ],
    )
    def test_are_found_quickly(self, unit):
        text = "ש " + unit * (100_000 // len(unit))
        start = time.process_time()
        assert "".join(part for part, _ in parted(text)) == text
        assert time.process_time() - start < 0.5
