"""A request over its key's rate can wait for its turn."""

from __future__ import annotations

from typing import Any

import pytest

from twisted_tyk.testing import Client

REQUEST = b"GET /one/x HTTP/1.1\r\nHost: a\r\nAuthorization: key\r\n\r\n"
KEY: dict[str, Any] = {
    "rate": 1, "per": 5, "throttle_interval": 2, "throttle_retry_limit": 3,
}  # fmt: skip
ROLLING = {"enable_redis_rolling_limiter": True}


def statuses(client: Client) -> list[int]:
    return [answer.status for answer in client.answers]


@pytest.mark.parametrize("settings", [{}, ROLLING])
def test_it_passes_when_the_rate_allows_it(limited: Any, settings: dict[str, Any]) -> None:
    one = limited(settings)
    one.key(**KEY)
    assert one.get().status == 200
    client = one.gateway.connect()
    one.gateway.send(client, REQUEST)
    one.gateway.advance(5.5)
    if settings:
        # The refused request is in the log, as in Tyk: it lets nothing pass before 5 s.
        assert statuses(client) == []
    one.gateway.advance(1)
    assert statuses(client) == [200]
    assert len(one.gateway.upstream.requests) == 2


def test_it_gives_up(limited: Any) -> None:
    one = limited()
    one.key(**{**KEY, "per": 60})
    assert one.get().status == 200
    client = one.gateway.connect()
    one.gateway.send(client, REQUEST)
    one.gateway.advance(5.9)
    assert statuses(client) == []
    one.gateway.advance(0.2)
    assert statuses(client) == [429]
    assert client.answers[0].headers.get("Retry-After") == "54"


def test_tries_that_fail_leave_no_trace(limited_by_redis: Any) -> None:
    one = limited_by_redis(ROLLING)
    one.key(**{**KEY, "throttle_interval": 0.5, "throttle_retry_limit": 9, "quota_max": 5})
    assert one.get().status == 200
    client = one.gateway.connect()
    one.gateway.send(client, REQUEST)
    # The first refusal counts until second 5, none of the tries does.
    one.gateway.advance(5.1)
    assert statuses(client) == [429]
    answer = one.get()
    assert (answer.status, answer.headers.get("X-RateLimit-Remaining")) == (200, "3")


def test_a_client_that_leaves_is_not_waited_for(limited: Any) -> None:
    one = limited()
    one.key(**KEY)
    assert one.get().status == 200
    client = one.gateway.connect()
    one.gateway.send(client, REQUEST)
    client.transport.loseConnection()
    one.gateway.advance(30)
    assert len(one.gateway.upstream.requests) == 1
    assert one.gateway.records.hits[-1].response_code == 499


def test_a_quota_is_not_waited_for(limited: Any) -> None:
    one = limited()
    one.key(**{**KEY, "rate": 100, "quota_max": 1})
    assert one.statuses(2) == [200, 403]


def test_nor_is_the_apis_rate(limited: Any) -> None:
    one = limited(global_rate_limit={"rate": 1, "per": 60})
    one.key(**{**KEY, "rate": 100})
    assert one.statuses(2) == [200, 429]


def test_nor_is_what_another_limit_refuses_later(limited: Any) -> None:
    one = limited(global_rate_limit={"rate": 1, "per": 60})
    one.key(**KEY)
    assert one.get().status == 200
    client = one.gateway.connect()
    one.gateway.send(client, REQUEST)
    one.gateway.advance(6.5)
    assert statuses(client) == [429]
    assert b"API Rate Limit Exceeded" in client.answers[0].body
