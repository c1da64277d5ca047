"""The step that calls a patch in a plugin."""

from __future__ import annotations

from twisted_tyk.errors import HookError
from twisted_tyk.patches.replaced import WrongCall
from twisted_tyk.patches.run import Run
from twisted_tyk.patches.step import PatchStep


class NativePatchStep(PatchStep):
    """The same for a native function, whose failures are logged where it is called.

    One that fails has changed nothing. It has when it lets a request go on that it had to
    answer.
    """

    def _may_change(self) -> bool:
        return self._answers

    def _stands(self, error: BaseException, run: Run) -> bool:
        if run.exchange.left or not isinstance(error, HookError):
            return True
        if not self._skips:
            self.patch.counts.errors += 1
        return not self._skips

    def _tell(self, error: BaseException, run: Run) -> None:
        if isinstance(error, WrongCall):
            super()._tell(error, run)
