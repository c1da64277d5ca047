"""Liveness and readiness: two paths that need no secret."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from twisted_tyk._version import __version__
from twisted_tyk.control.answers import Answer, error
from twisted_tyk.reload import Report


@frozen
class Health:
    """
    :ivar report: of the last load of definitions that went through, if one did.
    :ivar stopping: whether the gateway is on its way out.
    """

    report: Callable[[], Report | None]
    stopping: Callable[[], bool]

    def hello(self) -> Answer:
        """The process is alive; ``warn`` when something of it does not work."""
        report = self.report()
        status = "pass" if report is not None and not report.problems else "warn"
        return self._answer(status, "Tyk GW", report)

    def ready(self) -> Answer:
        """It can be sent traffic: loaded, every hook in its place, and not stopping."""
        report = self.report()
        if self.stopping():
            return error(503, "Gateway is shutting down")
        if report is None:
            return error(503, "A successful API reload did not happen")
        if report.problems:
            answer = self._answer("fail", "Tyk GW", report)
            message = f"{len(report.problems)} problems while loading: {report.problems[0]}"
            return Answer(503, {**answer.value, "status": "error", "message": message})
        return self._answer("pass", "Tyk GW Ready", report)

    def _answer(self, status: str, description: str, report: Report | None) -> Answer:
        details = {
            "apis": {
                "status": status,
                "componentType": "system",
                "output": "; ".join(report.problems) if report else "not loaded yet",
            }
        }
        return Answer(
            200,
            {
                "status": status,
                "version": __version__,
                "description": description,
                "details": details if status != "pass" else {},
            },
        )
