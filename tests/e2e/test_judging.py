"""The judging page in a real browser against a real web process."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Page, Route, expect

from annotation.models import Annotation, AnnotationRevision, Assignment, Draft, Flag, Project, Session, Skip
from tests.cast import Person
from tests.e2e.conftest import DOUBLE_PRESS, Browser
from tests.factories import PASSWORD, GuidelinesFactory, MemberFactory, PairFactory, ProjectFactory, PromptFactory
from tests.programs import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def verdicts() -> list[tuple[str, int | None]]:
    rows = Annotation.objects.order_by("first_at").values_list("assignment__uuid", "verdict")
    return [(str(uuid), verdict) for uuid, verdict in rows]


def test_judging_by_keyboard(open_browser: Callable[..., Browser], project: Project, bob: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    first = browser.uuid

    browser.press("1")
    assert browser.uuid != first
    expect(browser.page.locator("[data-today]")).to_have_text("1")
    expect(browser.page.locator("#h-prompt")).to_be_focused()
    second = browser.uuid
    browser.reaches("Saved")

    browser.press("u")
    expect(browser.page.locator(".pair")).to_have_attribute("data-uuid", first)
    expect(browser.page.locator("[data-today]")).to_have_text("0")
    browser.page.wait_for_timeout(DOUBLE_PRESS)
    browser.press("3")
    expect(browser.page.locator(".pair")).to_have_attribute("data-uuid", second)

    browser.press("s")
    expect(browser.page.get_by_role("button", name="I do not know the subject")).to_be_focused()
    browser.press("ArrowDown", "Escape")
    expect(browser.page.locator("[data-picker=s]")).not_to_have_attribute("open", "")
    assert browser.uuid == second
    browser.press("s", "3")
    third = browser.uuid
    assert third != second
    browser.press("u")
    expect(browser.page.locator(".pair")).to_have_attribute("data-uuid", second)
    expect(browser.page.locator("[data-notices]")).to_contain_text("Your skip is taken back.")
    browser.page.wait_for_timeout(DOUBLE_PRESS)
    browser.press("s", "3")
    expect(browser.page.locator(".pair")).to_have_attribute("data-uuid", third)

    for reason in ("1", "2"):
        browser.press("f", reason)
        expect(browser.page.locator("[data-notices]")).to_contain_text("Flagged.")
        if reason == "1":
            browser.press("u")
            expect(browser.page.locator("[data-notices]")).to_contain_text("Your flag is taken back.")
    assert browser.uuid == third
    browser.press("0")
    browser.reaches("Saved")

    wait_until(lambda: Annotation.objects.filter(verdict__isnull=False).count() == 2, what="two judgements")
    assert [uuid for uuid, _ in verdicts()] == [first, third]
    kinds = AnnotationRevision.objects.filter(annotation__assignment__uuid=first).order_by("n")
    assert list(kinds.values_list("kind", flat=True)) == ["submit", "withdraw", "submit"]
    assert Skip.objects.get().reason == "language"
    assert Flag.objects.get().reason == "personal_data"
    assert browser.page.evaluate("Object.keys(localStorage)") == []


def test_the_next_pair_is_shown_at_once(open_browser: Callable[..., Browser], bob: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    browser.page.wait_for_timeout(800)
    browser.page.evaluate(
        """() => {
          window.took = [];
          let at = 0;
          addEventListener("keydown", () => { at = performance.now(); }, true);
          new MutationObserver(() => requestAnimationFrame(() => window.took.push(performance.now() - at)))
            .observe(document.querySelector("main"), { childList: true });
        }"""
    )
    for key in "1203":
        browser.press(key)
        browser.page.wait_for_timeout(600)
    took = sorted(browser.page.evaluate("window.took"))
    assert len(took) == 4
    assert took[1] < 100, took  # the median: the machine may be busy


def test_two_pairs_are_prefetched_again_after_each_verdict(open_browser: Callable[..., Browser], bob: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    leased = Assignment.objects.filter(state="leased")
    wait_until(lambda: leased.count() == 3, what="three pairs in hand")
    asked: list[str] = []
    browser.page.on("request", lambda sent: asked.append(sent.url) if sent.url.endswith("/judge/next") else None)

    browser.press("1")

    wait_until(lambda: Annotation.objects.count() == 1, what="the judgement")
    wait_until(lambda: leased.count() == 3, what="three pairs in hand again")
    assert asked == []  # it was in the answer to the verdict
    browser.context.set_offline(True)
    browser.press("1", "3", "0")
    expect(browser.page.locator("[data-notices]")).to_contain_text("3 judgements are saved on this device")


def test_what_is_typed_survives_a_reload(open_browser: Callable[..., Browser], bob: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    pair = browser.uuid
    browser.press("e")
    browser.page.keyboard.type("B misses point 3; 1 of 2 checks fails.")
    assert browser.uuid == pair, "keys rest while typing"
    wait_until(lambda: Draft.objects.filter(reason__endswith="fails.").exists(), what="the draft on the server")
    browser.reaches("Saved")
    browser.page.reload()
    expect(browser.page.locator("#reason")).to_have_value("B misses point 3; 1 of 2 checks fails.")
    assert browser.uuid == pair

    browser.context.set_offline(True)
    browser.page.locator("#reason").press("End")
    browser.page.keyboard.type(" Also slow.")
    browser.reaches("Saved on this device")
    browser.context.set_offline(False)
    browser.page.reload()
    expect(browser.page.locator("#reason")).to_have_value("B misses point 3; 1 of 2 checks fails. Also slow.")
    browser.press("Escape", "2")
    wait_until(lambda: Annotation.objects.filter(reason__endswith="Also slow.").exists(), what="the judgement")
    assert not Draft.objects.exists()


def test_a_draft_stored_during_a_reload_is_on_the_page(open_browser: Callable[..., Browser], bob: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    saving: list[Route] = []
    browser.page.route("**/draft", lambda route: saving.append(route))
    browser.press("e")
    browser.page.keyboard.type("B misses point 3.")
    while not saving:
        browser.page.wait_for_timeout(50)

    def made_before_it_was_stored(route: Route) -> None:
        page = route.fetch()
        with browser.page.expect_response("**/draft"):
            saving[0].continue_()
        browser.page.wait_for_timeout(200)
        route.fulfill(response=page)

    browser.page.route("**/judge", made_before_it_was_stored)
    browser.page.reload()
    assert Draft.objects.get().reason == "B misses point 3."
    expect(browser.page.locator("#reason")).to_have_value("B misses point 3.")


def test_offline_judgements_are_sent_in_order_once_online(open_browser: Callable[..., Browser], bob: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    browser.page.wait_for_timeout(1000)
    browser.context.set_offline(True)
    pairs = []
    for key in "103":
        pairs.append(browser.uuid)
        browser.press(key)
    browser.reaches("Saved on this device")
    expect(browser.page.locator("[data-notices]")).to_contain_text("3 judgements are saved on this device")
    kept = browser.page.evaluate("Object.values(localStorage).join()")
    assert kept.count("submit_key") == 3
    assert "Question number" not in kept
    assert "Answer number" not in kept
    assert Annotation.objects.count() == 0

    browser.press("u")  # nothing was sent, so there is nothing to withdraw
    assert browser.uuid == pairs[2]
    browser.press("2")
    browser.context.set_offline(False)
    browser.reaches("Saved")
    wait_until(lambda: Annotation.objects.count() == 3, what="three judgements")
    assert [uuid for uuid, _ in verdicts()] == pairs
    assert AnnotationRevision.objects.count() == 3
    expect(browser.page.locator("[data-notices] .notice")).to_have_count(0)
    assert browser.page.evaluate("Object.keys(localStorage)") == []


def test_a_reload_while_unsent_sends_first(open_browser: Callable[..., Browser], bob: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    pair = browser.uuid
    browser.context.route("**/submit", lambda route: route.abort())
    browser.press("1")
    browser.reaches("Saved on this device")
    browser.context.unroute("**/submit")
    browser.page.reload()
    browser.reaches("Saved")
    wait_until(lambda: Annotation.objects.count() == 1, what="the judgement")
    assert verdicts()[0][0] == pair
    expect(browser.page.locator(".pair")).not_to_have_attribute("data-uuid", pair)


def test_double_click_and_a_key_held_down_judge_once(open_browser: Callable[..., Browser], bob: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    browser.page.get_by_role("button", name="A is better").dblclick()
    browser.page.wait_for_timeout(DOUBLE_PRESS)
    browser.reaches("Saved")
    wait_until(lambda: Annotation.objects.count() == 1, what="one judgement")

    for key, name in (("1", None), ("Enter", "B is better")):
        before = Annotation.objects.count()
        if name:
            browser.page.get_by_role("button", name=name).focus()
        for _ in range(40):  # a key that is held down: only the first event is not a repeat
            browser.page.keyboard.down(key)
        browser.page.keyboard.up(key)
        browser.page.wait_for_timeout(DOUBLE_PRESS)
        wait_until(lambda before=before: Annotation.objects.count() > before, what="a judgement")
        browser.page.wait_for_timeout(600)
        assert Annotation.objects.count() == before + 1
    assert AnnotationRevision.objects.count() == 3


def test_the_browsers_own_keys_are_left_to_it(open_browser: Callable[..., Browser], bob: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    pair = browser.uuid
    browser.press("Control+1", "Alt+2", "Meta+3", "Control+u")
    assert browser.uuid == pair
    browser.press("?")
    expect(browser.page.locator(".sheet")).to_be_visible()
    browser.press("1")
    assert browser.uuid == pair, "with the key sheet open a digit is no verdict"
    browser.press("Escape")
    expect(browser.page.locator(".sheet")).not_to_be_visible()
    assert Annotation.objects.count() == 0


def test_signed_out_while_judging(open_browser: Callable[..., Browser], bob: Person, carol: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    pair = browser.uuid
    browser.press("e")
    browser.page.keyboard.type("Worth keeping.")
    browser.reaches("Saved")
    Session.objects.all().delete()
    browser.press("Escape", "1")
    expect(browser.page.locator("[data-notices]")).to_contain_text("You are signed out.")
    browser.reaches("Saved on this device")
    assert Annotation.objects.count() == 0

    other = browser.new_tab().page
    for email, expected in ((carol.email, "Somebody else is signed in"), (bob.email, "")):
        other.goto(f"{browser.url}/login")
        other.get_by_label("E-mail").fill(email)
        other.get_by_label("Password").fill(PASSWORD)
        other.get_by_role("button", name="Sign in").click()
        expect(other.get_by_role("heading", name=re.compile("judging|Everyday help"))).to_be_visible()
        if expected:
            expect(browser.page.locator("[data-notices]")).to_contain_text(expected, timeout=15_000)
            assert Annotation.objects.count() == 0
            browser.context.clear_cookies()
    browser.reaches("Saved")
    wait_until(lambda: Annotation.objects.count() == 1, what="the judgement")
    stored = Annotation.objects.get()
    assert (str(stored.assignment.uuid), stored.reason) == (pair, "Worth keeping.")
    assert stored.assignment.member == bob.member


def test_two_tabs_hold_the_same_pair_and_nothing_is_lost(open_browser: Callable[..., Browser], bob: Person) -> None:
    one = open_browser(bob)
    one.judge()
    two = one.new_tab()
    two.judge()
    pair = one.uuid
    assert two.uuid == pair
    one.press("1")
    one.reaches("Saved")
    wait_until(lambda: Annotation.objects.count() == 1, what="a judgement")
    two.press("2")
    wait_until(lambda: AnnotationRevision.objects.count() == 2, what="a second word on it")
    assert Annotation.objects.count() == 1
    kinds = AnnotationRevision.objects.order_by("n").values_list("kind", flat=True)
    assert list(kinds) == ["submit", "edit"]


def test_the_last_pair_ends_with_thanks(open_browser: Callable[..., Browser], project: Project, bob: Person) -> None:
    keep = list(project.slots.order_by("key").values_list("pair_id", flat=True).distinct()[:2])
    project.slots.exclude(pair_id__in=keep).delete()
    browser = open_browser(bob)
    browser.judge()
    browser.press("1", "2")
    expect(browser.page.get_by_role("heading", name="That is all for now. Thank you, Bob.")).to_be_visible()
    assert Annotation.objects.count() == 2


def test_an_empty_reason_is_folded_away(open_browser: Callable[..., Browser], bob: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    browser.press("e")
    expect(browser.page.locator("#reason")).to_be_focused()
    browser.press("Escape")
    expect(browser.page.locator("#reason")).to_be_hidden()
    expect(browser.page.locator(".reason summary")).to_be_focused()
    browser.press("e")
    browser.page.keyboard.type("Shorter.")
    browser.press("Escape")
    expect(browser.page.locator("#reason")).to_have_value("Shorter.")
    expect(browser.page.locator("#reason")).to_be_visible()


def test_on_a_phone_the_switch_shows_which_response_is_in_view(
    open_browser: Callable[..., Browser], project: Project, bob: Person
) -> None:
    project.slots.all().delete()
    for _ in range(2):
        PairFactory(
            prompt=PromptFactory(project=project),
            first__content="Short.",
            second__content=f"${'x + ' * 300}x$ is in the line and does not break.",
        )
    browser = open_browser(bob, viewport={"width": 390, "height": 844}, has_touch=True)
    browser.judge()
    a, b = browser.page.locator(".switch a.a"), browser.page.locator(".switch a.b")
    expect(a).to_have_attribute("aria-current", "true")
    b.tap()
    expect(b).to_have_attribute("aria-current", "true")
    expect(a).not_to_have_attribute("aria-current", "true")
    assert browser.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    browser.press("1")
    expect(browser.page.locator(".switch a.a")).to_have_attribute("aria-current", "true")


def test_without_a_script(open_browser: Callable[..., Browser], bob: Person) -> None:
    browser = open_browser(bob, java_script_enabled=False)
    page = browser.page
    page.goto(f"{browser.url}/p/everyday/judge")
    first = browser.uuid
    page.locator(".reason summary").click()
    page.locator("#reason").fill("Said plainly.")
    page.get_by_role("button", name="A is better").click()
    expect(page.locator("[data-today]")).to_have_text("1")
    assert browser.uuid != first
    page.get_by_role("button", name="Undo").click()
    assert browser.uuid == first
    expect(page.locator("#reason")).to_have_value("Said plainly.")
    page.locator("[data-picker=s] summary").click()
    page.get_by_role("button", name="Another reason").click()
    assert browser.uuid != first
    assert Skip.objects.count() == 1
    page.get_by_role("button", name="Tie").click()
    page.goto(browser.url)
    page.get_by_role("link", name=re.compile("^Change")).first.click()
    expect(page.locator(".verdict[aria-current]")).to_contain_text("Tie")
    page.get_by_role("button", name="Both bad").click()
    expect(page.get_by_role("heading", name=re.compile("Both bad"))).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_going_back_and_loading_again_after_a_verdict_judges_nothing_twice(
    script: bool, open_browser: Callable[..., Browser], bob: Person
) -> None:
    browser = open_browser(bob, java_script_enabled=script)
    page = browser.page
    page.goto(f"{browser.url}/")
    page.goto(f"{browser.url}/p/everyday/judge")
    judged = browser.uuid
    if script:
        page.wait_for_timeout(DOUBLE_PRESS)
        page.keyboard.press("1")
        wait_until(lambda: Annotation.objects.count() == 1, what="the judgement")
    else:
        page.get_by_role("button", name="A is better").click()
        expect(page.locator("[data-today]")).to_have_text("1")
    following = browser.uuid
    assert following != judged
    page.go_back()
    page.go_forward()
    assert browser.uuid == following, "nothing judged comes back"
    page.reload()
    assert browser.uuid == following
    assert verdicts() == [(judged, Annotation.objects.get().verdict)]
    assert AnnotationRevision.objects.count() == 1


def test_signing_out_sends_what_is_unsent_and_clears_the_device(
    open_browser: Callable[..., Browser], bob: Person
) -> None:
    browser = open_browser(bob)
    browser.judge()
    browser.context.route("**/submit", lambda route: route.abort())
    browser.press("1")
    browser.reaches("Saved on this device")
    browser.page.locator(".menu summary", has_text="Bob").click()
    browser.page.get_by_role("button", name="Sign out").click()
    expect(browser.page.get_by_role("alert")).to_contain_text("would lose it")
    browser.context.unroute("**/submit")
    browser.page.reload()
    browser.reaches("Saved")
    browser.page.locator(".menu summary", has_text="Bob").click()
    browser.page.get_by_role("button", name="Sign out").click()
    expect(browser.page.get_by_role("heading", name="Sign in to Concord")).to_be_visible()
    assert Annotation.objects.count() == 1
    assert browser.page.evaluate("Object.keys(localStorage)") == []


def test_home_sends_what_is_unsent_and_says_so(open_browser: Callable[..., Browser], bob: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    browser.context.route("**/submit", lambda route: route.abort())
    browser.press("1")
    browser.reaches("Saved on this device")
    browser.page.goto(browser.url)
    unsent = browser.page.locator("[data-unsent]")
    expect(unsent).to_contain_text("1 judgement is saved on this device and not sent yet.")
    browser.page.locator(".menu summary", has_text="Bob").click()
    browser.page.get_by_role("button", name="Sign out").click()
    expect(browser.page.get_by_role("alert")).to_contain_text("would lose it")
    browser.context.unroute("**/submit")
    browser.page.goto(f"{browser.url}/account")
    expect(unsent).to_have_text("1 judgement that was saved on this device is sent now.", timeout=15_000)
    assert Annotation.objects.count() == 1
    assert browser.page.evaluate("Object.keys(localStorage)") == []


def test_the_next_pair_leaves_the_account_menu_open(open_browser: Callable[..., Browser], bob: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    first = browser.uuid
    browser.page.locator(".menu summary", has_text="Bob").click()

    browser.press("1")

    assert browser.uuid != first
    expect(browser.page.get_by_role("button", name="Sign out")).to_be_visible()


def test_leaving_the_page_shortens_its_leases(open_browser: Callable[..., Browser], bob: Person) -> None:
    browser = open_browser(bob)
    browser.judge()
    wait_until(lambda: Assignment.objects.count() == 3, what="three pairs in hand")
    before = max(Assignment.objects.values_list("lease_until", flat=True))
    browser.page.goto(browser.url)
    wait_until(
        lambda: all(until < before for until in Assignment.objects.values_list("lease_until", flat=True)),
        what="shorter leases",
    )


def seen_by_axe(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['target']} {node['failureSummary']}" for each in found for node in each["nodes"]]


PAGES = ["/", "/p/everyday/judge", "/p/everyday/guidelines", "/p/everyday/history", "/account", "/account/tokens"]
STATES = ["/nowhere", "/p/everyday/annotators?sort=nonsense", "/logout", "/account/password"]
ENDINGS = ("paused", "closed", "draft", "open", "resting", "suspended", "unread")
WHEN_SOMETHING_FAILED = ("errors/500", "errors/503", "errors/csrf", "errors/429", "account/inactive")


def answers_with(html: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=html, content_type="text/html")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(
    open_browser: Callable[..., Browser], project: Project, alice: Person, theme: str, width: int
) -> None:
    for ending in ENDINGS:
        state = ending if ending in {"paused", "closed", "draft"} else "open"
        part = {"resting": "paused", "suspended": "suspended"}.get(ending, "active")
        MemberFactory(project=ProjectFactory(slug=ending, state=state), user=alice.user, state=part)
    GuidelinesFactory(project=Project.objects.get(slug="unread"), version=2)
    alice.member.daily_goal = 20
    alice.member.save()
    browser = open_browser(alice, viewport={"width": width, "height": 844}, color_scheme=theme, has_touch=width < 500)
    page = browser.page
    browser.judge()
    browser.press("1", "3")
    browser.reaches("Saved")
    wrong: dict[str, list[str]] = {}
    for template in WHEN_SOMETHING_FAILED:
        request = RequestFactory().get("/")
        request.user = AnonymousUser()
        page.route(f"**/{template}", answers_with(render_to_string(f"{template}.html", request=request)))
    endings = [f"/p/{ending}/judge" for ending in ENDINGS]
    for address in [*PAGES, *STATES, *endings, *(f"/{template}" for template in WHEN_SOMETHING_FAILED)]:
        page.goto(browser.url + address)
        page.wait_for_load_state("networkidle")
        if found := seen_by_axe(page):
            wrong[address] = found
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{address} is wider than its window"
        )
    pair = str(Annotation.objects.first().assignment.uuid)
    for address, keys in (
        (f"/p/everyday/a/{pair}/change", []),
        ("/p/everyday/judge", ["s"]),
        ("/p/everyday/judge", ["e"]),
    ):
        page.goto(browser.url + address)
        page.wait_for_timeout(DOUBLE_PRESS)
        browser.press(*keys)
        if found := seen_by_axe(page):
            wrong[f"{address} {keys}"] = found
    stranger = open_browser(None, viewport={"width": width, "height": 844}, color_scheme=theme).page
    stranger.goto(f"{browser.url}/login")
    if found := seen_by_axe(stranger):
        wrong["/login"] = found
    assert wrong == {}
