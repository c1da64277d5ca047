"""Messages of a gateway to itself, where there is no other node."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from twisted_tyk.interfaces import INotifications


class Subscribers:
    """Who hears which command, in the order they came."""

    log = Logger()

    def __init__(self) -> None:
        self._heard: dict[str, list[Callable[[str], None]]] = {}

    def add(self, command: str, heard: Callable[[str], None]) -> None:
        """Have ``heard(payload)`` called for each message with that command."""
        self._heard.setdefault(command, []).append(heard)

    def tell(self, command: str, payload: str) -> None:
        """Call them all; what one of them raises is logged."""
        for heard in self._heard.get(command, ()):
            try:
                heard(payload)
            except Exception:
                self.log.failure("what a {command} message asks for failed", command=command)


@implementer(INotifications)
class LocalNotifications:
    """A message is heard in the reactor's next turn."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._subscribers = Subscribers()

    def publish(self, command: str, payload: str) -> Deferred[None]:
        self._clock.callLater(0, self._subscribers.tell, command, payload)
        return succeed(None)

    def subscribe(self, command: str, heard: Callable[[str], None]) -> None:
        self._subscribers.add(command, heard)
