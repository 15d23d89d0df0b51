"""Addresses as they are compared, and the client's among those that proxies wrote."""

from __future__ import annotations

import pytest

from common.web.addresses import forwarded_for, neighborhood, networks, parse, within


class TestAnAddress:
    @pytest.mark.parametrize(
        ("text", "compared"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("::FFFF:C000:0207", "192.0.2.7"),
            ("[::ffff:192.0.2.7]:51234", "192.0.2.7"),
            (" 192.0.2.7:51234 ", "192.0.2.7"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
        ],
    )
    def test_is_compared_by_its_value(self, text: str, compared: str) -> None:
        assert str(parse(text)) == compared

    @pytest.mark.parametrize(
        "text",
        ["", "unknown", "_hidden", "localhost", "192.0.2", "192.0.2.256", "192.0.2.007", "1.2.3.4:", "1.2.3.4:123456"]
        + ["[]", "[1.2.3.4", "::1::", "0x7f000001", "2130706433", "１.2.3.4", "192.0.2.7\x00", "1.2.3.4/24"],
    )
    def test_is_none_where_it_cannot_be_read(self, text: str) -> None:
        assert parse(text) is None


class TestANeighborhood:
    @pytest.mark.parametrize(
        ("one", "other"),
        [("192.0.2.1", "::ffff:192.0.2.250"), ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"), ("", "socket")],
    )
    def test_is_shared_by(self, one: str, other: str) -> None:
        assert neighborhood(one) == neighborhood(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [("192.0.2.1", "192.0.3.1"), ("2001:db8:1:2::1", "2001:db8:1:3::1"), ("192.0.2.1", "::192.0.2.1")],
    )
    def test_is_not_shared_by(self, one: str, other: str) -> None:
        assert neighborhood(one) != neighborhood(other)


class TestNetworks:
    def test_hold_addresses_of_either_spelling(self) -> None:
        among = networks(["10.0.0.0/8", "::ffff:192.0.2.0/120", "2001:db8::/32", "", "::1"])
        for inside in ("10.1.2.3", "::ffff:10.1.2.3", "192.0.2.9", "2001:db8::9", "::1"):
            assert within(parse(inside) or pytest.fail(inside), among)
        for outside in ("11.0.0.1", "192.0.3.1", "2001:db9::1", "::2"):
            assert not within(parse(outside) or pytest.fail(outside), among)

    @pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy", "10.0.0.0/33", "*"])
    def test_are_refused_where_they_are_none(self, text: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - as Python's own function
            networks([text])


class TestAForwardedRequest:
    TRUSTED = networks(["10.0.0.0/8", "2001:db8::/32"])

    @pytest.mark.parametrize(
        ("peer", "header", "found"),
        [
            ("203.0.113.9", "198.51.100.1", ("203.0.113.9", 0)),  # nobody's proxy
            ("10.0.0.1", "", ("10.0.0.1", 0)),
            ("10.0.0.1", "198.51.100.1", ("198.51.100.1", 1)),
            ("10.0.0.1", "1.1.1.1, 198.51.100.1", ("198.51.100.1", 1)),  # the client wrote the first
            ("::ffff:10.0.0.1", "::ffff:198.51.100.1", ("198.51.100.1", 1)),
            ("10.0.0.1", "1.1.1.1,198.51.100.1,2001:db8::7,10.0.0.2", ("198.51.100.1", 3)),
            ("10.0.0.1", "10.0.0.3,10.0.0.2", ("10.0.0.3", 2)),  # a client within our own networks
            ("10.0.0.1", "198.51.100.1,unknown", ("10.0.0.1", 0)),
            ("10.0.0.1", "198.51.100.1,,10.0.0.2", ("10.0.0.2", 1)),
            ("10.0.0.1", "198.51.100.1:4711", ("198.51.100.1", 1)),
            ("", "198.51.100.1", ("198.51.100.1", 1)),  # a Unix socket
        ],
    )
    def test_comes_from_the_nearest_address_that_is_no_proxy(
        self, peer: str, header: str, found: tuple[str, int]
    ) -> None:
        assert forwarded_for(parse(peer), header.split(","), trusted=self.TRUSTED) == found

    def test_comes_from_who_is_connected_where_no_proxy_is_trusted(self) -> None:
        assert forwarded_for(parse("10.0.0.1"), ["198.51.100.1"], trusted=()) == ("10.0.0.1", 0)
        assert forwarded_for(None, ["198.51.100.1"], trusted=()) == ("", 0)
