"""What Prometheus is told, at ``/tyk/metrics`` or at ``/metrics`` of a port of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from recording import make_hit

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.native.stats import EntryStats
from twisted_tyk.record import prometheus
from twisted_tyk.record.gateway_metrics import Exposition, GatewayMetrics
from twisted_tyk.record.histogram import BOUNDS, Histogram
from twisted_tyk.record.prometheus import RequestMetrics
from twisted_tyk.testing import MemoryGateway, definition

ON = {"enable_prometheus": True}
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    """By name and labels. None is there twice, which Prometheus would not forgive."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found
            found[key] = sample.value
    return found


def told(running: MemoryGateway) -> Samples:
    answer = running.control("/tyk/metrics")
    assert answer.status == 200
    assert (answer.headers.get("Content-Type") or "").startswith("text/plain; version=")
    return samples(answer.body.decode())


def value(found: Samples, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def test_there_is_nothing_unless_asked_for(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    assert running.control("/tyk/metrics").status == 404
    assert running.service.root.table.apis[0].steps == ("ReverseProxy",)


def test_requests_are_counted_and_timed(gateway: MakeGateway) -> None:
    running = gateway(definition("one"), settings=ON)
    running.get("/one/x")
    running.get("/one/y")
    running.request("PURGE", "/one/x")
    running.upstream.answer = lambda request: request.setResponseCode(404) or b""
    running.get("/one/z")
    found = told(running)
    for kind in ("server", "client"):
        name = f"http_{kind}_request_duration_seconds"
        for method, status, count in [("GET", "2xx", 2), ("GET", "4xx", 1), ("_OTHER", "2xx", 1)]:
            labels = {
                "api_id": "one",
                "http_request_method": method,
                "http_response_status_class": status,
            }
            assert value(found, f"{name}_count", **labels) == count
            assert value(found, f"{name}_bucket", le="+Inf", **labels) == count
            assert 0 < value(found, f"{name}_sum", **labels) < 60


def test_what_no_upstream_was_asked_for_is_not_counted_as_asked(gateway: MakeGateway) -> None:
    running = gateway(definition("one", use_keyless=False), settings=ON)
    running.get("/one/x")
    names = {name for name, _ in told(running)}
    assert "http_server_request_duration_seconds_count" in names
    assert "http_client_request_duration_seconds_count" not in names


def test_a_client_that_left_is_a_fault_of_its_own(gateway: MakeGateway) -> None:
    requests = RequestMetrics(lambda: 1.0)
    requests.record(make_hit(status=0))
    [(labels, _)] = requests._served.items()
    assert labels == ("one", "GET", 4)


def test_there_is_an_end_to_the_apis_that_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prometheus, "MOST_APIS", 2)
    requests = RequestMetrics(lambda: 1.0)
    for _ in range(2):
        for number in range(5):
            hit = make_hit(ApiDefinition(api_id=f"api{number}"))
            hit.exchange.upstream_time = 0.5
            requests.record(hit)
            requests.step(f"api{number}", "AuthKey", 0.1)
    for family in requests.collect():
        counts = {
            sample.labels["api_id"]: sample.value
            for sample in family.samples
            if sample.name.endswith("_count")
        }
        assert counts == {"api0": 2, "api1": 2, "other": 6}


@given(seconds=st.lists(st.floats(0, 100), max_size=20))
def test_a_class_has_all_that_took_as_long_at_most(seconds: list[float]) -> None:
    histogram = Histogram()
    for each in seconds:
        histogram.add(each)
    classes, total = histogram.classes()
    assert total == pytest.approx(sum(seconds))
    assert classes == [
        *((str(bound), sum(each <= bound for each in seconds)) for bound in BOUNDS),
        ("+Inf", len(seconds)),
    ]


def test_steps_are_timed_when_that_is_asked_for(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text("def hook(rw, request):\n    pass\n")
    api = definition("one", pre=[{"name": "hook", "path": "hooks.py"}])
    running = gateway(api, settings={**ON, "prometheus_steps": True})
    running.get("/one/x")
    running.get("/one/x")
    name = "tyk_step_duration_seconds_count"
    step = "GoPluginMiddleware:hooks.py:hook"
    assert value(told(running), name, api_id="one", step=step) == 2


def test_the_gateway_itself(gateway: MakeGateway) -> None:
    running = gateway(
        definition("one"), settings={**ON, "enable_analytics": True, "records_buffer_size": 1}
    )
    running.get("/one/x")
    running.advance(0.25)
    running.wait_for_thread()
    found = told(running)
    assert value(found, "tyk_apis") == 1
    assert value(found, "tyk_problems") == 0
    assert value(found, "tyk_storage_up") == 1
    assert value(found, "tyk_analytics_records_written_total") == 1
    assert value(found, "tyk_analytics_records_dropped_total") == 0
    assert value(found, "process_cpu_seconds_total") > 0
    assert [labels for name, labels in found if name == "tyk_gateway_info"]


def test_two_gateways_share_no_series(gateway: MakeGateway) -> None:
    one, other = RequestMetrics(lambda: 1.0), RequestMetrics(lambda: 1.0)
    one.record(make_hit())
    assert len(one._served) == 1
    assert other._served == {}


def test_plugins_by_entry() -> None:
    first = EntryStats("a.so", "Check", "one", "pre", "pool")
    again = EntryStats("a.so", "Check", "one", "pre", "pool")
    for each in (first, again):
        each.begun()
        each.ended(0.003, failed=True)
    first.begun()
    text, _ = Exposition(
        RequestMetrics(lambda: 1.0),
        GatewayMetrics(lambda: 0, lambda: 3, lambda: "away", lambda: [first, again], None),
    )()
    found = samples(text.decode())
    labels = {"plugin": "a.so", "function": "Check", "api_id": "one", "hook": "pre"}
    assert value(found, "tyk_plugin_duration_seconds_count", **labels) == 2
    assert value(found, "tyk_plugin_duration_seconds_bucket", le="0.005", **labels) == 2
    assert value(found, "tyk_plugin_duration_seconds_bucket", le="0.0025", **labels) == 0
    assert value(found, "tyk_plugin_failures_total", kind="errors", **labels) == 2
    assert value(found, "tyk_plugin_failures_total", kind="timeouts", **labels) == 0
    assert value(found, "tyk_plugin_running", **labels) == 1
    assert value(found, "tyk_storage_up") == 0
    assert value(found, "tyk_problems") == 3


def test_who_may_see_it(gateway: MakeGateway) -> None:
    running = gateway(definition("one"), settings=ON)
    assert running.control("/tyk/metrics", secret="wrong").status == 403
    # On the main port that path is nobody's, or an API's.
    assert running.control("/metrics").status == 404


def test_a_port_of_its_own_asks_for_no_secret(gateway: MakeGateway) -> None:
    running = gateway(definition("one"), settings={**ON, "control_api_port": 9696})
    answer: Any = running.request("GET", "/metrics", port=1)
    assert answer.status == 200
    assert b"tyk_apis 1.0" in answer.body
    assert running.request("GET", "/tyk/metrics", port=1).status == 403
