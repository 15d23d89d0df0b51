"""How long each phase of a connection may last."""

from __future__ import annotations

import pytest

from config.server.deadlines import Deadlines, Phase

DEADLINES = Deadlines(first_byte=15, idle=65, head=10, ask=10, grace=20, rate=1024, whole=3600, linger=5)


@pytest.mark.parametrize(
    ("phase", "seconds", "moved", "answered", "over"),
    [
        (Phase.IDLE, 15, 0, False, False),
        (Phase.IDLE, 16, 0, False, True),
        (Phase.IDLE, 16, 0, True, False),
        (Phase.IDLE, 66, 0, True, True),
        (Phase.HEAD, 10, 9_999, False, False),
        (Phase.HEAD, 11, 9_999, False, True),
        (Phase.ASK, 10, 0, False, False),
        (Phase.ASK, 11, 9_999, True, True),
        (Phase.BODY, 20, 0, False, False),
        (Phase.BODY, 21, 40, False, True),
        (Phase.BODY, 119, 102_400, False, False),
        (Phase.BODY, 121, 102_400, False, True),
        (Phase.BODY, 3_601, 10**9, False, True),
        (Phase.ANSWER, 119, 102_400, True, False),
        (Phase.ANSWER, 121, 102_400, True, True),
        (Phase.LINGER, 6, 10**6, True, True),
        (Phase.WORK, 10**6, 0, False, False),
    ],
)
def test_a_phase_is_over_after_its_time_or_below_its_rate(
    phase: Phase, seconds: float, moved: int, answered: bool, over: bool
) -> None:
    assert DEADLINES.over(phase, seconds=seconds, moved=moved, answered=answered) is over


@pytest.mark.parametrize(
    ("moved", "at", "seconds", "over"),
    [
        (4_194_294, 0, 29, False),
        (4_194_294, 0, 31, True),
        (100, 0, 21, True),
        (61_440, 60, 79, False),
        (61_440, 60, 81, True),
    ],
)
def test_bytes_of_a_body_that_came_early_buy_half_a_minute(moved: int, at: float, seconds: float, over: bool) -> None:
    counted = DEADLINES.counted(moved, seconds=at)
    assert DEADLINES.over(Phase.BODY, seconds=seconds, moved=counted, answered=False) is over


def test_a_body_that_comes_steadily_is_never_late_before_the_hour() -> None:
    counted = 0.0
    for second in range(1, 3600):
        counted = DEADLINES.counted(counted + 1_024, seconds=second)
        assert not DEADLINES.over(Phase.BODY, seconds=second, moved=counted, answered=False)
    assert DEADLINES.over(Phase.BODY, seconds=3_601, moved=counted, answered=False)
