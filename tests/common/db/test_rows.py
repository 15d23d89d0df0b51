from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction

from common.db.rows import every, one

pytestmark = pytest.mark.django_db

SUM = "SELECT %(b)s::int - %(a)s::int, %(a)s::int"


def prepared() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%$2::int - $1::int%"])
        return cursor.fetchone()[0]


class TestARow:
    def test_is_what_the_statement_says_whatever_the_order_of_the_names(self):
        assert one(SUM, {"a": 1, "b": 5}) == one(SUM, {"b": 5, "a": 1}) == (4, 1)

    def test_is_none_where_there_is_none(self):
        assert one("SELECT 1 WHERE %(wanted)s", {"wanted": False}) is None
        assert every("SELECT 1 WHERE %(wanted)s", {"wanted": True}) == [(1,)]

    def test_may_hold_what_looks_like_sql(self):
        words = "o'clock \\ $1 %s %(a)s; DROP TABLE x"

        assert one("SELECT %(words)s::text", {"words": words}) == (words,)


class TestAStatement:
    def test_is_prepared_once_a_connection_and_outlives_a_rollback(self):
        with transaction.atomic():
            one(SUM, {"a": 1, "b": 5})
            transaction.set_rollback(True)

        assert one(SUM, {"a": 2, "b": 2}) == (0, 2)
        assert prepared() == 1

    @pytest.mark.django_db(transaction=True)
    def test_is_prepared_again_on_another_connection(self):
        one(SUM, {"a": 1, "b": 5})
        connection.close()

        assert one(SUM, {"a": 1, "b": 5}) == (4, 1)
        assert prepared() == 1

    def test_that_is_wrong_fails_as_djangos_own_do(self):
        with pytest.raises(ProgrammingError), transaction.atomic():
            one("SELECT nothing_of_the_kind FROM annotation_user WHERE id = %(id)s", {"id": 1})
