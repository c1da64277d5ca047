"""The messages between the gateway and the process that runs a plugin.

A datagram holds one message or several. Each is a head and its bytes. A
message too big for a datagram travels alone: its head is marked, and its
bytes are in a sealed memory file whose descriptor is sent along. Nothing here
needs Twisted; the plugin's process imports it too.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError
from typing import Final, NamedTuple

from twisted_tyk.native.packed import PackedError
from twisted_tyk.native.packed import unpack as unpack_strings

#: Bytes of a datagram at most; the smallest socket buffer that Linux gives holds three.
DATAGRAM: Final = 65536
#: Bytes of any message at most. What claims to be bigger is not believed.
BIGGEST: Final = 1 << 28

# What the gateway says.
LOAD: Final = 1  # strings: file, copy, manifest, config, and four numbers as text
CALL: Final = 2  # number: of the call; value: function; the frame
DEFINE: Final = 3  # strings: key, kind, document
FORGET: Final = 4  # the key
ANSWER: Final = 5  # number: of the service request; value: status; packed strings
SHUTDOWN: Final = 6  # nothing
OVERDUE: Final = 7  # number: of the call that nobody waits for

# What the plugin's process says.
READY: Final = 16  # nothing
FAILED: Final = 17  # the sentence that says why it could not be loaded
DONE: Final = 18  # number: of the call; value: status; real: seconds; the changes
SERVICE: Final = 19  # number: of the request; value: which service; packed strings
LOG: Final = 20  # number: of the call it was said in, or 0; value: level; strings: text, fields
METRIC: Final = 21  # value: kind; real: value; the name

#: Marks a head whose bytes are in a memory file.
_APART: Final = 0x8000

_HEAD: Final = Struct("=HQiId")
#: Bytes of a head.
HEAD: Final = _HEAD.size


class Garbage(Exception):
    """What came is no message; the text says what is wrong with it."""


class Message(NamedTuple):
    """:ivar kind: one of the numbers above, which say what the rest means."""

    kind: int
    number: int
    value: int
    real: float
    data: bytes


def pack(kind: int, number: int, value: int, real: float, data: bytes) -> bytes:
    """A message as it stands in a datagram."""
    return _HEAD.pack(kind, number, value, len(data), real) + data


def pack_apart(kind: int, number: int, value: int, real: float, size: int) -> bytes:
    """The head of a message whose bytes are sent apart."""
    return _HEAD.pack(kind | _APART, number, value, size, real)


def unpack(datagram: bytes) -> list[Message]:
    """All messages of a datagram. :raises Garbage: when it is not made of messages."""
    messages = []
    at, end = 0, len(datagram)
    while at < end:
        try:
            kind, number, value, size, real = _HEAD.unpack_from(datagram, at)
        except StructError:
            raise Garbage(f"{end - at} bytes where a head of {HEAD} was expected") from None
        at += HEAD
        if size > end - at:
            raise Garbage(f"a message of {size} bytes, of which {end - at} came")
        messages.append(Message(kind, number, value, real, datagram[at : at + size]))
        at += size
    return messages


def unpack_apart(datagram: bytes) -> tuple[Message, int]:
    """A message without its bytes, and how many there are in the memory file.

    :raises Garbage: when the datagram is something else, or says that there are too many.
    """
    if len(datagram) != HEAD:
        raise Garbage(f"a descriptor beside {len(datagram)} bytes, not beside a head of {HEAD}")
    kind, number, value, size, real = _HEAD.unpack(datagram)
    if not kind & _APART or size > BIGGEST:
        raise Garbage(f"a descriptor beside a message of kind {kind} and {size} bytes")
    return Message(kind ^ _APART, number, value, real, b""), size


def strings(data: bytes, count: int) -> list[bytes]:
    """So many packed strings. :raises Garbage: when these are not so many."""
    try:
        found = unpack_strings(data)
    except PackedError as error:
        raise Garbage(str(error)) from None
    if len(found) != count:
        raise Garbage(f"{len(found)} strings where {count} were expected")
    return found
