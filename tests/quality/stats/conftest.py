"""Published tables and real labels that several tests read."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

REFERENCE = Path(__file__).parents[2] / "reference"


class Judged(NamedTuple):
    item: np.ndarray
    annotator: np.ndarray
    verdict: np.ndarray


class Workers(NamedTuple):
    item: np.ndarray
    worker: np.ndarray
    label: np.ndarray
    truth: np.ndarray


@pytest.fixture(scope="session")
def oracle():
    return json.loads((REFERENCE / "agreement.json").read_text())


@pytest.fixture(scope="session")
def pandalm():
    """999 pairs by the same 3 annotators; upstream codes 1, 2, 0 are first, second, tie."""
    rows = np.array(json.loads((REFERENCE / "pandalm_labels.json").read_text())["rows"])
    verdict = np.array([2, 0, 1])[rows[:, 2:]]
    return Judged(np.repeat(np.arange(len(rows)), 3), np.tile(np.arange(3), len(rows)), verdict.ravel())


@pytest.fixture(scope="session")
def d_sentiment():
    with gzip.open(REFERENCE / "d_sentiment_labels.csv.gz", "rt", newline="") as file:
        rows = np.array(list(csv.reader(file))[1:], dtype=np.int64)
    return Workers(*rows.T)


class CrowdKit(dict):
    """What crowd-kit found on D_PosSent, by model."""

    def labels(self, model: str) -> np.ndarray:
        return np.array([int(label) for label in self[model]["labels"]])


@pytest.fixture(scope="session")
def crowdkit():
    return CrowdKit(json.loads((REFERENCE / "crowdkit.json").read_text()))


@pytest.fixture(scope="session")
def fleiss_1971():
    """30 patients by 6 psychiatrists in 5 diagnoses (Fleiss 1971, table 1)."""
    rows = """0 0 0 6 0/0 3 0 0 3/0 1 4 0 1/0 0 0 0 6/0 3 0 3 0/2 0 4 0 0/0 0 4 0 2/2 0 3 1 0/2 0 0 4 0/0 0 0 0 6
    1 0 0 5 0/1 1 0 4 0/0 3 3 0 0/1 0 0 5 0/0 2 0 3 1/0 0 5 0 1/3 0 0 1 2/5 1 0 0 0/0 2 0 4 0/1 0 2 0 3
    0 0 0 0 6/0 1 0 5 0/0 2 0 1 3/2 0 0 4 0/1 0 0 4 1/0 5 0 1 0/4 0 0 0 2/0 2 0 4 0/1 0 5 0 0/0 0 0 0 6"""
    return np.array([[int(cell) for cell in row.split()] for row in rows.replace("\n", "/").split("/")])


@pytest.fixture(scope="session")
def ragged():
    """4 observers, 12 units, 5 values, 7 gaps: Krippendorff (2011) section C, and Gwet's 4 raters by 12 units."""
    raters = ["123321412???", "1233224125?3", "?3332342251?", "12332441251?"]
    units = np.array([[int(c) if c.isdigit() else 0 for c in rater] for rater in raters]).T
    return np.stack([(units == value).sum(axis=1) for value in range(1, 6)], axis=1)
