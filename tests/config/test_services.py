"""The servers, worker, web process and browser of the tests are real."""

from __future__ import annotations

import os
import urllib.request

import pytest
import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection

from tests.services import with_redis_database

WEB_SEES_IT = pytest.mark.django_db(transaction=True)


@pytest.mark.external
@pytest.mark.django_db
def test_the_database_is_postgresql_of_this_run():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_database()")
        version, name = cursor.fetchone()
    assert version >= 150000
    assert name.startswith("test_")
    assert connection.settings_dict["HOST"] in os.environ["DATABASE_URL"]


@pytest.mark.external
def test_redis_answers():
    assert redis.Redis.from_url(settings.REDIS_URL).ping()


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("redis://host:6379/0", "redis://host:6379/3"),
        ("unix:///a/b.sock?db=0", "unix:///a/b.sock?db=3"),
        ("redis+socket:///a/b.sock?virtual_host=0", "redis+socket:///a/b.sock?virtual_host=3"),
    ],
)
def test_each_xdist_worker_has_its_own_redis_database(url, wanted):
    assert with_redis_database(url, 3) == wanted


@pytest.mark.external
@WEB_SEES_IT
def test_a_real_worker_reads_messages(celery_worker_process):
    first = celery_worker_process.pid
    assert celery_worker_process.alive_file.read_text() == f"{first}\n"
    celery_worker_process.restart()
    assert celery_worker_process.pid != first


@pytest.mark.external
@WEB_SEES_IT
def test_two_web_processes_serve_one_database(web_process):
    one, other = web_process(), web_process()
    assert one.port != other.port
    for web in (one, other):
        with urllib.request.urlopen(f"{web.url}/readyz", timeout=20) as answer:
            assert answer.status == 200
    assert get_user_model().objects.count() == 0


@pytest.mark.browser
def test_chromium_is_real(page):
    page.set_content("<h1>Concord</h1>")
    assert page.get_by_role("heading").inner_text() == "Concord"
    assert page.context.browser.browser_type.name == "chromium"
