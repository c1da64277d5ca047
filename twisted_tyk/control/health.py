"""Liveness and readiness: two paths that need no secret.

What is wrong in particular, with names of files, is for those who have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone
from typing import Final

from attrs import frozen

from twisted_tyk._version import __version__
from twisted_tyk.control.answers import Answer, error
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.routes import Outcome, Route, Schema
from twisted_tyk.control.schemas import STATUS
from twisted_tyk.reload import Report

#: Tyk tells of it also while it is well.
REDIS: Final = "redis"
HEALTH = Schema(
    "Health",
    {
        "type": "object",
        "required": ["status", "version", "description", "details"],
        "properties": {
            "status": {"enum": ["pass", "warn", "fail", "error"]},
            "message": {"type": "string"},
            "version": {"type": "string"},
            "description": {"type": "string"},
            "details": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "properties": {
                        "status": {"type": "string"},
                        "componentType": {"type": "string"},
                        "output": {"type": "string"},
                        "time": {"type": "string", "format": "date-time"},
                    },
                },
            },
        },
    },
)


@frozen
class Stored:
    """How the store is.

    :ivar name: ``redis``, as Tyk calls it, or ``storage``.
    :ivar problem: why it can not be used, ``""`` while it can.
    :ivar seen: it could be used at some time since the start.
    """

    name: str = "storage"
    problem: str = ""
    seen: bool = True


@frozen
class Health:
    """
    :ivar paths: of the liveness and the readiness check.
    :ivar report: of the last load of definitions that went through, if one did.
    :ivar stopping: whether the gateway is on its way out.
    :ivar stored: how the store is.
    """

    report: Callable[[], Report | None]
    stopping: Callable[[], bool]
    paths: tuple[str, str] = ("hello", "ready")
    stored: Callable[[], Stored] = Stored

    def routes(self) -> Iterable[Route]:
        hello, ready = ("/" + path.lstrip("/") for path in self.paths)
        well = {200: Outcome("How it is", HEALTH)}
        bad = Schema("NotReady", {"anyOf": [HEALTH, STATUS]})
        yield Route("GET", hello, self.hello, "Is it alive?", responses=well, open=True)
        yield Route(
            "GET",
            ready,
            self.ready,
            "Can it be sent traffic?",
            responses={**well, 503: Outcome("It can not", bad)},
            open=True,
        )

    def hello(self, asked: Asked) -> Answer:
        """The process is alive; ``warn`` when something of it does not work.

        What is wrong is told to those who have the secret.
        """
        report = self.report()
        well = report is not None and not _wrong(report) and not self.stored().problem
        status = "pass" if well else "warn"
        return self._answer(status, "Tyk GW", report, asked.trusted)

    def ready(self, asked: Asked) -> Answer:
        """It can be sent traffic: loaded, every hook in its place, and not stopping.

        A Redis that has been there and is away does not count: what needs no Redis goes on.
        Neither does a new version that is bad, as long as the last good one goes on.
        """
        report = self.report()
        if self.stopping():
            return error(503, "Gateway is shutting down")
        if not self.stored().seen:
            return error(503, "Redis connection not available")
        if report is None:
            return error(503, "A successful API reload did not happen")
        if report.problems:
            answer = self._answer("fail", "Tyk GW", report, asked.trusted)
            cause = report.problems[0] if asked.trusted else "see the log"
            message = f"{_summary(_wrong(report))}: {cause}"
            return Answer(503, {**answer.value, "status": "error", "message": message})
        status = "warn" if report.held else "pass"
        return self._answer(status, "Tyk GW Ready", report, asked.trusted)

    def _answer(
        self, status: str, description: str, report: Report | None, trusted: bool
    ) -> Answer:
        details = self._details(status, report, trusted) if status != "pass" else {}
        stored = self.stored()
        if stored.name == REDIS and not stored.problem:
            time = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            details[REDIS] = {"status": "pass", "componentType": "datastore", "time": time}
        return Answer(
            200,
            {
                "status": status,
                "version": __version__,
                "description": description,
                "details": details,
            },
        )

    def _details(self, status: str, report: Report | None, trusted: bool) -> dict[str, object]:
        details: dict[str, object] = {}
        wrong = None if report is None else _wrong(report)
        if wrong is None or wrong:
            output = "not loaded yet"
            if wrong is not None:
                output = "; ".join(wrong) if trusted else f"{_summary(wrong)}: see the log"
            details["apis"] = {"status": status, "componentType": "system", "output": output}
        stored = self.stored()
        if stored.problem:
            output = stored.problem if trusted else "not available: see the log"
            details[stored.name] = {
                "status": "fail", "componentType": "datastore", "output": output
            }  # fmt: skip
        return details


def _wrong(report: Report) -> tuple[str, ...]:
    return (*report.problems, *report.held)


def _summary(problems: Sequence[str]) -> str:
    count = len(problems)
    return f"{count} problem{'' if count == 1 else 's'} while loading"
