"""The statements by which benchmarks make their data fit the tables as they are."""

from __future__ import annotations

import pytest
from django.db import connection

from annotation.models import Pair, Slot
from benchmarks import handout

pytestmark = pytest.mark.django_db


def test_the_project_of_the_handout_benchmark_can_be_made() -> None:
    with connection.cursor() as cursor:
        cursor.execute(handout.SEED.format(people=3, pairs=4))

    assert Pair.objects.filter(project__slug="bench").count() == 4
    assert Slot.objects.filter(project__slug="bench").exists()


def test_the_project_of_the_handout_benchmark_can_be_made_as_new() -> None:
    with connection.cursor() as cursor:
        cursor.execute(handout.SEED.format(people=3, pairs=4))
        cursor.execute(handout.AS_NEW)
