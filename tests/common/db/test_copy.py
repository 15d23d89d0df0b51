from __future__ import annotations

import numpy as np
import pytest
from django.db import ProgrammingError, connection

from common.db import copy

pytestmark = pytest.mark.django_db

COLUMNS = {"id": "i8", "small": "i2", "share": "f8", "yes": "b1"}


def made() -> dict[str, np.ndarray]:
    n = 2 * copy.ROWS_AT_ONCE + 3
    return {
        "id": np.arange(n) * 10_000_000_000,
        "small": np.arange(n) % 7 - 3,
        "share": np.where(np.arange(n) % 2 == 0, np.nan, np.arange(n) / 3),
        "yes": np.arange(n) % 3 == 0,
    }


class TestCopy:
    def test_reads_what_it_wrote(self):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE sent (id int8, small int2, share float8, yes boolean)")
        sent = made()
        copy.write("sent", COLUMNS, sent)

        found = copy.read("SELECT id, small, share, yes FROM sent ORDER BY id", {}, COLUMNS)

        for name, values in sent.items():
            np.testing.assert_array_equal(found[name], values)

    def test_takes_parameters(self):
        query = "SELECT n::int8 FROM generate_series(1, %(last)s) n WHERE n > %(first)s"

        assert copy.read(query, {"last": 4, "first": 2}, {"n": "i8"})["n"].tolist() == [3, 4]

    def test_reads_no_row_as_an_empty_array(self):
        assert len(copy.read("SELECT 1::int8 WHERE false", {}, {"n": "i8"})) == 0

    def test_refuses_a_column_of_another_size(self):
        with pytest.raises(ValueError, match="type"):
            copy.read("SELECT 1::int4", {}, {"n": "i8"})

    def test_raises_as_django_does(self):
        with pytest.raises(ProgrammingError):
            copy.read("SELECT nothing FROM nowhere", {}, {"n": "i8"})
