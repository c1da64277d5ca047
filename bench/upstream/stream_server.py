"""The upstream of the streaming runs: makes bytes up, or counts and hashes what it gets.

``GET ?size=`` answers that many bytes; ``PUT`` is answered with the count and hash of its body,
which is read at ``?rate=`` bytes per second when that is given.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

BLOCK = 1 << 18


def blocks(size: int) -> Iterator[bytes]:
    """Bytes without an end to repeat: every block is numbered, so none can be lost or swapped."""
    filler = random.Random(1).randbytes(BLOCK - 8)
    for number in range(-(-size // BLOCK)):
        block = number.to_bytes(8, "big") + filler
        yield block[: size - number * BLOCK]


class Pace:
    """Holds its caller to a rate; none means full speed."""

    def __init__(self, rate: int | None) -> None:
        self.rate = rate
        self.began = time.monotonic()
        self.count = 0

    def wait(self, count: int) -> None:
        self.count += count
        if self.rate:
            ahead = self.count / self.rate - (time.monotonic() - self.began)
            if ahead > 0:
                time.sleep(ahead)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        size = self.number("size") or 0
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        for block in blocks(size):
            self.wfile.write(block)

    def do_PUT(self) -> None:
        pace, digest = Pace(self.number("rate")), hashlib.sha256()
        for piece in self.body():
            digest.update(piece)
            pace.wait(len(piece))
        answer = json.dumps({"bytes": pace.count, "sha256": digest.hexdigest()}).encode("ascii")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def body(self) -> Iterator[bytes]:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            yield from self.exactly(int(self.headers.get("Content-Length", 0)))
            return
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield from self.exactly(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers

    def exactly(self, size: int) -> Iterator[bytes]:
        while size > 0:
            piece = self.rfile.read(min(size, BLOCK))
            if not piece:
                raise ConnectionError("the body ended early")
            size -= len(piece)
            yield piece

    def number(self, name: str) -> int | None:
        value = dict(parse_qsl(urlsplit(self.path).query)).get(name)
        return int(value) if value else None

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing per request."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    server.daemon_threads = True
    server.serve_forever()
