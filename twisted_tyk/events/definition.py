"""``event_handlers``, in definitions and in tyk.conf [apidef EventHandlerMetaConfig]."""

from collections.abc import Mapping
from typing import Final

import attrs

from twisted_tyk.jsonfile.keys import Count, key

#: A line in the log.
LOG: Final = "eh_log_handler"
#: A request to another server.
WEBHOOK: Final = "eh_web_hook_handler"
#: The values of ``handler_name`` that are known here.
HANDLERS: Final = (LOG, WEBHOOK)


@attrs.frozen
class HandlerMeta:
    """``handler_meta``: which keys count depends on the handler."""

    #: Configured but left out.
    disabled: bool = key(False)
    #: ``eh_log_handler``: put before the event's name.
    prefix: str = key("")
    id: str = key("")
    name: str = key("")
    #: ``eh_web_hook_handler``: empty means ``GET``.
    method: str = key("")
    #: URL of the webhook.
    target_path: str = key("")
    #: File of the body's template; empty means Tyk's JSON.
    template_path: str = key("", path=True)
    #: Fields of the webhook's request.
    header_map: Mapping[str, str] = key(attrs.Factory(dict), secret=True)
    #: Seconds in which the same request is not sent again; 0 means that each is sent.
    event_timeout: Count = key(0)


@attrs.frozen
class HandlerDefinition:
    """One handler of an event."""

    #: One of :data:`HANDLERS`; others are left out.
    handler_name: str = key("")
    handler_meta: HandlerMeta = key(HandlerMeta())


@attrs.frozen
class EventHandlers:
    """``event_handlers``."""

    #: Event name to its handlers.
    events: Mapping[str, tuple[HandlerDefinition, ...]] = key(attrs.Factory(dict))


@attrs.frozen
class MonitorConfiguration:
    """``monitor.configuration``: the webhook that is told of trigger limits."""

    method: str = key("")
    target_path: str = key("")
    template_path: str = key("", path=True)
    header_map: Mapping[str, str] = key(attrs.Factory(dict), secret=True)
    event_timeout: Count = key(0)


@attrs.frozen
class Monitor:
    """``monitor``: tell when a key has used much of its quota."""

    enable_trigger_monitors: bool = key(False)
    configuration: MonitorConfiguration = key(MonitorConfiguration())
    #: Percent of the quota of every key; 0 means none.
    global_trigger_limit: float = key(0.0)
    #: Look at the keys' own ``monitor.trigger_limits``.
    monitor_user_keys: bool = key(False)
    #: Look at those of organisations.
    monitor_org_keys: bool = key(False)
