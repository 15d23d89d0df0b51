"""Dashboards and lists send as many statements to the database when there is much as when there is little."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from annotation.models import Assignment, Flag, Member, Pair, Project
from annotation.services import jobs
from annotation.vocabulary import FlagReason, Role
from quality.models import RuleAction
from quality.selectors.disagreements import queue
from tests.annotation.api.client import Api
from tests.annotation.services.counting import statements
from tests.annotation.services.importing import send
from tests.cast import Engineer, Person
from tests.computed import computed, imported, lines
from tests.factories import MemberFactory, ProjectFactory
from tests.quality.rules import acted_on

MOST = 12

EVERYWHERE = ("annotation:home", "annotation:projects", "annotation:tokens")
PAGES = (
    *("quality:dashboard", "quality:annotators", "quality:annotator", "quality:gold", "quality:gold_pair"),
    "reward:ratings",
    *("quality:disagreements", "quality:disagreement"),
    *("quality:agreement", "quality:noise", "quality:drift", "quality:slices", "quality:groups"),
    *("quality:rules", "quality:rule_action", "quality:standing"),
    *("annotation:project_settings", "annotation:guidelines_edit", "annotation:guidelines", "annotation:history"),
    "annotation:attributes",
    *("annotation:members", "annotation:member", "annotation:pairing", "annotation:flags"),
    *("annotation:imports", "annotation:import_report", "annotation:import_lines", "annotation:import_csv"),
)
LISTS = (
    *("annotation-api:projects", "annotation-api:project", "annotation-api:pairs", "annotation-api:annotations"),
    *(
        "quality-api:quality",
        "quality-api:disagreements",
        "quality-api:adjudications",
        "quality-api:rule_actions",
        "reward-api:ratings",
        "reward-api:export",
        "reward-api:manifest",
    ),
)


def fill(project: Project, people: tuple[Person, ...], *, turn: int, times: int) -> None:
    """Add pairs, gold, judgements, annotators, prompts, imports, quarantined lines, flags and memberships; then compute."""
    given = lines(20 * times, gold=4 * times, seed=turn, models=tuple(f"model-{n}" for n in range(3 * times)))
    for i, line in enumerate(given):
        line["id"], line["prompt"] = f"{turn}-{i}", f"{turn} {line['prompt']}"
        for n, judgement in enumerate(line["judgements"]):
            judgement["annotator"] = f"annotator {(i + n) % (4 * times)}"
    answers = [{"model": f"model-{n}", "text": f"Answer {n}."} for n in range(3)]
    prompts = [{"id": f"prompt-{turn}-{i}", "prompt": f"Which {turn} {i}?", "responses": answers} for i in range(times)]
    imported(project, *given, *prompts)
    for _ in range(times):
        jobs.run(send(project, *[b"{"] * times, by=people[0].user).job_id)
        for person in people:
            MemberFactory(project=ProjectFactory(), user=person.user, role=Role.MANAGER.value)
    for assignment in Assignment.objects.filter(project=project, flags=None)[: 3 * times]:
        Flag.objects.create(
            project=project, assignment=assignment, member_id=assignment.member_id, reason=FlagReason.OTHER.value
        )
    for _ in range(10 * times):
        acted_on(Member.objects.get(project=project, name="annotator 0"))
        assert people[0].member is not None
        acted_on(people[0].member)
    computed(project)


def address(name: str, project: Project) -> str:
    if name in (*EVERYWHERE, "annotation-api:projects"):
        return reverse(name)
    values: dict[str, Any] = {"slug": project.slug}
    if name == "quality:annotator":
        values["number"] = Member.objects.get(project=project, name="annotator 0").number
    if name == "quality:rule_action":
        values["action"] = RuleAction.objects.filter(project=project).latest("pk").pk
    if name == "quality:disagreement":
        values["pair"] = queue(project).pair_ids[0]
    if name == "quality:gold_pair":
        values["pair"] = (
            Pair.objects.filter(project=project, gold_verdict__isnull=False).order_by("pk").values_list("pk")[0][0]
        )
    if name == "annotation:member":  # of those with an account
        values["number"] = Member.objects.filter(project=project, user__isnull=False).latest("pk").number
    if "import_" in name:
        values["number"] = project.imports.latest("pk").pk
    return reverse(name, kwargs=values) + (
        "?format=raw" if name in ("reward-api:export", "reward-api:manifest") else ""
    )


def sent(client: Client, path: str) -> list[str]:
    """Return the statements of a request, and read what is streamed."""
    with statements() as found:
        response = client.get(path)
        list(response)
    assert response.status_code == 200, (path, response.status_code)
    return found


def all_sent(project: Project, alice: Person, erin: Engineer) -> dict[str, list[str]]:
    api = Api(erin.secret).client
    pages = {name: sent(alice.client, address(name, project)) for name in (*EVERYWHERE, *PAGES)}
    return pages | {name: sent(api, address(name, project)) for name in LISTS}


def test_pages_and_lists_send_no_more_for_more_rows(project: Project, alice: Person, erin: Engineer) -> None:
    fill(project, (alice, erin), turn=1, times=1)
    all_sent(project, alice, erin)  # what is kept from the first request on
    few = all_sent(project, alice, erin)
    fill(project, (alice, erin), turn=2, times=8)
    many = all_sent(project, alice, erin)

    grown = {name: many[name] for name in few if len(many[name]) > len(few[name])}
    assert not grown, {name: (len(few[name]), len(found), found) for name, found in grown.items()}
    assert {name: len(found) for name, found in many.items() if len(found) > MOST} == {}
