"""The control API's endpoints, behind one check of the secret."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hmac import compare_digest
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

from attrs import evolve
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from twisted_tyk.chain.leaf import Leaf
from twisted_tyk.control.answers import Answer, error
from twisted_tyk.control.asked import Asked, first_values
from twisted_tyk.control.openapi import OpenAPI
from twisted_tyk.control.routes import Area, Route, Routes
from twisted_tyk.errors import Refusal
from twisted_tyk.message.whole import whole

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange

#: What a body may have at most, in bytes.
MAX_BODY: Final = 16 << 20
#: Seconds between two lines in the log that tell of requests without the secret.
TELL_INTERVAL: Final = 10.0

_NOT_FOUND: Final = Answer(404, b"404 page not found\n", "text/plain; charset=utf-8")


@implementer(IResource)
class Control(Leaf):
    """Serves ``/tyk/*`` and the open paths, on the main port or one of its own.

    The secret is compared in constant time; an empty one lets nobody in. Open
    paths may say more to those who have it.

    :ivar routes: every endpoint.
    """

    log = Logger()

    def __init__(
        self,
        secret: str,
        areas: Iterable[Area],
        hostname: str = "",
        max_body: int = MAX_BODY,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        """
        :param areas: the parts of the API.
        :param hostname: answer for this ``Host`` only, if given.
        :param seconds: a clock that only goes forward.
        :param max_body: bytes of a body at most; more is a 413.
        """
        self._secret = secret.encode()
        self._hostname = hostname.lower().encode()
        self._max_body = max_body
        self._seconds = seconds
        self._told_until = float("-inf")
        self._turned_away = 0
        described = OpenAPI(lambda: self.routes.all)
        self.routes = Routes(route for area in (*areas, described) for route in area.routes())

    def takes(self, path: bytes, host: bytes) -> bool:
        """Whether a request is the control API's, before any API can have it."""
        if not path.startswith(b"/tyk/") and path != b"/tyk" and not self.routes.is_open(path):
            return False
        host = host.lower()
        return self._hostname in (b"", host) or host.rpartition(b":")[0] == self._hostname

    def render(self, request: Any) -> object:
        """Answer in JSON, with Tyk's statuses and messages."""
        exchange = request.exchange
        raw_path, _, query = exchange.target.partition(b"?")
        path = unquote_to_bytes(raw_path)
        given = exchange.headers.first(b"x-tyk-authorization") or b""
        trusted = bool(self._secret) and compare_digest(given, self._secret)
        if not self.takes(path, exchange.host):
            _NOT_FOUND.send(request)
        elif not trusted and not self.routes.is_open(path):
            self._tell(exchange, path, bool(given))
            message = "Attempted administrative access with invalid or missing key!"
            error(403, message).send(request)
        else:
            answering: Deferred[Any] = maybeDeferred(
                self._answer, raw_path, query, exchange, trusted
            )
            if not answering.called:
                request.on_lost = lambda reason: answering.cancel()
            answering.addErrback(self._refused, path, exchange)
            answering.addCallback(self._send, request)
        return NOT_DONE_YET

    def _tell(self, exchange: Exchange, path: bytes, tried: bool) -> None:
        """Who guesses is seen, and can not fill the log."""
        self._turned_away += 1
        now = self._seconds()
        if now >= self._told_until:
            self._told_until = now + TELL_INTERVAL
            self.log.warn(
                "{method} {place} of the control API from {address}: {secret} secret; "
                "{count} requests were turned away so far",
                method=exchange.method.decode(),
                place=_place(path),
                address=exchange.peer,
                secret="wrong" if tried else "no",
                count=self._turned_away,
            )

    def _answer(
        self, raw_path: bytes, query: bytes, exchange: Any, trusted: bool
    ) -> Answer | Deferred[Answer]:
        method = exchange.method.decode("ascii", "replace")
        found = self.routes.find(raw_path.rstrip(b"/"), method)
        if isinstance(found, set):
            if not found:
                return _NOT_FOUND
            allow = ", ".join(sorted(found)).encode()
            return error(405, "Method not supported", [(b"Allow", allow)])
        route, parameters = found
        asked = Asked(
            method,
            raw_path.decode("ascii", "replace"),
            parameters,
            _fields(query),
            content_type=(exchange.headers.first(b"content-type") or b"").decode("latin-1"),
            trusted=trusted,
        )
        if route.body is None:
            return route.handler(asked)
        return whole(exchange.body, self._max_body).addCallback(_with_body, asked, route)

    def _refused(self, failure: Failure, path: bytes, exchange: Any) -> Answer:
        problem = failure.value
        if isinstance(problem, Refusal):
            fields = [(name.encode(), value.encode()) for name, value in problem.headers]
            return error(problem.status, problem.message, fields)
        if not exchange.left:  # else it is the client that broke off
            self.log.failure("{place} of the control API failed", failure, place=_place(path))
        return error(500, "Internal Server Error")

    def _send(self, answer: Answer, request: Any) -> None:
        request.on_lost = None
        try:
            answer.send(request)
        except Exception:
            self.log.failure("an answer of the control API could not be sent")
            if not request.begun:
                error(500, "Internal Server Error").send(request)


def _place(path: bytes) -> str:
    """What of a path can be told: in the rest of it there may be a key."""
    return b"/".join(path.split(b"/")[:3]).decode("utf-8", "backslashreplace")


def _fields(query: bytes) -> dict[str, str]:
    try:
        text = query.decode("ascii")
        return first_values(
            parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
        )
    except ValueError:
        raise Refusal(400, "Request malformed: the query is not one of text") from None


def _with_body(body: bytes, asked: Asked, route: Route) -> Answer | Deferred[Answer]:
    return route.handler(evolve(asked, body=body))
