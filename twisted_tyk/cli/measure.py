"""Calls one function as often as it goes, in each of the ways there are."""

from __future__ import annotations

from array import array
from base64 import b64decode
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from twisted_tyk.native.contract import InlineLibrary, Library, Loading
from twisted_tyk.native.process.options import Options
from twisted_tyk.native.process.supervisor import InHelper

if TYPE_CHECKING:
    from twisted_tyk.cli.native_worker import NativeWorker

#: Calls before times are taken.
_WARM = 200


def measure(
    worker: NativeWorker, library: InlineLibrary, loading: Loading, asked: dict[str, Any]
) -> None:
    """Tell an event ``measured`` for each way."""
    number, frame = asked["number"], b64decode(asked["frame"])
    seconds, threads = asked["seconds"], asked["threads"]
    if "inline" in asked["ways"]:
        worker.tell({"event": "calling", "name": "inline"})
        worker.tell(inline(library, number, frame, seconds))
    if "pool" in asked["ways"]:
        worker.tell({"event": "calling", "name": "pool"})
        worker.tell(submitted("pool", library, number, frame, seconds, threads, worker.until))
    if "process" in asked["ways"]:
        worker.tell({"event": "calling", "name": "process"})
        worker.tell(_in_process(worker, loading, number, frame, seconds, threads))


def _in_process(
    worker: NativeWorker, loading: Loading, number: int, frame: bytes, seconds: float, threads: int
) -> dict[str, Any]:
    """The same through a process of its own, as a gateway starts it."""
    reactor = worker.reactor
    reactor.startRunning(installSignalHandlers=False)

    def until(ready: Callable[[], bool]) -> None:
        while not ready():
            reactor.iterate(0.1)

    library = InHelper(reactor, loading, worker.services, worker.told, worker.metered, Options())
    over: list[Any] = []
    library.loaded().addBoth(over.append)
    until(lambda: bool(over))
    if over[0] is not None:
        return {"event": "refused", "error": over[0].getErrorMessage()}
    told = submitted("process", library, number, frame, seconds, threads, until)
    library.close().addBoth(over.append)
    until(lambda: len(over) > 1)
    return told


def inline(library: InlineLibrary, number: int, frame: bytes, seconds: float) -> dict[str, Any]:
    """One call after another, in this thread."""
    call = library.call
    failed = 0
    for _ in range(_WARM):
        call(number, frame)
    times = array("d")
    begun = now = perf_counter()
    end = begun + seconds
    while now < end:
        status = call(number, frame)[0]
        failed += status != 0
        then, now = now, perf_counter()
        times.append(now - then)
    return summary("inline", times, now - begun, failed)


def submitted(
    way: str,
    library: Library,
    number: int,
    frame: bytes,
    seconds: float,
    threads: int,
    until: Callable[[Callable[[], bool]], None],
) -> dict[str, Any]:
    """As many calls at once as there are threads."""
    times = array("d")
    failed = running = 0
    begun = perf_counter()
    end = begun + seconds

    def submit() -> None:
        nonlocal running
        running += 1
        library.submit(number, frame, _Caller(over))

    def over(seconds: float, status: int) -> None:
        nonlocal running, failed
        times.append(seconds)
        failed += status != 0
        running -= 1
        if perf_counter() < end:
            submit()

    for _ in range(threads):
        submit()
    until(lambda: not running)
    return summary(way, times, perf_counter() - begun, failed)


class _Caller:
    __slots__ = ("_began", "_over")

    def __init__(self, over: Callable[[float, int], None]) -> None:
        self._over = over
        self._began = perf_counter()

    def said(self, level: int, text: str, fields: str) -> None:
        """There would be one for each of the calls."""

    def over(self, status: int, changes: bytes, seconds: float) -> None:
        self._over(perf_counter() - self._began, status)


def summary(way: str, times: array[float], seconds: float, failed: int) -> dict[str, Any]:
    """What is told of one way."""
    ordered = sorted(times)
    return {
        "event": "measured",
        "way": way,
        "calls": len(ordered),
        "failed": failed,
        "per_second": len(ordered) / seconds,
        "p50": ordered[len(ordered) // 2],
        "p99": ordered[len(ordered) * 99 // 100],
    }
