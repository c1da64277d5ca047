"""What a parser reports of the answers on one connection."""

from __future__ import annotations

from httptools import HttpResponseParser

from twisted_tyk.message.headers import Pair

#: How far the answer is: nothing was asked, its head, its body, its end.
IDLE, HEAD, BODY, DONE = range(4)


class AnswerReader:
    """Collects an answer while its parser is fed, and decides nothing.

    Whoever feeds the parser looks afterwards, so that nobody else's code runs
    inside it.

    :ivar parser: to be fed; hold on to it meanwhile, it may be replaced.
    :ivar stage: how far the answer is.
    :ivar code: its status, once the head is there.
    :ivar phrase: its reason phrase.
    :ivar fields: as they came.
    :ivar pieces: of the body, not taken yet.
    :ivar keep_alive: at the end: the connection can be used again.
    :ivar surplus: something came behind the end.
    """

    __slots__ = ("_to_head", "code", "fields", "keep_alive", "parser", "phrase", "pieces", "stage",
                 "surplus")  # fmt: skip

    def __init__(self) -> None:
        self.parser = HttpResponseParser(self)
        self.stage = IDLE
        self.code = 0
        self.phrase = b""
        self.fields: list[Pair] = []
        self.pieces: list[bytes] = []
        self.keep_alive = False
        self.surplus = False
        self._to_head = False

    def expect(self, method: bytes) -> None:
        """A request of ``method`` was sent; an answer is to come."""
        self.stage = HEAD
        self.fields = []
        self.phrase = b""
        self._to_head = method == b"HEAD"

    def take(self) -> bytes:
        """The bytes of the body that have come since the last time."""
        pieces = self.pieces
        if not pieces:
            return b""
        self.pieces = []
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    # For the parser.

    def on_message_begin(self) -> None:
        if self.stage != HEAD:
            self.surplus = True

    def on_status(self, phrase: bytes) -> None:
        self.phrase += phrase

    def on_header(self, name: bytes, value: bytes) -> None:
        # Past the head these are trailers, which end here.
        if self.stage == HEAD:
            self.fields.append((name, value))

    def on_headers_complete(self) -> None:
        if self.stage != HEAD:
            return
        self.code = code = self.parser.get_status_code()
        if code < 200:
            if code == 101:
                raise ValueError("an upgrade nobody asked for")
            self.fields = []
            self.phrase = b""
        elif self._to_head or code == 204 or code == 304:
            # No body follows, whatever the fields say. The parser cannot know
            # that of HEAD, and older ones not of the others: it has served.
            self.stage = DONE
            self.keep_alive = self._lives_on()
            self.parser = HttpResponseParser(self)
        else:
            self.stage = BODY

    def on_body(self, data: bytes) -> None:
        if self.stage == BODY:
            self.pieces.append(data)
        else:
            self.surplus = True

    def on_message_complete(self) -> None:
        if self.stage == BODY:
            self.stage = DONE
            # Only now: the parser forgets with the next byte.
            self.keep_alive = self.parser.should_keep_alive()

    def _lives_on(self) -> bool:
        """Whether a connection stays open after an answer without a body or a length."""
        said = b",".join(v.lower() for n, v in self.fields if n.lower() == b"connection")
        options = {option.strip() for option in said.split(b",")}
        if self.parser.get_http_version() == "1.1":
            return b"close" not in options
        return b"keep-alive" in options
