"""How the calls of a patch fare."""

from __future__ import annotations

from typing import Any

from attrs import define


@define(eq=False)
class Counts:
    """All APIs together. Used in the reactor thread.

    :ivar calls: that have begun.
    :ivar errors: calls that failed, those that took too long among them.
    :ivar skipped: failures after which the built-in step decided (``"on_error": "skip"``).
    :ivar running: calls that have not ended.
    :ivar seconds: that calls took, without what the step took that they replace.
    """

    calls: int = 0
    errors: int = 0
    skipped: int = 0
    running: int = 0
    seconds: float = 0.0

    def begun(self) -> None:
        """A call begins."""
        self.calls += 1
        self.running += 1

    def ended(self, seconds: float) -> None:
        """It is over, however."""
        self.running -= 1
        self.seconds += seconds

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        return {
            "calls": self.calls,
            "errors": self.errors,
            "skipped": self.skipped,
            "running": self.running,
            "seconds": round(self.seconds, 6),
        }
