"""Lines in the log for requests that were turned away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.logger import Logger

from twisted_tyk.seldom import Seldom

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from twisted_tyk.exchange import Exchange


class Telling:
    """Tells of each request, but not of so many that the log is nothing else any more.

    A line has no query, since keys may stand there.
    """

    log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        self._seldom: Seldom[tuple[str, str]] = Seldom(clock, self._rest)

    def tell(self, event: str, message: str, exchange: Exchange) -> None:
        """:param event: Tyk's name of what has happened. :param message: why."""
        if not self._seldom.may((event, exchange.api.api_id)):
            return
        session = exchange.session
        self.log.info(
            "{event}: {method} {path} of API {api} from {address}{who}: {message}",
            event=event,
            method=exchange.method.decode(),
            path=exchange.original_target.partition(b"?")[0].decode("utf-8", "backslashreplace"),
            api=exchange.api.api_id,
            address=exchange.api.client_address(exchange),
            who=f" ({session.alias})" if session is not None and session.alias else "",
            message=message,
        )

    def _rest(self, kind: tuple[str, str], more: int) -> None:
        event, api = kind
        self.log.info(
            "{event}: {more} more requests of API {api} within the second",
            event=event,
            more=more,
            api=api,
        )
