"""The step that calls a patch, and answers for what the patch does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.errors import HookError, HookTimeout, Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.patches.patch import Patch
from twisted_tyk.patches.places import PROXY
from twisted_tyk.patches.replaced import Outcome, Replaced, WrongCall
from twisted_tyk.patches.run import Run
from twisted_tyk.plugins.blame import own_frames


@implementer(IStep)
class PatchStep:
    """Stands in the chain in place of built-in steps.

    When the patch fails, it is counted and logged with its own frames. Then the request ends,
    or with ``"on_error": "skip"`` the built-in step decides: as it has, if the patch has called
    it, so that its work is not done twice and its refusal stands; else it is called now.
    """

    log = Logger()

    def __init__(
        self,
        patch: Patch,
        process: Callable[[Exchange], Any],
        replaced: Replaced,
        timeout: float | None,
        clock: IReactorTime,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """
        :param process: of the step that the patch made.
        :param timeout: seconds; ``None`` when the patch sees to that itself.
        """
        self.name = f"{patch.place}:{patch.manifest.name}"
        self.patch = patch
        self._process = process
        self._replaced = replaced
        self._timeout = timeout
        self._clock = clock
        self._now = now
        self._skips = patch.manifest.on_error == "skip"
        self._answers = patch.place == PROXY

    def process(self, exchange: Exchange) -> Outcome:
        """Call the patch."""
        run = self._replaced.runs[exchange] = Run(self._timeout, self._clock, self._now)
        self.patch.counts.begun()
        try:
            result = self._process(exchange)
            if isinstance(result, Coroutine):
                result = Deferred.fromCoroutine(result)
        except KeyboardInterrupt:
            self._over(exchange, run)
            raise
        except BaseException as error:
            if self._stands(error, exchange, run):
                self._over(exchange, run)
                raise
            return self._instead(error, exchange, run)
        if not isinstance(result, Deferred):
            return self._decided(result, exchange, run)
        run.limit(result)
        return result.addCallbacks(
            self._decided,
            self._failed,
            callbackArgs=(exchange, run),
            errbackArgs=(exchange, run),
        )

    def _decided(self, outcome: Any, exchange: Exchange, run: Run) -> Outcome:
        if exchange.left:
            self._over(exchange, run)
            raise CancelledError()
        wrong = self._wrong(outcome, exchange, run)
        if wrong:
            return self._instead(WrongCall(wrong), exchange, run)
        self._over(exchange, run)
        return outcome  # type: ignore[no-any-return]

    def _failed(self, failure: Failure, exchange: Exchange, run: Run) -> Outcome | Failure:
        error = failure.value
        if error is None or self._stands(error, exchange, run):
            self._over(exchange, run)
            return failure
        return self._instead(error, exchange, run)

    def _wrong(self, outcome: object, exchange: Exchange, run: Run) -> str:
        if run.waiting is not None:
            return "it decided while the step that it replaces was under way"
        if outcome is None:
            if self._answers and exchange.response is None:
                return "it let the request go on with no response, where that comes from"
        elif not isinstance(outcome, Reply):
            return f"it returned {type(outcome).__name__}, expected None or a Reply"
        return ""

    def _stands(self, error: BaseException, exchange: Exchange, run: Run) -> bool:
        """Whether it is a decision, or not the patch's: of a client that left, or built in."""
        built_in = isinstance(run.end, Failure) and error is run.end.value
        return exchange.left or built_in or isinstance(error, Refusal)

    def _instead(self, error: BaseException, exchange: Exchange, run: Run) -> Outcome:
        """What becomes of the request when the patch has failed.

        What is raised is in no variable here, which its traceback would hold.
        """
        self.patch.counts.errors += 1
        self._tell(error, exchange, run)
        if not self._skips:
            self._over(exchange, run)
            raise HookTimeout() if run.late else HookError()
        self.patch.counts.skipped += 1
        return self._built_in(exchange, run)

    def _tell(self, error: BaseException, exchange: Exchange, run: Run) -> None:
        if run.late:
            what = f"took longer than {self._timeout:g} s"
        elif isinstance(error, WrongCall) and error.__traceback__ is None:
            what = f"was wrong: {error}"
        else:
            what = f"raised:\n{own_frames(error, self.patch.files)}"
        self.log.error(
            "patch {patch} of {place} of API {api} {what}",
            patch=self.patch.title, place=self.patch.place, api=exchange.api.api_id, what=what,
        )  # fmt: skip

    def _built_in(self, exchange: Exchange, run: Run) -> Outcome:
        """What the built-in step has decided, is about to decide, or decides now."""
        outcome: Any = run.end
        if run.waiting is not None:
            outcome = run.then()
        elif not run.called:
            try:
                outcome = self._replaced.process(exchange)
            except BaseException:
                self._over(exchange, run)
                raise
        if isinstance(outcome, Failure):
            outcome = fail(outcome)  # raised here, it would hold itself by its traceback
        if isinstance(outcome, Deferred):
            return outcome.addBoth(self._settled, exchange, run)
        self._over(exchange, run)
        return outcome  # type: ignore[no-any-return]

    def _settled(self, outcome: Any, exchange: Exchange, run: Run) -> Any:
        self._over(exchange, run)
        return outcome

    def _over(self, exchange: Exchange, run: Run) -> None:
        del self._replaced.runs[exchange]
        run.over()
        self.patch.counts.ended(run.seconds)


class NativePatchStep(PatchStep):
    """The same for a native function, whose failures are logged where it is called."""

    def _stands(self, error: BaseException, exchange: Exchange, run: Run) -> bool:
        if exchange.left or not isinstance(error, HookError):
            return True
        if not self._skips:
            self.patch.counts.errors += 1
        return not self._skips

    def _tell(self, error: BaseException, exchange: Exchange, run: Run) -> None:
        if isinstance(error, WrongCall):
            super()._tell(error, exchange, run)
