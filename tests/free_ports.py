"""Ports for servers in processes of their own, which nobody else is given meanwhile."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def free_port() -> Iterator[int]:
    """A port of 127.0.0.1, for as long as this lasts; a server may come and go on it."""
    with socket.socket() as held:
        # While it is bound nobody gets the port by chance. It does not listen, so that a
        # server can, if it asks for addresses to be used again as servers do.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        yield port
