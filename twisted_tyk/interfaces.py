"""Every contract of the gateway, in the order a request meets them.

Each states thread, timing and what a failure does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twisted.internet.defer import Deferred

    from twisted_tyk.apidef.model import ApiDefinition, MiddlewareDefinition
    from twisted_tyk.events.event import Event
    from twisted_tyk.exchange import Exchange, Reply
    from twisted_tyk.message.headers import Headers
    from twisted_tyk.message.request import Request
    from twisted_tyk.message.response import Response
    from twisted_tyk.plugins.driver import Made, MadeQueue
    from twisted_tyk.record.hit import Hit


class IStep(Interface):
    """One decision on a request's way: one place in the ordered table.

    A provider is made when an API is loaded and serves many requests at once,
    so it keeps nothing about a request in itself.
    """

    name: str = Attribute("Tyk's name of the step, as logs and metrics show it.")

    def process(exchange: Exchange) -> Reply | Deferred[Reply | None] | None:
        """Decide.

        Called in the reactor thread; it must not block. ``None`` lets the
        request go on, a ``Reply`` ends it, a Deferred of either makes the
        request wait. It is cancelled when the client leaves. A ``Refusal``
        turns the request away with its status and message; any other
        exception is answered 500 and logged.
        """


class ICheck(IStep):
    """A step that never waits and never answers: the request may go on, or is refused.

    Checks that follow one another cost a request less than other steps, since one
    resource stands for all of them.
    """

    def process(exchange: Exchange) -> None:
        """Return, or raise a ``Refusal``. Called in the reactor thread."""


class IWaiting(Interface):
    """What waits for a relay: the rest of the chain. One of the three is called, once."""

    def go_on() -> None:
        """The exchange can go on. Called in the reactor thread; it does not raise."""

    def reply(reply: Reply) -> None:
        """The request ends here, as by a step that returns ``reply``."""

    def refuse(error: Exception) -> None:
        """The request is turned away, as by a step that raises ``error``."""


class IRelay(Interface):
    """A step that always waits, which is what the proxy does, and native plugins elsewhere.

    It stands in the table like any :class:`IStep` and says when it is done by
    calling back: a Deferred of its own would cost each request more than all
    built-in steps together.
    """

    name: str = Attribute("Tyk's name of the step, as logs show it.")

    def relay(exchange: Exchange, waiting: IWaiting) -> Callable[[], None]:
        """Begin, in the reactor thread; ``waiting`` is told when it is over.

        :returns: called when the client leaves; then ``waiting`` is told no more.
        """


class IResponseWriter(Interface):
    """Where a hook writes to the client. It mirrors Go's ``http.ResponseWriter``."""

    headers: Headers = Attribute(
        "Fields of the client's response. What is added here stays on it even when the hook "
        "writes nothing and the upstream answers."
    )

    def write_header(status: int) -> None:
        """Set the status, 200 to 999; only the first call counts.

        :raises ValueError: when it is not a status.
        """

    def write(data: str | bytes) -> None:
        """Add to the body: bytes, or text that travels as UTF-8.

        The status becomes 200 if none was set. The bytes leave when the hook
        is done, never earlier.

        :raises TypeError: when it is neither.
        """


class IRequestHook(Interface):
    """Other people's code on the way in.

    Made once when its API is loaded: a class is called without arguments, so
    ``__init__`` is the place to set up state that the hits share.

    Two more methods are called if there are such that take no argument:

    ``check()`` once, when the hook is made, in the reactor thread, and before it gets any
    request. When it raises, the hook is not loaded: what was served before goes on. It must
    return at once; one that is ``async`` is refused.

    ``shutdown()`` once, when the last request that could reach the hook is over, after a
    reload that did without it or when the gateway stops, and also when it was not put to
    work after all. It is called in the reactor thread and may be ``async`` or return a
    Deferred; of a hook that says ``@blocking`` it is called in a thread. The gateway waits
    for it ``plugin_shutdown_timeout`` seconds at its stop. An exception is logged.
    """

    def hook(rw: IResponseWriter, request: Request) -> Any:
        """Look at a request, change it, or answer it.

        Called once per request, in the reactor thread, where it must return at
        once; say ``@blocking`` (or ``blocking = True`` in the class) to be
        called in a thread of the pool ``hook_threads`` instead, possibly in
        several at once. It may be ``async`` or return a Deferred, and then the
        request waits, in both cases at most ``timeout`` seconds (504 after).

        Once it has written a status or bytes to ``rw`` the rest of the chain
        and the upstream are left out, and the hit is still recorded. A status
        of 400 and above is recorded as an error, 403 also as ``AuthFailure``.
        What it returns is ignored. An exception is answered 500 with Tyk's
        error body and logged; nothing the hook wrote is sent. ``Refusal`` is
        answered with its own status and message.

        The body is there for hooks that say ``@reads_body`` (or
        ``reads_body = True``); others ``await request.read()``, or leave it
        to stream past them.
        """


class IResponseHook(Interface):
    """Other people's code on the way back.

    Made once when its API is loaded. ``check`` and ``shutdown`` are those of
    :class:`IRequestHook`.
    """

    def hook(rw: IResponseWriter, response: Response, request: Request) -> Any:
        """Look at the upstream's response or change it, before its head is sent.

        Thread, timing, bodies and failures are those of :class:`IRequestHook`.
        It is called for what an upstream answered only, not for answers of
        hooks or of the gateway. Writing to ``rw`` replaces the response.
        """


class IRecordHook(Interface):
    """Other people's code for the records of finished requests, before they are kept.

    Made once when its API is loaded. ``check`` and ``shutdown`` are those of
    :class:`IRequestHook`.
    """

    def hook(record: dict[str, Any]) -> Any:
        """Look at a record or change it: a dictionary with the names of Tyk's JSON.

        Called after the last byte was sent, so no client waits for it. Thread
        and timing are those of :class:`IRequestHook`; what it returns is
        ignored. After an exception or too long a time the record is kept as it
        was, and so it is when a value is of another type than before.
        """


class IPatch(Interface):
    """A class of a patch: other people's code in place of steps that the gateway came with."""

    def __call__(replaced: IStep, api: ApiDefinition, config: Mapping[str, Any]) -> IStep:
        """Make the step of one API. Called in the reactor thread when the API is loaded.

        An exception leaves the built-in steps in place, and the gateway is not ready.

        :param replaced: the built-in steps of the place, joined into one. While the step's own
            ``process`` is under way for an exchange, it may call ``replaced.process`` with that,
            in the reactor thread, also more than once, one after the other. With ``always`` in
            the manifest there may be no such steps; then it returns ``None``.
        :param api: its definition.
        :param config: as the manifest has it; treat as read-only.
        :returns: what stands in the place. Its ``process`` may also be a coroutine, and has
            ``timeout`` seconds, those of ``replaced`` not counted; its ``name`` does not matter.
            A Deferred is one request's alone.
            In place of the proxy it sets ``exchange.response``, has ``replaced`` do so, or
            returns a ``Reply``.

        What ``process`` raises is its decision when it is a ``Refusal``, or comes out of
        ``replaced``. Anything else is a failure, as is a result of another type. With
        ``"on_error": "skip"`` the built-in steps then decide, on the request as it was before, or
        have decided, if they were called; otherwise the request is answered 500, or 504 after
        too long a time.

        When the client leaves or the time is over, what ``process`` waits for is cancelled.
        Nobody waits for what it still does then, and ``replaced`` raises; but one that is late
        may have ``replaced`` decide at once.

        What is returned may have the ``check`` and ``shutdown`` of :class:`IRequestHook`.
        After a ``check`` that raises, the built-in steps or the last good version stay in place.
        """


class IDriver(Interface):
    """Turns the entries of ``custom_middleware`` into steps; one per language.

    Called in the reactor thread when an API is loaded.
    """

    def request_step(entry: MiddlewareDefinition, point: str) -> Made:
        """A step for a hook on the way in, at a point such as ``pre``.

        :raises twisted_tyk.plugins.driver.LoadError: with the file, line and
            what was asked for.
        """

    def response_step(entry: MiddlewareDefinition) -> Made:
        """The same for a hook on the way back."""

    def record_queue(entry: MiddlewareDefinition) -> MadeQueue:
        """What shows the records of requests to a hook. :raises LoadError:"""


class IRecordSink(Interface):
    """Takes the record of each finished request."""

    def record(hit: Hit) -> None:
        """Called in the reactor thread after the last byte; it must not block.

        An exception is logged and does not reach the client.
        """


class IEventHandler(Interface):
    """Is told of events, such as ``AuthFailure``."""

    def handle(event: Event) -> None:
        """Called in the reactor thread, soon after it happened; it must not block.

        An exception is logged; the request that it happened to goes on.
        """


class IStore(Interface):
    """Where keys, policies of other nodes, OAuth clients and what plugins keep is stored.

    Keys and values are bytes; keys of Tyk's layout begin with a prefix such as
    ``apikey-``. A key holds a string, a list or a sorted set. Times are seconds,
    fractions allowed; 0 is for ever.

    Everything is called in the reactor thread and never blocks it. Every method
    but the last two returns a Deferred, which may have fired already; calls take
    effect in the order they were made. A Deferred that has fired means that the
    change outlives the process (``memory`` excepted). It fails with
    :class:`~twisted_tyk.errors.StoreUnavailable` while the store can not be
    reached, and with ``ValueError`` when the key holds something else than the
    method is for.
    """

    problem: str = Attribute('Why it can not be reached, ``""`` while it can.')

    def get(key: bytes) -> Deferred[bytes | None]:
        """The string, or ``None``."""

    def get_many(keys: Sequence[bytes]) -> Deferred[list[bytes | None]]:
        """The same for several, in one go."""

    def set(key: bytes, value: bytes, seconds: float = 0.0) -> Deferred[None]:
        """Keep a string in place of whatever was there."""

    def set_new(key: bytes, value: bytes, seconds: float = 0.0) -> Deferred[bool]:
        """The same for a key that is not there (``SET NX``). Whether it was not."""

    def replace(key: bytes, value: bytes, seconds: float = 0.0) -> Deferred[bool]:
        """The same for a key that is there (``SET XX``). Whether it was."""

    def delete(*keys: bytes) -> Deferred[int]:
        """Take keys away, whatever they hold. How many were there."""

    def increment(key: bytes, by: int = 1, seconds: float = 0.0) -> Deferred[int]:
        """Add to a number; one that is new was 0, and only then ``seconds`` count.

        Fails with ``ValueError`` when the string is no number, or the sum has more
        than 64 bits.
        """

    def expire(key: bytes, seconds: float) -> Deferred[bool]:
        """Give a new lifetime. Whether the key was there."""

    def ttl(key: bytes) -> Deferred[float | None]:
        """Seconds left, -1 for ever, ``None`` when there is no such key."""

    def keys(prefix: bytes) -> Deferred[list[bytes]]:
        """Every key that begins so, of whatever kind, in no order."""

    def append(key: bytes, *values: bytes) -> Deferred[None]:
        """Put values at the end of a list (``RPUSH``)."""

    def items(key: bytes) -> Deferred[list[bytes]]:
        """The whole list; empty when there is none."""

    def remove_item(key: bytes, value: bytes) -> Deferred[int]:
        """Take every occurrence out of a list (``LREM 0``). How many there were."""

    def add_member(key: bytes, member: bytes, score: float) -> Deferred[None]:
        """Put a member into a sorted set, or give it another score (``ZADD``)."""

    def members(
        key: bytes, low: float = float("-inf"), high: float = float("inf")
    ) -> Deferred[list[tuple[bytes, float]]]:
        """The members with scores from ``low`` to ``high``, both included, lowest first."""

    def remove_member(key: bytes, member: bytes) -> Deferred[bool]:
        """Take a member out of a sorted set. Whether it was there."""

    def remove_scores(key: bytes, low: float, high: float) -> Deferred[int]:
        """Take out all members with these scores. How many there were."""

    def start() -> None:
        """Begin; called once. A store that can not be reached yet goes on trying."""

    def stop() -> Deferred[None]:
        """End; fires when all that was asked for is kept and nothing is open any more."""


class INotifications(Interface):
    """Messages between the nodes of a cluster, with Tyk's commands (``GroupReload``, …).

    Called in the reactor thread.
    """

    def publish(command: str, payload: str) -> Deferred[None]:
        """Tell every node, this one included. It fails with ``StoreUnavailable``."""

    def subscribe(command: str, heard: Callable[[str], None]) -> None:
        """Have ``heard(payload)`` called for each message with that command.

        An exception of it is logged. Messages that are not signed as they should be
        are not heard.
        """
