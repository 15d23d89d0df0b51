"""The marks on the differences of two responses, in the rendered text."""

from __future__ import annotations

import pytest

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

PAIR = """
document.body.innerHTML = `<div class="pair"><div class="response a"><div class="shown">${a}</div></div>
  <div class="response b"><div class="shown">${b}</div></div></div>`;
const pair = document.querySelector(".pair");
const workers = [];
const newWorker = () => {
  workers.push(new Worker("/js/difference-worker.js", { type: "module" }));
  return workers.at(-1);
};
const differences = new Differences({ window, newWorker });
const marks = (side) => [...(CSS.highlights.get("difference") ?? [])].map((mark) => {
  const range = document.createRange();
  range.setStart(mark.startContainer, mark.startOffset);
  range.setEnd(mark.endContainer, mark.endOffset);
  return [mark.startContainer.parentElement.closest(".response").classList.contains(side), range.toString()];
}).filter(([here]) => here).map(([, text]) => text);
"""
MARKED = "return [await differences.mark(pair), marks('a'), marks('b')];"
SAME = "Read the file in chunks and add up as you go along the way."
A = f"{SAME} It takes three minutes on the server that you have."
B = f"{SAME} It takes ninety minutes on the server that you have."


class TestDifferences:
    @pytest.mark.parametrize(
        ("a", "b", "in_a", "in_b"),
        [
            (f"<p>{A}</p>", f"<p>{B}</p>", ["three"], ["ninety"]),
            (f"{SAME} red or green {SAME}", f"{SAME} blue or yellow {SAME}", ["red or green"], ["blue or yellow"]),
            ("我们用Python今天去公园散步吧", "我们用Python明天去公园散步吧", ["今"], ["明"]),
            (f"<p>{SAME} Paris it is.</p>", f"<p>{SAME} paris it is.</p>", ["Paris"], ["paris"]),
            (f"<p>{SAME}</p>", f"<p>{SAME}</p><p>And one more.</p>", [], ["And one more."]),
        ],
        ids=["word by word", "joined over a coincidence", "by letter without spaces", "by case too", "added"],
    )
    def test_are_marked(self, module_page: ModulePage, a: str, b: str, in_a: list[str], in_b: list[str]) -> None:
        assert module_page.run(PAIR, MARKED, a=a, b=b) == ["marked", in_a, in_b]

    def test_are_marked_across_elements_of_a_line(self, module_page: ModulePage) -> None:
        a = f"<p>{SAME} It is <b>un</b>believ<i>able</i>, my <code>dear</code> friend, is it not?</p>"
        b = f"<p>{SAME} It is <b>in</b>credib<i>le</i>, my <code>good</code> friend, is it not?</p>"
        found = module_page.run(PAIR, MARKED, a=a, b=b)
        assert found == ["marked", ["unbelievable, my dear"], ["incredible, my good"]]
        equal = module_page.run(PAIR, MARKED, a=f"<p>{SAME}<br>un<b>able</b></p>", b=f"<p>{SAME} unable</p>")
        assert equal[0] == "same"

    def test_mark_a_formula_whole(self, module_page: ModulePage) -> None:
        a = f"<p>{SAME} So <math><mi>x</mi><mo>+</mo><mn>1</mn></math> is all that there is.</p>"
        found = module_page.run(PAIR, MARKED, a=a, b=a.replace("<mn>1", "<mn>2"))
        assert found == ["marked", ["x+1"], ["x+2"]]
        assert module_page.run(PAIR, MARKED, a=a, b=a)[0] == "same"

    def test_leave_what_says_that_a_response_is_empty(self, module_page: ModulePage) -> None:
        a = '<p class="empty-text">This response is empty.</p>'
        assert module_page.run(PAIR, MARKED, a=a, b="<p>Yes.</p>") == ["nothing in common", [], []]

    def test_never_change_the_page(self, module_page: ModulePage) -> None:
        found = module_page.run(
            PAIR,
            """
            const before = pair.innerHTML;
            const [first] = [...pair.querySelectorAll(".a p")].map((p) => p.firstChild);
            await differences.mark(pair);
            const kept = pair.innerHTML === before && pair.querySelector(".a p").firstChild === first;
            const count = marks("a").length;
            differences.clear();
            return [kept, count, marks("a").length];
            """,
            a=f"<p>{A} <em>Really.</em></p>",
            b=f"<p>{B}</p>",
        )
        assert found == [True, 2, 0]

    def test_of_another_pair_end_the_comparison_under_way(self, module_page: ModulePage) -> None:
        found = module_page.run(
            PAIR,
            """
            const first = differences.mark(pair);
            pair.querySelector(".a .shown").textContent = b;
            const second = differences.mark(pair);
            const answers = [await first, await second];
            const third = differences.mark(pair);
            differences.clear();
            return [...answers, await third, workers.length, marks("a").length];
            """,
            a=A,
            b=B,
        )
        assert found == ["not wanted", "same", "not wanted", 3, 0]

    def test_are_compared_by_a_worker_that_is_there_before_the_connection_is_lost(
        self, module_page: ModulePage
    ) -> None:
        found = module_page.run(
            PAIR, "return [workers.length, await differences.mark(pair), workers.length];", a=A, b=B
        )
        assert found == [1, "marked", 1]

    def test_can_be_tried_again_where_the_worker_failed(self, module_page: ModulePage) -> None:
        found = module_page.run(
            PAIR,
            """
            const answers = [];
            const broken = new Differences({
              window,
              newWorker: () => new Worker(answers.length ? "/js/difference-worker.js" : "/favicon.ico", { type: "module" }),
            });
            answers.push(await broken.mark(pair));
            answers.push(await broken.mark(pair));
            return answers;
            """,
            a=A,
            b=B,
        )
        assert found == ["failed", "marked"]

    def test_need_a_browser_that_has_highlights(self, module_page: ModulePage) -> None:
        found = module_page.run(
            PAIR,
            """
            const old = new Differences({ window: { CSS: {} }, newWorker });
            return [await old.mark(pair), workers.length, old.clear() ?? null];
            """,
            a=A,
            b=B,
        )
        assert found == ["too old", 1, None]

    def test_of_fifty_thousand_characters_are_marked_where_they_are(self, module_page: ModulePage) -> None:
        signs = [chr(0x4E00 + (37 * at * at + at) % 2500) for at in range(50_000)]
        changed = list(signs)
        for at in range(500, 50_000, 1000):
            changed[at] = "\u9fa5"
        a, b = (f"<p>{''.join(text)}</p>" for text in (signs, changed))
        assert module_page.run(PAIR, MARKED, a=a, b=b) == ["marked", signs[500::1000], ["\u9fa5"] * 50]
