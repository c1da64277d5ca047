"""Entries of a definition in, steps out: the hooks of one API.

A hook that does not load does not stop its API from being served: where it
would run the chain answers 500, and the gateway is not ready until it loads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from twisted_tyk.apidef.model import ApiDefinition, MiddlewareDefinition
from twisted_tyk.interfaces import IDriver, IStep
from twisted_tyk.plugins.driver import Loaded, LoadError, title
from twisted_tyk.plugins.hook_step import (
    HookStep,
    MissingHook,
    RequestHookStep,
    ResponseHookStep,
    Runtime,
)
from twisted_tyk.plugins.python import PythonDriver

#: Makes a driver for one load of an API, from the base folder and the API's id.
DRIVERS: Mapping[str, Callable[[Path, str], IDriver]] = {"twisted": PythonDriver}

_BY_SUFFIX: Mapping[str, str] = {".py": "twisted", ".so": "goplugin"}


class HookLoader:
    """Loads the hooks of one API, in the reactor thread, while its chain is built.

    :ivar problems: a sentence for each hook that did not load.
    :ivar files: every file a hook was loaded from, to see when one changes.
    """

    def __init__(
        self, definition: ApiDefinition, base: Path, timeout: float, runtime: Runtime
    ) -> None:
        """:param timeout: seconds for entries that do not give their own."""
        self.problems: list[str] = []
        self.files: set[str] = set()
        self._driver_name = definition.custom_middleware.driver
        self._api_id = definition.api_id
        self._base = base
        self._timeout = timeout
        self._runtime = runtime
        self._drivers: dict[str, IDriver] = {}

    def request_hooks(self, entries: Iterable[MiddlewareDefinition]) -> list[IStep]:
        """A step for each entry that is enabled and names a hook."""
        return [self._step(entry, RequestHookStep) for entry in entries if named(entry)]

    def response_hooks(self, entries: Iterable[MiddlewareDefinition]) -> list[IStep]:
        """The same for hooks on the way back."""
        return [self._step(entry, ResponseHookStep) for entry in entries if named(entry)]

    def _step(self, entry: MiddlewareDefinition, kind: type[HookStep]) -> IStep:
        try:
            loaded = self._load(entry, kind)
        except LoadError as error:
            self.problems.append(str(error))
            step: IStep = MissingHook(title(entry.path, entry.name))
            return step
        self.files |= loaded.owned
        timeout = self._timeout if entry.timeout is None else entry.timeout
        return kind(loaded, timeout, entry.on_error == "skip", self._runtime)

    def _load(self, entry: MiddlewareDefinition, kind: type[HookStep]) -> Loaded:
        driver = self._driver(entry)
        if kind is ResponseHookStep:
            loaded: Loaded = driver.load_response_hook(entry.name, entry.path)
        else:
            loaded = driver.load_request_hook(entry.name, entry.path)
        return loaded

    def _driver(self, entry: MiddlewareDefinition) -> IDriver:
        name = _BY_SUFFIX.get(Path(entry.path).suffix, self._driver_name)
        if name not in DRIVERS:
            raise LoadError(
                f"{entry.path}: {entry.name}: there is no driver {name!r}; "
                f"known: {', '.join(sorted(DRIVERS))}"
            )
        if name not in self._drivers:
            self._drivers[name] = DRIVERS[name](self._base, self._api_id)
        return self._drivers[name]


def named(entry: MiddlewareDefinition | None) -> bool:
    """Tyk leaves out entries that are disabled or lack a name or a path."""
    return entry is not None and not entry.disabled and bool(entry.name and entry.path)
