"""The chunked transfer coding, decoded strictly (RFC 9112, section 7.1)."""

from __future__ import annotations

import re

from twisted_tyk.listen.refused import Refused

#: The longest line between chunks: a size with its extensions, or a trailer.
LINE_BYTES = 4096
#: All trailers together.
TRAILER_BYTES = 8192
#: What sizes and extensions may cost beyond what small chunks need.
EXCESS_BYTES = 16384

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?")
_TRAILER = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\x00-\x08\x0a-\x1f\x7f]*")

# What comes next.
_SIZE, _DATA, _DATA_END, _TRAILERS, _DONE = range(5)


class ChunkedDecoder:
    """Takes a body's bytes in any pieces and gives back what they carry.

    It does no input or output. Extensions and trailers are checked and then
    forgotten.

    :ivar rest: what follows the body, once its end was seen; ``None`` before.
    """

    __slots__ = ("rest", "_line", "_next", "_left", "_trailers", "_excess")

    def __init__(self) -> None:
        self.rest: bytes | None = None
        self._line = b""
        self._next = _SIZE
        self._left = 0
        self._trailers = 0
        self._excess = 0

    def feed(self, data: bytes) -> bytes:
        """The decoded bytes that ``data`` holds, ``b""`` when it holds none.

        :raises Refused: with 400 when this is no chunked body. The decoder is
            of no use afterwards.
        """
        pieces: list[bytes] = []
        position = 0
        size = len(data)
        while position < size:
            if self._next == _DATA:
                piece = data[position : position + self._left]
                pieces.append(piece)
                position += len(piece)
                self._left -= len(piece)
                if self._left == 0:
                    self._next = _DATA_END
                continue
            end = data.find(b"\n", position)
            if end < 0:
                self._line += data[position:]
                self._check_length()
                break
            self._line += data[position : end + 1]
            position = end + 1
            self._check_length()
            self._line_ended()
            if self._next == _DONE:
                self.rest = data[position:]
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _check_length(self) -> None:
        if len(self._line) > LINE_BYTES:
            raise Refused(400, "line between chunks is too long")
        if self._next == _DATA_END and not b"\r\n".startswith(self._line):
            raise Refused(400, "chunk is longer than its size")

    def _line_ended(self) -> None:
        line, self._line = self._line, b""
        if line[-2:] != b"\r\n":
            raise Refused(400, "line between chunks ends without CR")
        if self._next == _SIZE:
            self._read_size(line)
        elif self._next == _DATA_END:
            self._next = _SIZE
        elif line == b"\r\n":
            self._next = _DONE
        else:
            self._trailers += len(line)
            if self._trailers > TRAILER_BYTES:
                raise Refused(400, "trailers are too long")
            if _TRAILER.fullmatch(line, 0, len(line) - 2) is None:
                raise Refused(400, "not a trailer")

    def _read_size(self, line: bytes) -> None:
        found = _SIZE_LINE.fullmatch(line, 0, len(line) - 2)
        if found is None:
            raise Refused(400, "not the size of a chunk")
        self._left = int(found[1], 16)
        self._next = _DATA if self._left else _TRAILERS
        # Tiny chunks with long extensions make the listener read a lot for
        # little; each chunk pays for 16 bytes and twice its data.
        self._excess = max(0, self._excess + len(line) - 16 - 2 * self._left)
        if self._excess > EXCESS_BYTES:
            raise Refused(400, "more chunk extensions than data")
