"""How a request is turned away.

::

    Refusal                     a status, a message and perhaps an event
    ├── HookError               other people's code failed: 500
    │   ├── HookNotLoaded       it could not be loaded at all: 500
    │   ├── HookTimeout         it took too long: 504
    │   ├── HookBusy            too many calls of it wait already: 503
    │   ├── HookDied            the process that ran it died: 502
    │   └── HookAway            that process is not there again yet: 503
    ├── StoreUnavailable        the store can not be reached: 503
    └── UpstreamError           what lies behind the gateway failed
        ├── UpstreamUnreachable refused, reset, broken, not verified: 502
        └── UpstreamTimeout     no connection or no answer in time: 504

A step raises one; the chain turns it into Tyk's error body (JSON or XML) and
records the request. Messages are Tyk's, since clients match on them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


class Refusal(Exception):
    """The request ends here.

    :ivar status: the HTTP status of the answer, 400 to 599.
    :ivar message: what the error body says to the client.
    :ivar event: the name of the Tyk event that goes with it, or ``None``.
    :ivar headers: fields added to the answer, such as ``WWW-Authenticate``.
    :ivar reason: what the log says in addition, and the client is not told.
    """

    def __init__(
        self,
        status: int,
        message: str,
        event: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
        reason: str = "",
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.event = event
        self.headers = tuple(headers)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.status} {self.message}"


class HookError(Refusal):
    """A hook raised, or misbehaved in another way."""

    def __init__(
        self,
        status: int = 500,
        message: str = "Internal Server Error",
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(status, message, headers=headers)


class HookNotLoaded(HookError):
    """The hook at this place could not be loaded, so nothing passes it."""


class HookTimeout(HookError):
    """A hook that waits or runs in a thread took longer than its ``timeout``."""

    def __init__(self) -> None:
        super().__init__(504, "Middleware timed out")


class HookBusy(HookError):
    """So many calls of a hook wait that one more would only wait in vain."""

    def __init__(self) -> None:
        super().__init__(503, "Middleware is busy", [("Retry-After", "1")])


class HookDied(HookError):
    """The process that was running the hook is gone."""

    def __init__(self) -> None:
        super().__init__(502, "Middleware failed")


class HookAway(HookError):
    """The process that runs the hook has died and is not there again yet."""

    def __init__(self) -> None:
        super().__init__(503, "Middleware is not available", [("Retry-After", "1")])


class StoreUnavailable(Refusal):
    """The store of keys and limits can not be reached."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(
            503, "Storage is not available", headers=[("Retry-After", "1")], reason=reason
        )


class UpstreamError(Refusal):
    """The upstream gave no usable answer."""


class UpstreamUnreachable(UpstreamError):
    """No connection, or one that broke before an answer had come."""

    def __init__(self, message: str = "There was a problem proxying the request") -> None:
        super().__init__(502, message)


class UpstreamTimeout(UpstreamError):
    """The upstream did not accept or answer in ``proxy_default_timeout``."""

    def __init__(self) -> None:
        super().__init__(504, "Upstream service reached hard timeout.")


class NotStarted(SystemExit, Exception):
    """The process ends, with status 1 and a sentence on standard error.

    It is an ``Exception``, too, since a ``twistd`` that goes to the background waits until
    it is told of one, and would wait for ever.
    """

    def __init__(self, sentence: str) -> None:
        """:param sentence: what is wrong; it is printed at once."""
        super().__init__(sentence)
        self.code = 1
        print(sentence, file=sys.stderr)
