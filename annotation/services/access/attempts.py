"""How often a password may be tried, by whom and from where; and links to set a new one.

What is counted are failures: a try counts before its password is checked, so that tries at the same time all count, and is
taken back where the password was right. A try that a limit refuses counts in no other limit; otherwise somebody elsewhere
could fill the wide ones with tries that never were any.

=====================  =============================================================================================
account and network    guessing, in five minutes and in an hour; somebody elsewhere cannot use it up for the owner
account                guessing from many networks: when it is reached, each network still has a few tries an hour, so
                       that an owner is not locked out from a new browser by others, however many
account and device     in place of all others, for a browser that has signed in to the account before (``devices``)
network                one password tried at many accounts
arrivals of a network  every try, failed or not: checking a password takes a processor for a moment
=====================  =============================================================================================

Accounts are counted by what was typed, whether or not there is such an account.
"""

from __future__ import annotations

import hashlib
import ipaddress
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from annotation.models import User
from common.db import counters


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many within so many seconds, counted from the first."""

    name: str
    most: int
    seconds: int


ARRIVALS: Final = Limit("arrivals", 300, 60)
NETWORK: Final = Limit("sign-in:network", 100, 300)
ACCOUNT_AND_NETWORK: Final = Limit("sign-in:account-network", 8, 300)
ACCOUNT_AND_NETWORK_HOURLY: Final = Limit("sign-in:account-network-hour", 24, 3600)
ACCOUNT: Final = Limit("sign-in:account", 100, 3600)
FIRST_OF_A_NETWORK: Final = Limit("sign-in:account-first", 3, 3600)
ACCOUNT_AND_DEVICE: Final = Limit("sign-in:account-device", 8, 300)
CONFIRMATION: Final = Limit("confirm", 8, 300)
LINK_NETWORK: Final = Limit("link:network", 30, 600)
LINK_ACCOUNT_AND_NETWORK: Final = Limit("link:account-network", 3, 600)
LINK_ACCOUNT: Final = Limit("link:account", 10, 3600)
NEW_PASSWORD: Final = Limit("new-password:network", 60, 300)


class TooMany(Exception):
    """A limit is reached; it ends in ``seconds``. Nothing was checked and nothing changed."""

    def __init__(self, limit: str, seconds: int) -> None:
        super().__init__(limit)
        self.limit = limit
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that was counted."""

    keys: Sequence[str]

    def take_back(self) -> None:
        """Count it no more: it was no failure."""
        for key in self.keys:
            counters.take_back(key)


def account_key(login: str) -> str:
    """Return what a login is counted by: the same for all spellings that find the same account.

    Examples
    --------
    >>> account_key(" Bob@Example.org") == account_key("bob@example.org")
    True
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", login).casefold()).strip()


def sign_in(*, login: str, network: str, device: str | None) -> Attempt:
    """Count a try to sign in.

    Parameters
    ----------
    network
        Where it comes from, as ``common.web.addresses.neighborhood`` names it.
    device
        The browser's id, if it is one that this account knows.

    Raises
    ------
    TooMany
        Too many failed lately.
    """
    account = account_key(login)
    _count((ARRIVALS, [network]))
    if device is not None:
        return _count((ACCOUNT_AND_DEVICE, [account, device]))
    from_here = [account, network]
    attempt = _count((NETWORK, [network]), (ACCOUNT_AND_NETWORK, from_here), (ACCOUNT_AND_NETWORK_HOURLY, from_here))
    keys = [_key(FIRST_OF_A_NETWORK, [account, _allocation(network)]), _key(ACCOUNT, [account])]
    first, everywhere = (counters.count(key, seconds=FIRST_OF_A_NETWORK.seconds) for key in keys)
    attempt = Attempt([*attempt.keys, *keys])
    if everywhere.used > ACCOUNT.most and first.used > FIRST_OF_A_NETWORK.most:
        attempt.take_back()
        raise TooMany(ACCOUNT.name, everywhere.seconds_left)
    return attempt


def confirm(*, user: User) -> Attempt:
    """Count a try to confirm, with the password, something that somebody who is signed in does.

    Raises
    ------
    TooMany
        Too many failed lately.
    """
    return _count((CONFIRMATION, [str(user.pk)]))


def ask_for_link(*, login: str, network: str) -> None:
    """Count a request for a mail with a link to set a new password.

    Raises
    ------
    TooMany
        Too many were made lately.
    """
    account = account_key(login)
    _count((LINK_NETWORK, [network]), (LINK_ACCOUNT_AND_NETWORK, [account, network]), (LINK_ACCOUNT, [account]))


def set_by_link(*, network: str) -> None:
    """Count a new password that is sent with a link.

    Raises
    ------
    TooMany
        Too many were sent lately.
    """
    _count((NEW_PASSWORD, [network]))


def forget(*, user: User, network: str) -> None:
    """Forget failures at an account from everywhere and from this network: its owner has just set a new password."""
    account = account_key(user.email)
    counters.forget(_key(ACCOUNT, [account]))
    counters.forget(_key(ACCOUNT_AND_NETWORK, [account, network]))
    counters.forget(_key(ACCOUNT_AND_NETWORK_HOURLY, [account, network]))
    counters.forget(_key(FIRST_OF_A_NETWORK, [account, _allocation(network)]))


def _count(*wanted: tuple[Limit, Sequence[str]]) -> Attempt:
    """Count in each limit in turn; where one is reached, in none."""
    keys: list[str] = []
    for limit, parts in wanted:
        keys.append(_key(limit, parts))
        counted = counters.count(keys[-1], seconds=limit.seconds)
        if counted.used > limit.most:
            Attempt(keys).take_back()
            raise TooMany(limit.name, counted.seconds_left)
    return Attempt(keys)


def _allocation(network: str) -> str:
    """Return what is given to one customer at most: a /48 of IPv6 addresses, in which there are 65,536 networks."""
    try:
        found = ipaddress.ip_network(network)
    except ValueError:
        return network
    return str(found.supernet(new_prefix=48)) if isinstance(found, ipaddress.IPv6Network) else network


def _key(limit: Limit, parts: Sequence[str]) -> str:
    """Return the name of a counter. What was typed is hashed: it may be long, and a password in the wrong field."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{limit.name}:{digest}"
