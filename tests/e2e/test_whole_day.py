"""The whole day once, with everything real: a file comes in, two people judge it, a dataset goes out.

What each of them pressed is written down here together with the texts that were on the left and right. All that the site
says afterwards (pages, API, files) is held against that, in the order of the lines that were sent in.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sklearn.metrics import cohen_kappa_score

from annotation.models import Annotation, AnnotationRevision, Slot, User
from annotation.selectors import integrity
from annotation.vocabulary import Role
from tests.e2e.browsing import JOB_TIMEOUT, Annotator, Judgement, Watch, long_timeouts, sign_in, uploads_removed
from tests.factories import PASSWORD, MemberFactory, ProjectFactory, UserFactory
from tests.lines import encode, pair
from tests.programs import CeleryWorker, WebProcess, WebProcessFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("long_timeouts")]

__all__ = ["long_timeouts"]

GOLD = {"q03": "a", "q09": "b"}
LINES: list[dict[str, Any]] = [
    pair(f"q{n:02d}", gold=GOLD[f"q{n:02d}"]) if f"q{n:02d}" in GOLD else pair(f"q{n:02d}") for n in range(1, 13)
]
BAD = b'{"id": "q99", "prompt": "Who lost the other answer?", "response_a": {"model": "m1", "text": "I did."}}\n'
BAD_AT = 7
# What each means to say of a line, in the line's own order.
MEANT = {
    "Bob": ["a", "b", "a", "tie", "both_bad", "a", "b", "b", "b", "a", "tie", "a"],
    "Carol": ["a", "b", "a", "tie", "both_bad", "b", "b", "tie", "a", "a", "tie", "a"],
}
REASON = "Only one of them names the street; 2 of 3 facts hold."


@pytest.fixture
def watch() -> Watch:
    return Watch(())


@pytest.fixture
def web(web_process: WebProcessFactory, celery_worker_process: CeleryWorker, watch: Watch) -> Iterator[WebProcess]:
    with uploads_removed():
        process = web_process()
        watch.origins = (f"http://localhost:{process.port}",)
        yield process


@pytest.fixture
def browser_of(new_context: Callable[..., BrowserContext], web: WebProcess, watch: Watch) -> Callable[[], Page]:
    def make() -> Page:
        context = new_context(base_url=f"http://localhost:{web.port}", viewport={"width": 1280, "height": 900})
        return watch.observe(context).new_page()

    return make


def meant_verdict(who: str, line: dict[str, Any]) -> str:
    return MEANT[who][LINES.index(line)]


def line_of(prompt: str) -> dict[str, Any]:
    return next(line for line in LINES if line["prompt"] == prompt)


def canonical(judgement: Judgement) -> tuple[str, str]:
    """Return verdict and left side in the order of the imported line, from the texts that were shown."""
    line = line_of(judgement.prompt)
    texts = (line["response_a"]["text"], line["response_b"]["text"])
    assert (judgement.left, judgement.right) in (texts, texts[::-1])
    first_on_left = judgement.left == texts[0]
    swapped = {"a": "b", "b": "a"}
    return judgement.word if first_on_left else swapped.get(
        judgement.word, judgement.word
    ), "a" if first_on_left else "b"


def word_on_page(annotator: Annotator, meaning: str) -> str:
    """Return the verdict's word for the sides as the page shows them."""
    first_on_left = annotator.left == line_of(annotator.prompt)["response_a"]["text"]
    return meaning if first_on_left else {"a": "b", "b": "a"}.get(meaning, meaning)


def set_up_project(manager: Page, watch: Watch, files: Path) -> dict[str, tuple[str, str]]:
    """Set the project up as Alice; return each new member's pseudonym and password."""
    manager.goto("/projects")
    watch.axe(manager)
    manager.get_by_role("link", name="New project").click()
    watch.axe(manager)
    manager.get_by_label("Name").fill("Street answers")
    manager.get_by_role("button", name="Create project").click()
    expect(manager.get_by_text("Draft created.")).to_be_visible()
    manager.get_by_label("Judgements wanted of each pair").fill("2")
    manager.get_by_label("Gold mixed in, %").fill("50")
    manager.get_by_role("button", name="Save").click()
    expect(manager.get_by_text("Saved. What was judged before stays as it was.")).to_be_visible()
    expect(manager.get_by_label("Judgements wanted of each pair")).to_have_value("2")
    watch.axe(manager)

    manager.get_by_role("link", name="Write the guidelines").click()
    manager.get_by_label("Guidelines", exact=True).fill("# How to judge\n\nRead **both** to the end.")
    manager.get_by_role("button", name="Publish").click()
    expect(manager.get_by_text("Version 1 is published")).to_be_visible()
    watch.axe(manager)

    manager.get_by_role("link", name="Members").click()
    people = {
        name: add_member(manager, name, role) for name, role in (("Bob", Role.ANNOTATOR), ("Carol", Role.ANNOTATOR))
    }
    watch.axe(manager)
    people["Erin"] = add_member(manager, "Erin", Role.MANAGER)

    manager.get_by_role("link", name="Imports").click()
    watch.axe(manager)
    sent = files / "street.jsonl"
    raw = [encode([line]) for line in LINES]
    sent.write_bytes(b"".join([*raw[: BAD_AT - 1], BAD, *raw[BAD_AT - 1 :]]))
    manager.get_by_label("File", exact=True).set_input_files(sent)
    manager.get_by_role("button", name="Import").click()
    # The page is not reloaded from here on: it polls by itself until the worker is done.
    expect(manager.get_by_role("heading", name="Did everything arrive?")).to_be_visible()
    expect(manager.locator(".answer")).to_contain_text("Almost. 1 of 13", timeout=JOB_TIMEOUT)
    expect(manager.locator(".figure .value")).to_contain_text("12 accepted")
    expect(manager.locator("table.lines tbody tr")).to_have_count(1)
    row = manager.locator("table.lines tbody tr")
    expect(row.locator("td").first).to_have_text(str(BAD_AT))
    expect(row).to_contain_text("missing_field")
    expect(row).to_contain_text("$.response_b")
    expect(row).to_contain_text("Who lost the other answer?")
    watch.axe(manager)

    manager.get_by_role("link", name="Settings").click()
    manager.get_by_role("button", name="Open the project").click()
    expect(manager.get_by_text("Open: its members are handed out pairs.").first).to_be_visible()
    return people


def add_member(manager: Page, name: str, role: Role) -> tuple[str, str]:
    """Add a member; return pseudonym and password. A new account's password is shown once, an existing one keeps its own."""
    address = f"{name.lower()}@example.org"
    had = User.objects.filter(email=address).exists()
    manager.get_by_label("E-mail address").fill(address)
    manager.get_by_label("Name").fill("" if had else name)
    manager.get_by_label("Role").select_option(role.value)
    manager.get_by_role("button", name="Add to the project").click()
    notice = manager.locator("#welcomed")
    expect(notice).to_contain_text(f"{name} was added as Annotator")
    password = PASSWORD if had else manager.locator("code.secret").inner_text()
    return notice.inner_text().rsplit(" as ", 1)[1], password


def begin_judging(page: Page, watch: Watch, name: str, password: str) -> Annotator:
    """Go from the sign-in page by the guidelines to the first pair, as the pages lead."""
    page.goto("/")
    sign_in(page, f"{name.lower()}@example.org", password)
    watch.axe(page)
    page.locator("[data-primary]").click()
    expect(page.get_by_role("heading", name="Read this once before you begin.")).to_be_visible()
    expect(page.get_by_role("heading", name="How to judge")).to_be_visible()
    watch.axe(page)
    page.get_by_role("button", name="I have read them").click()
    annotator = Annotator(page)
    annotator.ready()
    watch.axe(page)
    return annotator


def judge_next(annotator: Annotator, who: str, **more: str) -> Judgement:
    return annotator.press(word_on_page(annotator, meant_verdict(who, line_of(annotator.prompt))), **more)


def judge_all(bob: Annotator, carol: Annotator, *, recompute: Callable[[], None]) -> None:
    """Judge to the end as both, by turns; half way, compute the figures."""
    for turn in range(3):
        for annotator, who in ((bob, "Bob"), (carol, "Carol")):
            judge_next(annotator, who, **({"reason": REASON} if (turn, who) == (1, "Carol") else {}))
    # Bob changes the verdict: the undone pair is shown with the same sides, and gets another one.
    undone = bob.judgements[bob.finished[-1]]
    assert bob.undo() == undone.prompt
    assert (bob.left, bob.right) == (undone.left, undone.right)
    bob.press("tie" if undone.word != "tie" else "both_bad")
    while line_of(carol.prompt).get("gold"):
        judge_next(carol, "Carol")
    carol.skip()
    recompute()
    while not (bob.at_the_end and carol.at_the_end):
        for annotator, who in ((bob, "Bob"), (carol, "Carol")):
            if not annotator.at_the_end:
                judge_next(annotator, who)


def fetch(web: WebProcess, secret: str, path: str) -> bytes:
    request = urllib.request.Request(
        f"http://localhost:{web.port}/api/v1/projects/street-answers/{path}",
        headers={"Authorization": f"Bearer {secret}"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def create_token(page: Page, watch: Watch, password: str) -> str:
    page.goto("/account/tokens")
    password = sign_in(page, "erin@example.org", password)  # a first password ends at home
    page.goto("/account/tokens")
    expect(page.get_by_role("heading", name="API tokens")).to_be_visible()
    watch.axe(page)
    page.get_by_label("Name").fill("Training cluster")
    page.get_by_label("Download datasets").check()
    page.get_by_label("Read quality figures").check()
    page.get_by_label("Street answers").check()
    page.get_by_label("Your password").fill(password)
    page.get_by_role("button", name="Create the token").click()
    expect(page.get_by_role("heading", name="Copy the token now.")).to_be_visible()
    watch.axe(page)
    return page.locator("code.secret").inner_text()


def compute(page: Page, button: str) -> None:
    """Press the button and wait: the page follows the job and shows the figures by itself."""
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("button", name="Recompute")).to_be_visible(timeout=JOB_TIMEOUT)
    expect(page.locator("#job")).to_have_count(0)
    expect(page.get_by_text("Newer judgements exist")).to_have_count(0)


def test_the_whole_day(web: WebProcess, browser_of: Callable[[], Page], watch: Watch, tmp_path: Path) -> None:
    alice = UserFactory(name="Alice", email="alice@example.org")
    MemberFactory(project=ProjectFactory(slug="before", name="Before"), user=alice, role=Role.MANAGER.value)
    UserFactory(name="Carol", email="carol@example.org")

    manager = browser_of()
    manager.goto("/")
    watch.axe(manager)
    sign_in(manager, "alice@example.org", PASSWORD)
    people = set_up_project(manager, watch, tmp_path)
    names = {who: pseudonym for who, (pseudonym, _) in people.items()}

    bob, carol = (begin_judging(browser_of(), watch, who, people[who][1]) for who in ("Bob", "Carol"))

    def looked_at() -> None:
        manager.goto("/p/street-answers/")
        watch.axe(manager)
        compute(manager, "Compute now")

    judge_all(bob, carol, recompute=looked_at)
    for annotator in (bob, carol):
        expect(annotator.page.get_by_role("heading", name="That is all for now.")).to_be_visible()
        watch.axe(annotator.page)
    gold = {line["prompt"] for line in LINES if "gold" in line}
    (skipped,) = carol.skipped
    for annotator in (bob, carol):
        assert sorted(annotator.finished) == sorted(line["prompt"] for line in LINES)
        came = [prompt in gold for prompt in annotator.finished]
        assert not any(came[:3])
        assert (True, True) not in zip(came, came[1:], strict=False)

    manager.goto("/p/street-answers/")
    expect(manager.get_by_text("Newer judgements exist; these figures do not have them.")).to_be_visible()
    compute(manager, "Recompute")
    watch.axe(manager)

    shared = sorted((bob.judgements.keys() & carol.judgements.keys()) - gold)  # agreement leaves gold out
    assert len(shared) == 9
    kappa = cohen_kappa_score(
        [canonical(bob.judgements[prompt])[0] for prompt in shared],
        [canonical(carol.judgements[prompt])[0] for prompt in shared],
    )
    manager.get_by_role("link", name="Quality", exact=True).click()
    manager.get_by_role("link", name="Annotators", exact=True).first.click()
    for who in ("Bob", "Carol"):
        row = manager.get_by_role("row").filter(has=manager.get_by_role("link", name=names[who], exact=True))
        cell = row.get_by_role("cell").filter(has_text="interval").first.inner_text()
        assert re.search(r"\(too few pairs for an interval; it needs about \d+\)", cell), cell
        shown = cell.split()[0]
        assert float(shown) == pytest.approx(kappa, abs=0.005), shown
    watch.axe(manager)

    engineer = browser_of()
    secret = create_token(engineer, watch, people["Erin"][1])
    figures = json.loads(fetch(web, secret, "quality"))
    (both,) = json.loads(fetch(web, secret, "quality/annotator-pairs"))["results"]
    assert [both["a"], both["b"]] == sorted([names["Bob"], names["Carol"]])
    assert both["n"] == len(shared)
    assert both["cohen_kappa"]["value"] == pytest.approx(kappa, abs=1e-12)
    right = {
        who: sum(canonical(j.judgements[p])[0] == line_of(p)["gold"] for p in gold)
        for who, j in (("Bob", bob), ("Carol", carol))
    }
    assert {row["name"]: (row["n"], row["gold_accuracy"]["value"]) for row in figures["annotators"]} == {
        names["Bob"]: (12, right["Bob"] / 2),
        names["Carol"]: (11, right["Carol"] / 2),
    }

    assert_raw_export_has_the_judgements(
        fetch(web, secret, "export?format=raw"), {names["Bob"]: bob, names["Carol"]: carol}
    )
    assert_preferences_are_the_settled_pairs(fetch(web, secret, "export?format=trl-preference"), bob, carol)

    kinds = AnnotationRevision.objects.values_list("kind", flat=True)
    assert sorted(kinds) == ["submit"] * 24 + ["withdraw"]
    assert Annotation.objects.count() == 23
    open_now = Slot.objects.filter(open=True).values_list("pair__external_id", flat=True)
    assert list(open_now) == [line_of(skipped)["id"]]
    # It is open for others: Alice, who asks last, is handed exactly that pair.
    manager.goto("/p/street-answers/judge")
    manager.get_by_role("button", name="I have read them").click()
    last = Annotator(manager)
    last.ready()
    assert last.prompt == skipped

    for context in engineer.context.browser.contexts:
        context.close()
    assert [finding for finding in integrity.check() if finding.breaches] == []
    assert watch.wrong == []
    assert "csp_violation" not in web.log.read_text()


def assert_raw_export_has_the_judgements(raw: bytes, annotators: dict[str, Annotator]) -> None:
    """Assert that each line is exported as it was imported, with the judgements given and nothing else."""
    rows = [json.loads(row) for row in raw.splitlines()]
    assert [row["id"] for row in rows] == [line["id"] for line in LINES]
    for row, line in zip(rows, LINES, strict=True):
        judgements = row.pop("judgements")
        assert row == line
        for judgement in judgements:
            assert judgement.pop("seconds") > 0
            assert judgement.pop("at").endswith("Z")
        expected = []
        for name, annotator in annotators.items():
            if given := annotator.judgements.get(line["prompt"]):
                verdict, shown_first = canonical(given)
                expected.append({"annotator": name, "verdict": verdict, "shown_first": shown_first})
                if given.reason:
                    expected[-1]["reason"] = given.reason
        assert sorted(judgements, key=lambda each: each["annotator"]) == expected
    assert sum("reason" in each for row in raw.decode().splitlines() for each in json.loads(row)["judgements"]) == 1


def assert_preferences_are_the_settled_pairs(rows: bytes, bob: Annotator, carol: Annotator) -> None:
    """Assert that the rows are the complete pairs, gold excluded, on whose better side both agree."""
    expected = []
    for line in LINES:
        prompt = line["prompt"]
        if "gold" in line or prompt in carol.skipped:
            continue
        verdicts = {canonical(annotator.judgements[prompt])[0] for annotator in (bob, carol)}
        if verdicts in ({"a"}, {"b"}):
            texts = [line["response_a"]["text"], line["response_b"]["text"]]
            chosen, rejected = texts if verdicts == {"a"} else texts[::-1]
            expected.append({"prompt": prompt, "chosen": chosen, "rejected": rejected})
    assert len(expected) >= 2
    assert [json.loads(row) for row in rows.splitlines()] == expected
