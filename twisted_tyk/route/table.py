"""Host and path to API: an immutable table, replaced as a whole on reload."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from attrs import frozen

from twisted_tyk.chain.api import Api

_VARIABLE = re.compile(r"\{([^{}:]+)(?::((?:[^{}]|\{[^{}]*\})+))?\}")


@frozen
class Route:
    """One prefix at which an API is reached.

    :ivar prefix: without escapes; may hold ``{name}`` and ``{name:regex}``.
    :ivar by_id: it is the API's id, which is never stripped from a path.
    """

    prefix: str
    api: Api
    by_id: bool = False

    @property
    def weight(self) -> int:
        """The length that orders routes: a variable counts nothing, as in Tyk."""
        return len(_VARIABLE.sub("", self.prefix).encode())


class PathTable:
    """The routes of one host. The longest prefix that fits wins.

    Plain prefixes are found by one dictionary look-up per distinct length, so
    that a thousand APIs cost little more than ten.
    """

    def __init__(self, routes: Iterable[Route], strict: bool) -> None:
        """:param strict: ``enable_strict_routes``: ``/app`` does not take ``/apple``."""
        self._strict = strict
        plain: dict[int, dict[bytes, Route]] = {}
        patterns: dict[int, list[tuple[re.Pattern[bytes], Route]]] = {}
        for route in routes:
            if "{" in route.prefix:
                compiled = re.compile(_pattern(route.prefix).encode())
                patterns.setdefault(route.weight, []).append((compiled, route))
            else:
                prefix = route.prefix.encode("utf-8", "surrogateescape")
                plain.setdefault(len(prefix), {}).setdefault(prefix, route)
        self._levels = [
            (length, plain.get(length, {}), patterns.get(length, []))
            for length in sorted({*plain, *patterns}, reverse=True)
        ]

    def find(self, path: bytes) -> tuple[Route, bytes] | None:
        """The route for ``path`` (without escapes) and what of it the prefix matched."""
        for length, plain, patterns in self._levels:
            prefix = path[:length]
            route = plain.get(prefix)
            if route is not None:
                if self._strict and not _ends_at_segment(prefix, path):
                    # Tyk does not look further here, and neither do we.
                    return None
                return route, prefix
            for pattern, route in patterns:
                match = pattern.match(path)
                if match is not None:
                    return route, match[0]
        return None


@frozen
class RoutingTable:
    """All routes: hosts that APIs claim for themselves, and every other host."""

    hosts: Mapping[bytes, PathTable]
    host_patterns: tuple[tuple[re.Pattern[bytes], PathTable], ...]
    anywhere: PathTable
    apis: tuple[Api, ...] = ()

    def find(self, host: bytes, path: bytes) -> tuple[Route, bytes] | None:
        """The route for a request and what of its path the prefix matched.

        :param host: the ``Host`` field, with or without a port.
        :param path: without escapes and query.
        """
        if self.hosts or self.host_patterns:
            found = self._find_by_host(_without_port(host).lower(), path)
            if found is not None:
                return found
        return self.anywhere.find(path)

    def _find_by_host(self, name: bytes, path: bytes) -> tuple[Route, bytes] | None:
        table = self.hosts.get(name)
        if table is not None:
            found = table.find(path)
            if found is not None:
                return found
        for pattern, patterned in self.host_patterns:
            if pattern.fullmatch(name) is not None:
                found = patterned.find(path)
                if found is not None:
                    return found
        return None


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
        routes = by_host.setdefault((own or hostname).lower(), [])
        routes.append(Route(f"/{definition.api_id}/", api, by_id=True))
        routes.append(Route(api.listen_path, api))
    tables = {host: PathTable(routes, strict) for host, routes in by_host.items()}
    anywhere = tables.pop("", PathTable((), strict))
    return RoutingTable(
        {host.encode(): table for host, table in tables.items() if "{" not in host},
        tuple(
            (re.compile(_pattern(host, "[^.]+").encode()), table)
            for host, table in tables.items()
            if "{" in host
        ),
        anywhere,
        apis,
    )


def _pattern(template: str, segment: str = "[^/]+") -> str:
    """A gorilla/mux template as a regular expression."""
    text, position = "", 0
    for variable in _VARIABLE.finditer(template):
        text += re.escape(template[position : variable.start()])
        text += f"(?:{variable[2] or segment})"
        position = variable.end()
    return text + re.escape(template[position:])


def _ends_at_segment(prefix: bytes, path: bytes) -> bool:
    return prefix.endswith(b"/") or len(path) == len(prefix) or path[len(prefix)] == 0x2F


def _without_port(host: bytes) -> bytes:
    if host.endswith(b"]"):
        return host
    name, colon, port = host.rpartition(b":")
    return name if colon and port.isdigit() else host
