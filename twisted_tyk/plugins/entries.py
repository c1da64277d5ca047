"""The hooks that a definition names, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from twisted_tyk.apidef.hooks import CustomMiddleware, MiddlewareDefinition
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.jsonfile.problem import Path
from twisted_tyk.plugins.loader import is_native, meant, named

_LISTS = (
    ("pre", "request"),
    ("post_key_auth", "request"),
    ("post", "request"),
    ("response", "response"),
)


@frozen
class Entry:
    """:ivar place: of the object in the file.

    :ivar kind: of function: ``request``, ``response`` or ``analytics``.
    :ivar name_key: the key of its name, and ``path_key`` that of its path.
    """

    given: MiddlewareDefinition
    place: Path
    kind: str
    name_key: str = "name"
    path_key: str = "path"


def entries_of(definition: ApiDefinition) -> Iterator[Entry]:
    """Every hook that the gateway would load for an API."""
    custom = definition.custom_middleware
    for entry in middleware_entries(custom, ("custom_middleware",)):
        if entry.place[-1] != "auth_check" or definition.custom_auth:
            yield entry
    yield from _endpoints(definition)
    plugin = definition.analytics_plugin
    if plugin.enable and not named(custom.traffic_logs):
        hook = MiddlewareDefinition(name=plugin.func_name, path=plugin.plugin_path)
        if named(hook):
            yield Entry(hook, ("analytics_plugin",), "analytics", "func_name", "plugin_path")


def native_paths(definition: ApiDefinition) -> Iterator[str]:
    """The paths of all hooks that are shared libraries."""
    driver = definition.custom_middleware.driver
    for entry in entries_of(definition):
        if is_native(entry.given, driver):
            yield entry.given.path


def middleware_entries(custom: CustomMiddleware, place: Path) -> Iterator[Entry]:
    """Those of a section ``custom_middleware`` at ``place``."""
    for point, kind in _LISTS:
        for index, given in enumerate(getattr(custom, point)):
            if meant(given):
                yield Entry(given, (*place, point, index), kind)
    for point, kind in (("auth_check", "request"), ("traffic_logs", "analytics")):
        one: MiddlewareDefinition | None = getattr(custom, point)
        if one is not None and named(one):
            yield Entry(one, (*place, point), kind)


def _endpoints(definition: ApiDefinition) -> Iterator[Entry]:
    version = definition.version
    if version is None or not version.use_extended_paths:
        return
    versions = definition.version_data.versions
    names = [name for name, each in versions.items() if each is version]
    for name in names[:1]:
        place = ("version_data", "versions", name, "extended_paths", "go_plugin")
        for index, given in enumerate(version.extended_paths.go_plugin):
            hook = MiddlewareDefinition(name=given.func_name, path=given.plugin_path)
            if not given.disabled and hook.given:
                yield Entry(hook, (*place, index), "request", "func_name", "plugin_path")
