"""What is kept of each request when it is over."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from attrs import frozen
from twisted.web.resource import IResource

from twisted_tyk.chain.build import Plan
from twisted_tyk.control.api_health import Samples
from twisted_tyk.interfaces import IRecordSink
from twisted_tyk.parts.given import Given
from twisted_tyk.parts.identity import Identity
from twisted_tyk.parts.metering import Metering
from twisted_tyk.plugins.record_queue import RecordQueue
from twisted_tyk.record.access_log import AccessLog
from twisted_tyk.record.buffer import Buffer
from twisted_tyk.record.choice import analytics
from twisted_tyk.record.facts import Recording as Asked
from twisted_tyk.record.normalise import folding
from twisted_tyk.record.recorder import Recorded, Recorder
from twisted_tyk.settings import Settings
from twisted_tyk.storage.make import Storage
from twisted_tyk.transport.threads import Threads


@frozen
class Recording:
    """
    :ivar recorder: hands records to all who take them.
    :ivar asked: what the settings want of a record.
    :ivar analytics: keeps records; ``None`` unless ``enable_analytics``.
    :ivar samples: what ``/tyk/health`` tells of; ``None`` unless it is asked for.
    :ivar threads: one thread, in which records are written.
    """

    recorder: Recorder
    asked: Asked
    analytics: Buffer | None
    samples: Samples | None
    threads: Threads

    @classmethod
    def make(
        cls,
        given: Given,
        storage: Storage,
        identity: Identity,
        metering: Metering,
        sinks: Sequence[IRecordSink],
    ) -> Recording:
        """
        :param sinks: more of those that get the record of each request that may be tracked.
        :raises ValueError: one sentence that names the setting that makes no sense.
        """
        settings, reactor = given.settings, given.reactor
        threads = Threads(reactor, 1, "records")
        samples = _samples(reactor, settings)
        kept = analytics(
            reactor, settings, given.base, storage.redis, threads.run, metering.lost_records
        )
        log = AccessLog(settings.access_logs.template) if settings.access_logs.enabled else None
        recorder = Recorder(
            sinks if kept is None else (*sinks, kept),
            [each for each in (log, samples, metering.requests) if each is not None],
            given.seconds,
            time.monotonic,
        )
        return cls(recorder, _asked(settings, identity), kept, samples, threads)

    def enter(self, plan: Plan, chain: IResource, queue: RecordQueue | None) -> IResource:
        """What begins a record, before the chain of an API; the chain when nobody wants any."""
        if queue is None and not self.recorder.wanted:
            return chain
        facts = self.asked.facts(plan.definition, plan.listen_path)
        recorded: IResource = Recorded(self.recorder, chain, facts, queue)
        return recorded

    def start(self) -> None:
        """Begin to write."""
        self.threads.start()
        if self.analytics is not None:
            self.analytics.start()

    def stop(self) -> Any:
        """Write what is left. The Deferred fires when that is done."""
        if self.analytics is None:
            return self.threads.stop()
        return self.analytics.stop().addCallback(lambda _: self.threads.stop())


def _samples(reactor: Any, settings: Settings) -> Samples | None:
    asked = settings.health_check
    if not asked.enable_health_checks:
        return None
    return Samples(asked.health_check_value_timeouts, reactor.seconds)


def _asked(settings: Settings, identity: Identity) -> Asked:
    config = settings.analytics_config
    return Asked(
        detailed=settings.enable_analytics and config.enable_detailed_recording,
        detail_limit=config.detail_limit,
        ignored=frozenset(config.ignored_ips),
        fold=folding(config.normalise_urls),
        hashed=identity.tokens.hashed,
    )
