"""A whole gateway: its parts made and joined, started, drained and stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from socket import gethostname
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.task import deferLater
from twisted.logger import Logger

from twisted_tyk.chain.api import Api
from twisted_tyk.interfaces import IRecordSink
from twisted_tyk.limits.make import make_counting
from twisted_tyk.parts.bundles import make_bundles
from twisted_tyk.parts.control import Areas
from twisted_tyk.parts.definitions import Definitions
from twisted_tyk.parts.events import make_events
from twisted_tyk.parts.given import Given
from twisted_tyk.parts.identity import Identity
from twisted_tyk.parts.listening import Listening
from twisted_tyk.parts.logging import log_to
from twisted_tyk.parts.metering import Metering
from twisted_tyk.parts.oauth import OAuth
from twisted_tyk.parts.patching import make_patches
from twisted_tyk.parts.plugins import Plugins
from twisted_tyk.parts.recording import Recording
from twisted_tyk.parts.routing import make_root
from twisted_tyk.parts.running import Ends, Running
from twisted_tyk.parts.shared import make_shared
from twisted_tyk.parts.stored import Opened
from twisted_tyk.parts.trial import loaded_once
from twisted_tyk.parts.upstream import Upstream, web
from twisted_tyk.parts.watching import Watching
from twisted_tyk.parts.working import Working
from twisted_tyk.reload import Report
from twisted_tyk.settings import Loaded
from twisted_tyk.storage.make import make_storage


class Gateway(Service):
    """Making one has no effect outside; starting it does.

    :ivar root: renders requests of the main port.
    :ivar reloader: loads the definitions.
    :ivar shared: keys, and what else the steps of all APIs share.
    :ivar storage: where keys are kept.
    :ivar metering: what monitoring systems are told.
    :ivar recording: what is kept of each request.
    :ivar plugins: what hooks are run with.
    :ivar listening: the ports.
    """

    name = "tyk"
    log = Logger()

    def __init__(
        self,
        reactor: Any,
        loaded: Loaded,
        base: Path,
        port: int | None = None,
        sinks: Sequence[IRecordSink] = (),
        log_target: str | None = None,
        instrumented: bool = False,
    ) -> None:
        """
        :param reactor: sockets, clock and threads of everything.
        :param base: the folder of ``tyk.conf``.
        :param port: in place of ``listen_port``.
        :param sinks: get the record of each request that may be tracked.
        :param log_target: file of our log lines, ``"-"`` for standard output;
            ``None`` leaves the log to the application.
        :param instrumented: send metrics to ``statsd_connection_string``.
        :raises ValueError: when a setting makes no sense, in a sentence that names it.
        """
        self._given = given = Given(reactor, loaded, base)
        self._settings = settings = loaded.settings
        self._log_target = log_target
        self._stopping = False

        self.root = root = make_root(settings)
        self.storage = storage = make_storage(reactor, settings, base)
        self._working = working = Working.make(given)
        self.metering = metering = Metering.make(given, instrumented)
        counting = make_counting(
            reactor, settings, storage.store, storage.notifications, storage.redis, gethostname()
        )
        identity = Identity.make(given, storage, working)
        asks = web(reactor)
        events = make_events(given, asks, storage.store)
        self.shared = shared = make_shared(
            given, storage, working, identity, counting, asks, events
        )
        oauth = OAuth.make(settings, shared, self._served)
        upstream = Upstream.make(given, working.deadlines)
        self.recording = recording = Recording.make(given, storage, identity, metering, sinks)
        self.plugins = plugins = Plugins.make(
            given, working, identity, shared, metering, recording.recorder, self._served
        )
        bundles = make_bundles(given, working)
        patches = make_patches(given, working, plugins)
        self._definitions = definitions = Definitions.make(
            given, root, shared, upstream, metering, recording, plugins, bundles, patches
        )
        self.reloader = definitions.reloader
        self._reload_soon = definitions.reload_soon(given, shared)
        self._reload_until_had = definitions.reload_until_had(given)
        self._watching = Watching.make(given, definitions)
        control = Areas(
            given, lambda: self._stopping, self._served, storage, shared, oauth, metering,
            recording, definitions,
        ).joined()  # fmt: skip
        self.listening = Listening.make(given, port, root, control, working.deadlines)

        bundled, patched, hooked = Ends(bundles.stop), Ends(patches.stop), Ends(plugins.stop)
        # What stands further down uses what stands above it, to its end.
        self._running = Running(
            (
                Opened(storage),
                metering,
                counting,
                working,
                Ends(upstream.agent.close),
                oauth.purger,
                Ends(events.outbox.stop),
                bundled,
                patched,
                recording,
                hooked,
                self._watching,
            )
        )
        self._loading = self._running.only((working, bundled, patched, hooked))

    def _served(self) -> Sequence[Api]:
        return self.root.table.apis

    def plugin_calls(self) -> int:
        """How many calls of native plugins are under way in other threads and processes."""
        return self.plugins.libraries.calls()

    def tasks(self) -> int:
        """How much of the gateway's own work is under way in other threads."""
        return self._working.tasks.calls

    def check(self) -> Deferred[Report]:
        """Load everything as a start would, serve nothing, and let go of it.

        The gateway can not be started any more. See :func:`.loaded_once`.
        """
        return loaded_once(self._loading, self._definitions)

    def setServiceParent(self, parent: Any) -> None:
        """Also give the application our log lines, unless it has a log of its own."""
        if self._log_target is not None:
            log_to(self._log_target, parent, self._settings)
        super().setServiceParent(parent)

    def privilegedStartService(self) -> None:
        """Bind the ports, while the process may still be root.

        :raises NotStarted: when one is taken.
        """
        self.listening.bind()

    def startService(self) -> None:
        """Start the parts and load the definitions; nothing is answered before that is done.

        :raises NotStarted: when the store can not be opened.
        """
        self._running.start()
        super().startService()
        for warning in self._given.loaded.warnings:
            self.log.warn("{warning}", warning=warning)
        self._definitions.start()
        self.listening.tell()

    @inlineCallbacks
    def stopService(self) -> Any:
        """Stop gracefully; the Deferred fires when every request is over.

        ``/ready`` fails first, for ``graceful_shutdown_delay_seconds``; then no
        connection is accepted any more and requests under way get
        ``graceful_shutdown_timeout_duration`` seconds. The parts are stopped after that.
        """
        self._stopping = True
        self._reload_soon.stop()
        self._reload_until_had.stop()
        self._watching.stop()
        self.reloader.stop()
        settings = self._settings
        if settings.graceful_shutdown_delay_seconds:
            yield deferLater(self._given.reactor, settings.graceful_shutdown_delay_seconds)
        yield self.listening.drain(settings.graceful_shutdown_timeout_duration)
        yield self._running.stop()
        yield super().stopService()
