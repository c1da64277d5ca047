"""An endpoint of the OAuth server: a whole request in, a JSON answer or a redirect out."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from attrs import frozen
from twisted.logger import Logger

from twisted_tyk.errors import Refusal, StoreUnavailable
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.message.headers import Pair
from twisted_tyk.message.whole import whole
from twisted_tyk.oauth.asked import Asked, read_asked
from twisted_tyk.oauth.problem import OAuthProblem
from twisted_tyk.oauth.redirect import with_answer

#: What a body may have at most, in bytes.
MAX_BODY: Final = 1 << 18
_JSON: Final[Pair] = (b"Content-Type", b"application/json")


def as_reply(value: Mapping[str, Any], status: int = 200) -> Reply:
    """A JSON answer."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return Reply(status, [_JSON], text.encode() + b"\n")


def status_object(status: int, message: str) -> Reply:
    """Tyk's object that says how something went."""
    return as_reply({"status": "ok" if status < 400 else "error", "message": message}, status)


def as_problem(problem: OAuthProblem, status: int) -> Reply:
    """The JSON answer to a client that gets nothing."""
    value = problem.output()
    if problem.redirect_uri:
        uri = with_answer(problem.redirect_uri, value)
        return as_reply({**value, "redirect_to": uri}, status)
    return as_reply(value, status)


@frozen
class Endpoint:
    """Answers at an own path of an API.

    A body is read to its end before anything is decided. What goes wrong is told in the
    words of RFC 6749, and nothing of the request but who sent it gets into the log.

    :ivar answer: a coroutine function; it may raise an ``OAuthProblem`` or a ``Refusal``.
    :ivar methods: all others are refused.
    :ivar error_status: of answers to an ``OAuthProblem``.
    :ivar fields: on every answer.
    :ivar told: makes the answer to an ``OAuthProblem``.
    """

    answer: Callable[[Exchange, Asked], Awaitable[Reply]]
    methods: frozenset[bytes]
    error_status: int
    fields: tuple[Pair, ...] = ()
    told: Callable[[OAuthProblem, int], Reply] = as_problem

    log = Logger()

    async def __call__(self, exchange: Exchange) -> Reply:
        reply = await self._decide(exchange)
        return Reply(reply.status, [*reply.headers, *self.fields], reply.body)

    async def _decide(self, exchange: Exchange) -> Reply:
        if exchange.method not in self.methods:
            return status_object(405, "Method not supported")
        try:
            body = await whole(exchange.body, MAX_BODY)
            headers = exchange.headers
            asked = read_asked(
                exchange.target.partition(b"?")[2],
                body,
                headers.get("content-type", ""),
                headers.get("authorization", ""),
            )
            return await self.answer(exchange, asked)
        except OAuthProblem as problem:
            self.log.info(
                "{error} at the OAuth server of API {api}, told to {address}",
                error=problem.error, api=exchange.api.api_id,
                address=exchange.api.client_address(exchange),
            )  # fmt: skip
            return self.told(problem, self.error_status)
        except StoreUnavailable as error:
            reply = as_problem(OAuthProblem("temporarily_unavailable"), error.status)
            more = [(name.encode(), value.encode()) for name, value in error.headers]
            return Reply(reply.status, [*reply.headers, *more], reply.body)
        except Refusal as refusal:
            return status_object(refusal.status, refusal.message)
