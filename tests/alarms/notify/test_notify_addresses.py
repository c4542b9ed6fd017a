"""Where a webhook may go (SSRF)."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.notify.addresses import Forbidden, Unresolved, permitted, resolve

FORBIDDEN_TEXT = """
127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 127.255.255.254
0.0.0.0 0 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.1
169.254.169.254 2852039166 169.254.0.1 168.63.129.16 100.64.0.1 100.100.100.200 192.0.0.192
192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.250 240.0.0.1
255.255.255.255
:: ::1 0:0:0:0:0:0:0:1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.1.2.3 ::ffff:169.254.169.254
::127.0.0.1 ::ffff:0:127.0.0.1 fe80::1 fec0::1 fc00::1 fd00:ec2::254 fd12:3456::1 ff02::1
64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 2002:7f00:1:: 2002:a9fe:a9fe::1
2001:0:7f00:1::1 2001:db8::1 100::1
"""
PUBLIC_TEXT = """
1.1.1.1 8.8.8.8 93.184.215.14 16843009 100.63.255.255 172.32.0.1 192.169.0.1 169.253.255.255
::ffff:8.8.8.8 2606:4700:4700::1111 2a00:1450:4001:81b::200e 64:ff9b::8.8.8.8
"""


@pytest.mark.parametrize("host", FORBIDDEN_TEXT.split())
def test_a_webhook_may_not_go_to(host: str) -> None:
    with pytest.raises((Forbidden, Unresolved)):
        resolve(host, 443, ())


@pytest.mark.parametrize("host", PUBLIC_TEXT.split())
def test_a_webhook_may_go_to(host: str) -> None:
    assert resolve(host, 443, ())


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_however_ipv6_carries_it(
    address: ipaddress.IPv4Address,
) -> None:
    number = int(address)
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | number)
    nat64 = ipaddress.IPv6Address((0x64FF9B << 96) | number)
    assert permitted(str(mapped)) == permitted(str(address)) == permitted(str(nat64))


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_permitted(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if address.is_private or address.is_loopback or address.is_link_local:
        assert not permitted(str(address)) or getattr(address, "ipv4_mapped", None)


def test_a_private_network_may_be_allowed_but_metadata_and_link_local_may_not() -> None:
    everything = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
    assert permitted("10.1.2.3", (ipaddress.ip_network("10.1.0.0/16"),))
    assert permitted("::ffff:10.1.2.3", (ipaddress.ip_network("10.1.0.0/16"),))
    assert not permitted("10.2.0.1", (ipaddress.ip_network("10.1.0.0/16"),))
    assert permitted("127.0.0.1", everything)
    for never in ("169.254.169.254", "fe80::1", "100.100.100.200", "fd00:ec2::254", "224.0.0.1"):
        assert not permitted(never, everything)


def test_a_name_with_one_forbidden_address_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(*_args: Any, **_kwargs: Any) -> list[Any]:
        family, kind = socket.AF_INET, socket.SOCK_STREAM
        return [(family, kind, 6, "", (address, 443)) for address in ("1.1.1.1", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(Forbidden, match=r"10\.0\.0\.1"):
        resolve("two.example", 443, ())


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".example", ""])
def test_a_name_that_nobody_knows_may_be_known_later(host: str) -> None:
    with pytest.raises((Unresolved, Forbidden)):
        resolve(host, 443, ())
