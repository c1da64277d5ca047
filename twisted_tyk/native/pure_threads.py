"""Threads that run plugins: nobody has to wait for one that does not end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from time import monotonic, sleep
from typing import Final, TypeVar

#: Signals that a thread brings on itself, and two that runtimes send to their own threads.
_OWN: Final = frozenset(
    {
        signal.SIGSEGV,
        signal.SIGBUS,
        signal.SIGFPE,
        signal.SIGILL,
        signal.SIGURG,
        signal.SIGPROF,
    }
)
#: Seconds that the system may take to end a thread whose code has ended.
_LAST_MOMENT: Final = 1.0
_Given = TypeVar("_Given")


class NoThread(Exception):
    """The system has no thread left."""


def start(body: Callable[[], object]) -> threading.Thread:
    """Run it in a thread that does not keep the process from ending.

    :raises NoThread: when there is none left.
    """

    def go() -> None:
        # All other signals are for the reactor thread.
        signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals() - _OWN)
        body()

    thread = threading.Thread(target=go, name="tyk-plugin", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        raise NoThread(str(error)) from None
    return thread


def within(body: Callable[[], _Given], seconds: float) -> _Given:
    """What it gives or raises, run in a thread of its own.

    :raises concurrent.futures.TimeoutError: when it takes longer; the thread is left behind.
    """
    future: Future[_Given] = Future()

    def go() -> None:
        try:
            future.set_result(body())
        except BaseException as error:
            future.set_exception(error)

    thread = start(go)
    try:
        return future.result(seconds)
    finally:
        if future.done():
            _wait_for(thread)


def ended(threads: Iterable[threading.Thread], deadline: float) -> bool:
    """Wait until all of them are gone, or until ``deadline`` of the monotonic clock."""
    for thread in threads:
        thread.join(max(deadline - monotonic(), 0.0))
        if thread.is_alive():
            return False
        _wait_for(thread)
    return True


def _wait_for(thread: threading.Thread) -> None:
    """Wait for the end that comes after Python's: a plugin's code may clean up in it."""
    thread.join()
    deadline = monotonic() + _LAST_MOMENT
    while os.path.exists(f"/proc/self/task/{thread.native_id}") and monotonic() < deadline:
        sleep(0.0001)
