"""Pages of accounts, errors and the ends of the queue in a real browser: accessible, and nothing is cut off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from annotation.models import Project, Prompt, User
from tests.annotation.views.actions import HERE, judge_one, lease, submit
from tests.cast import Person
from tests.programs import WebProcessFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
CUT_OFF = """() => [...document.querySelectorAll("main *")]
  .filter(e => e.checkVisibility() && !e.closest(".vh, .scroll, svg"))
  .filter(e => { const box = e.getBoundingClientRect(); return box.width && (box.left < 0 || box.right > innerWidth + 1); })
  .map(e => e.outerHTML.slice(0, 90))"""


class Visitor:
    """A browser that opens pages in one size and theme, signed in or not, and looks at each."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.wrong: list[str] = []

    def is_(self, who: Person | None) -> None:
        self.page.context.clear_cookies()
        if who is not None:
            value = who.client.cookies["sessionid"].value
            self.page.context.add_cookies([{"name": "sessionid", "value": value, "url": self.url}])

    def opens(self, path: str, name: str, *, says: str) -> None:
        self.page.goto(self.url + path)
        self.looks(name, says=says)

    def looks(self, name: str, *, says: str) -> None:
        assert says in self.page.locator("main").inner_text(), (name, self.page.locator("main").inner_text())
        found = Axe().run(self.page).response["violations"]
        self.wrong += [f"{name}: {each['id']} {node['target']}" for each in found for node in each["nodes"]]
        self.wrong += [f"{name}: cut off {element}" for element in self.page.evaluate(CUT_OFF)]
        assert self.page.locator("h1").count() == 1, name


@pytest.fixture(params=[(size, theme) for size in SIZES for theme in ("light", "dark")], ids="-".join)
def visitor(
    request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext], web_process: WebProcessFactory
) -> Visitor:
    size, theme = request.param
    context = new_context(viewport=SIZES[size], color_scheme=theme, reduced_motion="reduce")
    return Visitor(context.new_page(), web_process().url)


def test_pages_of_accounts_are_accessible(visitor: Visitor, project: Project, alice: Person, bob: Person) -> None:
    page = visitor.page
    assert bob.member is not None
    visitor.opens("/login", "sign-in", says="Sign in to Concord")
    page.get_by_label("E-mail").fill("nobody@example.org")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector(".error")
    visitor.looks("sign-in-refused", says="Sign in to Concord")
    visitor.opens("/password/reset", "forgotten-password", says="password")

    visitor.is_(alice)
    visitor.opens(f"{HERE}/members", "members", says="bob@example.org")
    visitor.opens(f"{HERE}/members/{bob.member.number}", "member", says="Create a link")
    page.get_by_role("button", name="Create a link").click()
    page.wait_for_selector("code.secret")
    visitor.looks("reset-link", says="Send this link to Bob")
    link = page.locator("code.secret").inner_text()

    visitor.is_(bob)
    visitor.opens("/account", "account", says="Time zone")
    page.goto(f"{visitor.url}{HERE}/history")
    page.get_by_label("Daily goal").fill("-1")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(".error")
    visitor.looks("history-goal", says="Daily goal must be a whole number from 1 to 10,000.")
    User.objects.filter(pk=bob.user.pk).update(must_change_password=True)
    visitor.opens("/account/password", "first-password", says="Choose your own password")
    page.get_by_role("button", name="Save the password").click()
    page.wait_for_selector(".error")
    visitor.looks("first-password-refused", says="Choose your own password")

    visitor.is_(None)
    visitor.opens(link.removeprefix(visitor.url), "new-password", says="Set a new password")
    visitor.opens("/password/new/1-nothing-at-all", "dead-link", says="This link no longer works.")
    assert visitor.wrong == []


def test_pages_of_errors_are_accessible(visitor: Visitor, project: Project, bob: Person, mallory: Person) -> None:
    page = visitor.page
    visitor.opens("/nowhere", "404", says="There is nothing at this address.")
    visitor.is_(bob)
    visitor.opens(f"{HERE}/members", "403", says="You don’t have access to this page.")
    for name, fields, says in (
        ("csrf", {"csrfmiddlewaretoken": "x" * 64}, "This page is too old to be sent."),
        ("413", {"daily_goal": "1" * (2 << 20)}, "What you sent is too long."),
    ):
        page.goto(f"{visitor.url}{HERE}/history")
        page.evaluate(
            """fields => { const form = document.querySelector("form[action$=goal]");
            for (const [name, value] of Object.entries(fields)) { const control = form.elements[name]; control.type = "text"; control.value = value; }
            form.submit(); }""",
            fields,
        )
        page.wait_for_url("**/goal")
        visitor.looks(name, says=says)
    assert visitor.wrong == []


def test_ends_of_the_queue_are_accessible(visitor: Visitor, project: Project, bob: Person, carol: Person) -> None:
    keep = list(project.pairs.values_list("pk", flat=True)[:2])
    project.slots.exclude(pair_id__in=keep).delete()
    for pair in keep:
        first = project.slots.filter(pair_id=pair).first()
        assert first is not None
        project.slots.filter(pair_id=pair).exclude(pk=first.pk).delete()
    visitor.is_(bob)
    judge_one(bob.client)
    held = lease(carol.client)
    visitor.opens(f"{HERE}/judge", "held-by-others", says="Others are judging the rest right now.")
    Prompt.objects.update(author=bob.member)
    visitor.opens(f"{HERE}/judge", "nothing-for-you", says="That is all for now.")
    Prompt.objects.update(author=None)
    assert submit(carol.client, held).status_code == 200
    visitor.opens(f"{HERE}/judge", "all-done", says="All done.")
    assert visitor.wrong == []
