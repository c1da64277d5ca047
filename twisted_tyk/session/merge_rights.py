"""Rights on one API from several policies made one: what each allows, and the fastest limits."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from copy import deepcopy
from typing import Any, TypeVar

from twisted_tyk.session.merge_limits import copied, greater, pause
from twisted_tyk.session.rights import (
    AccessDefinition,
    AllowedURL,
    Endpoint,
    EndpointMethod,
    Limit,
)

Item = TypeVar("Item")


def merge_access(known: AccessDefinition, more: AccessDefinition) -> None:
    """Let ``known`` allow what ``more`` allows, too. Nothing is shared between them then."""
    known.api_name = known.api_name or more.api_name
    known.api_id = known.api_id or more.api_id
    known.disable_introspection |= more.disable_introspection
    known.versions = united(known.versions, more.versions)
    known.allowed_urls = _urls([*known.allowed_urls, *more.allowed_urls])
    # Few keys say any of the rest, and copies take their time.
    if more.restricted_types:
        known.restricted_types = _types(known.restricted_types, more.restricted_types)
    if more.allowed_types:
        known.allowed_types = _types(known.allowed_types, more.allowed_types)
    if more.field_access_rights:
        known.field_access_rights = _fields(known.field_access_rights, more.field_access_rights)
    if more.json_rpc_methods_access_rights:
        known.json_rpc_methods_access_rights = _lists(
            known.json_rpc_methods_access_rights, more.json_rpc_methods_access_rights
        )
    for kind, rules in more.mcp_access_rights.items():
        known.mcp_access_rights[kind] = _lists(known.mcp_access_rights.get(kind, {}), rules)


def merge_endpoints(known: AccessDefinition, more: AccessDefinition) -> None:
    """Let ``known`` have the limits of paths and methods of ``more`` where those are faster."""
    if more.endpoints:
        known.endpoints = _endpoints([*known.endpoints, *more.endpoints])
    if more.json_rpc_methods:
        known.json_rpc_methods = _fastest(known.json_rpc_methods, more.json_rpc_methods, "name")
    if more.mcp_primitives:
        known.mcp_primitives = _fastest(known.mcp_primitives, more.mcp_primitives, "type", "name")


def _endpoints(endpoints: list[Endpoint]) -> list[Endpoint]:
    fastest: dict[tuple[str, str], Limit] = {}
    for endpoint in endpoints:
        for method in endpoint.methods:
            name = (endpoint.path, method.name)
            before = fastest.get(name)
            if before is None or _rank(method.limit) < _rank(before):
                fastest[name] = method.limit
    paths: dict[str, Endpoint] = {}
    for (path, method_name), limit in fastest.items():
        endpoint = paths.setdefault(path, Endpoint(path))
        endpoint.methods.append(EndpointMethod(method_name, copied(limit)))
    return list(paths.values())


def _rank(limit: Limit) -> tuple[float, float]:
    # Of 10 in 60 s and 5 in 30 s the first lets more through at once.
    return pause(limit.rate, limit.per), -limit.rate


def united(*lists: Iterable[Item]) -> list[Item]:
    """What is in any of the lists, once, in the order in which it is found."""
    return list(dict.fromkeys(item for each in lists for item in each))


def _urls(urls: list[AllowedURL]) -> list[AllowedURL]:
    merged: dict[str, AllowedURL] = {}
    for each in urls:
        known = merged.setdefault(each.url, AllowedURL(each.url))
        known.methods = united(known.methods, each.methods)
    return list(merged.values())


def _types(types: list[dict[str, Any]], more_types: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def join(known: dict[str, Any], more: dict[str, Any]) -> None:
        known["fields"] = united(known.get("fields") or (), more.get("fields") or ())

    return _by([*types, *deepcopy(more_types)], lambda item: str(item.get("name", "")), join)


def _fields(
    fields: list[dict[str, Any]], more_fields: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    def join(known: dict[str, Any], more: dict[str, Any]) -> None:
        depths = [(item.get("limits") or {}).get("max_query_depth") or 0 for item in (known, more)]
        if greater(depths[1], depths[0]):
            known["limits"] = more["limits"]

    all_fields = [*fields, *deepcopy(more_fields)]
    return _by(all_fields, lambda item: (item.get("type_name"), item.get("field_name")), join)


def _lists(known: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    names = ("allowed", "blocked")
    return {
        name: united(known.get(name) or (), more.get(name) or ())
        for name in names
        if known.get(name) or more.get(name)
    }


def _fastest(
    items: list[dict[str, Any]], more_items: list[dict[str, Any]], *names: str
) -> list[dict[str, Any]]:
    def join(known: dict[str, Any], more: dict[str, Any]) -> None:
        if _rank(_limit(more)) < _rank(_limit(known)):
            known["limit"] = more.get("limit")

    all_items = [*items, *deepcopy(more_items)]
    return _by(all_items, lambda item: tuple(item.get(name) for name in names), join)


def _limit(item: dict[str, Any]) -> Limit:
    limit = item.get("limit") or {}
    return Limit(rate=limit.get("rate") or 0, per=limit.get("per") or 0)


def _by(
    items: list[dict[str, Any]],
    name: Callable[[dict[str, Any]], Hashable],
    join: Callable[[dict[str, Any], dict[str, Any]], None],
) -> list[dict[str, Any]]:
    merged: dict[Hashable, dict[str, Any]] = {}
    for item in items:
        known = merged.setdefault(name(item), item)
        if known is not item:
            join(known, item)
    return list(merged.values())
