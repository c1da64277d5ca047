"""The hooks of bundles, put in the place of those that a definition has itself."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from itertools import permutations
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve

from twisted_tyk.apidef.hooks import CustomMiddleware, IdExtractor, MiddlewareDefinition
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.bundles.problem import BundleError

if TYPE_CHECKING:
    from twisted_tyk.bundles.shelf import Unpacked

_T = TypeVar("_T")


def with_bundles(definition: ApiDefinition, bundles: Sequence[Unpacked]) -> ApiDefinition:
    """The definition with the hooks of its bundles, in their order.

    As in Tyk they replace ``custom_middleware``, hooks of several bundles are called one
    bundle after the other, all must have the same driver, one alone may have an
    ``auth_check``, and the first ``id_extractor`` counts. One alone may have
    ``traffic_logs``, too, which of several bundles Tyk leaves out.

    :param bundles: none of them leaves the definition as it is.
    :returns: its paths are ``<name of the bundle>/<path in it>``, whatever the version.
    :raises BundleError: when a hook is outside its bundle, or bundles do not go together.
    """
    if not bundles:
        return definition
    hooks = [_named(bundle) for bundle in bundles]
    names = [bundle.name for bundle in bundles]
    for name, other in permutations(names, 2):
        if name.startswith(f"{other}/"):
            # The path of a hook could mean a file of either.
            raise BundleError(
                f"bundle {name}: its name begins with that of the bundle {other}, which is of the "
                "same API"
            )
    merged = CustomMiddleware(
        pre=tuple(hook for each in hooks for hook in each.pre),
        auth_check=_only("auth_check", names, [each.auth_check for each in hooks]),
        post_key_auth=tuple(hook for each in hooks for hook in each.post_key_auth),
        post=tuple(hook for each in hooks for hook in each.post),
        response=tuple(hook for each in hooks for hook in each.response),
        traffic_logs=_only("traffic_logs", names, [each.traffic_logs for each in hooks]),
        driver=_driver(names, [each.driver for each in hooks]),
        id_extractor=_first_extractor(hooks),
    )
    return evolve(definition, custom_middleware=merged)


def _named(bundle: Unpacked) -> CustomMiddleware:
    """Its hooks, with paths that begin with its name."""

    def place(entry: MiddlewareDefinition) -> MiddlewareDefinition:
        if not entry.path:
            return entry
        # As joined to a folder: an absolute path starts in the bundle as well.
        inside = posixpath.normpath(entry.path.lstrip("/"))
        if inside.split("/")[0] == "..":
            raise BundleError(
                f"bundle {bundle.name}: manifest.json: the hook {entry.name!r} has the path "
                f"{entry.path!r}, which leads out of the bundle"
            )
        return evolve(entry, path=f"{bundle.name}/{inside}")

    def perhaps(entry: MiddlewareDefinition | None) -> MiddlewareDefinition | None:
        return None if entry is None else place(entry)

    hooks = bundle.manifest.middleware
    return evolve(
        hooks,
        pre=tuple(map(place, hooks.pre)),
        auth_check=perhaps(hooks.auth_check),
        post_key_auth=tuple(map(place, hooks.post_key_auth)),
        post=tuple(map(place, hooks.post)),
        response=tuple(map(place, hooks.response)),
        traffic_logs=perhaps(hooks.traffic_logs),
    )


def _only(what: str, names: list[str], found: list[_T | None]) -> _T | None:
    having = [(name, each) for name, each in zip(names, found, strict=True) if each is not None]
    if len(having) > 1:
        raise BundleError(
            f"bundle {having[1][0]}: {what} is in the bundle {having[0][0]} as well, expected "
            "one for all bundles of an API"
        )
    return having[0][1] if having else None


def _driver(names: list[str], drivers: list[str]) -> str:
    given = [(name, driver) for name, driver in zip(names, drivers, strict=True) if driver]
    for name, driver in given[1:]:
        if driver != given[0][1]:
            raise BundleError(
                f"bundle {name}: its driver is {driver!r}, expected {given[0][1]!r} as in the "
                f"bundle {given[0][0]}: an API has one driver"
            )
    return given[0][1] if given else ""


def _first_extractor(hooks: list[CustomMiddleware]) -> IdExtractor:
    given = (each.id_extractor for each in hooks if each.id_extractor != IdExtractor())
    return next(given, IdExtractor())
