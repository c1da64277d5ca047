"""Lines in the log for requests that were turned away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import define, field
from twisted.logger import Logger

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from twisted_tyk.exchange import Exchange

#: Lines in a second for one event of one API.
MOST: Final = 10


@define(eq=False)
class Telling:
    """Tells of each request, but not of so many that the log is nothing else any more.

    A line has no query, since keys may stand there.
    """

    clock: IReactorTime
    _counts: dict[tuple[str, str], int] = field(factory=dict, init=False)

    log = Logger()

    def tell(self, event: str, message: str, exchange: Exchange) -> None:
        """:param event: Tyk's name of what has happened. :param message: why, for the client."""
        place = event, exchange.api.api_id
        if not self._counts:
            self.clock.callLater(1.0, self._over)
        count = self._counts[place] = self._counts.get(place, 0) + 1
        if count > MOST:
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

    def _over(self) -> None:
        counts, self._counts = self._counts, {}
        for (event, api), count in counts.items():
            if count > MOST:
                self.log.info(
                    "{event}: {more} more requests of API {api} within the second",
                    event=event,
                    more=count - MOST,
                    api=api,
                )
