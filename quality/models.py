"""Stored results of quality runs. Pages read these rows and compute nothing."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from numpy.typing import NDArray

from annotation.models import Job, Member, Pair, Project, User
from annotation.models.enums import VERDICTS, one_of, verdict_or_null
from quality.stats.fraud.alternatives import State
from quality.stats.readings import Reading
from quality.stats.rules import Rule, Step

READINGS = [(reading.value, reading.name.capitalize()) for reading in Reading]


class QualityRun(models.Model):
    """One computation over a project's counting judgements. ``as_of`` is when its inputs were read."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="quality_runs", db_index=False)
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="quality_run")
    as_of = models.DateTimeField()
    computed_at = models.DateTimeField(auto_now_add=True)
    code_version = models.CharField(max_length=40)
    n_annotations = models.PositiveBigIntegerField()
    n_pairs = models.PositiveBigIntegerField(help_text="Pairs with at least one counting judgement.")
    n_annotators = models.PositiveIntegerField()
    summary = models.JSONField(
        default=dict, help_text="Majority and consensus mix, categories seen, progress and throughput as counted then."
    )

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="quality_run_latest")]

    def __str__(self) -> str:
        return f"quality of {self.project_id} as of {self.as_of:%Y-%m-%d %H:%M}"


class Figure(models.Model):
    """A statistic of a project, or of an annotator where ``member`` is set: estimate, interval, n, method.

    Undefined is an answer: ``value`` null with the code of its ``reason``. ``arguments`` are those of the codes ``method`` and
    ``reason``.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(QualityRun, on_delete=models.CASCADE, related_name="figures", db_index=False)
    name = models.CharField(max_length=40)
    reading = models.CharField(max_length=9, choices=READINGS, blank=True)
    member = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    of_gold = models.BooleanField(default=False, help_text="Computed on gold pairs alone.")
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n = models.PositiveBigIntegerField()
    method = models.CharField(max_length=60)
    reason = models.CharField(max_length=40, blank=True)
    arguments = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "run", "name", "reading", "member", "of_gold"],
                nulls_distinct=False,
                name="figure_once_a_run",
            ),
            models.CheckConstraint(
                name="figure_undefined_has_a_reason", condition=Q(value__isnull=False) | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


class Columns:
    """Arrays that a row holds as little-endian numbers, each in a binary field of its name."""

    DTYPES: ClassVar[dict[str, str]]

    @classmethod
    def packed(cls, **columns: NDArray[Any]) -> dict[str, bytes]:
        """Return arrays as they are stored."""
        return {name: np.asarray(values).astype(cls.DTYPES[name]).tobytes() for name, values in columns.items()}

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as an array."""
        return np.frombuffer(getattr(self, name), dtype=self.DTYPES[name])


class AnnotatorMatrix(Columns, models.Model):
    """A statistic of every two annotators who share two pairs or more: one row a run, however many annotators there are.

    Columns are arrays of little-endian numbers (:data:`DTYPES`): ``members`` holds R primary keys in order of the members'
    names; ``a`` and ``b`` are P positions in it, a < b; the others are the P estimates, NaN where undefined. ``reason`` is
    -1, or a position in ``reasons``, which lists codes with their arguments.
    """

    DTYPES: ClassVar[dict[str, str]] = {
        "members": "<i8",
        "a": "<i4",
        "b": "<i4",
        "n": "<i8",
        "value": "<f8",
        "low": "<f8",
        "high": "<f8",
        "reason": "<i2",
    }

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(QualityRun, on_delete=models.CASCADE, related_name="matrices", db_index=False)
    name = models.CharField(max_length=40)
    reading = models.CharField(max_length=9, choices=READINGS, blank=True)
    method = models.CharField(max_length=60)
    members = models.BinaryField()
    a = models.BinaryField()
    b = models.BinaryField()
    n = models.BinaryField()
    value = models.BinaryField()
    low = models.BinaryField()
    high = models.BinaryField()
    reason = models.BinaryField()
    reasons = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "run", "name", "reading"], name="annotator_matrix_once_a_run")
        ]

    def __str__(self) -> str:
        return f"{self.name} of pairs of annotators"


class Reliability(Columns, models.Model):
    """What a run found of its annotators without knowing the truth: the parameters from which posteriors are evaluated.

    ``members`` holds R primary keys in order of the members' names, ``prior`` how frequent each of K verdicts is the true
    one, and ``confusion`` R tables of K rows, true verdicts, by K columns, given verdicts. All are NaN where they are
    undefined for ``reason``. ``mean`` is what is known of somebody the run does not know, K rows by K columns, and
    ``compared`` on how many pairs each was compared with others, or with gold; both are empty in runs of earlier versions.
    """

    DTYPES: ClassVar[dict[str, str]] = {
        "members": "<i8",
        "prior": "<f8",
        "confusion": "<f8",
        "mean": "<f8",
        "compared": "<i8",
    }

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(QualityRun, on_delete=models.CASCADE, related_name="+", db_index=False)
    method = models.CharField(max_length=60)
    members = models.BinaryField()
    prior = models.BinaryField()
    confusion = models.BinaryField()
    mean = models.BinaryField(default=b"", db_default=b"")
    compared = models.BinaryField(default=b"", db_default=b"")
    log_likelihood = models.FloatField(null=True)
    iterations = models.PositiveIntegerField()
    converged = models.BooleanField()
    reason = models.CharField(max_length=40, blank=True)
    arguments = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "run"], name="reliability_once_a_run"),
            models.CheckConstraint(
                name="reliability_undefined_has_a_reason", condition=Q(log_likelihood__isnull=False) | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"reliability of the annotators of run {self.run_id}"

    @property
    def confusions(self) -> NDArray[np.float64]:
        """The (R, K, K) confusion."""
        k = len(self.column("prior"))
        return self.column("confusion").reshape(-1, k, k)


class Part(models.Model):
    """A part of what a run found that is no table of figures: label noise, fraud, drift, dimensions of data quality.

    ``content`` holds codes and numbers, and members and pairs by primary key; pages word them.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(QualityRun, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=20)
    content = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "run", "name"], name="part_once_a_run")]

    def __str__(self) -> str:
        return f"{self.name} of run {self.run_id}"


class Consensus(models.Model):
    """The consensus on a pair: see ``quality.stats.consensus``. A pair that was never judged has none.

    ``verdict`` and ``settled`` are by the number of judgements; where the consensus decides how many a pair gets, by its rule
    (``quality.services.settling``). What the model of the annotators says is beside them:
    ``p_first`` to ``p_both_bad`` are how likely each verdict is the true one, ``likeliest`` is the likeliest verdict (null
    where two are), ``probability`` is how likely it is, and ``entropy`` that of all four in bits; all are null where nothing
    is known of the annotators.

    A run stores the rows of all pairs; ``quality.services.live`` stores those of pairs that were touched since. ``given``
    holds the judgements that are taken in, ``known`` the known verdict of gold then, and ``round`` the live round that last
    changed the row. A pair whose every judgement was taken back has ``n`` = 0 until the next run. ``as_of`` is when the
    judgements were read that last changed the row.
    """

    GIVEN: ClassVar[np.dtype[Any]] = np.dtype([("member", "<i8"), ("verdict", "<i1")])
    """An element of ``given``: a member's primary key and their verdict, in order of the members' names."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    pair = models.ForeignKey(
        Pair, on_delete=models.CASCADE, related_name="consensus", db_index=False, db_constraint=False
    )
    verdict = models.PositiveSmallIntegerField(null=True, choices=VERDICTS)
    settled = models.BooleanField()
    n = models.PositiveIntegerField(help_text="Counting judgements.")
    likeliest = models.PositiveSmallIntegerField(null=True, choices=VERDICTS)
    probability = models.FloatField(null=True)
    entropy = models.FloatField(null=True)
    p_first = models.FloatField(null=True)
    p_second = models.FloatField(null=True)
    p_tie = models.FloatField(null=True)
    p_both_bad = models.FloatField(null=True)
    known = models.PositiveSmallIntegerField(null=True, choices=VERDICTS)
    given = models.BinaryField(default=b"", db_default=b"")
    round = models.PositiveBigIntegerField(default=0, db_default=0)
    as_of = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "pair"], name="consensus_once_a_pair"),
            models.CheckConstraint(name="consensus_verdict_known", condition=verdict_or_null("verdict")),
            models.CheckConstraint(
                name="consensus_settled_has_a_verdict", condition=Q(settled=False) | Q(verdict__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"consensus on pair {self.pair_id}"


class ProposalState(models.TextChoices):
    """What became of a pair that was proposed as gold."""

    PROPOSED = "proposed", "Proposed"
    CONFIRMED = "confirmed", "Confirmed"
    REJECTED = "rejected", "Rejected"


class GoldProposal(models.Model):
    """A pair that a run found evident enough to be gold, or that a manager has decided about: it is not proposed again.

    ``verdict``, ``probability`` and ``n`` are those of the consensus when it was proposed last; null and 0 where it never was.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    state = models.CharField(max_length=9, choices=ProposalState.choices, default=ProposalState.PROPOSED)
    verdict = models.PositiveSmallIntegerField(null=True, choices=VERDICTS)
    probability = models.FloatField(null=True)
    n = models.PositiveIntegerField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "pair"], name="gold_proposal_once_a_pair"),
            models.CheckConstraint(name="gold_proposal_verdict_known", condition=verdict_or_null("verdict")),
            models.CheckConstraint(name="gold_proposal_state_known", condition=one_of("state", ProposalState.values)),
            models.CheckConstraint(
                name="gold_proposal_decided_once",
                condition=Q(state="proposed", decided_at__isnull=True)
                | Q(state__in=["confirmed", "rejected"], decided_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "-probability"], condition=Q(state="proposed"), name="gold_proposal_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} gold pair {self.pair_id}"


class LiveState(models.Model):
    """How far the live figures of a project are: the number of the last round, and when it read its judgements."""

    project = models.OneToOneField(Project, primary_key=True, on_delete=models.CASCADE, related_name="+")
    round = models.PositiveBigIntegerField(default=0)
    as_of = models.DateTimeField()

    def __str__(self) -> str:
        return f"round {self.round}"


class HonestModel(Columns, models.Model):
    """What a run's search for fraud took for honest, by which the judgements after it are examined: see ``quality.stats.fraud``.

    ``members`` holds R primary keys, ``confusion`` R tables of K by K, even where a judgement says nothing of the truth, and
    ``told`` of whom one does. The others are fields of ``Honest`` and ``Pace``; a project without times has no pace.
    """

    DTYPES: ClassVar[dict[str, str]] = {
        "members": "<i8",
        "told": "<i1",
        "prior": "<f8",
        "confusion": "<f8",
        "mean": "<f8",
        "strength": "<f8",
        "mix": "<f8",
        "offered": "<i1",
        "by_length": "<f8",
    }

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(QualityRun, on_delete=models.CASCADE, related_name="+", db_index=False)
    members = models.BinaryField()
    told = models.BinaryField()
    prior = models.BinaryField()
    confusion = models.BinaryField()
    mean = models.BinaryField()
    strength = models.BinaryField()
    mix = models.BinaryField()
    offered = models.BinaryField()
    by_length = models.BinaryField()
    spread = models.FloatField()
    spread_of_people = models.FloatField()
    shared = models.FloatField()
    level = models.FloatField(null=True)
    slope = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "run"], name="honest_model_once_a_run")]

    def __str__(self) -> str:
        return f"honest annotators of run {self.run_id}"


class AnnotatorState(models.Model):
    """An annotator's live figures, and how far their judgements speak for fraud: of every judgement that is taken in.

    A run stores those of everybody, and rounds advance them (``quality.services.live``). ``agreed`` of ``compared`` is how
    likely their judgements of ordinary pairs are right by the others' alone: a sum of probabilities. ``state``,
    ``alternative`` and ``evidence`` are as in the part ``fraud`` of a run; members in it by primary key. ``sums`` and
    ``copied`` are what the next judgement is added to, empty where nothing is known of the project's annotators.
    """

    COPIED: ClassVar[np.dtype[Any]] = np.dtype(
        [
            ("earlier", "<i8"),
            ("n", "<i8"),
            ("ways", "<f8", (2,)),
            ("log_ratio", "<f8"),
            ("crossed", "<i8"),
            ("at_crossing", "<f8"),
        ]
    )
    """An element of ``copied``: what somebody else had judged before, by their primary key."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    n = models.PositiveBigIntegerField(default=0)
    compared = models.PositiveBigIntegerField(default=0)
    agreed = models.FloatField(default=0.0)
    gold = models.PositiveBigIntegerField(default=0)
    right = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=9, default=State.TOO_EARLY.value)
    alternative = models.CharField(max_length=13, blank=True)
    evidence = models.JSONField(default=dict)
    sums = models.BinaryField(default=b"")
    copied = models.BinaryField(default=b"")
    as_of = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "member"], name="annotator_state_once"),
            models.CheckConstraint(name="annotator_state_known", condition=Q(state__in=[one.value for one in State])),
        ]

    def __str__(self) -> str:
        return f"{self.state} of {self.member_id}"


class RuleSet(models.Model):
    """A version of a project's rules. Never changed: a change is the next version, and the newest one is in force.

    ``limits`` holds for each ``quality.stats.rules.Rule`` whether it is ``on``, its ``threshold`` and ``least``. ``share``
    is that of the annotators about whom rules may act in a day before a manager is asked.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    on = models.BooleanField()
    share = models.FloatField()
    limits = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="rules_once_a_version"),
            models.CheckConstraint(name="rules_share_in_range", condition=Q(share__gt=0, share__lte=1)),
        ]

    def __str__(self) -> str:
        return f"rules {self.version} of {self.project_id}"


class ActionState(models.TextChoices):
    """What became of what a rule decided."""

    HELD = "held", "Waits for a manager"
    DONE = "done", "Done"
    UNDONE = "undone", "Undone"
    DISMISSED = "dismissed", "Dismissed"


class RuleAction(models.Model):
    """A step that a rule took about an annotator, or that waits for a manager, with its evidence.

    ``evidence`` is what was measured: ``value``, ``low``, ``high`` and ``n`` of judgements since ``since`` (null: of all),
    against ``threshold`` and ``least``, and of fraud the ``alternative``. ``as_of`` is when these judgements were read;
    only later ones count for the next step. ``log_ratio`` is how far fraud was shown then, in nats, from which the next
    evidence of it is counted. ``probation`` is whether they were on probation before.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    rules = models.ForeignKey(RuleSet, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(QualityRun, null=True, on_delete=models.SET_NULL, related_name="+")
    rule = models.CharField(max_length=20)
    step = models.CharField(max_length=9)
    ground = models.CharField(max_length=12)
    state = models.CharField(max_length=9, choices=ActionState.choices)
    evidence = models.JSONField()
    log_ratio = models.FloatField(default=0.0)
    probation = models.BooleanField()
    as_of = models.DateTimeField()
    at = models.DateTimeField(db_default=Now())
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "-id"], name="rule_action_latest"),
            models.Index(fields=["member", "-id"], name="rule_action_of_member"),
        ]
        constraints = [
            models.CheckConstraint(name="rule_action_state_known", condition=one_of("state", ActionState)),
            models.CheckConstraint(name="rule_action_rule_known", condition=one_of("rule", Rule)),
            models.CheckConstraint(name="rule_action_step_known", condition=one_of("step", Step)),
            models.UniqueConstraint(fields=["member"], condition=Q(state="held"), name="rule_action_held_once"),
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.member_id} by {self.rule}"


class Appeal(models.Model):
    """What an annotator answers to an action about them, and what a manager answers to that. Both stay."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    action = models.OneToOneField(RuleAction, on_delete=models.CASCADE, related_name="appeal")
    text = models.TextField(max_length=20_000)
    at = models.DateTimeField(db_default=Now())
    answer = models.TextField(max_length=20_000, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="appeal_latest")]
        constraints = [
            models.CheckConstraint(
                name="appeal_answered_has_an_answer", condition=Q(answered_at__isnull=True) | ~Q(answer="")
            )
        ]

    def __str__(self) -> str:
        return f"appeal about {self.action_id}"
