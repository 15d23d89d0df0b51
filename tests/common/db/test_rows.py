"""SQL that is run by hand: its rows, and how it is prepared."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from annotation.models import Project
from common.db.rows import columns, execute, instance, prepared, prepared_one, query, query_one, query_value

pytestmark = pytest.mark.django_db

DIFFERENCE = "SELECT %(b)s::int - %(a)s::int, %(a)s::int"


def in_the_server() -> int:
    return query_value(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %(start)s", {"start": "SELECT $1::int - %"}
    )


@pytest.mark.parametrize(("every", "one"), [(query, query_one), (prepared, prepared_one)])
class TestAQuery:
    def test_takes_its_parameters_by_name(self, every, one):
        assert one(DIFFERENCE, {"a": 1, "b": 5}) == one(DIFFERENCE, {"b": 5, "a": 1}) == (4, 1)

    def test_without_rows_has_no_first_one(self, every, one):
        assert one("SELECT 1 WHERE %(wanted)s", {"wanted": False}) is None
        assert every("SELECT 1 WHERE %(wanted)s", {"wanted": True}) == [(1,)]

    def test_takes_values_that_look_like_sql_as_values(self, every, one):
        text = "o'clock \\ $1 %s %(a)s; DROP TABLE x"

        assert one("SELECT %(text)s::text", {"text": text}) == (text,)

    def test_that_is_wrong_fails_as_djangos_own_do(self, every, one):
        with pytest.raises(ProgrammingError), transaction.atomic():
            one("SELECT nothing_of_the_kind FROM annotation_user WHERE id = %(id)s", {"id": 1})

    def test_is_counted_as_djangos_own_are(self, every, one):
        with CaptureQueriesContext(connection) as captured:
            every(DIFFERENCE, {"a": 1, "b": 5})

        assert [sent["sql"] for sent in captured] == ["SELECT 5::int - 1::int, 1::int"]


class TestAPreparedQuery:
    def test_is_prepared_once_a_connection(self):
        for n in range(3):
            prepared(DIFFERENCE, {"a": n, "b": 5})

        assert in_the_server() == 1

    def test_answers_after_a_rollback(self):
        with transaction.atomic():
            prepared(DIFFERENCE, {"a": 1, "b": 5})
            transaction.set_rollback(True)

        assert prepared_one(DIFFERENCE, {"a": 2, "b": 2}) == (0, 2)

    @pytest.mark.django_db(transaction=True)
    def test_is_prepared_again_on_another_connection(self):
        prepared(DIFFERENCE, {"a": 1, "b": 5})
        connection.close()

        assert prepared_one(DIFFERENCE, {"a": 1, "b": 5}) == (4, 1)
        assert in_the_server() == 1

    def test_leaves_every_other_query_unprepared(self):
        prepared(DIFFERENCE, {"a": 1, "b": 5})
        for _ in range(20):
            query(DIFFERENCE, {"a": 1, "b": 5})

        assert in_the_server() == 1


class TestAStatement:
    def test_tells_how_many_rows_it_wrote(self):
        for slug in ("one", "two"):
            Project.objects.create(slug=slug, name=slug)

        assert execute("UPDATE annotation_project SET name = %(name)s", {"name": "Same"}) == 2


class TestAnInstance:
    def test_is_what_django_makes_of_the_row(self):
        stored = Project.objects.create(slug="sky", name="Sky")

        found = query_one(f"SELECT {columns(Project, 'p')} FROM annotation_project p", {})

        assert found is not None
        made = instance(Project, found)
        assert made == stored
        assert (made.slug, made.name, made._state.adding) == ("sky", "Sky", False)
