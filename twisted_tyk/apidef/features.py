"""Features of a definition: told by one key, by a key of a version, or by endpoint rules.

The builders of the rows of :mod:`twisted_tyk.apidef.support`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import attrs

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.apidef.versions import ExtendedPaths, VersionInfo
from twisted_tyk.jsonfile.problem import Path


@attrs.frozen
class Feature:
    """Something a definition can ask for.

    :ivar name: the key that asks for it.
    :ivar guards: whether the API is open, or more open, without it.
    :ivar places: finds the paths in a definition that ask for it.
    :ivar whole: the class in which :attr:`name` is a key that only asks for this, or ``None``.
    """

    name: str
    guards: bool
    places: Callable[[ApiDefinition], Iterator[Path]]
    whole: type | None = None


def by_key(
    path: str,
    asked: Callable[[ApiDefinition], object] | None = None,
    *,
    guards: bool = False,
    partly: bool = False,
) -> Feature:
    """A feature that the key at ``path`` asks for: when ``asked``, else with any non-zero value.

    :param partly: other values of that key are supported.
    """
    steps = tuple(path.split("."))
    test = asked or attrgetter(path)

    def places(api: ApiDefinition) -> Iterator[Path]:
        if test(api):
            yield steps

    return Feature(path, guards, places, None if partly else ApiDefinition)


def by_auth_config(setting: str, but: Sequence[str] = ()) -> Feature:
    """A guard that a setting of a credential source asks for.

    :param but: members of ``auth_configs`` that have it; then ``auth`` has it, too.
    """

    def places(api: ApiDefinition) -> Iterator[Path]:
        if not api.use_keyless:
            if getattr(api.auth, setting) and not but:
                yield ("auth", setting)
            for name, config in api.auth_configs.items():
                if getattr(config, setting) and name not in but:
                    yield ("auth_configs", name, setting)

    return Feature(f"auth_configs.{setting}", True, places)


def by_version(
    path: str, asked: Callable[[VersionInfo], object] | None = None, *, guards: bool = False
) -> Feature:
    """The same as :func:`by_key` for a key of any version that can act."""
    steps = tuple(path.split("."))
    test = asked or attrgetter(path)

    def places(api: ApiDefinition) -> Iterator[Path]:
        for name, version in _acting(api):
            if test(version):
                yield ("version_data", "versions", name, *steps)

    return Feature(path, guards, places, VersionInfo)


def by_rules(kind: str, *, guards: bool = False) -> Feature:
    """A feature that an enabled rule under ``extended_paths`` asks for; the first is named."""

    def places(api: ApiDefinition) -> Iterator[Path]:
        for name, version in _acting(api):
            if not version.use_extended_paths:
                continue
            for index, rule in enumerate(getattr(version.extended_paths, kind)):
                if not isinstance(rule, Mapping) or _enabled(rule, kind):
                    yield ("version_data", "versions", name, "extended_paths", kind, index)
                    break

    return Feature(kind, guards, places, ExtendedPaths)


def _acting(api: ApiDefinition) -> Iterator[tuple[str, VersionInfo]]:
    acting = api.version_data.acting
    for name, version in api.version_data.versions.items():
        if acting is None or version is acting:
            yield name, version


def _enabled(rule: Mapping[str, Any], kind: str) -> bool:
    # Go does not look at the case of keys, and neither may a guard.
    flags = {name.lower(): bool(value) for name, value in rule.items()}
    if kind == "validate_request":
        return flags.get("enabled", False)
    return not flags.get("disabled", False)
