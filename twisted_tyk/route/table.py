"""Host and path to API: an immutable table, replaced as a whole on reload."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Final

from attrs import field, frozen

from twisted_tyk.apidef.expressions import Expression
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.chain.api import Api
from twisted_tyk.message.octets import octets
from twisted_tyk.message.url import escaped
from twisted_tyk.route.templates import is_template, of_host, of_path, without_variables


@frozen
class Route:
    """One prefix at which an API is reached.

    :ivar prefix: without escapes; may hold ``{name}`` and ``{name:regex}``.
    :ivar by_id: it is the API's id, which is never stripped from a path.
    :ivar plain: the prefix in the one spelling that the chain sees; ``None``
        when each request has another.
    :ivar strippable: how much of that is the listen path; ``None`` is all.
    """

    prefix: str
    api: Api
    by_id: bool = False
    plain: bytes | None = field(init=False, repr=False)
    strippable: int | None = field(init=False, repr=False)

    @plain.default
    def _plain(self) -> bytes | None:
        return None if self.templated else escaped(octets(self.prefix))

    @strippable.default
    def _strippable(self) -> int | None:
        if not self.by_id:
            return None
        # An id that begins with the listen path, as "/" does it for every id.
        listen_path = self.api.listen_path
        inside = self.prefix.startswith(listen_path)
        return len(escaped(octets(listen_path))) if inside else 0

    @property
    def templated(self) -> bool:
        return is_template(self.prefix) and not self.by_id

    @property
    def weight(self) -> int:
        """The length that orders routes: a variable counts nothing, as in Tyk."""
        return len(octets(without_variables(self.prefix)))


class Nobody(Enum):
    """A strict route took the path and does not serve it, and nobody else may."""

    NOBODY = "nobody"


NOBODY: Final = Nobody.NOBODY


class PathTable:
    """The routes of one host. The longest prefix that fits wins.

    Plain prefixes are found by one dictionary look-up per distinct length, so
    that a thousand APIs cost little more than ten.
    """

    def __init__(self, routes: Iterable[Route], strict: bool) -> None:
        """:param strict: ``enable_strict_routes``: ``/app`` does not take ``/apple``."""
        self._strict = strict
        plain: dict[int, dict[bytes, Route]] = {}
        patterns: dict[int, list[tuple[Expression, Route]]] = {}
        for route in routes:
            if route.templated:
                patterns.setdefault(route.weight, []).append((of_path(route.prefix), route))
            else:
                prefix = octets(route.prefix)
                plain.setdefault(len(prefix), {}).setdefault(prefix, route)
        self._levels = [
            (length, plain.get(length, {}), patterns.get(length, []))
            for length in sorted({*plain, *patterns}, reverse=True)
        ]

    def find(self, path: bytes) -> tuple[Route, bytes] | Nobody | None:
        """The route for ``path`` (without escapes) and what of it the prefix matched.

        ``NOBODY`` when a strict route ends the search, as it does in Tyk.
        """
        for length, plain, patterns in self._levels:
            prefix = path[:length]
            route = plain.get(prefix)
            if route is not None:
                if self._strict and not _ends_at_segment(prefix, path):
                    return NOBODY
                return route, prefix
            for pattern, route in patterns:
                match = pattern.match(path)
                if match is not None:
                    return route, match.group(0) or b""
        return None


@frozen
class RoutingTable:
    """All routes: hosts that APIs claim for themselves, and every other host."""

    hosts: Mapping[bytes, PathTable]
    host_patterns: tuple[tuple[Expression, PathTable], ...]
    anywhere: PathTable
    apis: tuple[Api, ...] = ()

    def find(self, host: bytes, path: bytes) -> tuple[Route, bytes] | None:
        """The route for a request and what of its path the prefix matched.

        :param host: the ``Host`` field, with or without a port.
        :param path: without escapes and query.
        """
        if self.hosts or self.host_patterns:
            for table in self._tables(host.lower()):
                found = table.find(path)
                if found is not None:
                    return None if found is NOBODY else found
        found = self.anywhere.find(path)
        return None if found is NOBODY else found

    def _tables(self, host: bytes) -> Iterator[PathTable]:
        """Those that claim ``host``; a claim with a port takes that port only."""
        name = _without_port(host)
        for claimed in (host, name) if host != name else (name,):
            table = self.hosts.get(claimed)
            if table is not None:
                yield table
        for pattern, table in self.host_patterns:
            if pattern.fullmatch(name) is not None or pattern.fullmatch(host) is not None:
                yield table


def build_table(
    apis: Iterable[Api], custom_domains: bool = False, strict: bool = False, hostname: str = ""
) -> RoutingTable:
    """The table for these APIs.

    :param custom_domains: ``enable_custom_domains``: honour ``domain``.
    :param hostname: APIs without a domain answer for this host only, if given.
    """
    apis = tuple(apis)
    by_host: dict[str, list[Route]] = {}
    for api in apis:
        definition = api.definition
        if definition.internal:
            continue
        own = custom_domains and not definition.domain_disabled and definition.domain
        host = own or hostname
        # What stands in a variable is a regular expression, where case has a meaning.
        routes = by_host.setdefault(host if is_template(host) else host.lower(), [])
        routes.append(Route(f"/{definition.api_id}/", api, by_id=True))
        routes.append(Route(api.listen_path, api))
    tables = {host: PathTable(routes, strict) for host, routes in by_host.items()}
    anywhere = tables.pop("", PathTable((), strict))
    return RoutingTable(
        {host.encode(): table for host, table in tables.items() if not is_template(host)},
        tuple((of_host(host), table) for host, table in tables.items() if is_template(host)),
        anywhere,
        apis,
    )


def check_templates(definition: ApiDefinition) -> None:
    """See that an API's own patterns can be routed by, before they meet those of others.

    :raises ValueError: naming the one that can not.
    """
    for name, template in (
        ("listen path", definition.proxy.listen_path),
        ("domain", definition.domain),
    ):
        try:
            of_path(template)
        except ValueError as error:
            raise ValueError(f"{name} {template}: {error}") from None


def _ends_at_segment(prefix: bytes, path: bytes) -> bool:
    return prefix.endswith(b"/") or len(path) == len(prefix) or path[len(prefix)] == 0x2F


def _without_port(host: bytes) -> bytes:
    if host.endswith(b"]"):
        return host
    name, colon, port = host.rpartition(b":")
    return name if colon and port.isdigit() else host
