"""Which process holds a job, and whether it is known to have died: then nobody has to wait for its heartbeat to go stale."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def own() -> str:
    """Return what identifies this process among all that share the database; empty where the system does not say.

    The boot of the machine and the namespace of process ids, in which the number means something; the number; and when
    the process began, since numbers are used again.
    """
    with suppress(OSError):
        return f"{_machine()} {os.getpid()} {_began(os.getpid())}"
    return ""


def is_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that has ended. False where that cannot be known."""
    with suppress(OSError, ValueError):
        machine, pid, began = holder.rsplit(" ", 2)
        if machine != _machine():
            return False
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False  # another user's, so it lives
        return _began(int(pid)) != began
    return False


def _machine() -> str:
    boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    return f"{boot} {(PROC / 'self/ns/pid').readlink()}"


def _began(pid: int) -> str:
    """When a process began, in ticks since the boot; ``OSError`` where that is hidden, or there is none."""
    stat = (PROC / str(pid) / "stat").read_text()
    return stat.rpartition(")")[2].split()[19]  # field 22 of proc(5); the name before it may hold anything
