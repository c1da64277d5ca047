"""A gateway tells of keys and organisations that have used much of their quota."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gateways import Events

HANDLERS = {
    "events": {
        "TriggerExceeded": [
            {"handler_name": "eh_log_handler", "handler_meta": {"prefix": "seen"}}
        ]
    }
}


def told(events: Events) -> int:
    return len([text for text in events.texts() if "seen:TriggerExceeded" in text])


@pytest.mark.parametrize(("on", "count"), [(True, 1), (False, 0)])
def test_a_key(limited: Any, events: Events, on: bool, count: int) -> None:
    monitor = {
        "enable_trigger_monitors": True, "monitor_user_keys": on, "global_trigger_limit": 50,
    }  # fmt: skip
    one = limited({"monitor": monitor, "event_handlers": HANDLERS})
    one.key(quota_max=4, quota_renewal_rate=60)
    one.get()
    assert told(events) == 0
    assert one.statuses(4) == [200, 200, 200, 403]
    assert told(events) == count


@pytest.mark.parametrize(("on", "count"), [(True, 1), (False, 0)])
def test_an_organisation(limited: Any, events: Events, on: bool, count: int) -> None:
    monitor = {"enable_trigger_monitors": True, "monitor_org_keys": on}
    one = limited(
        {"monitor": monitor, "event_handlers": HANDLERS, "enforce_org_quotas": True},
        use_keyless=True,
    )
    session = {"quota_max": 2, "monitor": {"trigger_limits": [100]}}
    one.gateway.service.shared.store.set(b"orgkey.default", json.dumps(session).encode())
    assert one.statuses(3) == [200, 200, 403]
    assert told(events) == count
