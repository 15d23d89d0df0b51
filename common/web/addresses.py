"""Where a request comes from: addresses as they are compared, and what proxies say about whom they forward.

``config.proxies`` works out each request's address with these functions, once, and every other module reads it with
:func:`client_address`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.http import HttpRequest

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_WITH_PORT = re.compile(r"(?:\[(?P<v6>[^]]*)\]|(?P<v4>[0-9.]+))(?::[0-9]{1,5})?", re.ASCII)


def client_address(request: HttpRequest) -> str:
    """Return the address of the client, as it is compared; empty for a client on a Unix socket."""
    return str(request.META.get("REMOTE_ADDR", ""))


def parse(text: str) -> Address | None:
    """Return an address as it is compared; null for what is none. A port, brackets and a zone are left out.

    A socket that takes both kinds of addresses shows IPv4 ones inside IPv6 ones; they are the same addresses.

    Examples
    --------
    >>> parse("::ffff:192.0.2.7"), parse("192.0.2.7:61234")
    (IPv4Address('192.0.2.7'), IPv4Address('192.0.2.7'))
    >>> parse("[2001:DB8::1]:443"), parse("fe80::1%eth0"), parse("unknown")
    (IPv6Address('2001:db8::1'), IPv6Address('fe80::1'), None)
    """
    text = text.strip()
    if match := _WITH_PORT.fullmatch(text):
        text = match["v6"] or match["v4"] or ""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return networks as addresses are compared with them; an address is a network of one.

    Raises
    ------
    ValueError
        A text is no network, or has bits behind its prefix.

    Examples
    --------
    >>> networks(["10.0.0.0/8", "::ffff:192.0.2.0/120"])
    (IPv4Network('10.0.0.0/8'), IPv4Network('192.0.2.0/24'))
    """
    return tuple(_network(text.strip()) for text in texts if text.strip())


def _network(text: str) -> Network:
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.prefixlen >= 96 and (inner := network.network_address.ipv4_mapped):
        return IPv4Network((inner, network.prefixlen - 96))
    return network


def within(address: Address, among: Iterable[Network]) -> bool:
    """Return whether an address is in one of the networks."""
    return any(address.version == network.version and address in network for network in among)


def neighborhood(address: str) -> str:
    """Return the network that one client is taken to hold: the /24 of an IPv4 address, the /64 of an IPv6 address.

    One subscriber gets at least a /64 and may choose any address in it. Blocks smaller than a /24 are not routed, so
    whoever rents addresses gets them by the /24; a limit that counts only failures is no burden to the neighbors in one.

    Examples
    --------
    >>> neighborhood("192.0.2.7"), neighborhood("2001:db8:0:1:ffff::9"), neighborhood("")
    ('192.0.2.0/24', '2001:db8:0:1::/64', 'local')
    """
    parsed = parse(address)
    if parsed is None:
        return "local"
    return str(ip_network((parsed, 24 if parsed.version == 4 else 64), strict=False))


def client_network(request: HttpRequest) -> str:
    """Return the network that the client is taken to hold."""
    return neighborhood(client_address(request))


def forwarded_for(peer: Address | None, named: Sequence[str], *, trusted: Sequence[Network]) -> tuple[str, int]:
    """Return the client's address, and how many trusted proxies are in front of this server on the way from it.

    Parameters
    ----------
    peer
        Who is connected to this server; null for a Unix socket, which is one of our proxies where there are any.
    named
        The addresses that proxies wrote, in the order of the header: the nearest proxy wrote the last one.
    trusted
        The proxies' networks. What anyone else wrote is not read.

    Notes
    -----
    Read from right to left: each address was written by the one to the right of it, so the first that is not one of our
    proxies is the client, and all to the left of it is what the client says. A value that is no address ends the
    reading: the proxy that wrote it counts as the client then.
    """
    address, hops = peer, 0
    for text in reversed(named):
        if not trusted or not (address is None or within(address, trusted)):
            break
        before = parse(text)
        if before is None:
            break
        address, hops = before, hops + 1
    return ("" if address is None else str(address)), hops
