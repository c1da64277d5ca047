"""What the log says of requests that are turned away."""

from __future__ import annotations

import json

from gateways import Events, MakeGateway

from twisted_tyk.seldom import MOST
from twisted_tyk.testing import MemoryGateway, definition


def told(events: Events) -> list[str]:
    return [text for text in events.texts() if "API tea" in text and ": " in text]


def gateway_with_key(gateway: MakeGateway) -> MemoryGateway:
    """Its API takes keys from the query; Ann's may ask once a minute."""
    auth = {"authToken": {"use_param": True, "param_name": "key"}}
    running = gateway(definition("tea", use_keyless=False, auth_configs=auth))
    session = {
        "alias": "Ann",
        "rate": 1,
        "per": 60,
        "access_rights": {"tea": {"api_id": "tea", "versions": ["Default"]}},
    }
    made = running.request(
        "POST",
        "/tyk/keys/anns-own-key",
        {"X-Tyk-Authorization": "secret"},
        json.dumps(session).encode(),
    )
    assert made.status == 200
    return running


def test_who_and_why_but_no_key(gateway: MakeGateway, events: Events) -> None:
    running = gateway_with_key(gateway)
    statuses = [running.get("/tea/x?key=anns-own-key").status for _ in range(2)]
    assert statuses == [200, 429]
    assert running.get("/tea/x?key=somebody-elses").status == 403
    assert told(events)[-2:] == [
        "RatelimitExceeded: GET /tea/x of API tea from 127.0.0.1 (Ann): Rate Limit Exceeded",
        "AuthFailure: GET /tea/x of API tea from 127.0.0.1: Access to this API has been disallowed",
    ]
    assert not [text for text in events.texts() if "own-key" in text or "elses" in text]


def test_of_many_most_are_only_counted(gateway: MakeGateway, events: Events) -> None:
    running = gateway_with_key(gateway)
    for _ in range(MOST + 5):
        assert running.get("/tea/x?key=somebody-elses").status == 403
    running.advance(2)
    assert running.get("/tea/x?key=somebody-elses").status == 403
    lines = [text for text in told(events) if text.startswith("AuthFailure")]
    assert len(lines) == MOST + 2
    assert lines[MOST] == "AuthFailure: 5 more requests of API tea within the second"
