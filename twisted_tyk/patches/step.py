"""The step that calls a patch, and answers for what the patch does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
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
from twisted_tyk.patches.answer import flaw_of
from twisted_tyk.patches.before import RewoundRun
from twisted_tyk.patches.patch import Patch
from twisted_tyk.patches.places import PROXY
from twisted_tyk.patches.replaced import Outcome, Replaced, WrongCall
from twisted_tyk.patches.run import Run
from twisted_tyk.plugins.blame import own_frames
from twisted_tyk.plugins.lives import HookLife


@implementer(IStep)
class PatchStep:
    """Stands in the chain in place of built-in steps.

    When the patch fails, it is counted and logged with its own frames. Then the request ends,
    or with ``"on_error": "skip"`` the built-in step decides: as it has, if the patch has called
    it, so that its work is not done twice and its refusal stands; else it is called now, for
    the request as it was before the patch.
    """

    log = Logger()

    def __init__(
        self,
        patch: Patch,
        process: Callable[[Exchange], Any],
        replaced: Replaced,
        timeout: float | None,
        clock: IReactorTime,
        life: HookLife | None = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """
        :param process: of the step that the patch made.
        :param timeout: seconds; ``None`` when the patch sees to that itself.
        :param life: of that step, which is not over as long as it can be called.
        """
        self.name = f"{patch.place}:{patch.manifest.name}"
        self.patch = patch
        self._process = process
        self._replaced = replaced
        self._timeout = timeout
        self._life = life
        self._skips = patch.manifest.on_error == "skip"
        self._answers = patch.place == PROXY
        kind = RewoundRun if self._skips and self._may_change() else Run
        self._begin = partial(kind, timeout, clock, now)

    def _may_change(self) -> bool:
        """Whether something of a request may have changed when the patch has failed."""
        return True

    def process(self, exchange: Exchange) -> Outcome:
        """Call the patch."""
        run = self._replaced.runs[exchange] = self._begin(exchange)
        self.patch.counts.begun()
        try:
            result = self._process(exchange)
            if isinstance(result, Coroutine):
                result = Deferred.fromCoroutine(result)
        except KeyboardInterrupt:
            self._over(run)
            raise
        except BaseException as error:
            if self._stands(error, run):
                self._over(run)
                raise
            return self._instead(error, run)
        if not isinstance(result, Deferred):
            return self._decided(result, run)
        if result.called and not result.paused:
            run.returned = result
        else:
            result = run.limit(result)
        return result.addCallbacks(
            self._decided, self._failed, callbackArgs=(run,), errbackArgs=(run,)
        )

    def _decided(self, outcome: Any, run: Run) -> Outcome:
        if run.exchange.left:
            self._over(run)
            raise CancelledError()
        wrong = self._wrong(outcome, run)
        if wrong:
            return self._instead(WrongCall(wrong), run)
        self._over(run)
        return outcome  # type: ignore[no-any-return]

    def _failed(self, failure: Failure, run: Run) -> Outcome | Failure:
        error = failure.value
        if error is None or self._stands(error, run):
            self._over(run)
            return failure
        return self._instead(error, run)

    def _wrong(self, outcome: object, run: Run) -> str:
        if run.waiting is not None:
            return (
                "it decided while the step that it replaces was under way, "
                "which it has to await or to return"
            )
        if outcome is None:
            if self._answers and run.exchange.response is None:
                return "it let the request go on with no response, where that comes from"
        elif not isinstance(outcome, Reply):
            return f"it returned {type(outcome).__name__}, expected None or a Reply"
        else:
            return flaw_of(outcome.status, outcome.headers, outcome.body)
        return ""

    def _stands(self, error: BaseException, run: Run) -> bool:
        """Whether it is a decision, or not the patch's: of a client that left, or built in."""
        built_in = isinstance(run.end, Failure) and error is run.end.value
        return run.exchange.left or built_in or isinstance(error, Refusal)

    def _instead(self, error: BaseException, run: Run) -> Outcome:
        """What becomes of the request when the patch has failed.

        What is raised is in no variable here, which its traceback would hold.
        """
        self.patch.counts.errors += 1
        self._tell(error, run)
        if not self._skips:
            self._over(run)
            raise HookTimeout() if run.late else HookError()
        return self._built_in(run)

    def _tell(self, error: BaseException, run: Run) -> None:
        if run.late:
            what = f"took longer than {self._timeout:g} s"
        elif isinstance(error, WrongCall) and error.__traceback__ is None:
            what = f"was wrong: {error}"
        else:
            frames = own_frames(error, self.patch.code.files)
            # What runs is a copy, which nobody would look for.
            what = f"raised:\n{frames.replace(str(self.patch.folder), self.patch.file)}"
        self._say(what, run)

    def _say(self, what: str, run: Run) -> None:
        # Of the class: an event that somebody keeps would keep this step, and its life.
        PatchStep.log.error(
            "patch {patch} of {place} of API {api} {what}",
            patch=self.patch.title, place=self.patch.place, api=run.exchange.api.api_id, what=what,
        )  # fmt: skip

    def _built_in(self, run: Run) -> Outcome:
        """What the built-in step has decided, is about to decide, or decides now."""
        outcome: Any = run.end
        if run.waiting is not None:
            outcome = run.then()
        elif not run.rewind() and outcome is None:
            self._say("can not be skipped: a body of the request or its answer is gone", run)
            self._over(run)
            raise HookError()
        elif not run.called:
            try:
                outcome = self._replaced.process(run.exchange)
            except BaseException:
                self._skipped(run)
                raise
        if isinstance(outcome, Failure):
            outcome = fail(outcome)  # raised here, it would hold itself by its traceback
        if isinstance(outcome, Deferred):
            return outcome.addBoth(self._settled, run)
        self._skipped(run)
        return outcome  # type: ignore[no-any-return]

    def _settled(self, outcome: Any, run: Run) -> Any:
        self._skipped(run)
        return outcome

    def _skipped(self, run: Run) -> None:
        self.patch.counts.skipped += 1
        self._over(run)

    def _over(self, run: Run) -> None:
        del self._replaced.runs[run.exchange]
        run.over()
        self.patch.counts.ended(run.seconds)
