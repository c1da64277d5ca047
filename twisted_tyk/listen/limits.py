"""How much, and for how long, a client may ask of the listener."""

from __future__ import annotations

from attrs import frozen


@frozen
class Limits:
    """Sizes are in bytes, times in seconds.

    :ivar head_bytes: request line and fields of one request; more is answered 431.
    :ivar header_count: fields of one request; more is answered 431.
    :ivar body_bytes: one request's body, 0 for any size; more is answered 413.
    :ivar head_timeout: from the first byte of a head to its last; then 408.
    :ivar body_timeout: without a byte of a body that is waited for; then 408.
    :ivar idle_timeout: without a request on a connection kept alive; it is closed.
    :ivar write_timeout: without the client taking anything of its answer; it is cut off.
    :ivar drain_bytes: how much of a body that nobody reads is taken in after
        the answer, so that the connection can be kept.
    :ivar drain_timeout: how long that may take.
    :ivar linger_timeout: how long a client that is still sending has to read
        the last answer before it is cut off.
    :ivar keep_alive: serve more than one request per connection; the opposite
        of Tyk's ``close_connections``.
    """

    head_bytes: int = 1 << 20
    header_count: int = 1000
    body_bytes: int = 0
    head_timeout: float = 10.0
    body_timeout: float = 60.0
    idle_timeout: float = 120.0
    write_timeout: float = 120.0
    drain_bytes: int = 256 * 1024
    drain_timeout: float = 5.0
    linger_timeout: float = 5.0
    keep_alive: bool = True
