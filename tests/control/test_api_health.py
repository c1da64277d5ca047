"""How an API has fared in the last seconds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from control_client import ControlClient
from gateways import MakeGateway

from twisted_tyk.control.api_health import Samples
from twisted_tyk.testing import definition

ON = {"health_check": {"enable_health_checks": True, "health_check_value_timeouts": 10}}
NOTHING = {
    "throttle_reqests_per_second": 0.0,
    "quota_violations_per_second": 0.0,
    "key_failures_per_second": 0.0,
    "average_upstream_latency": 0.0,
    "average_requests_per_second": 0.0,
}


def session(**limits: Any) -> dict[str, Any]:
    rights = {"shop": {"api_id": "shop", "versions": ["Default"]}}
    return {"org_id": "default", "access_rights": rights, **limits}


@pytest.fixture
def control(gateway: MakeGateway) -> ControlClient:
    shop = definition("shop", use_keyless=False)
    return ControlClient(gateway(shop, definition("other"), settings=ON))


def values(control: ControlClient, api_id: str = "shop") -> Any:
    said = control.get("health", api_id=api_id)
    assert said.status == 200
    return said.value


def ask(control: ControlClient, key: str, times: int) -> list[int]:
    return [control.gateway.get("/shop/x", Authorization=key).status for _ in range(times)]


def test_an_api_that_nobody_asks(control: ControlClient) -> None:
    assert values(control) == NOTHING


def test_what_is_counted(control: ControlClient) -> None:
    fast = control.post("keys", body=session(rate=2, per=60)).value["key"]
    few = control.post("keys", body=session(quota_max=1, quota_renewal_rate=60)).value["key"]
    assert ask(control, fast, 5) == [200, 200, 429, 429, 429]
    assert ask(control, few, 3) == [200, 403, 403]
    assert ask(control, "nobody", 4) == [403] * 4
    seen = values(control)
    assert seen["throttle_reqests_per_second"] == 0.3
    assert seen["quota_violations_per_second"] == 0.2
    assert seen["key_failures_per_second"] == 0.4
    assert seen["average_requests_per_second"] == 0.3
    assert values(control, "other") == NOTHING


def test_a_key_that_is_out_of_use_fails(control: ControlClient) -> None:
    key = control.post("keys", body=session(is_inactive=True)).value["key"]
    assert ask(control, key, 1) == [403]
    assert values(control)["key_failures_per_second"] == 0.1


def test_what_is_long_ago_does_not_count(control: ControlClient) -> None:
    ask(control, "nobody", 5)
    control.gateway.advance(6)
    ask(control, "nobody", 3)
    assert values(control)["key_failures_per_second"] == 0.8
    control.gateway.advance(6)
    assert values(control)["key_failures_per_second"] == 0.3
    control.gateway.advance(6)
    assert values(control) == NOTHING


def test_the_time_of_upstreams_is_averaged() -> None:
    samples = Samples(10, lambda: 5.0)
    api: Any = Api()
    for latency, refusal in ((3, ""), (8, ""), (99, "429 Rate Limit Exceeded")):
        exchange = SimpleNamespace(api=api, refusal=refusal)
        hit: Any = SimpleNamespace(exchange=exchange, upstream_time=latency)
        samples.record(hit)
    assert samples.values(api)["average_upstream_latency"] == 5.5
    assert samples.values(api)["average_requests_per_second"] == 0.2


class Api:
    """Anything that can be told from others of its kind."""


def test_a_changed_api_begins_anew(control: ControlClient) -> None:
    ask(control, "nobody", 5)
    assert control.get("reload").status == 200
    assert values(control)["key_failures_per_second"] == 0.5
    control.gateway.define(definition("shop", use_keyless=False, name="changed"))
    assert control.get("reload").status == 200
    assert values(control) == NOTHING


def test_what_is_asked_wrongly(control: ControlClient, gateway: MakeGateway) -> None:
    said = control.get("health")
    assert (said.status, said.message) == (400, "missing api_id parameter")
    said = control.get("health", api_id="nobody")
    assert (said.status, said.message) == (404, "API ID not found")
    said = ControlClient(gateway()).get("health", api_id="shop")
    assert (said.status, said.message) == (400, "Health checks are not enabled for this node")
