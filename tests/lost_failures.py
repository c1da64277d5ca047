"""Fail a test that lost a failure: one that was logged, or a Deferred's that nobody looked at.

pytest sees neither by itself. A test that expects one asks for ``logged_failures``
and flushes it, as trial's ``flushLoggedErrors`` does.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import count

import pytest
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

#: After how many tests: each makes later collections longer, and this takes a while, too.
_FEW = 20


@implementer(ILogObserver)
class LoggedFailures:
    """The failures that were logged since the test began."""

    def __init__(self) -> None:
        self._seen: list[Failure] = []

    def __call__(self, event: LogEvent) -> None:
        failure = event.get("log_failure")
        if failure is not None:
            self._seen.append(failure)

    def flush(self, *kinds: type[BaseException]) -> list[Failure]:
        """Take out the failures of these kinds, or all of them when no kind is named."""
        # A Deferred reports its failure when it is collected, and it may sit in a cycle.
        gc.collect()
        taken = [one for one in self._seen if not kinds or one.check(*kinds)]
        self._seen = [one for one in self._seen if one not in taken]
        return taken


@pytest.fixture(autouse=True)
def logged_failures() -> Iterator[LoggedFailures]:
    """What was logged as a failure in this test; whatever is left at its end fails it."""
    observer = LoggedFailures()
    globalLogPublisher.addObserver(observer)
    try:
        yield observer
        left = observer.flush()
    finally:
        globalLogPublisher.removeObserver(observer)
    if left:
        pytest.fail(
            f"{len(left)} failure(s) nobody looked at:\n"
            + "\n".join(one.getTraceback() for one in left),
            pytrace=False,
        )


@pytest.fixture(scope="session")
def _tests_begun() -> Iterator[int]:
    return count()


@pytest.fixture(autouse=True)
def _set_aside_what_was_made(_tests_begun: Iterator[int]) -> None:
    """Keep what exists already out of the collections after each test: ten times quicker."""
    if next(_tests_begun) % _FEW == 0:
        gc.collect()
        gc.freeze()
