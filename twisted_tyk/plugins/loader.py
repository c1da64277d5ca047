"""Entries of a definition in, steps out: the hooks of one API.

A hook that does not load does not stop its API from being served: where it
would run the chain answers 500, and the gateway is not ready until it loads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from twisted_tyk.apidef.model import MiddlewareDefinition
from twisted_tyk.interfaces import IDriver, IRelay, IStep
from twisted_tyk.jsonfile.strays import nearest
from twisted_tyk.native.driver import NativeDriver
from twisted_tyk.plugins.driver import DriverContext, LoadError, Made, MadeQueue, Plugged, title
from twisted_tyk.plugins.hook_step import MissingHook
from twisted_tyk.plugins.python_driver import PythonDriver
from twisted_tyk.plugins.record_queue import RecordQueue

#: Makes a driver for one load of an API.
DRIVERS: Mapping[str, Callable[[DriverContext], IDriver]] = {
    "goplugin": NativeDriver,
    "native": NativeDriver,
    "twisted": PythonDriver,
}

_BY_SUFFIX: Mapping[str, str] = {".py": "twisted", ".so": "native"}


class HookLoader:
    """Loads the hooks of one API, in the reactor thread, while its chain is built.

    :ivar plugged: what came of each entry.
    """

    def __init__(self, context: DriverContext) -> None:
        self.plugged: list[Plugged] = []
        self._context = context
        self._driver_name = context.definition.custom_middleware.driver
        self._drivers: dict[Callable[[DriverContext], IDriver], IDriver] = {}

    def request_hooks(
        self, entries: Iterable[MiddlewareDefinition], point: str
    ) -> list[IStep | IRelay]:
        """A step for each entry that is enabled and names a hook.

        :param point: where they stand, such as ``pre``.
        """

        def make(driver: IDriver, entry: MiddlewareDefinition) -> Made:
            made: Made = driver.request_step(entry, point)
            return made

        return [self._step(entry, point, make) for entry in entries if meant(entry)]

    def response_hooks(self, entries: Iterable[MiddlewareDefinition]) -> list[IStep | IRelay]:
        """The same for hooks on the way back."""

        def make(driver: IDriver, entry: MiddlewareDefinition) -> Made:
            made: Made = driver.response_step(entry)
            return made

        return [self._step(entry, "response", make) for entry in entries if meant(entry)]

    def record_queue(self) -> RecordQueue | None:
        """What records of the API's requests go through, ``None`` when that is nothing.

        As with Tyk's bundles, ``traffic_logs`` comes before ``analytics_plugin``.
        """
        definition = self._context.definition
        entry, given = definition.custom_middleware.traffic_logs, definition.analytics_plugin
        if not named(entry) and given.enable:
            entry = MiddlewareDefinition(name=given.func_name, path=given.plugin_path)
        if entry is None or not named(entry):
            return None
        try:
            made: MadeQueue = self._driver(entry).record_queue(entry)
        except LoadError as error:
            self.plugged.append(Plugged("analytics", entry.path, entry.name, None, str(error)))
            return None
        self.plugged.append(Plugged("analytics", entry.path, entry.name, made.source))
        return made.queue

    def stamps(self) -> Iterator[tuple[str, str]]:
        """Every file that was loaded, with its SHA-256."""
        for plugged in self.plugged:
            if plugged.source is not None:
                yield from plugged.source.files.items()

    def _step(
        self,
        entry: MiddlewareDefinition,
        point: str,
        make: Callable[[IDriver, MiddlewareDefinition], Made],
    ) -> IStep | IRelay:
        try:
            if not named(entry):
                raise LoadError(half(entry), "hook-incomplete")
            made = make(self._driver(entry), entry)
        except LoadError as error:
            self.plugged.append(Plugged(point, entry.path, entry.name, None, str(error)))
            missing: IStep = MissingHook(title(entry.path, entry.name))
            return missing
        self.plugged.append(Plugged(point, entry.path, entry.name, made.source))
        return made.step

    def _driver(self, entry: MiddlewareDefinition) -> IDriver:
        kind = DRIVERS[driver_of(entry, self._driver_name)]
        if kind not in self._drivers:
            self._drivers[kind] = kind(self._context)
        return self._drivers[kind]


def driver_of(entry: MiddlewareDefinition, driver: str) -> str:
    """The driver of an entry: by the suffix of its path, else the one that is given for all.

    :raises LoadError: when there is none of that name.
    """
    name = _BY_SUFFIX.get(Path(entry.path).suffix, driver)
    if name not in DRIVERS:
        near = nearest(name, DRIVERS)
        meant = f", did you mean {near!r}?" if near else ";"
        raise LoadError(
            f"{entry.path}: {entry.name}: there is no driver {name!r}{meant} "
            f"known: {', '.join(sorted(DRIVERS))}",
            "unknown-driver",
            near,
        )
    return name


def is_native(entry: MiddlewareDefinition, driver: str) -> bool:
    """Whether an entry means a shared library."""
    try:
        return DRIVERS[driver_of(entry, driver)] is NativeDriver
    except LoadError:
        return False


def meant(entry: MiddlewareDefinition) -> bool:
    """Whether a hook is meant: Tyk's tools write empty entries, too."""
    return entry.given and not entry.disabled


def named(entry: MiddlewareDefinition | None) -> bool:
    """Tyk leaves out entries that are disabled or lack a name or a path."""
    return entry is not None and not entry.disabled and bool(entry.name and entry.path)


def half(entry: MiddlewareDefinition) -> str:
    if entry.name or entry.path:
        has = f"name {entry.name!r}" if entry.name else f"path {entry.path!r}"
        return f"an entry with the {has} alone, expected a name and a path"
    return "an entry with code alone, which is JavaScript, expected a name and a path"
