"""The accounts of the demo: whoever interrupts making them, and whenever, can sign in afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annotation.models import User
from config import demo

pytestmark = pytest.mark.django_db


class Interrupted(BaseException):
    """As by Ctrl-C."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "first-passwords.txt"


def everybody_can_sign_in(file: Path) -> None:
    kept = dict(line.split() for line in file.read_text().splitlines())
    assert kept.keys() == {email for email, _, _ in demo.ACCOUNTS}
    for email, password in kept.items():
        assert User.objects.get(email=email).check_password(password), email


@pytest.mark.parametrize("at", range(len(demo.ACCOUNTS)))
@pytest.mark.parametrize("before", [True, False], ids=["before it is stored", "after it is stored"])
def test_interrupted_at_any_account_nobody_is_locked_out(
    file: Path, at: int, before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = User.objects.create_user

    def interrupted(email: str, *given: Any, **more: Any) -> User:
        user = None if before else create(email, *given, **more)
        if email == demo.ACCOUNTS[at][0]:
            raise Interrupted
        return user or create(email, *given, **more)

    monkeypatch.setattr(User.objects, "create_user", interrupted)
    with pytest.raises(Interrupted):
        demo._accounts(file)
    monkeypatch.undo()

    demo._accounts(file)

    everybody_can_sign_in(file)
    assert oct(file.stat().st_mode)[-3:] == "600"


def test_a_line_that_was_cut_is_renewed(file: Path) -> None:
    demo._accounts(file)
    file.write_text(file.read_text()[:-5])

    demo._accounts(file)

    last = demo._kept(file)
    assert all(User.objects.get(email=email).check_password(password) for email, password in last.items())
    assert len(last) == len(demo.ACCOUNTS)


def test_a_file_that_was_lost_is_renewed_for_those_who_never_signed_in(file: Path) -> None:
    demo._accounts(file)
    own = User.objects.get(email="manager@concord.example")
    own.set_password("words of their own")
    own.must_change_password = False
    own.save()
    file.unlink()

    renewed = demo._accounts(file)

    assert "manager@concord.example" not in renewed
    assert len(renewed) == len(demo.ACCOUNTS) - 1
    own.refresh_from_db()
    assert own.check_password("words of their own")


def test_a_second_time_changes_nothing(file: Path) -> None:
    assert demo._accounts(file)
    before = file.read_text()

    assert demo._accounts(file) == {}
    assert file.read_text() == before
