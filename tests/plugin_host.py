"""A host of plugins in this process, and all that it has told; the test is its reactor."""

from __future__ import annotations

import os
import select
import shutil
import signal
import traceback
from collections.abc import Callable
from itertools import count
from pathlib import Path
from struct import pack
from time import monotonic, sleep
from typing import Any

import pytest
from attrs import define, field

from twisted_tyk.native.contract import Answer, InlineLibrary, Line, Loading
from twisted_tyk.native.host import make_host
from twisted_tyk.native.manifest import Function, Manifest

# The functions of plugin.c.
(
    NOTHING,
    ECHO,
    STATUS,
    LIE,
    WAIT,
    LET_GO,
    ASK,
    TELL,
    MEASURE,
    FREED,
    BLOCKED,
    THREAD,
    KEEP,
    TELL_APART,
    TELL_AFTER,
) = range(15)

#: Seconds that nothing here should ever take.
LONG = 60.0


def number(value: int) -> bytes:
    return pack("=i", value)


def manifest() -> Manifest:
    functions = {"Nothing": Function("Nothing", 0)}
    return Manifest((1, 0), "c", "gcc", "", "tests", "1", functions, "{}")


@define
class Call:
    """:ivar result: status, changes and seconds, when it is over.

    :ivar lines: that were said in it: level, text, fields.
    :ivar then: is called when it is over.
    """

    token: Any = None
    result: tuple[int, bytes, float] | None = None
    lines: list[Line] = field(factory=list)
    then: Callable[[int, bytes, float], object] = lambda *_: None

    def said(self, *line: Any) -> None:
        assert self.result is None, "a line after the end"
        self.lines.append(line)

    def over(self, *result: Any) -> None:
        assert self.result is None
        self.result = result
        self.then(*result)


@define(eq=False)
class PluginHost:
    """:ivar told: log lines said outside calls: file, level, text, fields.

    :ivar answer: what every service answers; without it they wait in ``asked``.
    """

    plugin: Path
    folder: Path
    extension: bool
    grace: float = 5.0
    load_time: float = 30.0
    told: list[tuple[str, int, str, str]] = field(factory=list)
    metered: list[tuple[str, int, str, float]] = field(factory=list)
    asked: list[tuple[int, bytes, Answer]] = field(factory=list)
    answer: tuple[int, bytes] | None = None
    host: Any = None
    names: Any = field(factory=lambda: count(1))

    def __attrs_post_init__(self) -> None:
        self.host = make_host(
            self._serve,
            lambda *line: self.told.append(line),
            lambda *metric: self.metered.append(metric),
            self.extension,
            grace=self.grace,
            load_time=self.load_time,
        )

    def load(
        self, config: str = "{}", *, threads: int = 4, plugin: Path | None = None
    ) -> InlineLibrary:
        """A copy of the plugin under a name of its own, as a file that is loaded again has."""
        copy = self.folder / f"{next(self.names)}.so"
        shutil.copy(plugin or self.plugin, copy)
        return self.load_again(copy, config, threads)

    def load_again(self, copy: Path, config: str = "{}", threads: int = 4) -> InlineLibrary:
        loading = Loading("plugin.so", str(copy), manifest(), config.encode(), threads)
        library: InlineLibrary = self.host.load(loading)
        return library

    def submit(self, library: InlineLibrary, function: int, frame: bytes = b"") -> Call:
        call = Call()
        call.token = library.submit(function, frame, call)
        assert call.result is None
        return call

    def run(
        self, library: InlineLibrary, function: int, frame: bytes = b""
    ) -> tuple[int, bytes, float]:
        """Submit it and wait for the end."""
        return self.finish(self.submit(library, function, frame))

    def finish(self, call: Call) -> tuple[int, bytes, float]:
        self.until(lambda: call.result is not None)
        assert call.result is not None
        return call.result

    def close(self, library: InlineLibrary) -> None:
        """Close it and wait for the end."""
        closed = library.close()
        self.until(lambda: closed.called)

    def until(self, reached: Callable[[], object]) -> None:
        """Be the reactor until it is true."""
        end = monotonic() + LONG
        while not reached():
            assert monotonic() < end, "it did not come"
            # What is waited for may come without a word, such as a call that begins.
            select.select([self.host.fileno()], [], [], 0.01)
            self.host.drain()

    def lines(self) -> list[str]:
        return [text for _, _, text, _ in self.told]

    def freed(self, library: InlineLibrary) -> int:
        """How much the plugin was handed back."""
        return int.from_bytes(library.call(FREED, b"")[1], "little")

    def _serve(self, service: int, given: bytes, answer: Answer) -> None:
        self.asked.append((service, given, answer))
        if self.answer is not None:
            answer(*self.answer)


#: Makes a :class:`PluginHost`, with options of its own.
MakeHost = Callable[..., PluginHost]


def soon(reached: Callable[[], object]) -> None:
    """Wait until it is true, without a host."""
    end = monotonic() + LONG
    while not reached():
        assert monotonic() < end, "it did not come"
        sleep(0.001)


def in_a_child(body: Callable[[], None]) -> None:
    """Run it in a child; fails when it fails, or when it hangs."""
    child = os.fork()
    if not child:
        status = 1
        try:
            # Not one that pytest-timeout would catch.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(30)
            body()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def built() -> bool:
    """Whether the extension is there."""
    try:
        import twisted_tyk.native._host  # noqa: F401
    except ImportError:
        return False
    return True


def both() -> list[Any]:
    """Every host that there is, as parameters of a test."""
    without = pytest.mark.skipif(not built(), reason="the extension is not built: install gcc")
    return [pytest.param(True, id="c", marks=without), pytest.param(False, id="python")]
