"""Which driver loads which entry, and what becomes of one that does not load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    # Not otherwise: the process of a native plugin imports this module for LoadError,
    # and needs no Twisted.
    from twisted.internet.defer import Deferred

    from twisted_tyk.apidef.model import ApiDefinition, MiddlewareDefinition
    from twisted_tyk.interfaces import IRelay, IStep
    from twisted_tyk.plugins.record_queue import RecordQueue
    from twisted_tyk.plugins.runtime import Runtime


class LoadError(Exception):
    """A hook could not be loaded; the text names file, line and what was asked for.

    :ivar rule: which kind of problem it is, a row of the table in the manual.
    :ivar suggestion: the known name that is nearest to what was asked for.
    """

    def __init__(self, text: str, rule: str = "plugin-refused", suggestion: str = "") -> None:
        super().__init__(text)
        self.rule = rule
        self.suggestion = suggestion


@frozen
class Source:
    """What an entry was made from.

    :ivar files: all of them, each with the SHA-256 of what was loaded, in hexadecimal digits.
    :ivar version: as the plugin itself has it, ``""`` when it has none.
    :ivar ready: for code in a process of its own: gives a Deferred that fires when it is
        loaded, and fails with :class:`LoadError` when it can not be.
    """

    files: Mapping[str, str]
    version: str = ""
    ready: Callable[[], Deferred[None]] | None = None


@frozen
class Plugged:
    """An entry that was to be loaded: where it stands in the chain, and what it names.

    :ivar source: what it was made from, ``None`` when it was not.
    :ivar problem: why it was not, a sentence.
    """

    point: str
    path: str
    name: str
    source: Source | None
    problem: str = ""


@frozen
class Made:
    """What a driver made of an entry."""

    step: IStep | IRelay
    source: Source


@frozen
class MadeQueue:
    """The same for an entry that records are shown to."""

    queue: RecordQueue
    source: Source


@frozen
class Places:
    """Where the files of an API's hooks are.

    :ivar base: the folder that relative paths start from.
    :ivar bundles: the folders of the API's bundles, by their names.
    """

    base: Path
    bundles: Mapping[str, Path] = field(factory=dict)

    def find(self, path: str) -> tuple[Path, str]:
        """The folder that the path of an entry starts from, and the path from there.

        ``<bundle>/<file>`` starts from where that version of the bundle was unpacked, so
        that an entry has the same name in logs and metrics whatever the version.
        """
        for name, folder in self.bundles.items():
            if path.startswith(f"{name}/"):
                return folder, path[len(name) + 1 :]
        return self.base, path


@frozen
class DriverContext:
    """What drivers make the steps of one API with.

    :ivar timeout: seconds for entries that do not give their own.
    """

    definition: ApiDefinition
    places: Places
    timeout: float
    runtime: Runtime

    def timeout_of(self, entry: MiddlewareDefinition) -> float:
        """Seconds that a request waits for this entry."""
        return self.timeout if entry.timeout is None else entry.timeout


def title(path: str, name: str) -> str:
    return f"GoPluginMiddleware:{path}:{name}"
