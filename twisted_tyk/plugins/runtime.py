"""What hooks are run with, by whatever driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange
    from twisted_tyk.native.libraries import Libraries
    from twisted_tyk.plugins.lives import HookLives
    from twisted_tyk.session.state import SessionState
    from twisted_tyk.transport.deadlines import Deadlines


@frozen
class Runtime:
    """One for a gateway.

    :ivar clock: for the timeouts of hooks that wait.
    :ivar in_thread: runs a callable with arguments in a thread of the pool for
        blocking hooks; the Deferred fires in the reactor thread.
    :ivar deadlines: the same clock, for timeouts that need not be exact.
    :ivar in_reactor: has something called in the reactor thread soon; safe in every thread.
    :ivar queue: calls of one entry that may wait for their turn.
    :ivar libraries: the native plugins.
    :ivar lives: of the hooks in Python.
    :ivar read_session: a session from its JSON; raises ``ValueError``.
    :ivar keep_session: stores the session of an exchange, which a hook asked for.
    :ivar metered: takes what a plugin measured: its file, kind, name and value.
    """

    clock: IReactorTime
    in_thread: Callable[..., Deferred[Any]]
    deadlines: Deadlines
    in_reactor: Callable[[Callable[[], None]], Any]
    queue: int
    libraries: Libraries
    lives: HookLives
    read_session: Callable[[bytes], SessionState]
    keep_session: Callable[[Exchange], None]
    metered: Callable[[str, int, str, float], None]
