"""One collection effort with its guidelines and settings."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from annotation import schemes
from annotation import vocabulary as c
from annotation.models.enums import choices, one_of

SLUG = RegexValidator(r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z", "Use small letters, digits and single hyphens.")


def _share() -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(0), MaxValueValidator(1)]


LONGEST = 366 * 24 * 3600  # seconds


def _time() -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(1), MaxValueValidator(LONGEST)]


class Project(models.Model):
    """Only an ``open`` project hands out pairs; submits are always taken.

    ``slots_per_pair`` is how many judgements each pair gets. With a ``target_probability`` the consensus decides instead: a pair
    gets ``least_judgements``, and one more after the other, up to ``most_judgements``, until its likeliest verdict is that
    likely; ``slots_per_pair`` is then what a pair gets while too little is known of its annotators, and ``audited_share`` of
    the pairs get the most in any case.
    """

    slug = models.CharField(max_length=60, unique=True, validators=[SLUG])
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=choices(c.ProjectState), default=c.ProjectState.DRAFT.value)
    simulated = models.BooleanField(default=False, help_text="Its judgements come from simulated annotators.")

    verdict_scheme = models.CharField(
        max_length=8,
        choices=choices(schemes.SCHEMES),
        default=schemes.DEFAULT,
        db_default=schemes.DEFAULT,
    )
    slots_per_pair = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    target_probability = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.6), MaxValueValidator(0.999)]
    )
    least_judgements = models.PositiveSmallIntegerField(
        default=1, db_default=1, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    most_judgements = models.PositiveSmallIntegerField(
        default=5, db_default=5, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    audited_share = models.FloatField(default=0.02, db_default=0.02, validators=_share())
    gold_rate = models.FloatField(default=0.10, validators=[MinValueValidator(0), MaxValueValidator(0.5)])
    probe_rate = models.FloatField(default=0.0, validators=[MinValueValidator(0), MaxValueValidator(0.5)])
    gold_exposure_limit = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1_000_000)]
    )
    edit_window_seconds = models.PositiveIntegerField(
        default=15 * 60, validators=[MinValueValidator(0), MaxValueValidator(7 * 24 * 3600)]
    )
    lease_seconds = models.PositiveIntegerField(
        default=10 * 60, validators=[MinValueValidator(1), MaxValueValidator(24 * 3600)]
    )

    target_kappa = models.FloatField(default=0.55, validators=_share())
    target_gold = models.FloatField(default=0.90, validators=_share())
    target_unsettled = models.FloatField(default=0.08, validators=_share())
    target_n = models.PositiveIntegerField(default=100, validators=[MaxValueValidator(10_000_000)])
    # Of the other dimensions of data quality; null: the project sets none.
    target_present = models.FloatField(null=True, blank=True, validators=_share())
    target_reasons = models.FloatField(null=True, blank=True, validators=_share())
    target_coverage = models.FloatField(null=True, blank=True, validators=_share())
    target_open_seconds = models.PositiveIntegerField(null=True, blank=True, validators=_time())
    target_settle_seconds = models.PositiveIntegerField(null=True, blank=True, validators=_time())

    batch = models.PositiveIntegerField(default=0, help_text="How many imports and pairing runs drew queue keys.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="project_state_known", condition=one_of("state", c.ProjectState)),
            models.CheckConstraint(name="project_scheme_known", condition=one_of("verdict_scheme", schemes.SCHEMES)),
            models.CheckConstraint(
                name="project_slots_in_range", condition=Q(slots_per_pair__gte=1, slots_per_pair__lte=100)
            ),
            models.CheckConstraint(
                name="project_consensus_in_range",
                condition=Q(
                    Q(target_probability__isnull=True) | Q(target_probability__gte=0.6, target_probability__lte=0.999),
                    least_judgements__gte=1,
                    least_judgements__lte=F("most_judgements"),
                    most_judgements__lte=100,
                    audited_share__gte=0,
                    audited_share__lte=1,
                ),
            ),
            models.CheckConstraint(
                name="project_rates_in_range",
                condition=Q(gold_rate__gte=0, gold_rate__lte=0.5, probe_rate__gte=0, probe_rate__lte=0.5),
            ),
            models.CheckConstraint(name="project_gold_exposure_in_range", condition=Q(gold_exposure_limit__gte=1)),
            models.CheckConstraint(
                name="project_lease_in_range",
                condition=Q(lease_seconds__gte=1, lease_seconds__lte=24 * 3600, edit_window_seconds__lte=7 * 24 * 3600),
            ),
            models.CheckConstraint(
                name="project_targets_are_shares",
                condition=Q(
                    target_kappa__gte=0,
                    target_kappa__lte=1,
                    target_gold__gte=0,
                    target_gold__lte=1,
                    target_unsettled__gte=0,
                    target_unsettled__lte=1,
                ),
            ),
            models.CheckConstraint(
                name="project_targets_of_dimensions_in_range",
                condition=Q(
                    Q(target_present__isnull=True) | Q(target_present__gte=0, target_present__lte=1),
                    Q(target_reasons__isnull=True) | Q(target_reasons__gte=0, target_reasons__lte=1),
                    Q(target_coverage__isnull=True) | Q(target_coverage__gte=0, target_coverage__lte=1),
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def consensus_decides(self) -> bool:
        """Whether pairs get judgements until their consensus settles them."""
        return self.target_probability is not None

    @property
    def slots_of_a_new_pair(self) -> int:
        """How many judgements are wanted of a pair before anybody has judged it."""
        return self.least_judgements if self.consensus_decides else self.slots_per_pair

    @property
    def is_open(self) -> bool:
        return self.state == c.ProjectState.OPEN

    @property
    def is_paused(self) -> bool:
        return self.state == c.ProjectState.PAUSED

    @property
    def is_closed(self) -> bool:
        return self.state == c.ProjectState.CLOSED


class Guidelines(models.Model):
    """A version of the guidelines for annotators. Never changed; a change is the next version."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guidelines")
    version = models.PositiveIntegerField()
    text = models.TextField(max_length=100_000)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="guidelines_once_a_version")]

    def __str__(self) -> str:
        return f"{self.project_id} v{self.version}"


def hot_project(*, related_name: str) -> models.ForeignKey[Project, Project]:
    """The project of a row that grows with judgements, without a constraint of its own.

    Its pair already has one. A second would make concurrent claims share a lock on the one project row, which
    PostgreSQL keeps as ever-growing multixacts; ``check_integrity`` compares the two columns instead.
    """
    return models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name=related_name, db_index=False, db_constraint=False
    )
