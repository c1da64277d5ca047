"""``/tyk/plugins``: the native libraries that are loaded, and how their entries fare."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from attrs import frozen

from twisted_tyk.control.answers import Answer
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.routes import Outcome, Route

if TYPE_CHECKING:
    from twisted_tyk.native.leased import Leased


@frozen
class Plugins:
    """
    :ivar loaded: the libraries that APIs use now.
    :ivar measured: what a plugin that is known by these files has measured itself.
    """

    loaded: Callable[[], Iterable[Leased]]
    measured: Callable[[Iterable[str]], dict[str, Any]]

    def routes(self) -> Iterable[Route]:
        libraries = {"type": "array", "items": {"type": "object"}}
        yield Route(
            "GET",
            "/tyk/plugins",
            self.all,
            "The native plugins, and how their entries fare",
            responses={200: Outcome("Every library", libraries)},
        )

    def all(self, asked: Asked) -> Answer:
        """Every library, in the order they were loaded."""
        return Answer(200, [self._shown(leased) for leased in self.loaded()])

    def _shown(self, leased: Leased) -> dict[str, Any]:
        manifest = leased.found.manifest
        files = dict.fromkeys([leased.found.path, *(entry.plugin for entry in leased.entries)])
        return {
            "file": leased.found.path,
            "found": str(leased.found.file),
            "sha256": leased.found.digest,
            "name": manifest.name,
            "version": manifest.version,
            "language": manifest.language,
            "toolchain": manifest.toolchain,
            "sdk": manifest.sdk,
            "abi": "{}.{}".format(*manifest.abi),
            "own_process": leased.helper is not None,
            "state": leased.library.state(),
            "entries": [{"file": entry.plugin, **entry.as_json()} for entry in leased.entries],
            "metrics": self.measured(files),
        }
