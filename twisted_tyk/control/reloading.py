"""``/tyk/reload``: read the definitions anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.control.answers import Answer, error, ok
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.reload_view import RELOADED, told
from twisted_tyk.control.routes import Outcome, Parameter, Route
from twisted_tyk.control.schemas import STATUS
from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.reload import Report


@frozen
class Reloading:
    """
    :ivar reload: reads and swaps; its Deferred fires when the new definitions are at work.
        So ``block=true`` is what every call does, which Tyk has to be asked for.
    :ivar tell: sends a command with a payload to all nodes.
    """

    reload: Callable[[], Deferred[Report]]
    tell: Callable[[str, str], Deferred[None]]

    log = Logger()

    def routes(self) -> Iterable[Route]:
        query = [
            Parameter("block", "Wait for it; here every call does"),
            Parameter("verbose", "Not empty and not 0 or false: tell what became of each API"),
        ]
        done = {
            200: Outcome("Reloaded", RELOADED),
            500: Outcome("All stays as it was", STATUS),
            503: Outcome("The gateway stops; or it alone is reloaded, not the group", STATUS),
        }
        for path, handler, what in (
            ("/tyk/reload", self.this_node, "Read the definitions anew"),
            ("/tyk/reload/group", self.group, "The same in every gateway of the group"),
        ):
            yield Route("GET", path, handler, what, query=query, responses=done)

    def this_node(self, asked: Asked) -> Deferred[Answer]:
        """Reload this gateway; what is wrong with the new files is told, too."""
        return self.reload().addCallbacks(self._done, self._failed, callbackArgs=(asked,))

    @inlineCallbacks
    def group(self, asked: Asked) -> Any:
        """Reload every gateway of the group; the answer tells how this one fared.

        It hears the command as well, and finds that nothing has changed since.
        """
        answer: Answer = yield self.this_node(asked)
        if answer.status == 200:
            try:
                yield self.tell("GroupReload", "")
            except StoreUnavailable as away:
                return self._not_told(away)
        return answer

    def _done(self, report: Report, asked: Asked) -> Answer:
        message = "; ".join((*report.problems, *report.held))
        verbose = asked.query.get("verbose", "").lower() not in ("", "0", "false")
        more = told(report) if verbose else {}
        return Answer(200, {**ok(message).value, **more})

    def _failed(self, why: Failure) -> Answer:
        problem = why.value
        if why.check(CancelledError):
            return error(503, "Gateway is shutting down")
        self.log.error("the reload failed, all stays as it was: {problem}", problem=problem)
        return error(500, f"reload failed, all stays as it was: {problem}")

    def _not_told(self, away: StoreUnavailable) -> Answer:
        self.log.error("no other node was told to reload: {reason}", reason=away.reason)
        return error(503, "this gateway is reloaded, but the others could not be told")
