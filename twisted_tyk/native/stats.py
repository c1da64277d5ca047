"""What is counted of each entry: calls, failures, and how long its function ran."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Any, Final

from attrs import define, field

#: Upper ends of the classes of run times, in seconds; what took longer is in one more.
BOUNDS: Final = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
    0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
#: Characters of an error that are kept.
_LONGEST: Final = 1000


@define(eq=False)
class EntryStats:
    """One entry of a definition. All of it is called in the reactor thread.

    A call waits (:meth:`waits`) or not, then it has :meth:`begun`, and then it
    has :meth:`ended`, however late; in between its request may be answered
    without it (:meth:`timed_out`).

    :ivar plugin: the file, as the entry has it.
    :ivar api: the id of the API.
    :ivar point: such as ``pre`` or ``analytics``.
    :ivar mode: where it is called now: ``inline``, ``pool`` or ``process``.
    :ivar calls: that have begun.
    :ivar errors: calls that failed, and what could not be carried out of their changes.
    :ivar timeouts: calls whose request did not wait for their end.
    :ivar refusals: requests that found the queue full.
    :ivar skips: failures that were passed over (``"on_error": "skip"``).
    :ivar running: calls that have not ended, late ones too.
    :ivar waiting: calls that wait for their turn.
    :ivar seconds: Unix time, for ``last_error``.
    """

    plugin: str
    function: str
    api: str
    point: str
    mode: str
    seconds: Callable[[], float] = field(default=time.time, repr=False)
    calls: int = 0
    errors: int = 0
    timeouts: int = 0
    refusals: int = 0
    skips: int = 0
    running: int = 0
    waiting: int = 0
    _classes: list[int] = field(factory=lambda: [0] * (len(BOUNDS) + 1), init=False, repr=False)
    _run_time: float = field(default=0.0, init=False)
    _last_error: tuple[str, float] | None = field(default=None, init=False)

    def waits(self) -> None:
        """A call waits for its turn."""
        self.waiting += 1

    def left(self) -> None:
        """A call that waited is not wanted any more."""
        self.waiting -= 1

    def begun(self, waited: bool = False) -> None:
        """A call begins, perhaps one that waited."""
        if waited:
            self.waiting -= 1
        self.calls += 1
        self.running += 1

    def ended(self, seconds: float, failed: bool, error: str = "") -> None:
        """The function has returned, or its process is gone.

        :param seconds: that it ran.
        :param error: what is wrong, for people.
        """
        self.running -= 1
        self._run_time += seconds
        self._classes[bisect_left(BOUNDS, seconds)] += 1
        if failed:
            self.failed(error)

    def failed(self, error: str) -> None:
        """A call failed; not for those that :meth:`ended` was told have."""
        self.errors += 1
        if error:
            self._tell(error)

    def timed_out(self) -> None:
        """A request did not wait any longer; the call still runs."""
        self.timeouts += 1
        self._tell("it took longer than its timeout")

    def refused(self) -> None:
        """A request found the queue full."""
        self.refusals += 1

    def skipped(self) -> None:
        """A failure was passed over."""
        self.skips += 1

    def _tell(self, error: str) -> None:
        self._last_error = (error[:_LONGEST], self.seconds())

    def as_json(self) -> dict[str, Any]:
        """For the control API. The histogram is cumulative, as Prometheus has it."""
        counted, buckets = 0, {}
        for bound, number in zip((*map(str, BOUNDS), "+Inf"), self._classes, strict=True):
            counted += number
            buckets[bound] = counted
        return {
            "function": self.function,
            "api_id": self.api,
            "hook": self.point,
            "mode": self.mode,
            "calls": self.calls,
            "errors": self.errors,
            "timeouts": self.timeouts,
            "refused": self.refusals,
            "skipped": self.skips,
            "running": self.running,
            "waiting": self.waiting,
            "run_time": {"count": counted, "sum": round(self._run_time, 9), "buckets": buckets},
            "last_error": None
            if self._last_error is None
            else {"text": self._last_error[0], "time": self._last_error[1]},
        }
