"""Every large read of the product, as something that is called with a scene, and how much work it may be."""

from __future__ import annotations

import datetime as dt
import json
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import islice
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from annotation.formats import native
from annotation.models import Annotation, Import, Job, Member, Pair, Project
from annotation.sampling.simulated import Kind
from annotation.selectors import (
    adjudications,
    attributes,
    flags,
    freshness,
    gold,
    imports,
    integrity,
    judgements,
    members,
    metrics,
    own_work,
    pair_facts,
    pairs,
    probes,
    progress,
    projects,
    queue_end,
    records,
    source_models,
)
from annotation.selectors import simulated as simulated_work
from annotation.selectors import slots as counted_slots
from annotation.selectors.listing import judgements as listed_judgements
from annotation.selectors.listing import pairs as listed_pairs
from annotation.services import jobs, touched
from annotation.services.intake import imports as intake
from annotation.services.sampling import pairing, simulation
from common.db.rows import execute
from quality.selectors import consensus as stored_consensus
from quality.selectors import days, disagreements, figures, kappas, posteriors, suspects
from quality.selectors import gold as gold_shares
from quality.selectors import person as stored_person
from quality.selectors import pilot as pilots
from quality.selectors import rules as rules_of
from quality.selectors import runs as quality_runs
from quality.services import computation, live
from reward.selectors import comparisons, judged_pairs
from reward.selectors import ratings as stored_ratings
from reward.services import exports, ratings
from reward.vocabulary import ComparisonUnit
from tests.lines import encode
from tests.plans.scenes import Scene
from tests.plans.work import Work

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
FEW = 2_000


@dataclass(frozen=True, slots=True)
class Read:
    """A read, and the most rows and pages that one statement of it may come to."""

    call: Callable[[Project], Any]
    most: Callable[[Scene, Work], int]


def times(factor: float) -> Callable[[Scene, Work], int]:
    """As many as all rows that there are, so many times. A join that is planned as if it were of a row or two has thousands."""
    return lambda scene, _: round(factor * scene.rows)


def few(_: Scene, __: Work) -> int:
    return FEW


def a_page(scene: Scene, work: Work) -> int:
    """Few where a page is found; its rows may be looked up by key, or by reading small tables as they are."""
    return FEW if "LIMIT" in work.sql else 2 * scene.rows


def of_own(scene: Scene, _: Work) -> int:
    own = Annotation.objects.filter(assignment__member=person(scene.project)).count()
    return 1_000 + 12 * own


def whole(call: Callable[[Project], Any]) -> Read:
    return Read(call, times(2))


def spent(rows: Iterable[Any]) -> None:
    deque(rows, maxlen=0)


def person(project: Project) -> Member:
    return Member.objects.filter(project=project).select_related("project", "user").order_by("number")[0]


def middle(project: Project) -> tuple[dt.datetime, int] | None:
    found = list(Annotation.objects.filter(project=project).order_by("at", "pk").values_list("at", "pk"))
    return found[len(found) // 2] if found else None


def middle_pair(project: Project) -> int:
    found = list(Pair.objects.filter(project=project).order_by("pk").values_list("pk", flat=True))
    return found[len(found) // 2]


def some_pairs(project: Project) -> NDArray[np.int64]:
    """Return fifty pairs that were judged, where some were, and are no gold, which everybody judged."""
    first = min(Pair.objects.filter(project=project).values_list("pk", flat=True))
    return np.arange(first, first + 50)


def of_some(scene: Scene, work: Work) -> int:
    """Few; the test's own look at which pairs there are reads all of them."""
    return 3 * scene.rows if work.sql.startswith('SELECT "annotation_pair"."id" AS "pk" FROM') else 50 * 60


def taken_in(project: Project) -> None:
    """Take in fifty pairs, while all that was imported waits."""
    before, live.PAIRS_AT_ONCE = live.PAIRS_AT_ONCE, 50
    try:
        live.take_in(project)
    finally:
        live.PAIRS_AT_ONCE = before


def settled(project: Project) -> None:
    """Ask what the consensus has settled, as where it decides how many judgements a pair gets."""
    project.target_probability = 0.9  # not stored: the project stays as it is
    some = some_pairs(project)
    stored_consensus.of_pairs(project, some, np.ones((len(some), 4), dtype=np.int64), np.ones(len(some), dtype=bool))


def newest_import(project: Project) -> Import:
    return Import.objects.filter(project=project).select_related("project").latest("pk")


def done(job: Job) -> None:
    after = jobs.run(job.pk)
    assert after is not None
    assert after.state == "done", after.arguments


def of_newest_run(project: Project, read: Callable[[Any], Any]) -> None:
    """Read of a run that is made first: its own statements are looked at, too."""
    done(computation.ask(project=project, by=None))
    run = quality_runs.latest_run(project)
    assert run is not None
    read(run)


def computed_twice(project: Project) -> None:
    """The second time there is a consensus to be compared."""
    for _ in range(2):
        done(computation.ask(project=project, by=None))


def known_again(project: Project, *judged: str) -> None:
    """Import 100 lines that are known, and again with each of these verdicts more, all of one annotator."""
    known = [json.loads(native.json_line(stored.record)) for stored in islice(records.stream(project), 100)]
    given: list[dict[str, str]] = []
    for verdict in ("", *judged):
        if verdict:
            given.append({"annotator": "somebody", "verdict": verdict})
        body = encode(line | {"judgements": line.get("judgements", []) + given} for line in known)
        done(intake.start(project=project, stream=BytesIO(body), format="native").job)


def unknown_baseline(project: Project) -> None:
    """Nothing is found, so that everything is looked at."""
    with suppress(pairing.UnknownBaseline):
        pairing.plan(project=project, scheme="baseline", baseline="nobody")


def simulated(project: Project) -> None:
    """Simulate a few judgements; where people judge that is refused, and the pairs that wait are only looked for."""
    try:
        simulation.simulate(
            project=project,
            annotators={Kind.CAREFUL: 3},
            judgements=20,
            strengths={},
            seed=1,
            now=timezone.now(),
            by=None,
        )
    except (simulation.PeopleJudgeHere, simulation.NotOpen):
        simulation._obtainable(project)


def known_truth(project: Project) -> None:
    """Where nothing was simulated there is no truth, and the pairs are only read."""
    with suppress(simulated_work.NotSimulated):
        simulated_work.truth(project)
    simulated_work._pairs(project)
    simulated_work.strengths(project)
    simulated_work.skills(project)
    simulated_work.kinds(project)


def put_in_order(project: Project) -> None:
    """Draw the keys again as a simulation does before its first judgement."""
    execute(simulation.SHUFFLE, {"project": project.pk, "seed": 1})


def of_pilot(project: Project) -> None:
    """A plan reads a project's judgements again, where its reliability is known."""
    done(computation.ask(project=project, by=None))
    with suppress(pilots.NoPilot):
        pilots.pilot(project)


def queue_of_pairs(project: Project, order: disagreements.Order) -> None:
    """The queue in order, and what a page of it and the page of a pair show; the consensus was stored by a read before."""
    found = disagreements.queue(project, order=order)
    page = list(found.pair_ids[:50]) or [middle_pair(project)]
    adjudications.with_texts(project, page)
    adjudications.tallies(project, page)
    adjudications.judgements(project, page)
    adjudications.history(project, page[0])
    adjudications.own(project, page[0], user_id=1)
    adjudications.languages(project, page)
    adjudications.open_to_adjudication(project, np.array(page, dtype=np.int64))


def adjudicated(project: Project) -> None:
    disagreements.queue(project, show=disagreements.Show.ADJUDICATED)
    adjudications.in_force(project)
    adjudications.page(project=project)


def of_rules(project: Project, *, fresh: bool) -> None:
    """What rules measure of everybody: of the newest run, or on all their judgements."""
    rules_of.measured(project, quality_runs.latest_run(project), members.working(project), fresh=fresh)


def likely_wrong(run: Any) -> None:
    if found := suspects.noise(run):
        suspects.suspects(run, found.content["suspects"][:50])


READS: dict[str, Read] = {
    # A project's judgements, pairs and slots: to be computed with, or to be written
    "judgements": whole(judgements.judgements),
    "comparisons by judgement": whole(partial(comparisons.of_project, unit=ComparisonUnit.JUDGEMENT)),
    "comparisons by majority": whole(partial(comparisons.of_project, unit=ComparisonUnit.MAJORITY)),
    "fit of ratings": whole(lambda p: done(ratings.ask(project=p, by=None))),
    "quality, with the consensus": whole(computed_twice),
    "raw export": whole(lambda p: spent(exports.open_export(project=p, format="raw").lines())),
    "export of soft labels": whole(lambda p: spent(exports.open_export(project=p, format="soft").lines())),
    "export of preferences": whole(lambda p: spent(exports.open_export(project=p, format="trl-preference").lines())),
    "pairs with conversations": whole(
        lambda p: spent(judged_pairs.stream(p, with_judgements=False, conversations_only=True))
    ),
    "incomplete pairs": whole(pairs.incomplete),
    "slots of pairs": whole(counted_slots.counts),
    "pairs with withdrawn slots": whole(counted_slots.with_withdrawn),
    # A round of live figures, which looks at its own pairs only
    "judgements of some pairs": Read(lambda p: judgements.of_pairs(p, some_pairs(p)), of_some),
    "complete pairs among some": Read(lambda p: pairs.complete_among(p, some_pairs(p)), of_some),
    "slots of some pairs": Read(lambda p: counted_slots.counts(p, pairs=some_pairs(p).tolist()), of_some),
    "what is settled among some": Read(lambda p: of_newest_run(p, lambda _: settled(p)), times(2)),
    "differences of some": Read(lambda p: pairs.differences(p, some_pairs(p), few=True), of_some),
    "projects that wait to be taken in": Read(lambda p: touched.projects(), few),
    "round of live figures": Read(taken_in, of_some),
    "differences of responses": whole(lambda p: pairs.differences(p, judgements.judgements(p).pair_ids)),
    "facts of pairs": whole(pair_facts.pair_facts),
    "source models": whole(lambda p: source_models.names(project=p)),
    "simulation": whole(simulated),
    "simulation, put in order": Read(put_in_order, times(5)),
    "pilot of a plan": whole(of_pilot),
    "truth of a simulation": whole(known_truth),
    "pairing, planned": whole(partial(lambda p: pairing.plan(project=p, scheme="all"))),
    "pairing with a baseline, planned": whole(lambda p: pairing.plan(project=p, scheme="baseline", baseline="m0")),
    "pairing with an unknown baseline": whole(unknown_baseline),
    "pairing": whole(lambda p: done(pairing.start(project=p, scheme="random", k=1, seed=1))),
    "known lines again": Read(known_again, times(2)),
    "known lines with new judgements": Read(lambda p: known_again(p, "a", "a"), times(2)),
    # Pages
    "progress": whole(progress.progress),
    "metrics": whole(lambda _: metrics.counts()),
    "probes": whole(probes.probes),
    "gold overall": whole(gold_shares.overall),
    "gold by day": whole(lambda p: gold.days(p, since=LONG_AGO)),
    "gold of the last days": whole(lambda p: gold_shares.days(p, now=timezone.now())),
    **{
        f"gold pairs by {order}": whole(lambda p, order=order: gold_shares.pairs(gold.pairs(p, order=order)[:50]))
        for order in gold.ORDERS
    },
    "figures": whole(lambda p: of_newest_run(p, figures.of_run)),
    "figures of a member": whole(lambda p: of_newest_run(p, lambda run: figures.of_member(run, person(p)))),
    "partners of a member": whole(lambda p: of_newest_run(p, lambda run: figures.partners(run, person(p)))),
    "figures of gold": whole(lambda p: of_newest_run(p, figures.on_gold)),
    "reliability": whole(lambda p: of_newest_run(p, figures.reliability)),
    "parts": whole(lambda p: of_newest_run(p, figures.parts)),
    **{
        f"disagreements, {order}": whole(lambda p, order=order: queue_of_pairs(p, order))
        for order in disagreements.Order
    },
    "attributes of annotators": Read(attributes.values, few),
    "adjudicated pairs": whole(lambda p: adjudicated(p)),
    "judgements since long ago": whole(lambda p: judgements.since(p, {person(p).pk: LONG_AGO})),
    "posteriors of some pairs": Read(lambda p: posteriors.posteriors_of(p, some_pairs(p).tolist()), of_some),
    "kappas": whole(lambda p: of_newest_run(p, kappas.kappas)),
    "judgements most likely wrong": whole(lambda p: of_newest_run(p, likely_wrong)),
    "fraud and drift of a member": whole(lambda p: of_newest_run(p, lambda run: stored_person.person(run, person(p)))),
    "parts by name": whole(lambda p: of_newest_run(p, lambda run: figures.part(run, "noise"))),
    "methods of figures": whole(lambda p: of_newest_run(p, lambda run: figures.methods(run, of_annotators=True))),
    "what rules measure": whole(lambda p: of_rules(p, fresh=False)),
    "what rules measure afresh": whole(lambda p: of_rules(p, fresh=True)),
    "matrices": whole(lambda p: of_newest_run(p, figures.matrices)),
    "newest figures": Read(figures.latest, few),
    "newest ratings": Read(stored_ratings.latest_run, few),
    "what is stale": Read(lambda _: (computation.stale_projects(now=timezone.now()), ratings.stale_projects()), few),
    "judged by a member on each day": Read(lambda p: days.judged(p, person(p), now=timezone.now()), of_own),
    "flags": whole(lambda p: spent(flags.newest(project=p)[:50])),
    "members": Read(lambda p: spent(members.listed(project=p)), few),
    "projects of a person": Read(lambda p: spent(projects.run_by(person(p).user)) if person(p).user else None, few),
    "imports": Read(lambda p: spent(imports.latest(project=p)), few),
    "why lines were quarantined": whole(lambda p: imports.detail(newest_import(p))),
    "every quarantined line": whole(lambda p: spent(imports.every_quarantined(newest_import(p)))),
    "quarantined lines to correct": whole(lambda p: spent(imports.raw_lines(newest_import(p)))),
    "report of an import": Read(lambda p: imports.report(newest_import(p)), lambda scene, work: 3 * FEW),
    "quarantined lines, a later page": Read(lambda p: imports.quarantined(newest_import(p), after=3_000), few),
    "quarantined lines before a page": whole(lambda p: imports.count_until(newest_import(p), line=3_000)),
    # A person's own
    "own history": Read(lambda p: own_work.history(members=[person(p)]), of_own),
    "own history, a later page": Read(lambda p: own_work.history(members=[person(p)], offset=200), of_own),
    "own numbers": Read(lambda p: own_work.numbers(members=[person(p)]), of_own),
    "own numbers of today": Read(lambda p: own_work.today(members=[person(p)]), of_own),
    "why the queue has ended": Read(lambda p: queue_end.reason(person(p)), few),
    "own projects": Read(lambda p: own_work.memberships(user=person(p).user) if person(p).user else None, few),
    # Lists of the API
    **{
        f"annotations, {which}": Read(lambda p, which=which: listed_judgements.page(project=p, which=which), a_page)
        for which in ("counting", "all")
    },
    **{
        f"annotations, {which}, a later page": Read(
            lambda p, which=which: listed_judgements.page(project=p, which=which, after=middle(p)), a_page
        )
        for which in ("counting", "all")
    },
    # The few that there are, found by looking at all.
    "annotations, surplus": whole(lambda p: listed_judgements.page(project=p, which="surplus")),
    "annotations, withdrawn": whole(lambda p: listed_judgements.page(project=p, which="withdrawn")),
    "pairs": Read(lambda p: listed_pairs.page(project=p), a_page),
    "pairs, a later page": Read(lambda p: listed_pairs.page(project=p, after=middle_pair(p)), a_page),
    # Yes or no
    "conversations or not": Read(records.has_conversations, few),
    "judged since now": Read(lambda p: freshness.judged_since(p, timezone.now()), few),
    "judged since long ago": Read(lambda p: freshness.judged_since(p, LONG_AGO), few),
    "any pair": Read(pairs.any_of, few),
    "any prompt to pair": Read(pairs.any_prompts, few),
    "ever judged": Read(lambda p: freshness.judged_since(p, None), few),
    # Integrity: one invariant compares nineteen pairs of tables, and all of them at once are their sum
    **{
        f"integrity{where}: {one.name}": Read(
            lambda p, one=one, where=where: integrity.look(one, None if where else p), times(8)
        )
        for one in integrity.INVARIANTS
        for where in ("", " of all projects")
    },
    "integrity at once": Read(integrity.sound, times(24)),
    "integrity of all projects at once": Read(lambda _: integrity.sound(None), times(20)),
}
