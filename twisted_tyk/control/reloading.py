"""``/tyk/reload``: read the definitions anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.control.answers import Answer, error, ok
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.routes import Outcome, Parameter, Route
from twisted_tyk.control.schemas import STATUS
from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.reload import Report


@frozen
class Reloading:
    """
    :ivar reload: reads and swaps; returns when the new definitions are at work.
        So ``block=true`` is what every call does, which Tyk has to be asked for.
    :ivar tell: sends a command with a payload to all nodes.
    """

    reload: Callable[[], Report]
    tell: Callable[[str, str], Deferred[None]]

    log = Logger()

    def routes(self) -> Iterable[Route]:
        block = [Parameter("block", "Wait for it; here every call does")]
        done = {
            200: Outcome("Reloaded", STATUS),
            500: Outcome("All stays as it was", STATUS),
            503: Outcome("Only this gateway is reloaded", STATUS),
        }
        for path, handler, what in (
            ("/tyk/reload", self.this_node, "Read the definitions anew"),
            ("/tyk/reload/group", self.group, "The same in every gateway of the group"),
        ):
            yield Route("GET", path, handler, what, query=block, responses=done)

    def this_node(self, asked: Asked) -> Answer:
        """Reload this gateway; what is wrong with the new files is told, too."""
        try:
            report = self.reload()
        except Exception as problem:
            self.log.error("the reload failed, all stays as it was: {problem}", problem=problem)
            return error(500, f"reload failed, all stays as it was: {problem}")
        return ok("; ".join(report.problems))

    def group(self, asked: Asked) -> Answer | Deferred[Answer]:
        """Reload every gateway of the group; the answer tells how this one fared.

        It hears the command as well, and finds that nothing has changed since.
        """
        answer = self.this_node(asked)
        if answer.status != 200:
            return answer
        told = self.tell("GroupReload", "")
        return told.addCallbacks(lambda _: answer, self._not_told)

    def _not_told(self, failure: Failure) -> Answer:
        failure.trap(StoreUnavailable)
        reason = getattr(failure.value, "reason", "")
        self.log.error("no other node was told to reload: {reason}", reason=reason)
        return error(503, "this gateway is reloaded, but the others could not be told")
