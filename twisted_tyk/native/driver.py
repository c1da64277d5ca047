"""The driver ``goplugin``, and its plain name ``native``: functions of shared libraries."""

from __future__ import annotations

import hashlib
import json
import weakref
from functools import partial

from twisted.logger import Logger
from zope.interface import implementer

from twisted_tyk.apidef.model import MiddlewareDefinition
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import IDriver, IRelay, IStep
from twisted_tyk.native.calls import Gate
from twisted_tyk.native.carrier import Carrier
from twisted_tyk.native.entry import Entry
from twisted_tyk.native.frame import Encoder
from twisted_tyk.native.functions import function_of
from twisted_tyk.native.leased import Found, Leased
from twisted_tyk.native.manifest import Function, Manifest
from twisted_tyk.native.record_editor import NativeEditor
from twisted_tyk.native.stats import EntryStats
from twisted_tyk.native.steps import ElsewhereStep, InlineStep
from twisted_tyk.native.told import log_line
from twisted_tyk.plugins.driver import DriverContext, LoadError, Made, MadeQueue, Source, title
from twisted_tyk.plugins.record_queue import RecordQueue


@implementer(IDriver)
class NativeDriver:
    """Made anew for each load of an API. A library that is loaded already is used again."""

    log = Logger()

    def __init__(self, context: DriverContext) -> None:
        self._context = context
        self._libraries = context.runtime.libraries
        self._document = json.dumps(
            context.definition.raw, separators=(",", ":"), ensure_ascii=False
        ).encode()
        digest = hashlib.sha256(self._document).hexdigest()[:16]
        self._api = f"{context.definition.api_id}@{digest}".encode()

    def request_step(self, entry: MiddlewareDefinition, point: str) -> Made:
        """See :class:`twisted_tyk.interfaces.IDriver`."""
        return self._made(entry, "request", point)

    def response_step(self, entry: MiddlewareDefinition) -> Made:
        """See :class:`twisted_tyk.interfaces.IDriver`."""
        return self._made(entry, "response", "response")

    def record_queue(self, entry: MiddlewareDefinition) -> MadeQueue:
        """See :class:`twisted_tyk.interfaces.IDriver`."""
        function, found, leased, stats = self._leased(entry, "analytics", "analytics")
        runtime = self._context.runtime
        editor = NativeEditor(
            leased.library,
            function.number,
            partial(_say, stats),
            partial(runtime.metered, entry.path),
        )
        queue = RecordQueue(
            title(entry.path, entry.name),
            editor,
            stats,
            self._context.timeout_of(entry),
            entry.concurrency,
            runtime.queue,
            runtime.deadlines,
        )
        self._release_after(queue, leased, stats, None)
        return MadeQueue(queue, _source(found, leased))

    def _made(self, given: MiddlewareDefinition, kind: str, point: str) -> Made:
        function, found, leased, stats = self._leased(given, kind, point)
        step = self._step(given, function, leased, stats)
        return Made(step, _source(found, leased))

    def _leased(
        self, given: MiddlewareDefinition, kind: str, point: str
    ) -> tuple[Function, Found, Leased, EntryStats]:
        found = self._libraries.find(given.path, self._context.places)
        try:
            function = function_of(found.manifest, given.name, kind, given.path)
            mode = mode_of(given, function, found.manifest)
            if kind == "analytics" and mode == "inline":
                mode = "pool"  # nobody waits for it, so the reactor need not either
            stats = EntryStats(given.path, given.name, self._context.definition.api_id, point, mode)
            leased = self._libraries.lease(found, mode == "process", stats)
        except LoadError:
            self._libraries.forget(found.digest)
            raise
        return function, found, leased, stats

    def _step(
        self,
        given: MiddlewareDefinition,
        function: Function,
        leased: Leased,
        stats: EntryStats,
    ) -> IStep | IRelay:
        runtime = self._context.runtime
        way_back = function.kind == "response"
        entry = Entry(
            name=title(given.path, given.name),
            function=function,
            library=leased.library,
            encode=Encoder(function, way_back, self._api),
            carry=Carrier(
                runtime.read_session,
                partial(_say, stats),
                partial(runtime.metered, given.path),
                way_back,
            ),
            stats=stats,
            keep_session=runtime.keep_session,
            timeout=self._context.timeout_of(given),
            skips=given.on_error == "skip",
            way_back=way_back,
        )
        definition = None
        if "definition" in function.needs:
            definition = self._api
            leased.announce(definition, lambda: self._document)
        self._release_after(entry, leased, stats, definition)
        gate = Gate(entry, given.concurrency, runtime.queue, runtime.deadlines, runtime.clock)
        elsewhere = ElsewhereStep(gate)
        step: IStep | IRelay = InlineStep(entry, elsewhere) if stats.mode == "inline" else elsewhere
        return step

    def _release_after(
        self, user: object, leased: Leased, stats: EntryStats, definition: bytes | None
    ) -> None:
        # When the last request of this chain is over, in whatever thread that is.
        gone = partial(self._libraries.release, leased, stats, definition)
        weakref.finalize(user, self._context.runtime.in_reactor, gone).atexit = False


def _source(found: Found, leased: Leased) -> Source:
    # Not the leased library's file: another one with the same content may have been loaded.
    helper = leased.helper
    return Source(
        {**{str(file): "" for file in found.missing}, str(found.file): found.digest},
        found.manifest.version,
        None if helper is None else helper.loaded,
    )


def mode_of(given: MiddlewareDefinition, function: Function, manifest: Manifest) -> str:
    """Where a function runs: as its entry says, as its manifest says, or as its language does.

    Go's runtime is meant to be alone in its process, and a panic in a goroutine ends it.
    """
    return given.mode or function.mode or ("process" if manifest.language == "go" else "pool")


def _say(stats: EntryStats, level: int, text: str, fields: str, exchange: Exchange | None) -> None:
    log_line(stats.plugin, level, text, fields, stats.function, stats.api, exchange)
