"""Pages of managers and reviewers in a real browser: accessible in both themes, on a desktop and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import BrowserContext, Page, expect

from annotation.models import Import, Job, Member, Pair, Project
from annotation.services import handout, jobs, judging
from annotation.services.members import attributes
from annotation.vocabulary import FlagReason
from quality.services import computation, rules
from tests.annotation.formats.lines import pair, prompt
from tests.annotation.services.importing import done, send
from tests.cast import Person
from tests.computed import ALWAYS_FIRST, judged
from tests.e2e.browsing import Watch, uploads_removed
from tests.e2e.test_judging import PAGES, STATES
from tests.factories import MemberFactory, ProjectFactory
from tests.programs import WebProcessFactory
from tests.quality.rules import acted_on
from tests.routes_table import ROUTES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
# A theme changes only colors, so only those are checked in the second one.
COLORS = {"runOnly": ["color-contrast", "link-in-text-block"]}
SMALL = """() => [...document.querySelectorAll("main a.button, main button, main .chip, main input:not([type=hidden])")]
  .filter(e => e.checkVisibility() && e.type !== "checkbox" && e.type !== "radio")
  .filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 90))"""
# Jobs wait until the test runs them: a worker started by another test would finish too early.
UNUSED_QUEUE = "nobody-listens"
HERE = "/p/everyday"


@pytest.fixture
def open_page(
    new_context: Callable[..., BrowserContext], web_process: WebProcessFactory, alice: Person
) -> Iterator[Callable[..., tuple[Page, Watch]]]:
    """Open Alice's browser, signed in; at the end, no page has broken the policy and no script has failed."""
    web = web_process(CELERY_QUEUE=UNUSED_QUEUE)
    watch = Watch((web.url,))

    def make(**options: Any) -> tuple[Page, Watch]:
        context = watch.observe(new_context(base_url=web.url, **options))
        value = alice.client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": web.url, "httpOnly": True}])
        return context.new_page(), watch

    with uploads_removed():
        yield make
    assert watch.wrong == []


NO_PAGES = re.compile(
    r"favicon|healthz|readyz|metrics|schema|docs|.*-?api[_:].*|.*:(session|import_lines|import_csv|job)"
)


def name_of(address: str) -> str:
    """Return the name of an address in the resolver; the home page's for one that is not found."""
    try:
        return str(resolve(urlsplit(address).path).view_name)
    except Resolver404:
        return "annotation:home"


def pages() -> set[str]:
    """Return the names of all pages, by the table of routes."""
    return {name for name, row in ROUTES.items() if "GET" in row.methods and not NO_PAGES.fullmatch(name)}


CHECKED_ELSEWHERE = {
    "account_login",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "annotation:change",
    "quality:gold_find",  # leads to a page
    *map(name_of, [*PAGES, *STATES]),
}


OF_FIGURES = ("agreement", "noise", "drift", "definitions")
"""Pages of quality that read stored figures."""


def addresses(project: Project, bob: Person, alice: Person) -> list[str]:
    """Return the addresses of these pages, with data and without."""
    judged(project, pairs=30)
    run = send(project, b"{cut", pair(prompt=...), pair(id="p7", prompt="Why " * 90), prompt(3))
    done(run)
    waiting = send(project, pair(id="p8", prompt="Later"))
    MemberFactory(project=project, user=None, name="someone-from-a-file@with.a.very.long.name.example", number=901)
    empty = ProjectFactory(slug="empty", name="A name that is a good deal longer than any phone is wide, and then some")
    MemberFactory(project=empty, user=alice.user, role="manager")
    first = Member.objects.get(project=project, name=ALWAYS_FIRST).number
    assert isinstance(run, Import)
    held = handout.lease_next(member=bob.member)
    judging.flag(member=bob.member, assignment_uuid=held.uuid, reason=FlagReason.BROKEN, note="Nobody can read this.")
    disagreeing = pair(id="p9", prompt="Which?", judgements=[{"annotator": who, "verdict": who} for who in ("a", "b")])
    done(send(project, disagreeing))
    attributes.define(project=project, names=["region", "a rather long name of an attribute"], by=None)
    people = Member.objects.filter(project=project, user=None).order_by("pk")
    regions = {member.pk: {"region": ("north", "south")[i % 2]} for i, member in enumerate(people)}
    attributes.set_values(project=project, values=regions, by=None)
    assert jobs.run(computation.ask(project=project, by=None).pk) is not None
    golden = Pair.objects.filter(project=project, gold_verdict__isnull=False).values_list("pk", flat=True)[0]
    contested = Pair.objects.get(project=project, external_id="p9").pk
    assert bob.member is not None
    assert alice.member is not None
    held_back = acted_on(bob.member, state="held")
    rules.appeal(member=alice.member, action_id=acted_on(alice.member).pk, text="The known answers are wrong.")
    acted_on(alice.member, step="pause")
    return [
        *(f"{HERE}/{page}" for page in ("rules", f"rules/{held_back.pk}", f"rules/{held_back.pk + 1}", "standing")),
        *(f"{HERE}/{page}" for page in ("groups", "members/attributes")),
        *(f"{HERE}/slices?kind={kind}" for kind in ("language", "week")),
        *(f"{HERE}/disagreements{more}" for more in ("", "?show=adjudicated", f"/{contested}")),
        *(f"{HERE}/{page}" for page in ("", "annotators", "annotators?show=attention", "gold", "ratings", "members")),
        *(f"{HERE}/gold/{one}" for one in (golden, contested)),
        *(f"{at}/{page}" for at in (HERE, "/p/empty") for page in OF_FIGURES),
        f"{HERE}/flags",
        *(f"{HERE}/{page}" for page in ("imports", "pairs", "settings", "settings/guidelines")),
        f"{HERE}/annotators/{first}",
        f"{HERE}/annotators/{bob.member.number if bob.member else 0}",
        f"{HERE}/members/{bob.member.number if bob.member else 0}",
        f"{HERE}/imports/{run.pk}",
        f"{HERE}/imports/{waiting.pk}",
        *(
            f"/p/empty/{page}"
            for page in (
                "",
                "annotators",
                "gold",
                "disagreements",
                "slices",
                "rules",
                "standing",
                "groups",
                "members/attributes",
                "flags",
                "ratings",
                "imports",
                "pairs",
                "settings",
            )
        ),
        "/projects",
        "/projects/new",
    ]


@pytest.mark.parametrize("size", SIZES)
def test_pages_are_accessible(
    size: str, open_page: Callable[..., tuple[Page, Watch]], project: Project, alice: Person, bob: Person
) -> None:
    page, watch = open_page(viewport=SIZES[size], color_scheme="light", reduced_motion="reduce")
    managing = addresses(project, bob, alice)
    assert CHECKED_ELSEWHERE | {name_of(address) for address in managing} == pages(), "a page that is not checked"
    for address in managing:
        page.emulate_media(color_scheme="light")
        page.goto(address)
        for behind in page.locator("details.behind").all():
            behind.evaluate("element => element.open = true")
        watch.axe(page)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, (address, over)
        assert page.locator("h1").count() == 1, address
        assert size == "desktop" or page.evaluate(SMALL) == [], address
        page.emulate_media(color_scheme="dark")
        found = Axe().run(page, options=COLORS).response["violations"]
        assert [(each["id"], node["target"]) for each in found for node in each["nodes"]] == [], address


def test_figures_appear_once_they_are_computed(open_page: Callable[..., tuple[Page, Watch]], project: Project) -> None:
    judged(project, pairs=20)
    page, _ = open_page()
    page.goto(f"{HERE}/")
    page.get_by_role("button", name="Recompute").click()
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    expect(page.get_by_role("button", name="Recompute")).to_have_count(0)
    jobs.run(Job.objects.filter(kind="quality").latest("id").pk)
    expect(page.get_by_role("button", name="Recompute")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Waiting for a worker.")).to_have_count(0)


def test_guidelines_are_previewed_without_leaving_the_page(
    open_page: Callable[..., tuple[Page, Watch]], project: Project
) -> None:
    page, _ = open_page()
    page.goto(f"{HERE}/settings/guidelines")
    page.get_by_label("Guidelines", exact=True).fill("Read **both**.\n\n<img src=x onerror=alert(1)> $x^2$")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview strong")).to_have_text("both")
    expect(page.locator("#preview img")).to_have_count(0)
    assert re.search(r"guidelines$", page.url)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 2 is published")).to_be_visible()


def test_pages_work_without_a_script(
    new_context: Callable[..., BrowserContext], web_process: WebProcessFactory, alice: Person, project: Project
) -> None:
    judged(project, pairs=20)
    web = web_process(CELERY_QUEUE=UNUSED_QUEUE)
    context = new_context(base_url=web.url, java_script_enabled=False)
    value = alice.client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": value, "url": web.url, "httpOnly": True}])
    page = context.new_page()
    page.goto(f"{HERE}/annotators")
    page.get_by_role("link", name="Gold", exact=False).nth(1).click()
    expect(page).to_have_url(re.compile("sort="))
    page.goto(f"{HERE}/")
    page.get_by_role("button", name="Recompute").click()
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
