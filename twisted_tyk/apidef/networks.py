"""Lists of addresses: single ones, and networks such as ``10.0.0.0/8``.

An IPv4 address counts as the same however it is written: ``::ffff:10.0.0.1`` is
``10.0.0.1``, in a list and of a client.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final

from attrs import frozen

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.jsonfile.problem import Path

Network = IPv4Network | IPv6Network

#: What IPv4 addresses begin with when they are written as IPv6 ones.
_MAPPED: Final = bytes(10) + b"\xff\xff"
_LISTS: Final = (
    ("allowed_ips", "enable_ip_whitelisting"),
    ("blacklisted_ips", "enable_ip_blacklisting"),
)


def packed(address: str) -> bytes | None:
    """The 4 or 16 bytes of an address; ``None`` when it is none."""
    try:
        if ":" not in address:
            return inet_pton(AF_INET, address)
        # A link's addresses name the link, too, where they come from a socket.
        found = inet_pton(AF_INET6, address.partition("%")[0])
    except (OSError, ValueError):
        return None
    return found[12:] if found.startswith(_MAPPED) else found


def network(text: str) -> Network:
    """An address, or a network with the length of its prefix; bits behind that do not count.

    :raises ValueError: when it is neither.
    """
    _, slash, length = text.partition("/")
    if "%" in text or (slash and not (length.isascii() and length.isdigit())):
        raise ValueError(text)
    found = ip_network(text, strict=False)
    first = found.network_address.packed
    if found.prefixlen >= 96 and first.startswith(_MAPPED):
        return IPv4Network((first[12:], found.prefixlen - 96))
    return found


@frozen
class Networks:
    """:ivar single: addresses, packed. :ivar wide: size, mask and first address of the others."""

    single: frozenset[bytes]
    wide: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Networks:
        """:raises ValueError: when one of them is no network."""
        found = {network(text) for text in texts}
        single = [each for each in found if each.prefixlen == each.max_prefixlen]
        wide = sorted(found.difference(single), key=lambda each: (each.version, each.prefixlen))
        return cls(
            frozenset(each.network_address.packed for each in single),
            tuple(
                (each.max_prefixlen // 8, int(each.netmask), int(each.network_address))
                for each in wide
            ),
        )

    def __contains__(self, address: bytes) -> bool:
        """:param address: packed."""
        if address in self.single:
            return True
        size, number = len(address), int.from_bytes(address, "big")
        return any(size == wanted and number & mask == first for wanted, mask, first in self.wide)


def enforced(definition: ApiDefinition, addresses: str) -> tuple[str, ...]:
    """The entries of a list that counts, else nothing.

    As with Tyk's defaults a list counts even when its own switch is off.

    :param addresses: ``allowed_ips`` or ``blacklisted_ips``.
    """
    switch = dict(_LISTS)[addresses]
    if definition.ip_access_control_disabled and not getattr(definition, switch):
        return ()
    entries: tuple[str, ...] = getattr(definition, addresses)
    return entries


def problems(definition: ApiDefinition) -> Iterator[tuple[Path, str]]:
    """Give the place and a sentence for each entry that is no address.

    Values are not shown where a reference may have put a secret in their place.
    """
    for addresses, _ in _LISTS:
        for index, entry in enumerate(enforced(definition, addresses)):
            try:
                network(entry)
            except ValueError:
                text = "expected an address such as 10.0.0.1 or fd00::1, or a network: 10.0.0.0/8"
                yield (addresses, index), text


def without_effect(definition: ApiDefinition) -> Iterator[tuple[Path, str]]:
    """Give the place of each switch that is on and has no list."""
    for addresses, switch in _LISTS:
        if getattr(definition, switch) and not getattr(definition, addresses):
            yield (switch,), f"there is nothing in {addresses}, so it keeps nobody out"
