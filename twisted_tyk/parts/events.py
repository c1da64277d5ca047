"""Who is told of what happens, in requests and in the gateway itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from treq.client import HTTPClient

from twisted_tyk.events.events import Events
from twisted_tyk.events.monitor import TRIGGERED
from twisted_tyk.interfaces import IStore
from twisted_tyk.parts.given import Given
from twisted_tyk.settings import Settings


def make_events(given: Given, web: HTTPClient, store: IStore) -> Events:
    """What makes handlers and tells them."""
    return Events(given.base, web, store, given.seconds, given.reactor)


def announcer(settings: Settings, events: Events) -> Callable[[str, Mapping[str, Any]], None]:
    """What tells the handlers of tyk.conf. :raises ValueError: when one of them is wrong."""
    handlers = dict(events.handlers(settings.event_handlers))
    monitor = settings.monitor
    if monitor.enable_trigger_monitors and monitor.configuration.target_path:
        handlers[TRIGGERED] = (*handlers.get(TRIGGERED, ()), events.webhook(monitor.configuration))
    return partial(events.tell, handlers)
