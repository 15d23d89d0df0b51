from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from annotation.models import Project
from quality.models import Part, QualityRun
from quality.pages.parts import TESTS
from quality.selectors import figures
from quality.services import computation
from quality.services.parts import ENOUGH, MOST_SUSPECTS, Context, Targets, dimensions, drift, noise
from quality.stats.dimensions import Dimension
from quality.stats.intervals import Estimate, undefined, wilson
from quality.stats.labels import Labels
from quality.stats.methods import Method
from quality.stats.reasons import Reason
from tests.lines import import_lines, pair
from tests.quality.services.test_computation import computed
from tests.quality.services.worlds import AS_OF, DAY, world


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


class TestNoise:
    def test_names_judgements_that_are_wrong_the_likeliest_first(self):
        given, judged, _, truth = world(rng(1), each=4)
        found = noise(given, judged)

        assert len(found["suspects"]) == MOST_SUSPECTS
        place = {int(pk): i for i, pk in enumerate(given.pair_ids)}
        wrong = [one["verdict"] != truth[place[one["pair"]]] for one in found["suspects"]]
        right = [one["likeliest"] == truth[place[one["pair"]]] for one in found["suspects"]]
        assert np.mean(wrong) > 0.95
        assert np.mean(right) > 0.9
        assert [one["wrong"] for one in found["suspects"]] == sorted(
            (o["wrong"] for o in found["suspects"]), reverse=True
        )

    def test_leaves_gold_out_and_names_who_judged(self):
        given, judged, _, _ = world(rng(2), gold=100)
        found = noise(given, judged)
        gold = set(given.pair_ids[:100].tolist())

        assert found["n"] == 1800
        assert not gold & {one["pair"] for one in found["suspects"]}
        for one in found["suspects"][:20]:
            row = (given.pair_ids[given.pair] == one["pair"]) & (given.annotator == one["member"] - 100)
            assert given.verdict[row].tolist() == [one["verdict"]]

    def test_has_a_joint_of_given_and_true_verdicts(self):
        given, judged, _, truth = world(rng(3), pairs=1500, each=5)
        found = np.array(noise(given, judged)["joint"])
        true = np.zeros((4, 4))
        np.add.at(true, (given.verdict, truth[given.pair]), 1 / len(given))

        assert found.sum() == pytest.approx(1)
        assert found == pytest.approx(true, abs=0.02)

    def test_tells_the_least_where_nothing_is_known_of_annotators(self):
        given, judged, _, _ = world(rng(4), pairs=10)
        found = noise(given, judged)

        assert judged.fit.reason is Reason.TOO_FEW_TO_TELL
        assert (found["joint"], found["suspects"]) == (None, [])
        assert found["least_wrong"] > 0


class TestDrift:
    def changed(self, seed: int, **how) -> dict:
        given, judged, facts, _ = world(rng(seed), **how)
        found = drift(given, judged, facts)
        assert json.loads(json.dumps(found)) == found
        return found

    def test_says_that_nothing_has_changed_where_nothing_has_as_often_as_stated(self):
        alarms = sum(any(test["changed"] for test in self.changed(s)["tests"].values()) for s in range(10, 20))

        assert alarms <= 2

    def test_finds_more_ties(self):
        found = self.changed(31, ties=0.3)["tests"]

        assert found["verdicts"]["changed"] is True
        assert found["verdicts"]["change"]["tie"] > 0.15
        assert [name for name, test in found.items() if test["changed"]] == ["verdicts"]

    def test_finds_another_language(self):
        found = self.changed(37, more_french=0.35)["tests"]

        assert found["languages"]["changed"] is True
        assert found["pairs"]["changed"] is True
        assert found["pairs"]["change"]["language:fr"] > 0.4
        assert found["verdicts"]["changed"] is False

    def test_finds_that_longer_responses_are_chosen_more_often(self):
        given, judged, facts, _ = world(rng(38), pairs=1400)
        late = given.at >= AS_OF.timestamp() - 7 * DAY
        longer = (judged.differences[:, 0] > 0) & late & (rng(39).random(len(given)) < 0.5)
        verdict = np.where(longer, 0, given.verdict).astype(np.int8)
        labels = Labels(given.pair, given.annotator, verdict)
        found = drift(given, replace(judged, labels=labels), facts)["tests"]["choices"]

        assert found["changed"] is True
        assert found["change"]["longer"] > 0.4
        assert abs(found["change"]["left"]) < 0.3

    def test_finds_who_errs_more_and_since_when(self):
        found = self.changed(33, pairs=1600, worse=(3, 7))

        assert {one["member"] for one in found["accuracy"]["alarms"]} == {103, 107}
        for one in found["accuracy"]["alarms"]:
            turned = AS_OF.timestamp() - 17.5 * DAY
            assert abs(one["since"] - turned) < 5 * DAY
            assert one["alarm"] > one["since"]
            assert one["after"] > one["before"] + 0.2
        assert found["accuracy"]["watched"] == 12

    def test_is_unknown_where_everything_came_at_once(self):
        found = self.changed(34, days=1)

        assert {test["changed"] for test in found["tests"].values()} == {None}
        assert {test["reason"] for test in found["tests"].values()} == {"too_few_to_tell"}

    def test_leaves_gold_out_of_what_is_compared(self):
        found = self.changed(35, gold=300)["tests"]

        assert found["pairs"]["before"] + found["pairs"]["after"] == 400

    def test_of_pairs_whose_facts_came_later_is_of_the_others(self):
        given, judged, facts, _ = world(rng(36))
        few = facts.__class__(
            **{
                name: getattr(facts, name)[:600]
                if name in ("pair_ids", "created", "prompt", "is_gold", "language", "models")
                else getattr(facts, name)
                for name in facts.__slots__
                if name not in ("tagged", "tag")
            },
            tagged=facts.tagged[facts.tagged < 600],
            tag=facts.tag[facts.tagged < 600],
        )
        found = drift(given, judged, few)["tests"]

        assert found["pairs"]["before"] + found["pairs"]["after"] == 600


class TestDimensions:
    TARGETS = Targets(kappa=0.5, gold=0.9, unsettled=0.1)

    def found(self, *, kappa: Estimate, gold: Estimate, unsettled=(5, 100), waiting=0, progress=None, **how) -> dict:
        given, _, facts, _ = world(rng(40), **how)
        context = Context(facts, facts.pair_ids[len(facts) - waiting :], progress or {}, self.TARGETS)
        alike = undefined(Method.CLUSTERED_SHARE, Reason.NO_PROBES)
        found = dimensions(
            given, {"gold_accuracy": gold, "fleiss_kappa": kappa, "self_consistency": alike}, unsettled, context
        )
        assert json.loads(json.dumps(found)) == found
        return found | {"of": {one["name"]: one for one in found["measures"]}}

    KAPPA = Estimate(0.7, 0.6, 0.8, 100, Method.FLEISS_KAPPA)

    def test_go_by_intervals_and_targets_of_the_project(self):
        found = self.found(kappa=self.KAPPA, gold=wilson(93, 100))

        assert found["states"] == {
            "accuracy": "open",
            "consistency": "met",
            "completeness": "no_target",
            "timeliness": "no_target",
            "coverage": "no_target",
        }
        assert (found["of"]["unsettled"]["value"], found["of"]["unsettled"]["state"]) == (0.05, "met")

    def test_miss_what_is_surely_missed(self):
        found = self.found(kappa=self.KAPPA, gold=wilson(60, 100), unsettled=(20, 100))

        assert (found["states"]["accuracy"], found["states"]["consistency"]) == ("missed", "missed")

    def test_are_undefined_where_nothing_is_known(self):
        none = undefined(Method.FLEISS_KAPPA, Reason.NOT_JUDGED_TWICE)
        found = self.found(kappa=none, gold=undefined(Method.WILSON, Reason.NO_GOLD), unsettled=(0, 0))

        assert (found["states"]["accuracy"], found["states"]["consistency"]) == ("undefined", "undefined")
        assert found["of"]["gold_accuracy"]["reason"] == "no_gold"

    def test_count_what_is_there_of_what_is_wanted(self):
        found = self.found(kappa=self.KAPPA, gold=wilson(9, 10), progress={"judgements": 30, "wanted": 120})

        assert (found["of"]["judgements"]["value"], found["of"]["judgements"]["n"]) == (0.25, 120)
        assert (found["of"]["reasons"]["value"], found["of"]["reasons"]["n"]) == (0.25, 2100)

    def test_tell_how_long_pairs_wait_and_take(self):
        """Pairs came at once and were judged one after the other over 35 days; the last 200 wait for one more judgement."""
        found = self.found(kappa=self.KAPPA, gold=wilson(9, 10), waiting=200)["of"]

        assert found["open_age"]["n"] == 200
        assert found["open_age"]["value"] == pytest.approx(35 * DAY + 1)
        assert found["time_to_settle"]["n"] == 700
        assert found["time_to_settle"]["value"] == pytest.approx(17.5 * DAY, rel=0.01)
        assert found["time_to_settle"]["low"] < 17.5 * DAY < found["time_to_settle"]["high"]

    def test_count_the_languages_tags_and_models_that_have_enough_judgements(self):
        found = self.found(kappa=self.KAPPA, gold=wilson(9, 10), pairs=30)["of"]

        assert ENOUGH == 30
        assert (found["languages"]["value"], found["languages"]["n"]) == (0.5, 2)
        assert found["source_models"]["n"] == 4  # m0 m1, m1 m2, m2 m3, m3 m0: 24, 24, 21 and 21 judgements
        assert found["source_models"]["value"] == 0.0


@pytest.mark.django_db
class TestParts:
    @pytest.fixture
    def project(self) -> Project:
        return Project.objects.create(slug="parts", name="Parts", state="open")

    @pytest.fixture
    def found(self, project) -> dict:
        """Ann and Ben are right on every pair, Cid on all but p0 to p4."""
        lines = [
            pair(
                f"p{i}",
                verdicts={"ann": "ab"[i % 2], "ben": "ab"[i % 2], "cid": "ab"[(i + (i < 5)) % 2]},
                language="en",
            )
            for i in range(40)
        ]
        import_lines(project, lines)
        return computed(project)

    def test_reach_the_report_with_names(self, found):
        first = found["noise"]["judgements"][:5]

        assert {(one["annotator"], one["pair"]) for one in first} == {("cid", f"p{i}") for i in range(5)}
        assert all(one["likeliest"] != one["verdict"] and one["wrong"] > 0.9 for one in first)
        assert found["noise"]["least_wrong"] == 5
        assert found["noise"]["share_wrong"] == found["overall"]["label_noise"]
        assert found["noise"]["share_wrong"]["value"] == pytest.approx(5 / 120, abs=0.005)
        assert found["noise"]["joint"]["first"]["second"] == pytest.approx(2 / 120, abs=0.01)
        assert found["drift"]["tests"]["verdicts"]["code"] == "too_few_to_tell"
        assert found["drift"]["tests"]["verdicts"]["reason"] == "too few to tell; it needs about 50"
        assert found["drift"]["annotators"] == []
        assert found["dimensions"]["completeness"]["measures"]["judgements"]["value"] == 1.0
        assert found["dimensions"]["completeness"]["measures"]["reasons"]["value"] == 0.0
        assert found["dimensions"]["coverage"]["measures"]["languages"]["value"] == 1.0
        assert found["dimensions"]["accuracy"]["state"] == "undefined"

    def test_are_in_order_and_whole(self, found):
        assert list(found["dimensions"]) == [*Dimension]
        assert list(found["drift"]["tests"]) == [*TESTS]
        stored = Part.objects.get(name="drift").content
        assert set(stored["tests"]) == set(TESTS)

    def test_are_read_in_two_queries(self, found, django_assert_num_queries):
        run = QualityRun.objects.select_related("project").latest("id")
        with django_assert_num_queries(2):
            figures.parts(run)

    def test_are_kept_as_long_as_what_else_a_run_holds_of_annotators(self, project, found):
        for _ in range(computation.KEPT_WHOLE):
            computed(project)

        assert Part.objects.count() == 7 * computation.KEPT_WHOLE
        assert figures.parts(QualityRun.objects.earliest("id")).contents == {}

    def test_of_a_project_without_a_judgement_are_undefined(self, project):
        found = computed(project)

        assert found["noise"]["judgements"] == []
        assert found["noise"]["share_wrong"]["value"] is None
        assert {test["changed"] for test in found["drift"]["tests"].values()} == {None}
        assert {one["state"] for one in found["dimensions"].values()} == {"undefined"}

    def test_are_described(self, found):
        from django.conf import settings

        described = (settings.BASE_DIR / "docs" / "quality.md").read_text()
        keys = [*found["noise"], *found["noise"]["judgements"][0], *found["drift"], *found["drift"]["tests"]]
        keys += [*found["drift"]["tests"]["pairs"], *found["dimensions"]]
        keys += [name for one in found["dimensions"].values() for name in one["measures"]]

        assert [key for key in keys if f"`{key}`" not in described] == []
