"""The step that calls one hook, and answers for what the hook does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, ClassVar, NoReturn, cast

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.errors import HookError, HookNotLoaded, HookTimeout, Refusal, UpstreamUnreachable
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.message.body import Body
from twisted_tyk.message.request import Request
from twisted_tyk.message.writer import ResponseWriter
from twisted_tyk.plugins.blame import own_frames
from twisted_tyk.plugins.limited import Limited
from twisted_tyk.plugins.lives import Held, HookLife
from twisted_tyk.plugins.marks import blocks, wants_body
from twisted_tyk.plugins.runtime import Runtime

Outcome = Reply | Deferred[Any] | None


@frozen
class Loaded:
    """A hook that is ready to be called.

    :ivar hook: a provider of ``IRequestHook`` or ``IResponseHook``.
    :ivar title: ``GoPluginMiddleware:<path>:<symbol>``, the name Tyk's
        documents give hooks in metrics, for every driver.
    :ivar files: of the code, by whose names log lines find its frames, with their SHA-256.
    :ivar life: is not over as long as somebody holds it.
    """

    hook: object
    title: str
    files: Mapping[str, str]
    life: HookLife


@implementer(IStep)
class HookStep(ABC):
    """Calls one hook; :class:`RequestHookStep` and :class:`ResponseHookStep` say with what.

    An exception is logged with the hook's own frames and answered 500, or
    passed over when the entry says ``"on_error": "skip"``.
    """

    __slots__ = (
        "_files",
        "_hook",
        "_life",
        "_reads_body",
        "_runtime",
        "_skips",
        "_timeout",
        "name",
    )

    log = Logger()

    def __init__(
        self,
        loaded: Loaded,
        timeout: float,
        skips: bool,
        concurrency: int | None,
        runtime: Runtime,
    ) -> None:
        """:param concurrency: calls at a time that wait or block; ``None`` for no limit."""
        self.name = loaded.title
        hook: Callable[..., object] = loaded.hook.hook  # type: ignore[attr-defined]
        in_thread = blocks(loaded.hook)
        if in_thread:
            hook = partial(runtime.in_thread, Held(hook, loaded.life))
        if concurrency is not None:
            hook = Limited(hook, concurrency, runtime.queue, in_thread)
        self._hook = hook
        self._files = loaded.files
        self._life = loaded.life
        self._reads_body = wants_body(loaded.hook)
        self._timeout = timeout
        self._skips = skips
        self._runtime = runtime

    #: The hook takes the response too.
    on_the_way_back: ClassVar[bool]

    @abstractmethod
    def _body(self, exchange: Exchange) -> Body:
        """The body that the hook can ask for."""

    def process(self, exchange: Exchange) -> Outcome:
        """Call the hook, when its body is there if it reads one."""
        if self._reads_body:
            body = self._body(exchange)
            if not body.ended:
                waiting: Any = body.gather()
                waiting.addCallbacks(lambda _: self.process(exchange), self._body_failed)
                return cast("Deferred[Any]", waiting)
        writer = exchange.writer
        if writer is None:
            writer = exchange.writer = ResponseWriter()
        # Not kept: exchange and request would hold each other, for the garbage
        # collector to part them.
        request = Request(exchange)
        try:
            result: Any = (
                self._hook(writer, exchange.response, request)
                if self.on_the_way_back
                else self._hook(writer, request)
            )
        except Refusal:
            writer.rewind()
            raise
        except KeyboardInterrupt:
            raise
        except BaseException:
            self._failed(Failure(), exchange, writer)
            return None
        if result is not None:
            if isinstance(result, Coroutine):
                result = Deferred.fromCoroutine(result)
            if isinstance(result, Deferred):
                return self._wait(result, exchange, writer)
        return self._done(exchange, writer)

    def _done(self, exchange: Exchange, writer: ResponseWriter) -> Reply | None:
        if exchange.session_changed:
            self._runtime.keep_session(exchange)
        return None if writer.status is None else self._answer(exchange, writer)

    def _wait(
        self, result: Deferred[Any], exchange: Exchange, writer: ResponseWriter
    ) -> Deferred[Reply | None]:
        if self._timeout > 0:
            result.addTimeout(self._timeout, self._runtime.clock, _timed_out)
        return result.addCallbacks(
            lambda _: self._done(exchange, writer),
            self._failed,
            errbackArgs=(exchange, writer),
        )

    def _failed(
        self, failure: Failure, exchange: Exchange, writer: ResponseWriter
    ) -> Failure | None:
        # A hook that timed out in a thread may go on writing; nobody looks there any more.
        fresh = ResponseWriter()
        fresh.headers.raw.extend(writer.headers.raw)
        exchange.writer = fresh
        error = failure.value
        if exchange.left or error is None or isinstance(error, Refusal):
            # A client that left had the hook cancelled, whatever that made of it.
            return failure
        # Of the class: an event that somebody keeps would keep this step, and its hook's life.
        log = HookStep.log
        if isinstance(error, _TooLong):
            log.error(
                "{hook} of API {api} took longer than {timeout} s",
                hook=self.name, api=exchange.api.api_id, timeout=self._timeout,
            )  # fmt: skip
            refusal: Refusal = HookTimeout()
        else:
            log.error(
                "{hook} of API {api} raised:\n{frames}",
                hook=self.name, api=exchange.api.api_id, frames=own_frames(error, self._files),
            )  # fmt: skip
            refusal = HookError()
        if self._skips:
            return None
        raise refusal

    def _answer(self, exchange: Exchange, writer: ResponseWriter) -> Reply | None:
        return writer.reply()

    def _body_failed(self, failure: Failure) -> Any:
        return failure


class _TooLong(Exception):
    """The hook's time was over; a ``TimeoutError`` may be of its own making."""


def _timed_out(result: object, timeout: float) -> NoReturn:
    # Whatever the hook made of being cancelled: treq, for one, wraps it.
    raise _TooLong


class RequestHookStep(HookStep):
    """A hook on the way in: ``hook(rw, request)``."""

    __slots__ = ()

    on_the_way_back = False

    def _body(self, exchange: Exchange) -> Body:
        return exchange.body


class ResponseHookStep(HookStep):
    """A hook on the way back: ``hook(rw, response, request)``."""

    __slots__ = ()

    on_the_way_back = True

    def _body(self, exchange: Exchange) -> Body:
        assert exchange.response is not None
        return exchange.response.stream

    def _answer(self, exchange: Exchange, writer: ResponseWriter) -> Reply | None:
        # What the upstream still sends is not wanted any more.
        self._body(exchange).stopProducing()
        return writer.reply()

    def _body_failed(self, failure: Failure) -> Any:
        if failure.check(CancelledError):
            return failure
        raise UpstreamUnreachable() from failure.value


@implementer(IStep)
@frozen
class MissingHook:
    """Stands where a hook that did not load would be called: nothing passes."""

    name: str

    def process(self, exchange: Exchange) -> None:
        """:raises HookNotLoaded: always."""
        raise HookNotLoaded()
