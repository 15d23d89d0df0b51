"""Dashboard, annotators, one annotator, gold: from stored rows, for those who run the project."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import Job, Member, Pair, Project, Response, User
from annotation.vocabulary import MemberState, ProjectState, Role
from quality.models import Figure, QualityRun
from quality.selectors import gold
from quality.stats.reasons import Reason
from tests.cast import Person, person
from tests.computed import ALWAYS_FIRST, computed, imported, judged, lines
from tests.pages import body, opens, refuses

HERE = "/p/everyday"
PAGES = (f"{HERE}/", f"{HERE}/annotators", f"{HERE}/gold")


@pytest.fixture
def run(project: Project, alice: Person, bob: Person) -> QualityRun:
    Project.objects.update(target_n=10)
    return judged(project)


def number_of(name: str) -> int:
    return Member.objects.get(name=name).number


class TestEveryPage:
    @pytest.mark.parametrize("path", PAGES)
    def test_is_for_those_who_run_the_project(
        self, path: str, run: QualityRun, anonymous: Client, mallory: Person, bob: Person
    ) -> None:
        refuses(path, anonymous=anonymous, mallory=mallory, bob=bob)

    @pytest.mark.parametrize("path", PAGES)
    def test_opens_for_reviewers_and_the_site_admin(self, path: str, run: QualityRun, project: Project) -> None:
        reviewer = person("Rita", project, role=Role.REVIEWER, number=9001)
        admin = person("Olive", None)
        admin.user.is_superuser = True
        admin.user.save()
        opens(reviewer, path)
        opens(admin, path)

    @pytest.mark.parametrize("path", PAGES)
    def test_takes_no_post(self, path: str, run: QualityRun, alice: Person) -> None:
        assert alice.client.post(path).status_code == 405

    @pytest.mark.parametrize("path", [*PAGES, f"{HERE}/ratings"])
    def test_stays_within_its_queries_however_many_annotators(
        self, path: str, run: QualityRun, alice: Person, project: Project
    ) -> None:
        members = Member.objects.bulk_create(
            Member(project=project, number=1000 + i, name=f"more {i}") for i in range(120)
        )
        Figure.objects.bulk_create(
            Figure(project=project, run=run, name=name, reading=reading, member=m, value=0.6, low=0.5, high=0.7, n=9)
            for m in members
            for name, reading in (("cohen_kappa", "strict"), ("n", ""), ("gold_accuracy", ""))
        )
        opens(alice, path)

    @pytest.mark.parametrize("path", PAGES)
    def test_opens_before_anything_was_judged(self, path: str, alice: Person) -> None:
        opens(alice, path)

    def test_offers_no_way_to_open_what_is_closed(self, alice: Person, project: Project) -> None:
        assert "Add annotators" in opens(alice, f"{HERE}/")
        Project.objects.filter(pk=project.pk).update(state="paused")
        assert "Open the project" in opens(alice, f"{HERE}/")
        Project.objects.filter(pk=project.pk).update(state="closed")
        assert "Open the project" not in opens(alice, f"{HERE}/")

    def test_of_a_simulated_project_says_so(self, run: QualityRun, alice: Person, project: Project) -> None:
        assert "Simulated." not in opens(alice, f"{HERE}/")
        Project.objects.filter(pk=project.pk).update(simulated=True)
        for path in PAGES:
            assert "Simulated." in opens(alice, path)


class TestTheDashboard:
    def test_answers_with_what_made_the_answer(self, run: QualityRun, alice: Person) -> None:
        html = opens(alice, f"{HERE}/")
        assert "Can I trust this data yet?" in html
        assert ">Not yet.<" in html
        assert "1 annotator needs attention" in html
        pseudonym = Member.objects.get(name=ALWAYS_FIRST).pseudonym
        assert pseudonym in html
        assert ALWAYS_FIRST not in html

    def test_is_too_early_below_the_projects_least_n(self, run: QualityRun, alice: Person) -> None:
        Project.objects.update(target_n=1000)
        html = opens(alice, f"{HERE}/")
        assert ">Too early.<" in html
        assert "940 to go" in html

    def test_says_when_newer_judgements_exist(self, run: QualityRun, alice: Person, project: Project) -> None:
        assert "Newer judgements exist" not in opens(alice, f"{HERE}/")
        QualityRun.objects.update(as_of=timezone.now() - timezone.timedelta(days=60))
        html = opens(alice, f"{HERE}/")
        assert "Newer judgements exist" in html
        assert "60 days ago</time>" in html

    def test_says_that_nobody_has_judged(self, alice: Person) -> None:
        html = opens(alice, f"{HERE}/")
        assert "Nobody has judged this yet." in html
        assert "Recompute" not in html

    def test_offers_to_compute_the_first_time(self, alice: Person, project: Project) -> None:
        imported(project, *lines(5))
        assert "Compute now" in opens(alice, f"{HERE}/")

    def test_offers_an_import_where_there_are_no_pairs(self, alice: Person, project: Project) -> None:
        Pair.objects.all().delete()
        assert "Import pairs" in opens(alice, f"{HERE}/")

    def test_shows_what_is_undefined_with_its_reason(self, alice: Person, project: Project) -> None:
        records = lines(12, gold=0)
        for record in records:
            record["judgements"] = record["judgements"][:1]
        imported(project, *records)
        computed(project, rated=False)
        html = opens(alice, f"{HERE}/")
        assert "not defined" in html
        assert (
            Figure.objects.get(name="fleiss_kappa", reading="strict", of_gold=False).reason == Reason.NOT_JUDGED_TWICE
        )
        assert "none of the pairs counted was judged by two people" in html

    def test_writes_minus_signs_and_intervals_as_they_should_be(self, run: QualityRun, alice: Person) -> None:
        Figure.objects.filter(name="fleiss_kappa", reading="strict", of_gold=False).update(
            value=-0.1, low=-0.2, high=-0.01
        )
        html = opens(alice, f"{HERE}/")
        assert "−0.10 (−0.20 to −0.01)" in html
        assert "-0.1" not in re.sub(r"<svg.*?</svg>", "", html, flags=re.S)

    def test_gives_each_chart_a_name_and_a_table(self, run: QualityRun, alice: Person) -> None:
        html = opens(alice, f"{HERE}/")
        for chart in re.findall(r"<svg class=\"chart[^>]*>", html):
            assert 'role="img"' in chart
            assert re.search(r'aria-label="[^"]{10,}"', chart), chart
        assert html.count("Show as a table") == 4

    def test_escapes_the_projects_name(self, run: QualityRun, alice: Person) -> None:
        Project.objects.update(name="<img src=x onerror=alert(1)>{{ 7*7 }}")
        html = opens(alice, f"{HERE}/")
        assert "<img src=x" not in html
        assert "&lt;img src=x" in html


class TestRecompute:
    def test_asks_for_one_job_however_often_it_is_pressed(self, run: QualityRun, alice: Person) -> None:
        before = Job.objects.count()
        for _ in range(3):
            response = alice.client.post(f"{HERE}/recompute")
            assert response.status_code == 303
            assert response["Location"] == f"{HERE}/"
        assert Job.objects.count() == before + 1
        html = opens(alice, f"{HERE}/")
        assert "Waiting for a worker." in html
        assert ">Recompute<" not in html

    def test_shows_progress_until_it_is_over(self, run: QualityRun, alice: Person, bob: Person) -> None:
        alice.client.post(f"{HERE}/recompute")
        job = Job.objects.latest("id")
        where = f"{HERE}/jobs/{job.uuid}"
        piece = alice.client.get(where, headers={"HX-Request": "true"})
        assert 'hx-trigger="every 2s"' in body(piece)
        assert "HX-Refresh" not in piece
        assert bob.client.get(where).status_code == 403
        Job.objects.filter(pk=job.pk).update(
            state="failed", code="error", arguments={"type": "Bad", "detail": "<b>No</b>"}
        )
        piece = alice.client.get(where, headers={"HX-Request": "true"})
        assert piece["HX-Refresh"] == "true"
        assert "hx-trigger" not in body(piece)
        assert "&lt;b&gt;No&lt;/b&gt;" in body(piece)
        assert alice.client.get(where).status_code == 303

    def test_is_post_only_and_for_those_who_run_the_project(
        self, anonymous: Client, bob: Person, alice: Person, mallory: Person
    ) -> None:
        assert alice.client.get(f"{HERE}/recompute").status_code == 405
        assert anonymous.post(f"{HERE}/recompute").status_code == 302
        assert mallory.client.post(f"{HERE}/recompute").status_code == 404
        assert bob.client.post(f"{HERE}/recompute").status_code == 403
        assert Job.objects.count() == 0


class TestTheAnnotators:
    def test_are_sorted_by_links(self, run: QualityRun, alice: Person) -> None:
        first = Member.objects.get(name=ALWAYS_FIRST).pseudonym

        def order(sort: str) -> list[str]:
            return re.findall(r'rowheader"><a [^>]+>(Annotator \d+)', opens(alice, f"{HERE}/annotators?sort={sort}"))

        assert order("kappa")[0] == first
        assert order("-kappa")[-1] == first
        assert order("annotator") == sorted(order("annotator"))
        for sort in ("state", "n", "-n", "gold", "ece", "left", "seconds", "-seconds"):
            assert len(order(sort)) == 4

    def test_keep_to_one_state_by_a_link(self, run: QualityRun, alice: Person) -> None:
        html = opens(alice, f"{HERE}/annotators?show=attention&sort=-kappa")
        assert html.count("rowheader") == 1
        assert 'aria-current="true">Needs attention' in html
        assert "?sort=n&amp;show=attention" in html or "show=attention" in html

    @pytest.mark.parametrize(
        "query",
        ["sort=password", "sort=user__password", "sort=--kappa", "sort=", "show=x", "sort=n&sort=kappa", "page=-1",
         "page=abc", "page=1e3", "page=%00", "page=9999999999"],
    )  # fmt: skip
    def test_refuse_an_order_or_filter_there_is_not(self, query: str, run: QualityRun, alice: Person) -> None:
        assert alice.client.get(f"{HERE}/annotators?{query}").status_code == 400

    def test_have_no_page_beyond_the_last(self, run: QualityRun, alice: Person) -> None:
        assert alice.client.get(f"{HERE}/annotators?page=2").status_code == 404

    def test_can_be_paused_from_here_and_come_back(self, run: QualityRun, alice: Person, bob: Person) -> None:
        Member.objects.filter(name=ALWAYS_FIRST).update(user=None)
        assert "Pause<" not in opens(alice, f"{HERE}/annotators")  # nobody is behind an imported name
        member = Member.objects.get(name=ALWAYS_FIRST)
        Member.objects.filter(pk=bob.member.pk).delete()
        Member.objects.filter(pk=member.pk).update(user=bob.user)
        html = opens(alice, f"{HERE}/annotators")
        assert ">Pause<" in html
        response = alice.client.post(
            f"{HERE}/members/{member.number}/state", {"state": "paused", "next": f"{HERE}/annotators?show=attention"}
        )
        assert response["Location"] == f"{HERE}/annotators?show=attention"
        member.refresh_from_db()
        assert member.state == MemberState.PAUSED
        assert "Paused" in opens(alice, f"{HERE}/annotators?show=paused")

    def test_reviewers_see_no_button(self, run: QualityRun, project: Project, bob: Person) -> None:
        Member.objects.filter(pk=bob.member.pk).delete()
        Member.objects.filter(name=ALWAYS_FIRST).update(user=bob.user)
        assert ">Pause<" not in opens(person("Rita", project, role=Role.REVIEWER, number=9001), f"{HERE}/annotators")


class TestDaysOfFigures:
    """They are days in UTC for everybody, whatever the reader's time zone: the page says so beside each."""

    def test_are_labelled_where_they_are_shown(self, run: QualityRun, alice: Person) -> None:
        User.objects.filter(pk=alice.user.pk).update(time_zone="Pacific/Kiritimati")
        for path in (f"{HERE}/", f"{HERE}/annotators/{number_of('amber')}"):
            html = opens(alice, path)
            assert "days in UTC" in html, path
            assert '<th scope="col">Day (UTC)</th>' in html, path
            assert ">Day</th>" not in html, path


class TestOneAnnotator:
    def test_has_figures_partners_and_days(self, run: QualityRun, alice: Person) -> None:
        html = opens(alice, f"{HERE}/annotators/{number_of(ALWAYS_FIRST)}")
        assert "Not at the moment." in html
        assert "Agreement with each other annotator" in html
        assert "Judgements a day" in html
        assert "60 judgements in the last 28 days" in html
        assert ALWAYS_FIRST not in html

    def test_answers_yes_where_the_figures_do(self, run: QualityRun, alice: Person) -> None:
        Figure.objects.filter(name="cohen_kappa").update(value=0.8, low=0.7, high=0.9)
        Figure.objects.filter(name="gold_accuracy").update(value=0.99, low=0.95, high=1.0)
        assert ">Yes.<" in opens(alice, f"{HERE}/annotators/{number_of('amber')}")

    @pytest.mark.parametrize("number", ["999999", "99999999999999999999999", "0"])
    def test_is_404_where_there_is_none(self, number: str, run: QualityRun, alice: Person) -> None:
        assert alice.client.get(f"{HERE}/annotators/{number}").status_code == 404

    def test_of_another_project_is_404(self, run: QualityRun, alice: Person) -> None:
        from tests.factories import MemberFactory

        other = MemberFactory(number=5000)
        assert alice.client.get(f"{HERE}/annotators/{other.number}").status_code == 404

    def test_is_for_those_who_run_the_project(
        self, run: QualityRun, anonymous: Client, mallory: Person, bob: Person, alice: Person
    ) -> None:
        path = f"{HERE}/annotators/{number_of('amber')}"
        refuses(path, anonymous=anonymous, mallory=mallory, bob=bob)
        assert alice.client.post(path).status_code == 405

    @pytest.mark.parametrize(("words", "kappa"), [("ab", "−1.00"), ("aa", "1.00")])
    def test_is_too_early_to_be_judged_by_two_verdicts(
        self, words: str, kappa: str, alice: Person, project: Project
    ) -> None:
        records = lines(2, gold=0)
        for record, word in zip(records, "ab", strict=True):
            other = word if words == "aa" else "ba"["ab".index(word)]
            record["judgements"] = [{"annotator": "ash", "verdict": word}, {"annotator": "elm", "verdict": other}]
        imported(project, *records)
        computed(project, rated=False)

        html = opens(alice, f"{HERE}/annotators/{number_of('ash')}")

        assert kappa in html
        assert "Too early to tell." in html

    def test_without_figures_says_so(self, run: QualityRun, alice: Person, bob: Person) -> None:
        html = opens(alice, f"{HERE}/annotators/{bob.member.number}")
        assert "Nothing is known yet." in html
        assert ">Pause<" in html

    def test_can_be_brought_back(self, run: QualityRun, alice: Person, bob: Person) -> None:
        Member.objects.filter(pk=bob.member.pk).update(state="paused")
        assert ">Resume<" in opens(alice, f"{HERE}/annotators/{bob.member.number}")


class TestGold:
    def test_lists_pairs_with_their_share_and_either_side(self, run: QualityRun, alice: Person) -> None:
        html = opens(alice, f"{HERE}/gold")
        assert "Do people find the known answers?" in html
        assert html.count("rowheader") == 12
        assert "pair-003" in html
        assert "12 gold pairs" in html

    @pytest.mark.parametrize(("sort", "status"), [("id", 200), ("n", 200), ("right", 200), ("-id", 400), ("x", 400)])
    def test_is_sorted_by_links(self, sort: str, status: int, run: QualityRun, alice: Person) -> None:
        assert alice.client.get(f"{HERE}/gold?sort={sort}").status_code == status

    def test_counts_exactly(self, run: QualityRun, alice: Person, project: Project) -> None:
        stored = Figure.objects.get(name="gold_accuracy", member__isnull=True)
        counted = gold.overall(project)
        assert (counted.value, counted.n) == (stored.value, stored.n)

    def test_says_what_gold_is_where_there_is_none(self, alice: Person) -> None:
        assert "There is no gold here." in opens(alice, f"{HERE}/gold")

    def test_shows_a_prompt_as_text(self, alice: Person, project: Project) -> None:
        record: dict[str, Any] = lines(1, gold=1)[0]
        record["prompt"] = "<script>alert(1)</script> {{ 7*7 }} <svg onload=x>"
        record["id"] = "<b>id</b>"
        imported(project, record)
        html = opens(alice, f"{HERE}/gold")
        assert "<script>alert" not in html
        assert "<b>id</b>" not in html
        assert "{{ 7*7 }}" in html


def test_source_models_are_nowhere_on_these_pages(run: QualityRun, alice: Person) -> None:
    models = set(Response.objects.values_list("source_model", flat=True))
    assert models
    for path in (*PAGES, f"{HERE}/annotators/{number_of('amber')}"):
        html = opens(alice, path)
        assert not [model for model in models if model in html]


def test_a_draft_says_that_it_is_not_open(alice: Person, project: Project) -> None:
    Project.objects.update(state=ProjectState.DRAFT.value)
    assert "Open the project" in opens(alice, f"{HERE}/")


def file(person: Person, path: str) -> tuple[list[list[str]], dict[str, Any]]:
    """The page's table as CSV, its head first, and as JSON."""
    given = {}
    for how in ("csv", "json"):
        response = person.client.get(f"{path}{'&' if '?' in path else '?'}format={how}")
        assert response.status_code == 200
        assert response["Content-Disposition"].endswith(f'.{how}"')
        given[how] = b"".join(response.streaming_content).decode()
    return list(csv.reader(io.StringIO(given["csv"], newline=""))), json.loads(given["json"])


class TestFiles:
    @pytest.mark.parametrize("path", [f"{HERE}/annotators", f"{HERE}/gold"])
    def test_hold_every_row_that_the_page_has_on_all_its_pages(
        self, path: str, run: QualityRun, alice: Person, project: Project
    ) -> None:
        imported(project, *({**line, "id": f"more-{i}"} for i, line in enumerate(lines(60, gold=60, seed=9))))
        latest = computed(project)
        gold = Pair.objects.filter(project=project, gold_verdict__isnull=False).count()
        assert gold > 50
        (head, *rows), found = file(alice, path)
        assert len(rows) == len(found["rows"]) == (gold if path.endswith("gold") else latest.n_annotators)
        assert head == list(found["rows"][0])
        page = opens(alice, path)
        assert "format=csv" in page
        assert "format=json" in page

    def test_hold_the_figures_of_annotators_with_interval_n_and_method(self, run: QualityRun, alice: Person) -> None:
        _, found = file(alice, f"{HERE}/annotators")
        assert found["as_of"] == run.as_of.isoformat()
        for row in found["rows"]:
            stored = Figure.objects.get(run=run, name="cohen_kappa", reading="strict", member__number=row["number"])
            assert (row["cohen_kappa"], row["cohen_kappa_low"], row["cohen_kappa_n"]) == (
                stored.value,
                stored.low,
                stored.n,
            )
            assert row["cohen_kappa_method"] or stored.value is None

    def test_keep_the_filter_and_the_order_of_the_page(self, run: QualityRun, alice: Person) -> None:
        _, found = file(alice, f"{HERE}/annotators?show=attention&sort=-n")
        assert found["rows"]
        assert {row["state"] for row in found["rows"]} == {"attention"}
        assert [row["n"] for row in found["rows"]] == sorted((row["n"] for row in found["rows"]), reverse=True)

    @pytest.mark.parametrize("path", [f"{HERE}/annotators", f"{HERE}/gold", f"{HERE}/ratings"])
    def test_are_for_those_who_may_see_the_page(
        self, path: str, run: QualityRun, anonymous: Client, mallory: Person, bob: Person
    ) -> None:
        refuses(f"{path}?format=csv", anonymous=anonymous, mallory=mallory, bob=bob)

    @pytest.mark.parametrize("path", [f"{HERE}/annotators", f"{HERE}/ratings"])
    def test_are_not_there_before_anything_is_computed(self, path: str, alice: Person, project: Project) -> None:
        assert alice.client.get(f"{path}?format=csv").status_code == 404

    def test_of_another_kind_are_refused(self, run: QualityRun, alice: Person) -> None:
        assert alice.client.get(f"{HERE}/annotators?format=xls").status_code == 400
