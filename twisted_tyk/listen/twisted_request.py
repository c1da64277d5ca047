"""What Twisted's web resources want to know of a request.

None of it is used by the gateway's own chain, and none of it costs anything
until a resource asks: values are made on first use and kept in the instance's
``__dict__``, which does not exist before.
"""

from __future__ import annotations

import base64
import binascii
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote_to_bytes

from twisted.web import http, server
from twisted.web.http_headers import Headers

from twisted_tyk.message.request import BodyNotRead

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange
    from twisted_tyk.listen.channel import Channel


class TwistedRequest:
    """The reading half of ``IRequest``.

    Bodies are not parsed into :attr:`args` unless they are URL-encoded forms,
    and there are no web sessions.
    """

    __slots__ = ("__dict__",)

    if TYPE_CHECKING:
        exchange: Exchange
        channel: Channel
        _http10: bool

    appRootURL: bytes | None = None
    _forceSSL = 0

    @property
    def method(self) -> bytes:
        return self.exchange.method

    @method.setter
    def method(self, method: bytes) -> None:
        self.exchange.method = method

    @property
    def uri(self) -> bytes:
        return self.exchange.target

    @uri.setter
    def uri(self, uri: bytes) -> None:
        self.exchange.target = uri

    @property
    def clientproto(self) -> bytes:
        return b"HTTP/1.0" if self._http10 else b"HTTP/1.1"

    @cached_property
    def path(self) -> bytes:
        return self.uri.partition(b"?")[0]

    @cached_property
    def args(self) -> dict[bytes, list[bytes]]:
        args: dict[bytes, list[bytes]] = http.parse_qs(self.uri.partition(b"?")[2], True)
        kind = self.getHeader(b"content-type") or b""
        form = kind.partition(b";")[0].strip().lower() == b"application/x-www-form-urlencoded"
        if form and self.method == b"POST" and self.exchange.body.ended:
            args.update(http.parse_qs(self.exchange.body.join(), True))
        return args

    @cached_property
    def prepath(self) -> list[bytes]:
        return []

    @cached_property
    def postpath(self) -> list[bytes]:
        return [unquote_to_bytes(segment) for segment in self.path[1:].split(b"/")]

    @cached_property
    def sitepath(self) -> list[bytes]:
        return []

    @cached_property
    def requestHeaders(self) -> Headers:
        """A copy, with ``Host``."""
        headers = Headers()
        if self.exchange.host:
            headers.addRawHeader(b"Host", self.exchange.host)
        for name, value in self.exchange.headers.raw:
            headers.addRawHeader(name, value)
        return headers

    @cached_property
    def received_cookies(self) -> dict[bytes, bytes]:
        cookies = {}
        for line in self.requestHeaders.getRawHeaders(b"cookie", []):
            for cookie in line.split(b";"):
                name, equals, value = cookie.lstrip().partition(b"=")
                if equals:
                    cookies[name] = value
        return cookies

    @cached_property
    def content(self) -> BytesIO:
        """The body, whole.

        :raises BodyNotRead: when it has not come; see ``render_foreign``.
        """
        body = self.exchange.body
        if not body.ended:
            raise BodyNotRead("mount the resource with render_foreign")
        return BytesIO(body.join())

    @cached_property
    def host(self) -> Any:
        return self.channel.transport.getHost()

    @cached_property
    def client(self) -> Any:
        return self.channel.transport.getPeer()

    @property
    def transport(self) -> Any:
        return self.channel.transport

    def getHost(self) -> Any:
        return self.host

    def getClientAddress(self) -> Any:
        return self.client

    def getClientIP(self) -> str | None:
        return self.exchange.peer or None

    def isSecure(self) -> bool:
        return self.exchange.secure or bool(self._forceSSL)

    @cached_property
    def _credentials(self) -> tuple[bytes, bytes]:
        scheme, _, encoded = (self.getHeader(b"authorization") or b"").partition(b" ")
        if scheme.lower() != b"basic":
            return b"", b""
        try:
            user, _, password = base64.b64decode(encoded).partition(b":")
        except binascii.Error:
            return b"", b""
        return user, password

    def getUser(self) -> bytes:
        return self._credentials[0]

    def getPassword(self) -> bytes:
        return self._credentials[1]

    def getSession(self, sessionInterface: Any = None) -> NoReturn:
        """:raises NotImplementedError: always; the gateway keeps no web sessions."""
        raise NotImplementedError("the gateway keeps no web sessions")

    # Twisted's own functions; they need no more of a request than there is here.
    getHeader: Any = http.Request.getHeader
    getCookie: Any = http.Request.getCookie
    getAllHeaders: Any = http.Request.getAllHeaders
    getRequestHostname: Any = http.Request.getRequestHostname
    setHost: Any = http.Request.setHost
    URLPath: Any = server.Request.URLPath
    prePathURL: Any = server.Request.prePathURL
    _prePathURL: Any = server.Request._prePathURL
    rememberRootURL: Any = server.Request.rememberRootURL
    getRootURL: Any = server.Request.getRootURL
