"""The request as hooks see it: Go's ``http.Request`` in Python's spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, succeed

from twisted_tyk.message.body import Body
from twisted_tyk.message.headers import encode_name, encode_value
from twisted_tyk.message.url import URL

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange


class BodyNotRead(Exception):
    """A body was used that nobody had asked for, so it may not have come yet."""


def as_bytes(data: str | bytes) -> bytes:
    """A body assigned or written by a hook: text travels as UTF-8."""
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise TypeError(f"a body is bytes or str, not {type(data).__name__}")


class Request:
    """What a client asked for, and what the upstream will be asked for.

    Every change is seen by later hooks, built-in steps and the upstream.
    """

    __slots__ = ("exchange", "headers")

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        #: The fields as they arrived, without ``Host`` (see :attr:`host`); change them in place.
        self.headers = exchange.headers

    @property
    def method(self) -> str:
        """Such as ``GET``; assign to change it.

        :raises ValueError: when what is assigned is not an HTTP token.
        """
        return self.exchange.method.decode("ascii")

    @method.setter
    def method(self, method: str) -> None:
        self.exchange.method = encode_name(method)

    @property
    def url(self) -> URL:
        """Path and query, listen path included. A ``str`` may be assigned.

        :raises ValueError: when what is assigned is not a path with a query.
        """
        exchange = self.exchange
        if exchange.url is None:
            exchange.url = URL(exchange.target.decode("utf-8", "surrogateescape"))
        return exchange.url

    @url.setter
    def url(self, url: URL | str) -> None:
        self.exchange.url = url if isinstance(url, URL) else URL(url)

    @property
    def host(self) -> str:
        """The host the client asked for, with a port if it named one.

        The upstream sees it when the definition says ``preserve_host_header``.
        """
        return self.exchange.host.decode("utf-8", "surrogateescape")

    @host.setter
    def host(self, host: str) -> None:
        self.exchange.host = encode_value(host)

    @property
    def remote_addr(self) -> str:
        """Address and port of the client's socket, such as ``127.0.0.1:50432``."""
        exchange = self.exchange
        address = f"[{exchange.peer}]" if ":" in exchange.peer else exchange.peer
        return f"{address}:{exchange.peer_port}"

    @property
    def client_ip(self) -> str:
        """The client's address: ``X-Real-IP``, else ``X-Forwarded-For``, else the socket's.

        Clients can write both fields; ``http_server_options.xff_depth`` says
        which address of ``X-Forwarded-For`` to trust.
        """
        exchange = self.exchange
        return exchange.api.client_address(exchange)

    @property
    def body(self) -> bytes:
        """The whole body. Assigning bytes or text replaces it, read or not.

        :raises BodyNotRead: when the hook neither said ``reads_body`` nor
            awaited :meth:`read`, and the body has not come by itself.
        """
        body = self.exchange.body
        if not body.ended:
            raise BodyNotRead("say @reads_body where the hook is defined, or await request.read()")
        return body.join()

    @body.setter
    def body(self, data: str | bytes) -> None:
        replacement = Body.of(as_bytes(data))
        self.exchange.body.drop()
        self.exchange.body = replacement

    def read(self) -> Deferred[bytes]:
        """The whole body, when it has come; fails when the client leaves first."""
        body = self.exchange.body.gather()
        return body if isinstance(body, Deferred) else succeed(body)
