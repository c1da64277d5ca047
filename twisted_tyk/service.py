"""The composition root: the one place that makes every part and joins them."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from socket import gethostname
from typing import Any

import attrs
from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList, TimeoutError, inlineCallbacks
from twisted.internet.error import CannotListenError
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python import log as legacy_log
from twisted.python.logfile import LogFile
from twisted.web.resource import IResource

from twisted_tyk import parts
from twisted_tyk.apidef.load import load_directory
from twisted_tyk.chain.build import Builder, Plan
from twisted_tyk.chain.shared import Shared
from twisted_tyk.control.api_files import ApiFiles
from twisted_tyk.control.api_health import ApiHealth, Samples
from twisted_tyk.control.api_versions import ApiVersions
from twisted_tyk.control.apis import Apis
from twisted_tyk.control.caches import Caches
from twisted_tyk.control.debug import Debug
from twisted_tyk.control.folder import Folder
from twisted_tyk.control.health import Health, Stored
from twisted_tyk.control.key_areas import KeyAreas
from twisted_tyk.control.oauth_apis import OAuthApis
from twisted_tyk.control.oauth_clients import OAuthClients
from twisted_tyk.control.oauth_tokens import OAuthTokens
from twisted_tyk.control.metrics import Metrics
from twisted_tyk.control.plugins import Plugins
from twisted_tyk.control.policies import PolicyFiles
from twisted_tyk.control.reloading import Reloading
from twisted_tyk.control.root import Control
from twisted_tyk.control.routes import Area
from twisted_tyk.events.events import Events
from twisted_tyk.interfaces import IRecordSink
from twisted_tyk.jose.remote import KeySets
from twisted_tyk.jsonfile import make_converter
from twisted_tyk.limits.make import make_counting
from twisted_tyk.limits.report import QuotaReader
from twisted_tyk.listen.factory import GatewayFactory
from twisted_tyk.logs import observer
from twisted_tyk.native.assemble import make_libraries
from twisted_tyk.native.metrics import PluginMetrics
from twisted_tyk.native.services import PluginServices
from twisted_tyk.plugins.record_queue import RecordQueue
from twisted_tyk.plugins.runtime import Runtime
from twisted_tyk.plugins.sessions import HookSessions
from twisted_tyk.proxy.client import UpstreamClient
from twisted_tyk.record.access_log import AccessLog
from twisted_tyk.record.choice import analytics
from twisted_tyk.record.metered import Meter
from twisted_tyk.record.recorder import Recorded, Recorder
from twisted_tyk.reload import Reloader, Report
from twisted_tyk.reload_soon import ReloadSoon
from twisted_tyk.respond.ending import Ending
from twisted_tyk.route.root import Root
from twisted_tyk.session.keys import Keys
from twisted_tyk.session.organisations import Organisations
from twisted_tyk.session.password_check import Passwords
from twisted_tyk.session.passwords import hash_password
from twisted_tyk.session.policies import Policies
from twisted_tyk.session.reading import SessionReader
from twisted_tyk.settings import Loaded
from twisted_tyk.storage.make import make_storage
from twisted_tyk.transport.deadlines import Deadlines
from twisted_tyk.transport.eager import listen_tcp
from twisted_tyk.transport.threads import Threads

#: Threads for what takes the processor long, such as hashing passwords.
_WORKERS = 4


class Gateway(Service):
    """A whole gateway. Making one has no effect outside; starting it does.

    :ivar root: renders requests of the main port.
    :ivar reloader: loads the definitions.
    :ivar shared: keys, and what else the steps of all APIs share.
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
        :raises ValueError: when that is not an address, or there is none.
        """
        settings = loaded.settings
        self._reactor = reactor
        self._loaded = loaded
        self._settings = settings
        self._base = base
        self._log_target = log_target
        self._stopping = False
        self._ports: list[Any] = []
        self._deadlines = Deadlines(reactor)
        self._threads = Threads(reactor, settings.hook_threads, "hooks")
        self._work = Threads(reactor, _WORKERS, "tasks")
        self._storage = make_storage(reactor, settings, base)
        self._statsd = parts.statsd(reactor, settings) if instrumented else None
        self._agent = parts.agent(reactor, settings, self._deadlines)
        logs: list[IRecordSink] = []
        if settings.access_logs.enabled:
            logs.append(AccessLog(settings.access_logs.template))
        self._samples: Samples | None = None
        if settings.health_check.enable_health_checks:
            window = settings.health_check.health_check_value_timeouts
            self._samples = Samples(window, reactor.seconds)
            logs.append(self._samples)
        self._records = Threads(reactor, 1, "records")
        self._analytics = analytics(
            reactor, settings, base, self._storage.redis, self._records.run, self._lost_records
        )
        if self._analytics is not None:
            sinks = (*sinks, self._analytics)
        self._told = parts.request_metrics(settings)
        if self._told is not None:
            logs.append(self._told)
        self._recorder = Recorder(sinks, logs, time.time, time.monotonic)
        self._recording = parts.recording(settings)
        self.shared = self._share()
        self._builder = builder = Builder(
            settings,
            base,
            self._runtime(),
            self._ending(),
            UpstreamClient(self._agent),
            self.shared,
            self._recorded,
            self._meter(),
        )
        table = parts.tables(settings)
        self.root = Root(
            table(()),
            cleans=not settings.http_server_options.skip_url_cleaning,
            logs_unmatched=settings.track_404_logs,
        )
        self._converter = converter = make_converter()
        self.reloader = Reloader(
            self.policies.load,
            lambda last: load_directory(
                settings.app_path, last.by_file() if last else {}, loaded.references, converter
            ),
            builder,
            table,
            lambda swapped: setattr(self.root, "table", swapped),
        )
        self._oauth = OAuthApis(lambda: self.root.table.apis, settings, self.shared)
        self._purger = parts.purger(settings, self.shared, self._oauth.servers)
        self._reload_soon = ReloadSoon(reactor, self._reload, settings.reload_interval)
        if not settings.suppress_redis_signal_reload:
            self._reload_soon.listen(self._storage.notifications)
        control = Control(
            settings.secret, self._areas(), settings.control_api_hostname or settings.hostname
        )
        main = settings.listen_port if port is None else port
        self._listens: list[tuple[int, GatewayFactory]] = [(main, self._factory(self.root))]
        if settings.control_api_port and settings.control_api_port != main:
            self._listens.append((settings.control_api_port, self._factory(control)))
        else:
            self.root.control = control

    def _share(self) -> Shared:
        store, notifications = self._storage.store, self._storage.notifications
        tokens = parts.tokens(self._settings)
        read_json, now = SessionReader(), self._reactor.seconds
        self.policies = Policies(
            self._settings.policies, self._loaded.references, read_json.converter
        )
        web = parts.web(self._reactor)
        events = Events(self._base, web, store, time.time, self._reactor)
        self._counting = make_counting(
            self._reactor,
            self._settings,
            store,
            notifications,
            self._storage.redis,
            gethostname(),
        )
        return Shared(
            store=store,
            notifications=notifications,
            tokens=tokens,
            keys=Keys(store, notifications, tokens, self.policies, read_json, now),
            passwords=Passwords(self._work.run, now),
            clock=self._reactor,
            seconds=time.time,
            in_thread=self._work.run,
            web=web,
            key_sets=KeySets(
                parts.web(self._reactor, not self._settings.jwt_ssl_insecure_skip_verify),
                self._reactor,
                self._settings.jwks.cache.timeout,
                notifications,
            ),
            policies=self.policies,
            organisations=Organisations(store, notifications, tokens.hashed, read_json, now),
            limiter=self._counting.limiter,
            quotas=QuotaReader(self._counting.limiter.counters, store),
            events=events,
            announce=parts.announcer(self._settings, self._base, events),
        )

    def _runtime(self) -> Runtime:
        sessions = HookSessions(
            self.shared.keys,
            parts.lifetimes(self._settings),
            lambda: {api.api_id: api.definition for api in self.root.table.apis},
            self.shared.seconds,
        )
        services = PluginServices(self.shared.store, sessions.json_of)
        self._metrics = PluginMetrics(self._statsd)
        self._libraries = make_libraries(self._reactor, self._settings, services, self._metrics)
        return Runtime(
            clock=self._reactor,
            in_thread=self._threads.run,
            deadlines=self._deadlines,
            in_reactor=lambda call: self._reactor.callFromThread(call),
            queue=self._settings.plugin_queue,
            libraries=self._libraries,
            read_session=SessionReader(),
            keep_session=sessions.keep,
            metered=self._metrics,
        )

    def _ending(self) -> Ending:
        ending = parts.ending(self._settings, self.shared.events)
        if self._samples is None:
            return ending
        return attrs.evolve(ending, happened=self._samples.watching(ending.happened))

    def _areas(self) -> list[Area]:
        """The parts of the control API, each with its own list of routes."""
        settings = self._settings
        paths = (settings.health_check_endpoint_name, settings.readiness_check_endpoint_name)
        return [
            Health(self._report, lambda: self._stopping, paths, self._stored),
            Reloading(self._reload, self._storage.notifications.publish),
            Apis(lambda: self.root.table.apis),
            ApiVersions(lambda: self.root.table.apis),
            ApiFiles(
                Folder(settings.app_path, ("api_id",)),
                self._loaded.references,
                self._converter,
                lambda: self.root.table.apis,
                self.shared.in_thread,
            ),
            *self._key_areas(),
            PolicyFiles(settings.policies, self.policies, self.shared.in_thread),
            OAuthClients(self._oauth),
            OAuthTokens(self._oauth, self._purger),
            ApiHealth(self._samples, lambda: self.root.table.apis),
            Caches(self.shared.store, self.shared.notifications),
            Debug(
                self._builder,
                self._loaded.references,
                self._converter,
                lambda api: Root(parts.tables(attrs.evolve(settings, hostname=""))((api,))),
            ),
            Plugins(self._libraries.leased.values, self._metrics.as_json),
            *self._exposition(),
        ]

    def _key_areas(self) -> list[Area]:
        settings = self._settings
        return KeyAreas(
            settings,
            self.shared,
            self.policies,
            parts.lifetimes(settings),
            self._counting.limiter.counters,
            lambda password: self.shared.in_thread(
                hash_password, password, settings.basic_auth_hash_key_function
            ),
            lambda: self.root.table.apis,
        ).all()

    def _recorded(self, plan: Plan, chain: IResource, queue: RecordQueue | None) -> IResource:
        if queue is None and not self._recorder.wanted:
            return chain
        facts = self._recording.facts(plan.definition, plan.listen_path)
        recorded: IResource = Recorded(self._recorder, chain, facts, queue)
        return recorded

    def _meter(self) -> Meter | None:
        steps = self._told if self._settings.prometheus_steps else None
        if self._statsd is None and steps is None:
            return None
        return Meter(self._statsd, time.monotonic, None if steps is None else steps.step)

    def _exposition(self) -> list[Area]:
        if self._told is None:
            return []
        from twisted_tyk.record.gateway_metrics import Exposition, GatewayMetrics

        def problems() -> int:
            report = self._report()
            return len(report.problems) if report is not None else 0

        told = GatewayMetrics(
            lambda: len(self.root.table.apis),
            problems,
            lambda: self._storage.store.problem,
            lambda: [entry for each in self._libraries.leased.values() for entry in each.entries],
            self._analytics,
        )
        settings = self._settings
        apart = settings.control_api_port not in (0, settings.listen_port)
        return [Metrics(Exposition(self._told, told), apart)]

    def _lost_records(self, count: int) -> None:
        if self._statsd is not None:
            self._statsd.measured("c", "analytics.dropped", count)

    def plugin_calls(self) -> int:
        """How many calls of native plugins are under way in other threads and processes."""
        return self._libraries.calls()

    def tasks(self) -> int:
        """How much of the gateway's own work is under way in other threads."""
        return self._work.calls

    def check(self) -> Deferred[list[str]]:
        """After a load: wait for the processes of plugins, and let go of all plugins.

        Fires with a sentence for each that could not be loaded. The gateway can not be
        started any more.
        """
        return self._libraries.loaded().addCallback(
            lambda failures: self._libraries.stop().addCallback(lambda _: failures)
        )

    def _reload(self) -> Report:
        """Also for plugins that could not be loaded, though their files are the same."""
        self._libraries.retry()
        return self.reloader.reload()

    def _report(self) -> Report | None:
        """The last one, with what the processes of plugins have said since."""
        report = self.reloader.report
        failures = self._libraries.failures()
        if report is None or not failures:
            return report
        return attrs.evolve(report, problems=(*report.problems, *failures))

    def _stored(self) -> Stored:
        store = self._storage
        if store.redis is None:
            return Stored(problem=store.store.problem)
        return Stored("redis", store.redis.problem, store.redis.seen)

    def _factory(self, resource: Any) -> GatewayFactory:
        return GatewayFactory(
            resource, parts.limits(self._settings), self._deadlines, self._reactor
        )

    def setServiceParent(self, parent: Any) -> None:
        """Also give the application our log lines, unless it has a log of its own."""
        if self._log_target is not None and hasattr(parent, "setComponent"):
            stream = (
                sys.stdout if self._log_target == "-" else LogFile.fromFullPath(self._log_target)
            )
            settings = self._settings
            parent.setComponent(
                legacy_log.ILogObserver,
                observer(stream, settings.log_level, settings.log_format),
            )
        super().setServiceParent(parent)

    def privilegedStartService(self) -> None:
        """Bind the ports, while the process may still be root.

        :raises SystemExit: with a sentence on standard error, when one is taken.
        """
        for port, factory in self._listens:
            try:
                self._ports.append(
                    listen_tcp(self._reactor, port, factory, 1024, self._settings.listen_address)
                )
            except CannotListenError as error:
                print(f"cannot listen on port {port}: {error.socketError}", file=sys.stderr)
                raise SystemExit(1) from None

    def startService(self) -> None:
        """Load the definitions; nothing is answered before that is done.

        :raises SystemExit: with a sentence on standard error, when the store can not be opened.
        """
        try:
            self._storage.start()
        except ValueError as error:
            print(f"storage: {error}", file=sys.stderr)
            raise SystemExit(1) from None
        super().startService()
        for warning in self._loaded.warnings:
            self.log.warn("{warning}", warning=warning)
        self._deadlines.start()
        self._threads.start()
        self._work.start()
        self._records.start()
        self._purger.start()
        if self._analytics is not None:
            self._analytics.start()
        self._counting.start()
        if self._statsd is not None:
            self._statsd.start()
        try:
            self.reloader.reload()
        except Exception as error:
            self.log.error("no API is served: {error}", error=error)
        for port in self._ports:
            self.log.info("serving on {address}", address=port.getHost())

    @inlineCallbacks
    def stopService(self) -> Any:
        """Stop gracefully; the Deferred fires when every request is over.

        ``/ready`` fails first, for ``graceful_shutdown_delay_seconds``; then no
        connection is accepted any more and requests under way get
        ``graceful_shutdown_timeout_duration`` seconds.
        """
        self._stopping = True
        self._reload_soon.stop()
        settings = self._settings
        if settings.graceful_shutdown_delay_seconds:
            yield deferLater(self._reactor, settings.graceful_shutdown_delay_seconds)
        for port in self._ports:
            yield port.stopListening()
        drained = DeferredList([factory.drain() for _, factory in self._listens])
        drained.addTimeout(settings.graceful_shutdown_timeout_duration, self._reactor)
        try:
            yield drained
        except TimeoutError:
            self.log.warn("requests were still under way and were cut off")
            for _, factory in self._listens:
                factory.abort()
        self._recorder.close()
        yield self._libraries.stop()
        self._recorder.flush()
        if self._analytics is not None:
            yield self._analytics.stop()
        self._records.stop()
        self.shared.events.outbox.stop()
        self._purger.stop()
        yield self._agent.close()
        self._deadlines.stop()
        self._threads.stop()
        self._work.stop()
        yield self._counting.stop()
        yield self._storage.stop()
        if self._statsd is not None:
            self._statsd.stop()
        yield super().stopService()
