"""The driver ``twisted``: Python hooks in the reactor thread, or in the pool for blocking ones."""

from __future__ import annotations

import time

from zope.interface import implementer

from twisted_tyk.apidef.model import MiddlewareDefinition
from twisted_tyk.interfaces import IDriver
from twisted_tyk.native.stats import EntryStats
from twisted_tyk.plugins.driver import DriverContext, Made, MadeQueue, Source
from twisted_tyk.plugins.hook_step import HookStep, Loaded, RequestHookStep, ResponseHookStep
from twisted_tyk.plugins.marks import blocks
from twisted_tyk.plugins.python import PythonHooks
from twisted_tyk.plugins.python_editor import PythonEditor
from twisted_tyk.plugins.record_queue import RecordQueue


@implementer(IDriver)
class PythonDriver:
    """Made anew for each load of an API."""

    def __init__(self, context: DriverContext) -> None:
        self._context = context
        lives = context.runtime.lives
        self._hooks = PythonHooks(context.places, context.definition.api_id, lives.begin)

    def request_step(self, entry: MiddlewareDefinition, point: str) -> Made:
        """See :class:`twisted_tyk.interfaces.IDriver`."""
        return self._made(RequestHookStep, self._hooks.request_hook(entry.name, entry.path), entry)

    def response_step(self, entry: MiddlewareDefinition) -> Made:
        """See :class:`twisted_tyk.interfaces.IDriver`."""
        return self._made(
            ResponseHookStep, self._hooks.response_hook(entry.name, entry.path), entry
        )

    def record_queue(self, entry: MiddlewareDefinition) -> MadeQueue:
        """See :class:`twisted_tyk.interfaces.IDriver`."""
        loaded = self._hooks.record_hook(entry.name, entry.path)
        runtime = self._context.runtime
        mode = "pool" if blocks(loaded.hook) else "inline"
        queue = RecordQueue(
            loaded.title,
            PythonEditor(loaded, runtime.in_thread, time.monotonic),
            EntryStats(entry.path, entry.name, self._context.definition.api_id, "analytics", mode),
            self._context.timeout_of(entry),
            entry.concurrency,
            runtime.queue,
            runtime.deadlines,
        )
        return MadeQueue(queue, Source(loaded.files))

    def _made(self, kind: type[HookStep], loaded: Loaded, entry: MiddlewareDefinition) -> Made:
        step = kind(
            loaded,
            self._context.timeout_of(entry),
            entry.on_error == "skip",
            entry.concurrency,
            self._context.runtime,
        )
        return Made(step, Source(loaded.files))
