"""The connection that hears messages; txredisapi is imported with it, as with ``wire``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IReactorTime

from twisted_tyk.storage.redis.wire import Connection


class Listening(Connection):
    """Subscribed as soon as it is there, so ``ready`` means that nothing is missed any more."""

    def __init__(
        self,
        heard: Callable[[bytes], None],
        channel: bytes,
        clock: IReactorTime,
        timeout: float,
        *login: Any,
    ) -> None:
        super().__init__(clock, timeout, *login)
        self._heard = heard
        self._channel = channel

    def _greet(self) -> Any:
        greeted = super()._greet()
        greeted.addCallback(lambda _: self.execute_command("SUBSCRIBE", self._channel))
        return greeted.addCallback(lambda _: self)

    def replyReceived(self, reply: Any) -> None:
        if isinstance(reply, list) and reply and reply[0] == b"message":
            self._heard(reply[2])
        else:
            super().replyReceived(reply)
