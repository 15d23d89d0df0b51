"""A person's day begins at midnight of their own time zone, and may have 23 or 25 hours."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from annotation.models import Annotation, AnnotationRevision, Project, User
from annotation.selectors import own_work
from annotation.services.access import accounts
from common.days import beginning, start_of_day, zone
from tests.annotation.views.actions import HERE, backdate, judge_one
from tests.cast import Person
from tests.factories import PASSWORD


def judged_at(bob: Person, *moments: dt.datetime) -> None:
    for moment in moments:
        judge_one(bob.client)
        newest = Annotation.objects.latest("pk")
        backdate(newest, seconds=(timezone.now() - moment).total_seconds())


class TestADay:
    @pytest.mark.parametrize(
        ("name", "day", "hours"),
        [
            ("Europe/Berlin", dt.date(2026, 3, 29), 23),
            ("Europe/Berlin", dt.date(2026, 10, 25), 25),
            ("America/St_Johns", dt.date(2026, 3, 8), 23),
            ("America/St_Johns", dt.date(2026, 11, 1), 25),
            ("Australia/Lord_Howe", dt.date(2026, 4, 5), 24.5),
            ("America/Santiago", dt.date(2026, 9, 6), 23),
            ("Pacific/Kiritimati", dt.date(2026, 6, 1), 24),
        ],
    )
    def test_has_its_own_length(self, name: str, day: dt.date, hours: float) -> None:
        length = beginning(day + dt.timedelta(days=1), ZoneInfo(name)) - beginning(day, ZoneInfo(name))
        assert length == dt.timedelta(hours=hours)

    def test_begins_fourteen_hours_early_on_kiritimati(self) -> None:
        noon = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
        assert start_of_day(noon, ZoneInfo("Pacific/Kiritimati")) == dt.datetime(2026, 6, 1, 10, tzinfo=dt.UTC)

    def test_begins_at_half_past_two_utc_in_st_johns(self) -> None:
        noon = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
        assert start_of_day(noon, ZoneInfo("America/St_Johns")) == dt.datetime(2026, 6, 1, 2, 30, tzinfo=dt.UTC)

    @pytest.mark.parametrize("name", ["", "Nowhere/Else", "../etc/passwd", "/etc/passwd"])
    def test_is_of_utc_where_the_zone_is_not_known(self, name: str) -> None:
        assert zone(name) is dt.UTC


@pytest.mark.django_db
class TestOwnNumbers:
    @pytest.fixture(autouse=True)
    def at_noon(self) -> None:
        now = timezone.now()
        self.noon = now.replace(hour=12, minute=0, second=0, microsecond=0) - dt.timedelta(days=1)

    @pytest.mark.parametrize(
        ("name", "today", "yesterday"),
        [("UTC", 2, 0), ("Pacific/Kiritimati", 1, 1), ("America/St_Johns", 2, 0), ("Asia/Kolkata", 2, 0)],
    )
    def test_are_those_of_the_persons_day(self, bob: Person, name: str, today: int, yesterday: int) -> None:
        """Judged at 9:00 and 11:00 UTC: on Kiritimati midnight is at 10:00 UTC."""
        judged_at(bob, self.noon.replace(hour=9), self.noon.replace(hour=11))
        with time_machine.travel(self.noon, tick=False), timezone.override(ZoneInfo(name)):
            numbers = own_work.numbers(members=[bob.member])
            assert (numbers.today, numbers.yesterday) == (today, yesterday)
            assert own_work.today(members=[bob.member]) == {bob.member.pk: today}
            assert numbers.days[-1][0] == self.noon.astimezone(ZoneInfo(name)).date()
        assert AnnotationRevision.objects.count() == 2

    def test_are_shown_on_pages_by_the_account(self, bob: Person) -> None:
        User.objects.filter(pk=bob.user.pk).update(time_zone="Pacific/Kiritimati")
        judged_at(bob, self.noon.replace(hour=9), self.noon.replace(hour=11))
        with time_machine.travel(self.noon, tick=False):
            assert "<b data-today>1</b>" in bob.client.get(f"{HERE}/judge").content.decode()
            assert ", 1 today." in bob.client.get(f"{HERE}/history").content.decode()
            home = bob.client.get("/").content.decode()
        tomorrow = self.noon.astimezone(ZoneInfo("Pacific/Kiritimati"))
        assert f"{tomorrow:%A}, {tomorrow.day} {tomorrow:%B}</h1>" in home

    def test_are_labelled_where_the_zone_is_not_known(self, bob: Person) -> None:
        assert "Your days are counted in UTC." in bob.client.get("/").content.decode()
        User.objects.filter(pk=bob.user.pk).update(time_zone="Europe/Berlin")
        assert "counted in UTC" not in bob.client.get("/").content.decode()

    @pytest.mark.parametrize(
        ("of", "words"),
        [
            ("history", ("1 today{}.", "<dt>Today{}</dt>")),
            ("judge", ("<span> today</span>{}",)),
            ("ending", ("<dt>Judged today{}</dt>", "<dt>Time on pairs today{}</dt>")),
        ],
    )
    def test_have_utc_beside_them_on_every_page_only_where_the_zone_is_not_known(
        self, bob: Person, of: str, words: tuple[str, ...]
    ) -> None:
        judge_one(bob.client)
        if of == "ending":
            Project.objects.update(state="paused")
        path = f"{HERE}/history" if of == "history" else f"{HERE}/judge"
        label = '<span class="wide-only"> (UTC)</span>' if of == "judge" else " (UTC)"
        page = bob.client.get(path).content.decode()
        assert [each for each in words if each.format(label) not in page] == []
        User.objects.filter(pk=bob.user.pk).update(time_zone="Europe/Berlin")
        page = bob.client.get(path).content.decode()
        assert [each for each in words if each.format("") not in page] == []
        assert "(UTC)" not in page


@pytest.mark.django_db
class TestTheZone:
    def sign_in(self, zone_name: str) -> str:
        fields = {"login": "bob@example.org", "password": PASSWORD, "time_zone": zone_name}
        assert Client().post("/login", fields).status_code == 302
        return User.objects.get(email="bob@example.org").time_zone

    def test_is_taken_from_the_browser_at_sign_in(self, bob: Person) -> None:
        assert self.sign_in("America/St_Johns") == "America/St_Johns"

    def test_is_not_taken_where_it_is_none(self, bob: Person) -> None:
        assert self.sign_in("Nowhere/Else") == ""

    def test_that_a_person_chose_is_kept(self, bob: Person) -> None:
        accounts.note_time_zone(user=bob.user, name="Asia/Kolkata")
        assert self.sign_in("America/St_Johns") == "Asia/Kolkata"

    def test_can_be_changed(self, bob: Person) -> None:
        fields = {"name": "Bob", "theme": "system", "text_size": "medium", "time_zone": "Asia/Kathmandu"}
        assert bob.client.post("/account", fields).status_code == 303
        bob.user.refresh_from_db()
        assert bob.user.time_zone == "Asia/Kathmandu"
        assert bob.client.post("/account", fields | {"time_zone": "Nowhere"}).status_code == 400
