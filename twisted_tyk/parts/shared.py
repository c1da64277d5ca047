"""What the steps of all APIs share, out of the areas that it is made in."""

from __future__ import annotations

from treq.client import HTTPClient

from twisted_tyk.chain.shared import Shared
from twisted_tyk.events.events import Events
from twisted_tyk.limits.make import Counting
from twisted_tyk.limits.reader import QuotaReader
from twisted_tyk.parts.events import announcer
from twisted_tyk.parts.given import Given
from twisted_tyk.parts.identity import Identity
from twisted_tyk.parts.working import Working
from twisted_tyk.storage.make import Storage


def make_shared(
    given: Given,
    storage: Storage,
    working: Working,
    identity: Identity,
    counting: Counting,
    web: HTTPClient,
    events: Events,
) -> Shared:
    """:raises ValueError: when a handler of events in ``tyk.conf`` is wrong."""
    return Shared(
        store=storage.store,
        notifications=storage.notifications,
        tokens=identity.tokens,
        keys=identity.keys,
        passwords=identity.passwords,
        clock=given.reactor,
        seconds=given.seconds,
        in_thread=working.tasks.run,
        web=web,
        key_sets=identity.key_sets,
        policies=identity.policies,
        organisations=identity.organisations,
        limiter=counting.limiter,
        quotas=QuotaReader(counting.limiter.counters, storage.store),
        events=events,
        announce=announcer(given.settings, events),
    )
