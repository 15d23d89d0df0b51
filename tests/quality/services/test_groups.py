"""Groups of annotators as a run stores them, and who gets to see them."""

from __future__ import annotations

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client

from annotation.models import Attribute, AttributeValue, AuditEvent, Member, Project
from annotation.selectors import attributes as selectors
from annotation.services.members import attributes
from annotation.services.members.attributes import BadAttribute
from quality.selectors import figures
from quality.services.groups import groups
from quality.stats.reasons import Reason
from tests.annotation.api.client import Api
from tests.annotation.test_adjudication import line
from tests.cast import Engineer, Person
from tests.computed import computed, imported
from tests.pages import body, opens, refuses
from tests.quality.services.worlds import world

HERE = "/p/everyday/members/attributes"
PEOPLE = 12


def regions(given) -> dict[str, dict[int, str]]:
    return {"region": {key: ("north", "south")[i % 2] for i, key in enumerate(given.member_ids)}}


class TestGroups:
    def test_have_their_annotators_and_judgements(self):
        given, judged, facts, _ = world(np.random.default_rng(1))
        found = groups(given, judged, facts, regions(given))["attributes"]["region"]
        assert [(one["name"], one["annotators"]) for one in found["groups"]] == [("north", 6), ("south", 6)]
        assert [one["n"] for one in found["groups"]] == [int((given.annotator % 2 == side).sum()) for side in (0, 1)]
        assert [(cell["a"], cell["b"]) for cell in found["agreement"]] == [(0, 0), (0, 1), (1, 1)]
        kinds = {one["kind"] for one in found["preferences"]}
        assert kinds == {"source_model", "longer", "tie", "both_bad"}
        models = [one["name"] for one in found["preferences"] if one["kind"] == "source_model"]
        assert sorted(models) == sorted(facts.source_models)

    def test_have_the_share_of_judgements_that_a_model_won(self):
        given, judged, facts, _ = world(np.random.default_rng(2))
        found = groups(given, judged, facts, regions(given))["attributes"]["region"]
        place = np.searchsorted(facts.pair_ids, given.pair_ids)
        models = facts.models[place][given.pair]
        sided = given.verdict <= 1
        winner = models[np.arange(len(given)), np.minimum(given.verdict, 1)]
        north = (given.annotator % 2 == 0) & sided & (models == 1).any(axis=1)
        model = next(one for one in found["preferences"] if one["name"] == facts.source_models[1])
        assert model["shares"][0]["value"] == pytest.approx((winner[north] == 1).mean())
        assert model["shares"][0]["n"] == north.sum()

    def test_differ_where_one_of_them_calls_everything_a_tie(self):
        given, judged, facts, _ = world(np.random.default_rng(3))
        ties = (given.annotator % 2 == 0) & (np.random.default_rng(4).random(len(given)) < 0.4)
        judged.labels.verdict[ties] = 2
        found = groups(given, judged, facts, regions(given))["attributes"]["region"]
        by_kind = {one["kind"]: one for one in found["preferences"]}
        assert by_kind["tie"]["differs"] is True
        assert found["closer"]["differs"] is True

    def test_are_not_told_apart_by_chance(self):
        called = []
        for seed in range(8):
            given, judged, facts, _ = world(np.random.default_rng(50 + seed))
            found = groups(given, judged, facts, regions(given))["attributes"]["region"]
            called += [bool(one["differs"]) for one in [*found["preferences"], found["closer"]]]
        assert sum(called) <= 2

    def test_of_one_are_none(self):
        given, judged, facts, _ = world(np.random.default_rng(5))
        same = {"region": dict.fromkeys(given.member_ids, "north"), "vendor": {}}
        assert groups(given, judged, facts, same)["attributes"] == {}

    def test_say_that_annotators_are_too_few(self):
        given, judged, facts, _ = world(np.random.default_rng(6), annotators=4)
        found = groups(given, judged, facts, regions(given))["attributes"]["region"]
        assert found["closer"]["reason"] == Reason.TOO_FEW_ANNOTATORS
        assert found["closer"]["arguments"] == {"needed": 8}


class TestAttributes:
    def test_are_defined_and_go_with_their_values(self, project: Project, alice: Person, bob: Person) -> None:
        attributes.define(project=project, names=["region", " vendor ", "region"], by=alice.user)
        attributes.set_values(project=project, values={bob.member.pk: {"region": "north"}}, by=alice.user)
        assert selectors.values(project) == {"region": {bob.member.pk: "north"}, "vendor": {}}
        attributes.define(project=project, names=["vendor"], by=alice.user)
        assert selectors.values(project) == {"vendor": {}}
        assert not AttributeValue.objects.exists()
        events = AuditEvent.objects.filter(action__startswith="attributes.").order_by("pk")
        assert [one.action for one in events] == ["attributes.define", "attributes.set", "attributes.define"]
        assert "north" not in str([one.detail for one in events])

    def test_change_only_where_they_differ(self, project: Project, bob: Person) -> None:
        attributes.define(project=project, names=["region"], by=None)
        values = {bob.member.pk: {"region": "north"}}
        assert attributes.set_values(project=project, values=values, by=None) == 1
        assert attributes.set_values(project=project, values=values, by=None) == 0
        assert attributes.set_values(project=project, values={bob.member.pk: {"region": ""}}, by=None) == 1
        assert selectors.values(project) == {"region": {}}

    def test_of_another_project_are_left_alone(self, project: Project, bob: Person) -> None:
        other = Project.objects.create(slug="other", name="Other")
        attributes.define(project=other, names=["region"], by=None)
        attributes.set_values(project=other, values={bob.member.pk: {"region": "north"}}, by=None)
        assert not AttributeValue.objects.exists()
        attributes.define(project=project, names=[], by=None)
        assert Attribute.objects.filter(project=other).exists()

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("name,region\nBob,north\n", "no_annotator_column"),
            ("annotator,planet\nannotator 0,mars\n", "unknown_attribute"),
            ("annotator,region\nnobody,north\n", "unknown_annotator"),
            ("annotator,region\nannotator 0,a\nannotator 0,b\n", "twice"),
            ('annotator,region\nannotator 0,"a\n', "not_csv"),
        ],
    )
    def test_are_read_from_a_file_or_refused_whole(self, project: Project, text: str, reason: str) -> None:
        imported(project, line(1, "a", "b"))
        attributes.define(project=project, names=["region"], by=None)
        pk = Member.objects.get(name="annotator 0").pk
        assert attributes.read_file(project=project, text="\ufeffannotator,region\nannotator 0, north \n") == {
            pk: {"region": " north "}
        }
        with pytest.raises(BadAttribute) as refused:
            attributes.read_file(project=project, text=text)
        assert refused.value.reason == reason


@pytest.fixture
def run(project: Project, alice: Person, bob: Person, erin: Engineer):
    imported(project, *(line(i, *(("a", "b", "tie")[(i + r) % 3] for r in range(PEOPLE))) for i in range(20)))
    attributes.define(project=project, names=["region"], by=None)
    people = Member.objects.filter(project=project, user=None).order_by("pk")
    values = {member.pk: {"region": ("northmark", "southmark")[i % 2]} for i, member in enumerate(people)}
    attributes.set_values(project=project, values=values, by=None)
    return computed(project, rated=False)


class TestARun:
    def test_has_no_groups_unless_attributes_are_defined(self, project: Project, alice: Person) -> None:
        imported(project, line(1, "a", "b"))
        run = computed(project, rated=False)
        assert figures.part(run, "groups") is None
        assert "No groups are defined." in opens(alice, "/p/everyday/groups")

    def test_shows_them_to_those_who_run_the_project_alone(
        self, run, project: Project, alice: Person, bob: Person, mallory: Person, anonymous: Client
    ) -> None:
        html = opens(alice, "/p/everyday/groups")
        assert "<bdi>northmark</bdi>" in html
        assert "Agreement within and between groups" in html
        refuses("/p/everyday/groups", anonymous=anonymous, mallory=mallory, bob=bob)
        for page in ("/", "/p/everyday/judge", "/p/everyday/history", "/p/everyday/guidelines", "/account"):
            assert "northmark" not in body(bob.client.get(page))

    def test_leaves_them_out_of_everything_but_what_asks_for_them(self, run, project: Project, erin: Engineer) -> None:
        api = Api(erin.secret)
        for path in ("quality", "annotations", "pairs", "export?format=raw", "export/manifest?format=raw"):
            answer = api.get(f"projects/everyday/{path}")
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert b"northmark" not in content, path
        found = api.get("projects/everyday/quality/groups").json()
        (one,) = found["attributes"]
        assert [group["name"] for group in one["groups"]] == ["northmark", "southmark"]
        assert one["agreement"][1]["groups"] == ["northmark", "southmark"]
        out = StringIO()
        call_command("compute_quality", "--project", "everyday", "--json", stdout=out)
        assert "northmark" not in out.getvalue()
        out = StringIO()
        call_command("compute_quality", "--project", "everyday", "--json", "--groups", stdout=out)
        assert json.loads(out.getvalue())["groups"] == found

    def test_gives_the_table_as_a_file(self, run, alice: Person) -> None:
        file = b"".join(alice.client.get("/p/everyday/groups?format=csv").streaming_content).decode()  # type: ignore[attr-defined]
        assert "agreement,northmark / southmark," in file


class TestThePageOfAttributes:
    def test_defines_sets_and_reads_back(self, project: Project, alice: Person, bob: Person) -> None:
        assert "Name an attribute first." in opens(alice, HERE)
        alice.client.post(HERE, {"names": "region\nvendor\n"})
        field = f"value:{bob.member.pk}:region"
        assert f'name="{field}"' in opens(alice, HERE)
        alice.client.post(HERE, {field: "north"})
        assert selectors.values(project)["region"] == {bob.member.pk: "north"}
        answer = alice.client.get(f"{HERE}?format=csv")
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        assert f"{bob.member.name},north,\r\n" in text
        attributes.set_values(project=project, values={bob.member.pk: {"region": ""}}, by=None)
        alice.client.post(HERE, {"file": StringIO(text)})
        assert selectors.values(project)["region"] == {bob.member.pk: "north"}

    def test_says_why_something_is_refused(self, project: Project, alice: Person) -> None:
        answer = alice.client.post(HERE, {"names": "\n".join(f"number {i}" for i in range(9))})
        assert answer.status_code == 400
        assert "A project has at most 8 attributes." in body(answer)
        assert not Attribute.objects.exists()

    def test_is_for_managers(self, project: Project, alice: Person, bob: Person) -> None:
        assert bob.client.get(HERE).status_code == 403
