"""A request's head: what llhttp reads, and what it does not look at.

llhttp checks the fields one by one. The rules here concern the message as a
whole, and those points where servers read the same bytes differently; whoever
exploits such a point smuggles one request inside another (RFC 9112, section 11.2).
"""

from __future__ import annotations

import re

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from twisted_tyk.listen.refused import Refused
from twisted_tyk.message.headers import Pair

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_NAME = re.compile(_TOKEN)
# One blank each, visible ASCII, no fragment.
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") ([!\"$-~]+) HTTP/1\.([01])\r\n")
_OTHER_VERSION = re.compile(_TOKEN + rb" [!-~]+ HTTP/[0-9]\.[0-9]\r\n")
_ABSOLUTE = re.compile(rb"https?://([^/?]+)(.*)", re.IGNORECASE)
_HOST = re.compile(
    rb"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?"
)
# Fields with a meaning to the listener are told by their length first, since
# lowering every name costs more. A name of no length is an error.
_LENGTHS = frozenset(map(len, (b"", b"host", b"expect", b"connection", b"content-length",
                               b"transfer-encoding")))  # fmt: skip


class HeadParser:
    """Reads one head after the other; one parser serves all connections.

    The attributes tell of the last head that was parsed.

    :ivar method: such as ``b"GET"``.
    :ivar target: path and query, or ``b"*"``.
    :ivar host: the ``Host`` field's value, or the host of an absolute target.
    :ivar headers: the fields without ``Host``, ``Expect`` and ``Transfer-Encoding``.
    :ivar http10: it is an HTTP/1.0 request.
    :ivar length: of the body in bytes; ``None`` when it is chunked.
    :ivar keep_alive: the client can use the connection again.
    :ivar expects_continue: the client waits for ``100 Continue``.
    """

    __slots__ = ("method", "target", "host", "headers", "http10", "length", "keep_alive",
                 "expects_continue", "_count", "_fields", "_callbacks", "_llhttp",
                 "_good_host", "_checks_names")  # fmt: skip

    def __init__(self, header_count: int) -> None:
        """:param header_count: more fields than these are refused."""
        self.method = b""
        self.target = b""
        self.host = b""
        self.headers: list[Pair] = []
        self.http10 = False
        self.length: int | None = 0
        self.keep_alive = True
        self.expects_continue = False
        self._count = header_count
        self._fields: list[Pair] = []
        self._callbacks = _Callbacks(self._fields)
        self._llhttp = HttpRequestParser(self._callbacks)
        self._good_host = b""
        self._checks_names = _takes_blanks_in_names()

    def parse(self, head: bytes) -> None:
        """Read ``head``, from the method to the empty line and not a byte more.

        :raises Refused: when it must not be served.
        """
        line = _REQUEST_LINE.match(head)
        if line is None:
            if _OTHER_VERSION.match(head) is not None and b"#" not in head[: head.find(b"\r")]:
                raise Refused(505, "unknown version of HTTP")
            raise Refused(400, "not a request line")
        self.method, target, minor = line.groups()
        self.target = target
        self.http10 = minor == b"0"
        count = head.count(b"\r\n") - 2
        if count > self._count:
            raise Refused(431, "too many fields")
        fields = self._fields
        fields.clear()
        try:
            self._llhttp.feed_data(head)
        except HttpParserUpgrade:
            # Upgrades are for the chain to grant; the message is an ordinary one.
            self._renew()
        except HttpParserError as error:
            self._renew()
            raise Refused(400, str(error)) from None
        # A field that spans lines, or several in one line.
        if len(fields) != count:
            self._renew()
            raise Refused(400, "a line that is not one field")
        if self._checks_names and not all(_NAME.fullmatch(name) for name, _ in fields):
            raise self._refused("not the name of a field")
        self._read_fields(fields)
        if self.length != 0 or not self.keep_alive:
            # llhttp now waits for a body, or for the end.
            self._renew()
        if target[0] != 47:  # "/"
            self._read_target()
        if b" \r\n" in head or b"\t\r\n" in head:
            self.headers = [(name, value.rstrip(b" \t")) for name, value in self.headers]

    def _read_fields(self, fields: list[Pair]) -> None:
        host: bytes | None = None
        connection: bytes | None = None
        length: bytes | None = None
        coding: bytes | None = None
        expect: bytes | None = None
        self.headers = headers = []
        for field in fields:
            name = field[0]
            if len(name) in _LENGTHS:
                lowered = name.lower()
                if lowered == b"host":
                    if host is not None:
                        raise self._refused("repeated Host")
                    host = field[1].rstrip(b" \t")
                    continue
                if lowered == b"connection":
                    connection = field[1] if connection is None else connection + b"," + field[1]
                elif lowered == b"content-length":
                    if length is not None:
                        raise self._refused("repeated Content-Length")
                    length = field[1].rstrip(b" \t")
                elif lowered == b"transfer-encoding":
                    if coding is not None:
                        raise self._refused("repeated Transfer-Encoding")
                    coding = field[1].rstrip(b" \t")
                    continue
                elif lowered == b"expect":
                    expect = field[1] if expect is None else expect + b"," + field[1]
                    continue
                elif not name:
                    raise self._refused("field without a name")
            headers.append(field)
        if host is None:
            if not self.http10:
                raise self._refused("no Host")
            host = b""
        elif host != self._good_host:
            if _HOST.fullmatch(host) is None:
                raise self._refused("not a Host")
            self._good_host = host
        self.host = host
        self.keep_alive = not self.http10
        if connection is not None and (self.http10 or connection != b"keep-alive"):
            self._read_connection(connection)
        self.length = 0
        if length is not None or coding is not None:
            self._read_framing(length, coding)
        self.expects_continue = False
        if expect is not None and not self.http10:
            if expect.strip(b" \t").lower() != b"100-continue":
                raise self._refused("unknown expectation", 417)
            self.expects_continue = True

    def _read_connection(self, value: bytes) -> None:
        options = {option.strip(b" \t") for option in value.lower().split(b",")}
        if b"close" in options:
            self.keep_alive = False
        elif b"keep-alive" in options:
            self.keep_alive = True

    def _read_framing(self, length: bytes | None, coding: bytes | None) -> None:
        if coding is None:
            assert length is not None
            if not length.isdigit() or len(length) > 18:
                raise self._refused("not a Content-Length")
            self.length = int(length)
        elif length is not None:
            raise self._refused("both Content-Length and Transfer-Encoding")
        elif self.http10 or coding.lower() != b"chunked":
            raise self._refused("unknown Transfer-Encoding")
        else:
            self.length = None

    def _read_target(self) -> None:
        target = self.target
        if self.method == b"CONNECT":
            raise self._refused("CONNECT", 501)
        if target == b"*":
            if self.method != b"OPTIONS":
                raise self._refused("* is for OPTIONS")
            return
        absolute = _ABSOLUTE.fullmatch(target)
        if absolute is None:
            raise self._refused("not a request target")
        authority, path = absolute.groups()
        if _HOST.fullmatch(authority) is None:
            raise self._refused("not the host of a request target")
        if self.host.lower() != authority.lower() and (self.host or not self.http10):
            raise self._refused("Host differs from the request target")
        self.host = authority
        self.target = path if path[:1] == b"/" else b"/" + path

    def _refused(self, why: str, status: int = 400) -> Refused:
        self._renew()
        return Refused(status, why)

    def _renew(self) -> None:
        self._llhttp = HttpRequestParser(self._callbacks)


class _Callbacks:
    """What llhttp calls. It asks once for each function, so a plain one will do."""

    def __init__(self, fields: list[Pair]) -> None:
        append = fields.append

        def on_header(name: bytes, value: bytes) -> None:
            append((name, value))

        self.on_header = on_header


def _takes_blanks_in_names() -> bool:
    """The llhttp at hand is one of those, such as httptools 0.6.1 has, that are lax there."""
    try:
        HttpRequestParser(_Callbacks([])).feed_data(b"GET / HTTP/1.1\r\nA B : c\r\n\r\n")
    except HttpParserError:
        return False
    return True
