"""What the log says of requests that an upstream did not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.logger import Logger

from twisted_tyk.proxy.origin import UpstreamURL
from twisted_tyk.seldom import Seldom

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime


class Unanswered:
    """Tells of each, but not of so many that the log is nothing else any more."""

    log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        self._seldom: Seldom[tuple[str, str]] = Seldom(clock, self._rest)

    def tell(self, method: bytes, url: UpstreamURL, error: Exception) -> None:
        """:param error: as the client is told of it; its cause is for the log."""
        origin = f"{url.origin.scheme}://{url.host.decode('utf-8', 'replace')}"
        if self._seldom.may((origin, str(error))):
            self.log.warn(
                "{method} {origin}: {refusal}: {cause}",
                method=method.decode("ascii", "replace"),
                origin=origin,
                refusal=str(error),
                cause=repr(error.__cause__),
            )

    def _rest(self, kind: tuple[str, str], more: int) -> None:
        origin, refusal = kind
        self.log.warn(
            "{origin}: {refusal}: {more} more requests within the second",
            origin=origin,
            refusal=refusal,
            more=more,
        )
