"""Every way an exchange can end, in one place.

Whoever gives the answer (the upstream, a hook, or the gateway itself), it
passes here once, so that it is framed, recorded and logged in one way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.errors import HookError, Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IRelay, IStep
from twisted_tyk.message.headers import Pair, encode_name, encode_value
from twisted_tyk.respond.error_pages import ErrorPages
from twisted_tyk.respond.limit_fields import LimitFields
from twisted_tyk.respond.telling import Telling


@frozen
class Ending:
    """Sends answers.

    :ivar happened: takes an event of a request: its name, a message and the exchange.
    :ivar telling: has it in the log.
    :ivar error_headers: on every error that the gateway itself gives.
    :ivar limits: what clients are told of their limits.
    """

    pages: ErrorPages
    happened: Callable[[str, str, Exchange], None]
    telling: Telling
    error_headers: tuple[Pair, ...] = ()
    limits: LimitFields = LimitFields()

    log = Logger()

    def deliver(self, request: Any) -> None:
        """The response of the upstream, with what hooks made of it."""
        exchange = request.exchange
        response = exchange.response
        headers = response.headers.raw
        if exchange.writer is not None and exchange.writer.added is not None:
            headers = headers + exchange.writer.added.raw
        exchange.status = status = response.status
        fixed = self.limits.of_response(exchange)
        request.respond(status, response.reason, headers, response.stream, fixed)

    def reply(self, request: Any, reply: Reply) -> None:
        """What a hook wrote, to the letter. 403 is Tyk's sign of failed authentication."""
        exchange = request.exchange
        if reply.status >= 400:
            exchange.refusal = str(HookError(reply.status, ""))
            if reply.status == 403:
                self._event(exchange, "AuthFailure", "Auth Failure")
        headers = list(reply.headers)
        own = {name.lower() for name, _ in headers}
        limits = self.limits.of_answer(exchange)
        headers += [pair for pair in limits if pair[0].lower() not in own]
        self._send(request, reply.status, headers, reply.body)

    def fail(self, request: Any, step: IStep | IRelay, failure: Failure) -> None:
        """A refusal is answered with its status, anything else with 500 and a log entry."""
        exchange = request.exchange
        if exchange.left:
            # What was waited for has been cancelled, and nobody waits for an answer.
            if exchange.response is not None:
                exchange.response.stream.stopProducing()
            return
        refusal = failure.value
        if not isinstance(refusal, Refusal):
            self.log.failure(
                "{step} of API {api} failed", failure, step=step.name, api=exchange.api.api_id
            )
            refusal = Refusal(500, "Internal Server Error")
        # The error itself would keep its frames, and they the exchange.
        exchange.refusal = str(refusal)
        if request.begun:
            request.cut(failure)
            return
        if refusal.event is not None:
            self._event(exchange, refusal.event, refusal.message, refusal.reason)
        content_type, body = self.pages.render(
            refusal.status, refusal.message, exchange.headers.get("content-type") or ""
        )
        headers = [(b"Content-Type", content_type.encode()), *self.error_headers]
        headers += self.limits.of_answer(exchange)
        if exchange.writer is not None:
            headers += exchange.writer.headers.raw
        headers += [(encode_name(name), encode_value(value)) for name, value in refusal.headers]
        self._send(request, refusal.status, headers, body)

    def _send(self, request: Any, status: int, headers: list[Pair], body: bytes) -> None:
        exchange = request.exchange
        if exchange.response is not None:
            # It was replaced; the rest of it shall not be waited for.
            exchange.response.stream.stopProducing()
        exchange.status = status
        request.respond(status, b"", headers, body)

    def _event(self, exchange: Exchange, event: str, message: str, reason: str = "") -> None:
        self.telling.tell(event, f"{message} ({reason})" if reason else message, exchange)
        self.happened(event, message, exchange)
