"""A request that came over no connection, and the answer it gets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from http.client import responses
from typing import Any, Final
from urllib.parse import quote

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.body import Body
from twisted_tyk.message.fixed import FRAMING, NO_FIELDS, FixedFields
from twisted_tyk.message.headers import Headers, Pair, encode_name, encode_value
from twisted_tyk.message.whole import whole

#: What is shown of a body, in bytes.
SHOWN: Final = 1 << 20
_METHOD: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# Everything printable passes as it is.
_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))


class TracedRequest:
    """Takes the place of a request that a client sent.

    :ivar done: fires with the answer as it would have been sent.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.on_done: Callable[[Failure | None], None] | None = None
        self.on_lost: Callable[[Failure], None] | None = None
        self.begun = False
        self.done: Deferred[bytes] = Deferred(self._left)

    def respond(
        self,
        status: int,
        reason: bytes,
        headers: Iterable[Pair],
        body: bytes | Body,
        fixed: FixedFields = NO_FIELDS,
    ) -> None:
        """Take the answer, as a request that was sent would."""
        self.begun = True
        lines = [b"HTTP/1.1 %d %b" % (status, reason or responses.get(status, "").encode())]
        lines += [b": ".join(pair) for pair in headers if pair[0].lower() not in fixed.names]
        if fixed.lines:
            lines.append(fixed.lines)
        head = b"\r\n".join([*lines, b"", b""])
        if self.exchange.left:
            if isinstance(body, Body):
                body.stopProducing()
        elif isinstance(body, bytes):
            self.done.callback(head + body[:SHOWN])
        else:
            body_come = whole(body, SHOWN)
            self.on_lost = lambda reason: body_come.cancel()
            body_come.addErrback(_not_shown)
            body_come.addCallback(lambda data: self.done.callback(head + data))

    def cut(self, reason: Failure) -> None:
        """The answer broke off."""
        if not self.done.called:
            self.done.errback(reason)

    def _left(self, _: Any) -> None:
        """Whoever asked for the trace has left."""
        self.exchange.left = True
        on_lost, self.on_lost = self.on_lost, None
        if on_lost is not None:
            on_lost(Failure(ConnectionAbortedError("nobody waits for the trace")))


def make_exchange(value: Any, listen_path: str) -> Exchange:
    """A request as a client would have sent it to an API.

    :param value: ``method``, ``path`` below the listen path, ``headers`` and ``body``.
    :raises ValueError: naming the member that is wrong.
    """
    if not isinstance(value, dict):
        raise ValueError("request: expected an object")
    texts = {name: value.get(name) or "" for name in ("method", "path", "body")}
    for name, text in texts.items():
        if not isinstance(text, str):
            raise ValueError(f"request.{name}: expected a string")
    method = texts["method"] or "GET"
    if _METHOD.fullmatch(method) is None:
        raise ValueError("request.method: expected the name of a method")
    path, question, query = texts["path"].partition("?")
    joined = listen_path.rstrip("/") + "/" + path.lstrip("/")
    body = texts["body"].encode()
    headers, host = _headers(value.get("headers") or {})
    if body:
        headers.add("Content-Length", str(len(body)))
    target = quote(joined + question + query, safe=_ASCII).encode()
    return Exchange(
        method.encode(), target.partition(b"#")[0], host, headers, Body.of(body), "127.0.0.1"
    )


def dumped(exchange: Exchange) -> bytes:
    """A request as it would be on the wire."""
    lines = [exchange.method + b" " + exchange.path_and_query() + b" HTTP/1.1"]
    if exchange.host:
        lines.append(b"Host: " + exchange.host)
    lines += [b": ".join(pair) for pair in exchange.headers.raw]
    return b"\r\n".join([*lines, b"", exchange.body.join()[:SHOWN]])


def _headers(value: Any) -> tuple[Headers, bytes]:
    if not isinstance(value, dict):
        raise ValueError("request.headers: expected an object")
    headers, host = Headers(), b""
    for name, values in value.items():
        several = [values] if isinstance(values, str) else values
        if not isinstance(several, list) or not all(isinstance(each, str) for each in several):
            raise ValueError(f"request.headers.{name}: expected a list of strings")
        try:
            pairs = [(encode_name(name), encode_value(each)) for each in several]
        except ValueError as error:
            raise ValueError(f"request.headers: {error}") from None
        if name.lower() == "host":
            host = pairs[0][1] if pairs else b""
        elif name.lower().encode() not in FRAMING:
            headers.raw += pairs
    return headers, host


def _not_shown(failure: Failure) -> bytes:
    if failure.check(Refusal):
        return b"(a body of more than %d bytes)" % SHOWN
    return b"(the body broke off: %b)" % failure.getErrorMessage().encode()
