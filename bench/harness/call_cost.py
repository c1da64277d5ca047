"""What a call costs by itself, without HTTP: ``call_cost.py LIBRARY FUNCTION MODE``.

Prints a JSON object of nanoseconds per call: inline with what goes with it;
elsewhere from submit to done in a reactor that has nothing else to do, one
call at a time and 32.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter_ns, thread_time_ns
from typing import Any

from twisted_tyk.transport.reactor import install

install()

from twisted.internet import reactor as installed  # noqa: E402
from twisted.internet.defer import Deferred, inlineCallbacks  # noqa: E402
from twisted.internet.task import react  # noqa: E402

from twisted_tyk.exchange import Exchange  # noqa: E402
from twisted_tyk.message.headers import Headers  # noqa: E402
from twisted_tyk.native import abi  # noqa: E402
from twisted_tyk.native.assemble import make_libraries  # noqa: E402
from twisted_tyk.native.carrier import Carrier  # noqa: E402
from twisted_tyk.native.contract import Caller  # noqa: E402
from twisted_tyk.native.frame import Encoder  # noqa: E402
from twisted_tyk.native.libraries import Leased  # noqa: E402
from twisted_tyk.native.manifest import Function  # noqa: E402
from twisted_tyk.native.stats import EntryStats  # noqa: E402
from twisted_tyk.settings import Settings  # noqa: E402

BATCHES = 9
CALLS = 2000
AT_ONCE = 32
#: As a browser sends them.
HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.7",
    "Authorization": "5f1d2ab1c5a14d7b8a7f6d1e2c3b4a59",
    "Cache-Control": "no-cache",
    "Cookie": "session=0123456789abcdef0123456789abcdef; theme=dark",
    "Content-Type": "application/json",
    "Origin": "https://www.example.com",
    "Referer": "https://www.example.com/a/page.html",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "X-Forwarded-For": "192.0.2.17",
    "X-Request-Id": "2a5f8c1e-3b7d-4e9f-8a6b-0c1d2e3f4a5b",
}


def exchange() -> Exchange:
    """A request with twelve fields."""
    fields = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    return Exchange(
        b"GET", b"/api/get?a=b", b"www.example.com", Headers(fields), peer="127.0.0.1",
        peer_port=40000,
    )  # fmt: skip


def nanoseconds(once: Callable[[], object]) -> float:
    """CPU time of one call: the median of some batches."""

    def batch() -> float:
        began = thread_time_ns()
        for _ in range(CALLS):
            once()
        return (thread_time_ns() - began) / CALLS

    return median(batch() for _ in range(BATCHES))


def inline(library: Any, function: Function) -> dict[str, float]:
    """All of an inline call, and its parts."""
    asked = exchange()
    fields = asked.headers.raw
    count = len(fields)
    encode = Encoder(function, False, b"bench@0")
    carry = Carrier(_no_session, _say, _measure, False)
    number, call = function.number, library.call
    frame = encode(asked)
    given = call(number, frame)[1]

    def carried() -> None:
        carry(asked, given)
        del fields[count:]

    def whole() -> None:
        status, changes, _, _ = call(number, encode(asked))
        assert status == abi.OK
        carry(asked, changes)
        del fields[count:]

    return {
        "whole": nanoseconds(whole),
        "encode": nanoseconds(lambda: encode(asked)),
        "call": nanoseconds(lambda: call(number, frame)),
        "decode": nanoseconds(carried),
    }


@inlineCallbacks
def elsewhere(library: Any, function: Function) -> Any:
    """From submit to done."""
    frame = Encoder(function, False, b"bench@0")(exchange())
    submit = partial(library.submit, function.number, frame)
    found = {}
    for name, at_once in (("one at a time", 1), (f"{AT_ONCE} at a time", AT_ONCE)):
        took = []
        yield _Calls(submit, at_once).finished
        for _ in range(BATCHES):
            began = perf_counter_ns()
            yield _Calls(submit, at_once).finished
            took.append((perf_counter_ns() - began) / CALLS)
        found[name] = median(took)
    return found


class _Calls:
    """Some calls, so many at a time. :ivar finished: fires after the last."""

    def __init__(self, submit: Callable[[Caller], object], at_once: int) -> None:
        self.finished: Deferred[None] = Deferred()
        self._submit = submit
        self._left = self._running = CALLS
        for _ in range(at_once):
            self._next()

    def _next(self) -> None:
        self._left -= 1
        self._submit(self)

    def said(self, level: int, text: str, fields: str) -> None:
        raise AssertionError(f"a plugin of the bench says {text}")

    def over(self, status: int, changes: bytes, seconds: float) -> None:
        assert status == abi.OK, status
        self._running -= 1
        if self._left:
            self._next()
        elif not self._running:
            self.finished.callback(None)


def _no_session(text: bytes) -> Any:
    raise ValueError("a plugin of the bench sets no session")


def _say(level: int, text: str, fields: str, exchange: Exchange | None) -> None:
    print(text, file=sys.stderr)


def _measure(kind: int, name: str, value: float) -> None: ...


@inlineCallbacks
def main(reactor: Any, file: str, name: str, mode: str) -> Any:
    with TemporaryDirectory(prefix="bench-") as folder:
        libraries = make_libraries(
            reactor,
            Settings(plugin_cache_path=f"{folder}/copies"),
            lambda number, asked, answer: answer(abi.E_REFUSED, b""),
            lambda path, kind, name, value: None,
        )
        found = libraries.find(file, Path())
        function = found.manifest.functions[name]
        stats = EntryStats(file, name, "bench", "pre", mode)
        leased: Leased = libraries.lease(found, mode == "process", stats)
        if mode == "inline":
            print(json.dumps(inline(leased.library, function)))
        else:
            print(json.dumps((yield elsewhere(leased.library, function))))
        yield libraries.stop()


if __name__ == "__main__":
    react(main, sys.argv[1:], _reactor=installed)
