"""What a Swagger 2.0 or OpenAPI 3 document says about an API: name, version, paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from twisted_tyk.jsonfile.problem import describe, dotted

#: What an endpoint may be asked by; Tyk leaves ``trace`` out.
METHODS: Final = ("get", "put", "post", "patch", "options", "delete", "head")


@frozen
class Described:
    """:ivar paths: the methods, in upper case, of each path; the order is the file's."""

    title: str
    version: str
    paths: Mapping[str, Sequence[str]]


def described(value: Any) -> Described:
    """:param value: of the file. :raises ValueError: one sentence with the place."""
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, found {describe(value)}")
    _supported(value)
    info = _member(value, "info", dict)
    paths = dict(_paths(_member(value, "paths", dict)))
    if not paths:
        raise ValueError("paths: there is none")
    return Described(
        _member(info, "title", str, "info"), _member(info, "version", str, "info").strip(), paths
    )


def _supported(value: dict[str, Any]) -> None:
    for name, wanted in (("swagger", "2."), ("openapi", "3.")):
        if name in value:
            version = _member(value, name, str)
            if not version.startswith(wanted):
                raise ValueError(f"{name}: expected version {wanted}x, found {describe(version)}")
            return
    raise ValueError("neither Swagger nor OpenAPI: there is no swagger or openapi at its top")


def _paths(paths: dict[str, Any]) -> Iterator[tuple[str, Sequence[str]]]:
    for path in paths:
        if path.startswith("x-"):
            continue
        place = dotted(("paths", path))
        if not path.startswith("/"):
            raise ValueError(f"{place}: a path starts with /")
        item = _member(paths, path, dict, "paths")
        if "$ref" in item:
            raise ValueError(f"{place}: a $ref is not followed, write there what it points to")
        yield path, [method.upper() for method in item if method in METHODS]


def _member(value: dict[str, Any], name: str, kind: type, *place: str) -> Any:
    expected = "an object" if kind is dict else "a string"
    where = dotted((*place, name))
    if name not in value:
        raise ValueError(f"{where}: expected {expected}, found nothing")
    if not isinstance(value[name], kind):
        raise ValueError(f"{where}: expected {expected}, found {describe(value[name])}")
    return value[name]
