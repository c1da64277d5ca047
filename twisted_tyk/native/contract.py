"""What the parts of the native host ask of each other, in the order a call meets them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from twisted_tyk.native.manifest import Manifest

if TYPE_CHECKING:
    # The process of a plugin imports this module too, and needs no Twisted.
    from twisted.internet.defer import Deferred

#: A line for the log: its level of :mod:`twisted_tyk.native.abi`, text, JSON fields or nothing.
Line = tuple[int, str, str]
#: Tells the answer of a service: a status, and packed strings.
Answer = Callable[[int, bytes], None]
#: Serves one request of a plugin's for a service: its number, packed strings, the answer.
#: Called in the reactor thread.
Services = Callable[[int, bytes, Answer], None]
#: Has something done soon, in the reactor thread: when what goes on there at the moment is over.
Soon = Callable[[Callable[[], None]], object]


class Caller(Protocol):
    """Whose call it is. It is told in the reactor thread, after ``submit`` has returned."""

    def said(self, level: int, text: str, fields: str) -> None:
        """A line was said in the thread that runs the call; never after :meth:`over`."""

    def over(self, status: int, changes: bytes, seconds: float) -> None:
        """The call is over; told once, however long that takes.

        :param status: of :mod:`twisted_tyk.native.abi`.
        :param changes: as the plugin gave them, unchecked.
        :param seconds: that the function ran.
        """


class Library(Protocol):
    """A plugin library that is loaded and ready, in this process or in one of its own.

    All of it is called in the reactor thread. It serves every API and entry
    that names the same file, so its state is theirs together.

    :ivar manifest: what it says of itself.
    :ivar file: the path as the first entry gave it, for messages and logs.
    """

    @property
    def manifest(self) -> Manifest: ...

    @property
    def file(self) -> str: ...

    def submit(self, function: int, frame: bytes, caller: Caller) -> Any:
        """Run a function in another thread or process.

        The status is ``E_DIED`` when the process dies, ``E_AWAY`` when there is none.

        :returns: the call, for :meth:`overdue`.
        """

    def overdue(self, call: Any) -> None:
        """Nobody waits for this call any more, and it is still running."""

    def define(self, key: bytes, kind: bytes, document: bytes) -> None:
        """Announce a definition: ``kind`` is ``classic`` or ``oas``, ``document`` its JSON."""

    def forget(self, key: bytes) -> None:
        """No frame will name this definition any more."""

    def close(self) -> Deferred[None]:
        """Let calls under way finish, shut down and unload; fires when that is done.

        Nothing is submitted any more. A call that never returns does not hold
        it up for longer than the shutdown time of the settings.
        """

    def state(self) -> dict[str, Any]:
        """How it is, for people: ``mode``, ``pid``, ``restarts``, ``running``, …; JSON types."""


class InlineLibrary(Library, Protocol):
    """A library in this process."""

    def call(self, function: int, frame: bytes) -> tuple[int, bytes, float, Sequence[Line]]:
        """Run a function here and now: its status, changes, seconds, and what it said."""


@frozen
class Loading:
    """What a library needs to be loaded.

    :ivar file: the path that the entry gave, for messages.
    :ivar copy: the private copy to load, named by its hash.
    :ivar config: the JSON object for ``tyk_plugin_init``.
    :ivar threads: in which it is called at most.
    """

    file: str
    copy: str
    manifest: Manifest
    config: bytes
    threads: int
