"""Given what a process writes, this is what is told of it."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.testing import MemoryReactorClock

from twisted_tyk.native import abi
from twisted_tyk.native.process import output
from twisted_tyk.native.process.output import Output


class Written:
    """One pipe, and what is told of it."""

    def __init__(self) -> None:
        self.reactor: Any = MemoryReactorClock()
        self.told: list[tuple[int, str]] = []
        reading, self.writing = os.pipe()
        self.output = Output(
            self.reactor,
            os.fdopen(reading, "rb", 0),
            abi.WARNING,
            lambda level, text: self.told.append((level, text)),
        )

    def write(self, data: bytes) -> None:
        """Write it, and let it be read for as long as anybody does."""
        view = memoryview(data)
        while view:
            view = view[os.write(self.writing, view[:30_000]) :]
            if self.output in self.reactor.getReaders():
                self.output.doRead()

    def end(self) -> list[str]:
        """The process is gone. :returns: all that was told."""
        os.close(self.writing)
        self.output.close()
        assert self.reactor.getReaders() == []
        assert self.reactor.getDelayedCalls() == []
        return [text for _, text in self.told]


@pytest.fixture
def written() -> Written:
    return Written()


def test_lines_are_told_when_they_are_whole(written: Written) -> None:
    written.write(b"one\ntw")
    assert written.told == [(abi.WARNING, "one")]
    written.write(b"o  \n\n  three")
    assert written.end() == ["one", "two", "  three"]
    assert list(written.output.last) == ["one", "two", "  three"]


def test_what_is_not_utf_8_is_told_all_the_same(written: Written) -> None:
    written.write(b"caf\xe9\n")
    assert written.end() == ["caf\N{REPLACEMENT CHARACTER}"]


def test_long_lines_are_cut(written: Written) -> None:
    """Into pieces when their end does not come, so that nothing is kept without end."""
    written.write(b"x" * (2 * output.LONGEST + 10) + b"\nshort\n")
    assert [len(text) for text in written.end()] == [output.LONGEST] * 2 + [10, 5]


def test_too_many_lines_are_counted(written: Written) -> None:
    """Second by second."""
    written.write(b"x\n" * (output.LINES + 5))
    written.reactor.advance(1.0)
    written.write(b"y\n")
    assert [text for _, text in written.told[output.LINES :]] == [
        "5 lines more were written and are left out",
        "y",
    ]
    written.write(b"x\n" * (output.LINES + 5))
    assert written.end()[-1] == "6 lines more were written and are left out"


def test_who_writes_without_end_has_to_wait(written: Written) -> None:
    """For the next second."""
    written.write(b"x" * 100 + b"\n")
    while written.output in written.reactor.getReaders():
        written.write(b"x" * 30_000)
    written.reactor.advance(1.0)
    assert written.reactor.getReaders() == [written.output]
    written.end()


def test_nothing_to_read_is_no_end(written: Written) -> None:
    written.output.doRead()
    assert written.reactor.getReaders() == [written.output]
    written.end()


def test_the_end_of_the_pipe_is_not_the_end_of_the_process(written: Written) -> None:
    os.close(written.writing)
    written.output.doRead()
    assert written.reactor.getReaders() == []
    written.writing = os.open(os.devnull, os.O_RDONLY)
    assert written.end() == []
    assert written.output.logPrefix() == "output of a plugin"


TRACE = b"panic: boom\n\ngoroutine 7 [running]:\nmain.f()\n\t/src/f.go:3 +0x1d\n"


def test_a_trace_is_one_message(written: Written) -> None:
    """Told when nothing is added to it for a moment."""
    written.write(b"before\n" + TRACE[:20])
    written.reactor.advance(0.1)
    written.write(TRACE[20:])
    written.reactor.advance(0.1)
    assert len(written.told) == 1
    written.reactor.advance(0.2)
    assert written.told[1:] == [(abi.SEVERE, TRACE.decode().rstrip())]
    written.write(b"after\n")
    assert written.end()[2:] == ["after"]
    assert list(written.output.last) == ["before", "panic: boom", "after"]


def test_a_trace_is_told_at_the_end(written: Written) -> None:
    written.write(TRACE)
    assert written.end() == [TRACE.decode().rstrip()]


def test_a_trace_without_end_is_cut(written: Written) -> None:
    written.write(b"panic: boom\n" + (b"y" * 7000 + b"\n") * 20)
    texts = written.end()
    assert len(texts[0]) < output.REPORT + 8000
    assert texts[1] == "y" * 7000


@given(st.binary(max_size=2000), st.lists(st.integers(0, 2000), max_size=5))
def test_it_does_not_matter_how_it_arrives(data: bytes, cuts: list[int]) -> None:
    """In one piece or in many."""
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    in_pieces, whole = Written(), Written()
    for start, end in pairwise(places):
        in_pieces.write(data[start:end])
    whole.write(data)
    assert in_pieces.end() == whole.end()
