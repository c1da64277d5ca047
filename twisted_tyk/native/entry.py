"""One entry of a definition that names a native function, and what its calls mean."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen
from twisted.logger import Logger

from twisted_tyk.errors import HookAway, HookDied, HookError, Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.message.body import Body
from twisted_tyk.native import abi
from twisted_tyk.native.carrier import Carrier
from twisted_tyk.native.changes import Malformed, complaint
from twisted_tyk.native.contract import InlineLibrary, Library
from twisted_tyk.native.frame import Encoder
from twisted_tyk.native.manifest import Function
from twisted_tyk.native.stats import EntryStats
from twisted_tyk.native.words import failure_of


@frozen(eq=False)
class Entry:
    """A native function where a definition has put it.

    :ivar name: ``GoPluginMiddleware:<path>:<symbol>``.
    :ivar keep_session: stores the session, when the function asked for that.
    :ivar timeout: seconds that a request waits for a call that is not inline.
    :ivar skips: a failure is passed over.
    :ivar way_back: the function takes the response too.
    """

    name: str
    function: Function
    library: Library | InlineLibrary
    encode: Encoder
    carry: Carrier
    stats: EntryStats
    keep_session: Callable[[Exchange], None]
    timeout: float
    skips: bool
    way_back: bool

    log = Logger()

    def awaited(self, exchange: Exchange) -> Body | None:
        """The body, of a function that needs it, when it has not come yet."""
        body = exchange.body
        if self.way_back:
            assert exchange.response is not None
            body = exchange.response.stream
        return None if body.ended else body

    def finish(self, exchange: Exchange, status: int, data: bytes, seconds: float) -> Reply | None:
        """What becomes of the request after a call.

        :returns: the answer that the function wrote, or ``None`` to go on.
        :raises Refusal: when it failed and is not passed over.
        """
        if status != abi.OK:
            self._complained(exchange, status, data, seconds)
            return None
        if data:
            try:
                self.carry(exchange, data)
            except Malformed as problem:
                what = f"asked for changes that cannot be made: {problem}"
                self.stats.ended(seconds, True, what)
                self.give_up(exchange, what, HookError)
                return None
        self.stats.ended(seconds, False)
        if exchange.session_changed:
            self.keep_session(exchange)
        writer = exchange.writer
        if writer is None or writer.status is None:
            return None
        if self.way_back:
            # What the upstream still sends is not wanted any more.
            assert exchange.response is not None
            exchange.response.stream.stopProducing()
        return writer.reply()

    def give_up(self, exchange: Exchange, what: str, refusal: Callable[[], Refusal]) -> None:
        """The function did not do its work: go on without it, or not at all.

        :param refusal: makes what is raised; a variable that held it would be
            held by its traceback.
        :raises Refusal: unless failures are passed over.
        """
        self.log.error(
            "{hook} of API {api} {what}", hook=self.name, api=exchange.api.api_id, what=what
        )
        self._answer_for(refusal)

    def _answer_for(self, refusal: Callable[[], Refusal]) -> None:
        if not self.skips:
            raise refusal()
        self.stats.skipped()

    def _complained(self, exchange: Exchange, status: int, data: bytes, seconds: float) -> None:
        message, stack, lines = complaint(data)
        for line in lines:
            self.carry.say(exchange, line)
        what = failure_of(status, message)
        self.stats.ended(seconds, True, what)
        if status == abi.E_AWAY:
            # Whoever starts the process tells of it, once and not for each request.
            self._answer_for(HookAway)
        else:
            refusal = HookDied if status == abi.E_DIED else HookError
            self.give_up(exchange, f"{what}\n{stack}" if stack else what, refusal)
