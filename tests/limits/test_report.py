"""``/<listen_path>/tyk/rate-limits/``: a client asks for its own limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gateways import MakeGateway

from twisted_tyk.testing import definition

PATH = "/one/tyk/rate-limits/"


def test_it_tells_of_quota_and_rate_and_counts_nothing(limited: Any) -> None:
    one = limited()
    one.key(rate=5, per=60, quota_max=9, quota_renewal_rate=100)
    one.get()
    answer = one.get(PATH)
    assert (answer.status, answer.headers.get("Content-Type")) == (200, "application/json")
    assert answer.body == (
        b'{"quota":{"quota_max":9,"quota_remaining":8,"quota_renews":100},'
        b'"rate_limit":{"requests":5,"per_unit":60}}\n'
    )
    assert one.get(PATH).body == answer.body
    assert len(one.gateway.upstream.requests) == 1


def test_it_is_below_the_id_of_the_api_too(limited: Any) -> None:
    one = limited(proxy={"listen_path": "/elsewhere/"})
    one.key(rate=1.5, per=60)
    assert json.loads(one.get(PATH).body)["rate_limit"] == {"requests": 1.5, "per_unit": 60}
    assert one.get("/elsewhere/tyk/rate-limits/").status == 200


def test_it_is_for_who_is_let_in(limited: Any) -> None:
    one = limited()
    one.key("old", expires=1)
    one.key("foreign", access_rights={"two": {}})
    assert one.gateway.get(PATH).status == 401
    assert [one.get(PATH, key).status for key in ("none", "old", "foreign")] == [403, 401, 403]


def test_a_keyless_api_has_none(limited: Any) -> None:
    one = limited(use_keyless=True)
    assert one.get(PATH).status == 200
    assert one.gateway.upstream.requests[0].target == "/tyk/rate-limits/"


def test_the_limits_of_the_api_count_where_the_key_has_some(limited: Any) -> None:
    one = limited()
    one.key(rate=5, per=60, access_rights={"one": {"limit": {"rate": 1, "per": 2}}})
    assert json.loads(one.get(PATH).body)["rate_limit"] == {"requests": 1, "per_unit": 2}


def quota(one: Any) -> dict[str, int]:
    value: dict[str, int] = json.loads(one.get(PATH).body)["quota"]
    return value


def test_a_quota_that_has_not_begun(limited: Any) -> None:
    one = limited()
    one.key(quota_max=9, quota_renewal_rate=100)
    assert quota(one) == {"quota_max": 9, "quota_remaining": 9, "quota_renews": 0}


def test_a_quota_whose_time_is_over(limited: Any) -> None:
    one = limited()
    one.key(quota_max=9, quota_renewal_rate=100)
    one.get()
    one.gateway.advance(101)
    assert quota(one)["quota_remaining"] == 9


def test_a_quota_that_was_for_ever_and_is_not_any_more(limited: Any) -> None:
    one = limited()
    one.key(quota_max=9, quota_renewal_rate=0)
    one.get()
    assert quota(one) == {"quota_max": 9, "quota_remaining": 8, "quota_renews": 0}
    one.key(quota_max=9, quota_renewal_rate=100)
    assert quota(one) == {"quota_max": 9, "quota_remaining": 9, "quota_renews": 0}
    one.get()
    assert quota(one)["quota_remaining"] == 8
    assert quota(one)["quota_renews"] > 0


def test_a_quota_that_is_not_in_memory_any_more(limited: Any) -> None:
    one = limited()
    one.key(quota_max=9, quota_renewal_rate=1000)
    one.get()
    one.gateway.advance(5)
    one.gateway.service.shared.limiter.counters.quotas.entries.clear()
    assert quota(one) == {"quota_max": 9, "quota_remaining": 8, "quota_renews": 1000}


def test_no_quota_tells_what_the_key_says(limited: Any) -> None:
    one = limited()
    one.key(quota_max=-1, quota_remaining=3)
    assert quota(one) == {"quota_max": -1, "quota_remaining": 3, "quota_renews": 0}


def test_an_auth_hook_is_made_once_for_both(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(
        "from twisted_tyk import ctx\n"
        "from twisted_tyk.session.state import SessionState\n"
        "from twisted_tyk.interfaces import IRequestHook\n"
        "from zope.interface import implementer\n"
        "@implementer(IRequestHook)\n"
        "class Auth:\n"
        "    def __init__(self):\n"
        "        self.calls = 0\n"
        "    def hook(self, rw, request):\n"
        "        self.calls += 1\n"
        "        ctx.set_session(request, SessionState(key_id='a', rate=self.calls, per=1))\n"
    )
    running = gateway(
        definition(
            "one",
            use_keyless=False,
            custom_plugin_auth_enabled=True,
            auth_check={"name": "Auth", "path": "hooks.py"},
        ),
        settings={"storage": {"type": "memory"}},
    )
    running.get("/one/x")
    assert json.loads(running.get(PATH).body)["rate_limit"]["requests"] == 2
