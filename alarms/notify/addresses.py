"""Where a webhook may go: a name is resolved once, judged, and that very address is connected to.

So a name that means another address the next time (DNS rebinding) gains nothing, and it does not
matter how an address is written: "127.1", "2130706433" and "[::ffff:7f00:1]" are all judged as
what the resolver makes of them. Private addresses can be allowed by NOTIFY_ALLOW_NETWORKS; the
addresses by which clouds hand out their keys, multicast and link-local ones never are.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Metadata services of clouds that are not link-local: AWS (IPv6), Alibaba, Oracle, Azure.
_METADATA: Final = frozenset(
    ipaddress.ip_address(text)
    for text in ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
)
# IPv4 addresses within IPv6 ones: NAT64 (RFC 6052, RFC 8215) and IPv4-compatible (RFC 4291).
_EMBEDS_LAST_32: Final = tuple(
    ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")
)
# Protocol assignments and documentation, of which not every Python knows that nobody is there.
_NOBODY: Final = tuple(
    ipaddress.ip_network(text) for text in ("192.0.0.0/24", "2001::/23", "3fff::/20", "5f00::/16")
)


class Unresolved(Exception):
    """Nobody knows the name now; that may change."""


class Forbidden(Exception):
    """The name means an address where no webhook may go."""


def resolve(host: str, port: int, allowed: Sequence[Network]) -> list[str]:
    """Return the addresses of a host, all of them permitted.

    Args:
        host: name, or an address in any notation.
        port: of the service.
        allowed: networks that may be reached although they are not public.

    Raises:
        Unresolved: the name has no address now.
        Forbidden: one of its addresses is not permitted.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(f"{host}: {error}") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not permitted(address, allowed):
            raise Forbidden(f"{host}: {address}")
    return addresses


def permitted(address: str, allowed: Sequence[Network] = ()) -> bool:
    """Say whether a webhook may go to an address, as the resolver writes it."""
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return False
    return all(_permitted(each, allowed) for each in _meanings(given))


def _meanings(address: Address) -> Iterable[Address]:
    """Yield the address to which a packet goes in the end; of tunnels, also the address given."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]  # the kernel speaks IPv4
    if address.sixtofour is not None:
        return [address, address.sixtofour]
    if address.teredo is not None:
        return [address, *address.teredo]
    if any(address in network for network in _EMBEDS_LAST_32) and int(address) > 1:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address]


def _permitted(address: Address, allowed: Sequence[Network]) -> bool:
    if address in _METADATA or _never(address):
        return False
    if any(address in network for network in allowed):  # of another version: just not in it
        return True
    if any(address in network for network in _NOBODY):
        return False
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not address.is_reserved and not site_local


def _never(address: Address) -> bool:
    scoped = isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None
    return scoped or address.is_link_local or address.is_multicast or address.is_unspecified
