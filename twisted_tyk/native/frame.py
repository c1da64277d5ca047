"""An exchange in, the frame that a native function is called with out.

The layout is that of ``tyk_frame`` in ``sdk/c/tyk_plugin.h``. What a function
does not need is not in its frames.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Final

from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Pair
from twisted_tyk.native import abi
from twisted_tyk.native.manifest import Function

_HEAD: Final = 40
_NO_PAIRS: Final[list[Pair]] = []


class Encoder:
    """Makes the frames of one entry, in the reactor thread.

    A body that is needed must have come.
    """

    __slots__ = ("_api", "_body", "_context", "_definition", "_plain", "_session", "_way_back")

    def __init__(self, function: Function, way_back: bool, api: bytes) -> None:
        """
        :param way_back: the frames carry the upstream's response too.
        :param api: the key that the definition was announced by.
        """
        needs = function.needs
        self._way_back = way_back
        self._body = "body" in needs
        self._session = "session" in needs
        self._definition = "definition" in needs
        self._context = "context" in needs
        # "tls" waits for a listener that speaks it.
        self._plain = not needs - {"tls"}
        self._api = api

    def __call__(self, exchange: Exchange) -> bytes:
        """The frame of the exchange as it is now."""
        raw = exchange.headers.raw
        parts = [
            exchange.method,
            exchange.target if exchange.url is None else exchange.path_and_query(),
            exchange.host,
            exchange.peer.encode(),
        ]
        flags = abi.FLAG_SECURE if exchange.secure else 0
        if exchange.session is not None:
            flags |= abi.FLAG_SESSION
        if not self._plain:
            self._add_needed(parts, exchange)
        slices = len(parts)
        for pair in raw:
            parts += pair
        status = answered = 0
        if self._way_back:
            response = exchange.response
            assert response is not None
            status = response.status
            answered = len(response.headers.raw)
            for pair in response.headers.raw:
                parts += pair
        writer = exchange.writer
        reply = _NO_PAIRS if writer is None or writer.added is None else writer.added.raw
        for pair in reply:
            parts += pair
        count = len(parts)
        joined = b"".join(parts)
        return _packer(count)(
            abi.FRAME_MAGIC, _HEAD + 4 * count + len(joined), flags, status, exchange.peer_port,
            slices, len(raw), answered, len(reply), 0, *map(len, parts),
        ) + joined  # fmt: skip

    def _add_needed(self, parts: list[bytes], exchange: Exchange) -> None:
        """Slices in the order of ``enum tyk_slice``, from ``TYK_BODY`` on."""
        if not self._body:
            parts.append(b"")
        elif self._way_back:
            assert exchange.response is not None
            parts.append(exchange.response.stream.join())
        else:
            parts.append(exchange.body.join())
        session = exchange.session
        if self._session:
            parts.append(exchange.token.encode("utf-8", "surrogateescape"))
            parts.append(b"" if session is None else json.dumps(session.to_json()).encode())
        elif self._definition or self._context:
            parts += (b"", b"")
        notes = exchange.notes
        if self._definition:
            parts += (self._api, b"" if notes is None else notes.definition)
        elif self._context:
            parts += (b"", b"")
        if self._context and notes is not None:
            parts += (notes.as_json(), notes.rewrite)


def record_frame(record: bytes) -> bytes:
    """The frame of an analytics function.

    :param record: its JSON.
    """
    parts = [b""] * abi.RECORD + [record]
    count = len(parts)
    return _packer(count)(
        abi.FRAME_MAGIC, _HEAD + 4 * count + len(record), abi.FLAG_RECORD, 0, 0,
        count, 0, 0, 0, 0, *map(len, parts),
    ) + record  # fmt: skip


@lru_cache(maxsize=512)
def _packer(count: int) -> Callable[..., bytes]:
    """Packs a head and ``count`` lengths."""
    return Struct(f"={10 + count}I").pack
