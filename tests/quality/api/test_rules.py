"""Rules and what they did, through the API."""

from __future__ import annotations

import pytest

from annotation.models import Member, Project
from quality.models import RuleAction
from quality.selectors.rules import NEVER_SET
from tests.annotation.api.client import Api
from tests.cast import Engineer, Person
from tests.computed import computed, imported
from tests.quality.rules import EVIDENCE, acted_on
from tests.quality.services.test_rules import give_accounts, lines

HERE = "projects/everyday/rules"


@pytest.fixture
def api(project: Project, erin: Engineer) -> Api:
    return Api(erin.secret)


class TestTheRules:
    def test_are_off_with_their_defaults_at_first(self, api: Api) -> None:
        found = api.get(HERE).json()
        assert (found["revision"], found["on"], found["share"], found["would"]) == (0, False, 0.1, [])
        assert found["rules"]["gold"] == {"on": True, "threshold": 0.7, "least": 20}

    def test_are_set_and_say_what_they_would_do(self, api: Api, project: Project) -> None:
        imported(project, *lines(0, 25))
        give_accounts(project)
        computed(project, rated=False)
        limits = NEVER_SET.as_stored()
        for name in ("fraud", "agreement", "pace"):
            limits[name]["on"] = False
        given = {"on": True, "share": 0.5, "rules": limits, "revision": 0}
        found = api.post(HERE, given).json()
        assert found["revision"] == 1
        assert [(one["annotator"], one["step"], one["rule"]) for one in found["would"]] == [
            ("dune", "probation", "gold")
        ]
        assert api.post(HERE, given).status_code == 409
        limits["gold"]["threshold"] = 1.5
        refused = api.post(HERE, given | {"revision": 1})
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["path"] == "$.rules.gold.threshold"


class TestWhatRulesDid:
    def test_is_listed_page_by_page_with_its_evidence(self, api: Api, bob: Person) -> None:
        first, second = acted_on(bob.member), acted_on(bob.member, step="pause")
        page = api.get(f"{HERE}/actions?limit=1").json()
        assert [one["id"] for one in page["results"]] == [second.pk]
        (rest,) = api.get(f"{HERE}/actions?limit=1&cursor={page['next_cursor']}").json()["results"]
        assert (rest["id"], rest["annotator"], rest["evidence"]) == (first.pk, bob.member.name, EVIDENCE)

    def test_is_undone_once(self, api: Api, bob: Person) -> None:
        Member.objects.filter(pk=bob.member.pk).update(probation=True)
        action = acted_on(bob.member)
        assert api.post(f"{HERE}/actions/{action.pk}", {"do": "undo"}).json()["state"] == "undone"
        assert not Member.objects.get(pk=bob.member.pk).probation
        assert api.post(f"{HERE}/actions/{action.pk}", {"do": "undo"}).status_code == 409
        assert api.post(f"{HERE}/actions/{action.pk + 1}", {"do": "undo"}).status_code == 404
        assert RuleAction.objects.get().decided_by is not None
