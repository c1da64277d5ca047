"""Liveness and readiness: two paths that need no secret.

What is wrong in particular, with names of files, is for those who have it.
"""

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

    def hello(self, trusted: bool) -> Answer:
        """The process is alive; ``warn`` when something of it does not work.

        :param trusted: whoever asks may read what is wrong.
        """
        report = self.report()
        status = "pass" if report is not None and not report.problems else "warn"
        return self._answer(status, "Tyk GW", report, trusted)

    def ready(self, trusted: bool) -> Answer:
        """It can be sent traffic: loaded, every hook in its place, and not stopping.

        :param trusted: whoever asks may read what is wrong.
        """
        report = self.report()
        if self.stopping():
            return error(503, "Gateway is shutting down")
        if report is None:
            return error(503, "A successful API reload did not happen")
        if report.problems:
            answer = self._answer("fail", "Tyk GW", report, trusted)
            cause = report.problems[0] if trusted else "see the log"
            message = f"{_summary(report)}: {cause}"
            return Answer(503, {**answer.value, "status": "error", "message": message})
        return self._answer("pass", "Tyk GW Ready", report, trusted)

    def _answer(
        self, status: str, description: str, report: Report | None, trusted: bool
    ) -> Answer:
        output = "not loaded yet"
        if report is not None:
            output = "; ".join(report.problems) if trusted else f"{_summary(report)}: see the log"
        details = {"apis": {"status": status, "componentType": "system", "output": output}}
        return Answer(
            200,
            {
                "status": status,
                "version": __version__,
                "description": description,
                "details": details if status != "pass" else {},
            },
        )


def _summary(report: Report) -> str:
    count = len(report.problems)
    return f"{count} problem{'' if count == 1 else 's'} while loading"
