"""Calls a Python hook with the records of finished requests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from twisted_tyk.plugins.blame import own_frames
from twisted_tyk.plugins.hook_step import Loaded
from twisted_tyk.plugins.lives import Held
from twisted_tyk.plugins.marks import blocks

if TYPE_CHECKING:
    from twisted_tyk.plugins.record_queue import Over
    from twisted_tyk.record.as_json import EditableRecord


class PythonEditor:
    """An :class:`~twisted_tyk.plugins.record_queue.Editor`."""

    def __init__(
        self,
        loaded: Loaded,
        in_thread: Callable[..., Deferred[Any]],
        monotonic: Callable[[], float],
    ) -> None:
        hook: Callable[..., Any] = loaded.hook.hook  # type: ignore[attr-defined]
        self._in_thread = blocks(loaded.hook)
        self._hook = partial(in_thread, Held(hook, loaded.life)) if self._in_thread else hook
        self._life = loaded.life
        self._files = loaded.files
        self._monotonic = monotonic

    def run(self, record: EditableRecord, over: Over) -> Any:
        """Call the hook with a dictionary of the record."""
        fields = record.fields()
        started = self._monotonic()

        def done(_: object) -> None:
            seconds = self._monotonic() - started
            try:
                hit = record.edited(fields)
            except ValueError as problem:
                over(None, f"left a record that cannot be used: {problem}", seconds)
            else:
                over(hit, "", seconds)

        def failed(failure: Failure) -> None:
            assert failure.value is not None
            frames = own_frames(failure.value, self._files)
            over(None, f"raised:\n{frames}", self._monotonic() - started)

        return maybeDeferred(self._hook, fields).addCallbacks(done, failed)

    def overdue(self, call: Deferred[Any]) -> None:
        """Cancel a hook that waits; one in a thread goes on."""
        if not self._in_thread:
            call.cancel()
