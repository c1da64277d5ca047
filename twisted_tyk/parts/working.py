"""Time and hands: the clock of deadlines, and the threads."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from twisted_tyk.parts.given import Given
from twisted_tyk.transport.deadlines import Deadlines
from twisted_tyk.transport.threads import Threads

#: Threads for what takes the processor long, such as hashing passwords.
_TASKS: Final = 4


@frozen
class Working:
    """
    :ivar deadlines: of connections and hooks.
    :ivar hooks: threads for hooks that are marked as blocking.
    :ivar tasks: threads for what takes the processor long.
    """

    deadlines: Deadlines
    hooks: Threads
    tasks: Threads

    @classmethod
    def make(cls, given: Given) -> Working:
        """Nothing runs yet."""
        reactor = given.reactor
        return cls(
            Deadlines(reactor),
            Threads(reactor, given.settings.hook_threads, "hooks"),
            Threads(reactor, _TASKS, "tasks"),
        )

    def start(self) -> None:
        """Begin."""
        self.deadlines.start()
        self.hooks.start()
        self.tasks.start()

    def stop(self) -> None:
        """End, waiting for no thread that is stuck."""
        self.deadlines.stop()
        self.hooks.stop()
        self.tasks.stop()
