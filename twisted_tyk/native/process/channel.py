"""One end of the socket between the gateway and a plugin's process."""

from __future__ import annotations

import errno
import os
import socket
from array import array
from collections import deque
from typing import Final

from twisted_tyk.native.process import wire
from twisted_tyk.native.process.sealed import seal, unseal
from twisted_tyk.native.process.wire import BIGGEST, DATAGRAM, HEAD, Garbage, Message

#: Bytes asked of the kernel for what the other side has not read yet.
_BUFFER: Final = 1 << 20
_APART: Final = DATAGRAM - HEAD
_FILES: Final = socket.CMSG_SPACE(array("i").itemsize)
#: Also when the system has too many descriptors on their way.
_FULL: Final = (BlockingIOError, InterruptedError)
_GONE: Final = (BrokenPipeError, ConnectionError)


class Closed(Exception):
    """The other side is gone, and all that it said has been read."""


class Channel:
    """Sends and receives messages, and never waits.

    :ivar unsent: bytes that wait for room in the socket.
    """

    def __init__(self, connection: socket.socket) -> None:
        """:param connection: of ``AF_UNIX`` and ``SOCK_SEQPACKET``, connected."""
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        self._socket = connection
        #: Messages as they are sent; with a descriptor when they are sent apart.
        self._queue: deque[tuple[bytes, int | None]] = deque()
        self.unsent = 0

    def fileno(self) -> int:
        return self._socket.fileno()

    def put(
        self, kind: int, number: int = 0, value: int = 0, real: float = 0.0, data: bytes = b""
    ) -> None:
        """Say something with the next :meth:`flush`.

        :raises OSError: when it is too big, or finds no memory or no descriptor.
        """
        if len(data) > BIGGEST:
            raise OSError(errno.EMSGSIZE, f"a message of {len(data)} bytes")
        if len(data) > _APART:
            head = wire.pack_apart(kind, number, value, real, len(data))
            self._queue.append((head, seal(data)))
            self.unsent += HEAD
        else:
            message = wire.pack(kind, number, value, real, data)
            self._queue.append((message, None))
            self.unsent += len(message)

    def flush(self) -> bool:
        """Send what there is room for. :returns: whether that was all."""
        queue = self._queue
        while queue:
            message, file = queue[0]
            count = 1
            if file is None and len(queue) > 1:
                message, count = self._together()
            try:
                if file is None:
                    self._socket.send(message)
                else:
                    files = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [file]))]
                    self._socket.sendmsg([message], files)
            except _FULL:
                return False
            except _GONE:
                # What it said last is still to be read, and then it is Closed.
                self._drop()
                return True
            self.unsent -= len(message)
            for _ in range(count):
                queue.popleft()
            if file is not None:
                os.close(file)
        return True

    def receive(self) -> list[Message]:
        """The messages of the next datagram; none when there is none yet.

        :raises Closed: when there will be no more.
        :raises Garbage: when it holds no messages.
        """
        try:
            datagram, files, flags, _ = self._receive()
        except _FULL:
            return []
        except ConnectionResetError:
            # The other side left without reading all; what it said is still there.
            datagram, files, flags, _ = self._receive()
        if files or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            return [_apart(datagram, files, flags)]
        if not datagram:
            raise Closed
        return wire.unpack(datagram)

    def close(self) -> None:
        self._drop()
        self._socket.close()

    def _receive(self) -> tuple[bytes, list[tuple[int, int, bytes]], int, object]:
        return self._socket.recvmsg(DATAGRAM, _FILES, socket.MSG_CMSG_CLOEXEC)

    def _together(self) -> tuple[bytes, int]:
        """As many of the next messages as fit into one datagram, and how many they are."""
        size = 0
        parts: list[bytes] = []
        for message, file in self._queue:
            size += len(message)
            if file is not None or (size > DATAGRAM and parts):
                break
            parts.append(message)
        return b"".join(parts), len(parts)

    def _drop(self) -> None:
        for _, file in self._queue:
            if file is not None:
                os.close(file)
        self._queue.clear()
        self.unsent = 0


def _apart(datagram: bytes, control: list[tuple[int, int, bytes]], flags: int) -> Message:
    """A message whose bytes are in a memory file."""
    files = array("i")
    for level, kind, data in control:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            files.frombytes(data[: len(data) - len(data) % files.itemsize])
    try:
        if len(files) != 1 or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            raise Garbage(f"a datagram with {len(files)} descriptors and flags {flags}")
        message, size = wire.unpack_apart(datagram)
        return message._replace(data=unseal(files[0], size))
    finally:
        for file in files:
            os.close(file)
