"""Addresses that a step may connect to: those of the public internet, and what the operator lists.

The check is of the address that is connected to, after DNS; a name says nothing by itself. ``EGRESS_ALLOW`` lists what
else may be reached: a host, an address or a network, each with an optional ``:port`` (IPv6 with a port in brackets).
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_ENTRY = re.compile(r"(?:\[(?P<bracketed>[^\[\]]+)\]|(?P<plain>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")
_HOST = re.compile(r"(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*")

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# Gateways unpack these to the IPv4 address in their last four bytes.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LAST_FOUR_BYTES = 0xFFFF_FFFF
# Protocol assignments and relays to 6to4: not every Python knows that these lead to no host.
_SPECIAL = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))


class EgressRefused(Exception):
    """A connection that is not allowed. The message names the host and port as the caller gave them."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host}:{port} is neither public nor listed in EGRESS_ALLOW")


@dataclass(frozen=True, slots=True)
class EgressRule:
    """One entry: a ``network``, or a ``host`` by its name; any port if ``port`` is None."""

    host: str | None
    network: Network | None
    port: int | None

    def allows(self, host: str, address: Address, port: int) -> bool:
        if self.port not in (None, port):
            return False
        return host == self.host if self.network is None else address in self.network


@lru_cache(maxsize=16)
def parse_rules(entries: tuple[str, ...]) -> tuple[EgressRule, ...]:
    """Read the entries; ValueError says by its number which one cannot be read, and not what it is."""
    return tuple(_rule(entry, number) for number, entry in enumerate(entries, 1))


def allowed_addresses(host: str, addresses: Sequence[str], port: int, allowed: Sequence[EgressRule]) -> list[str]:
    """Return those ``addresses`` of ``host`` that may be connected to. Raises EgressRefused if there are none."""
    name = _host(host)
    passed = [address for address in addresses if _may_connect(name, _effective(address), port, allowed)]
    if not passed:
        raise EgressRefused(host, port)
    return passed


def _may_connect(host: str, address: Address, port: int, allowed: Sequence[EgressRule]) -> bool:
    return _is_public(address) or any(rule.allows(host, address, port) for rule in allowed)


def _effective(text: str) -> Address:
    """Return the address at which packets to ``text`` end: IPv4 inside IPv6 is unpacked, a scope dropped."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & _LAST_FOUR_BYTES)
    return address.ipv4_mapped or address.sixtofour or address


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _rule(entry: str, number: int) -> EgressRule:
    text = entry.strip().lower()
    if text.count(":") > 1 and "[" not in text:
        text = f"[{text}]"
    match = _ENTRY.fullmatch(text)
    port = int(match["port"]) if match and match["port"] else None
    if match is None or (port is not None and not 0 < port < 65536):
        raise ValueError(f"EGRESS_ALLOW: entry {number} is not a host, address or network with an optional port")
    return _named(match["bracketed"] or match["plain"], port, number)


def _named(name: str, port: int | None, number: int) -> EgressRule:
    try:
        return EgressRule(None, ipaddress.ip_network(name, strict=False), port)
    except ValueError:
        host = _host(name)
        # "10.0.0.300" and "10.0.0.0/99" are mistakes, and no host's name.
        if not _HOST.fullmatch(host) or host.rpartition(".")[2].isdigit():
            raise ValueError(f"EGRESS_ALLOW: entry {number} names no host, address or network") from None
        return EgressRule(host, None, port)


def _host(name: str) -> str:
    """Return a host's name in the form in which names compare: lower case, ASCII, without the root's dot."""
    name = name.lower().removesuffix(".")
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name
