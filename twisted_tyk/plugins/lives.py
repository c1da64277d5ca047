"""Python hooks from the moment they are made to the moment that nothing calls them any more."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from inspect import signature
from typing import Any, Final, NoReturn, Protocol
from weakref import WeakSet

import attrs
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.plugins.blame import own_frames
from twisted_tyk.plugins.marks import blocks

#: Seconds that a hook's ``shutdown`` may take that waits or blocks, where nothing else is said.
PATIENCE: Final = 5.0


class Code(Protocol):
    """What hooks are made of, or patches."""

    @property
    def files(self) -> Collection[str]:
        """By whose names log lines find its frames."""

    def close(self) -> None:
        """Nothing of it is called any more. In any thread."""


@attrs.define(eq=False)
class Ended:
    """What is left of a life: the hooks that want to be told, by their titles, and their code."""

    told: list[tuple[str, Any]]
    code: Code


@attrs.define(eq=False)
class HookLife:
    """The hooks of one load of an API, or what a patch has made for it.

    Each step that calls one of them holds this, and so does each call in a thread. When
    the last of these is gone, no request can reach the hooks any more, and their life
    is over.
    """

    code: Code
    _over: Callable[[Ended], object]
    _told: list[tuple[str, Any]] = attrs.field(factory=list, init=False)
    _ended: bool = attrs.field(default=False, init=False)

    def add(self, title: str, hook: Any) -> bool:
        """One more hook, which is told of its end if it asks to be. Whether it is new."""
        if self.has(hook):
            return False
        self._told.append((title, hook))
        return True

    def has(self, hook: Any) -> bool:
        """Whether it is the life of this hook, and not over."""
        return not self._ended and any(hook is other for _, other in self._told)

    def end(self) -> None:
        """It is over; called in any thread, and not twice to any effect."""
        if not self._ended:
            self._ended = True
            told = [(title, hook) for title, hook in self._told if optional(hook, "shutdown")]
            self._over(Ended(told, self.code))

    def __del__(self) -> None:
        # Not weakref.finalize: it would hold the hooks, and one that remembers a request
        # would hold its chain, and so for ever this.
        if not sys.is_finalizing():
            self.end()


class HookLives:
    """Of all APIs of a gateway. Used in the reactor thread, but for :meth:`over`."""

    log = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        in_thread: Callable[..., Deferred[Any]],
        in_reactor: Callable[[Callable[[], None]], Any],
        patience: float = PATIENCE,
    ) -> None:
        """:param in_thread: and the next one, see :class:`Runtime`."""
        self._clock = clock
        self._in_thread = in_thread
        self._in_reactor = in_reactor
        self._patience = patience
        self._lives: WeakSet[HookLife] = WeakSet()
        self._gone: list[Ended] = []
        self._ending: set[Deferred[Any]] = set()

    def begin(self, code: Code) -> HookLife:
        """A life for hooks that are about to be loaded."""
        life = HookLife(code, self.over)
        self._lives.add(life)
        return life

    def over(self, ended: Ended) -> None:
        """A life is over. In any thread, also while memory is being cleared up."""
        if ended.told:
            self._gone.append(ended)
            self._in_reactor(self._tell)
        else:
            ended.code.close()

    def stop(self) -> Deferred[Any]:
        """End all lives; fires when every hook has been told. Call it when no request is left."""
        for life in list(self._lives):
            life.end()
        self._tell()
        return DeferredList(list(self._ending))

    def _tell(self) -> None:
        while self._gone:
            ended = self._gone.pop()
            files = ended.code.files
            told = [self._shut(title, hook, files) for title, hook in ended.told]
            ending: Deferred[Any] = DeferredList(told)
            self._ending.add(ending)

            def over(_: object, ended: Ended = ended, ending: Deferred[Any] = ending) -> None:
                self._ending.discard(ending)
                ended.code.close()

            ending.addCallback(over)

    def _shut(self, title: str, hook: Any, files: Collection[str]) -> Deferred[None]:
        # It may also raise when it is looked at, and the others have to be told.
        shut: Deferred[Any] = maybeDeferred(self._called, hook)
        if self._patience > 0:
            shut.addTimeout(self._patience, self._clock, _too_long)

        def failed(failure: Failure) -> None:
            error = failure.value
            assert error is not None
            what = (
                f"took longer than {self._patience:g} s"
                if isinstance(error, _TooLong)
                else f"raised:\n{own_frames(error, files)}"
            )
            self.log.error("the shutdown of {hook} {what}", hook=title, what=what)

        return shut.addCallbacks(lambda _: None, failed)

    def _called(self, hook: Any) -> Any:
        shutdown = hook.shutdown
        return self._in_thread(shutdown) if blocks(hook) else shutdown()


class _TooLong(Exception):
    """A ``TimeoutError`` may be of the hook's own making."""


def _too_long(result: object, timeout: float) -> NoReturn:
    raise _TooLong


@attrs.frozen
class Held:
    """A hook that may take longer in its thread than its request waits, and keeps its life."""

    hook: Callable[..., Any]
    life: HookLife

    def __call__(self, *arguments: Any) -> Any:
        """The hook's own."""
        return self.hook(*arguments)


def optional(hook: Any, name: str) -> Callable[[], Any] | None:
    """The method of a hook, if it has one that takes no argument."""
    try:
        method = getattr(hook, name, None)
        if not callable(method):
            return None
        signature(method).bind()
    except Exception:
        return None  # it is the hook's own, which happens to be called so
    found: Callable[[], Any] = method
    return found
