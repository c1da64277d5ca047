"""APIs that are open, or shut, to clients at certain addresses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gateways import Events, MakeGateway

from twisted_tyk.testing import MemoryGateway, definition


def statuses(running: MemoryGateway, *addresses: str) -> list[int]:
    return [running.get("/one/x", X_Forwarded_For=address).status for address in addresses]


def test_only_those_on_the_list_are_let_in(gateway: MakeGateway, events: Events) -> None:
    running = gateway(definition("one", allowed_ips=["10.1.0.0/16", "192.0.2.7", "2001:db8::/32"]))
    inside = ("10.1.0.0", "10.1.255.255", "192.0.2.7", "2001:db8::1", "2001:DB8:0::1")
    assert statuses(running, *inside) == [200] * 5
    outside = ("10.0.255.255", "10.2.0.0", "192.0.2.8", "2001:db9::1", "::10.1.0.1")
    assert statuses(running, *outside) == [403] * 5
    answer = running.get("/one/x")
    assert json.loads(answer.body) == {"error": "access from this IP has been disallowed"}
    assert len([text for text in events.texts() if text.startswith("AuthFailure")]) == 6
    assert len(running.upstream.requests) == 5


def test_all_but_those_on_the_list_are_let_in(gateway: MakeGateway) -> None:
    running = gateway(definition("one", blacklisted_ips=["10.1.2.3/8", "192.0.2.7", "fe80::/10"]))
    assert statuses(running, "11.0.0.0", "9.255.255.255", "192.0.2.6", "fec0::1") == [200] * 4
    assert statuses(running, "10.0.0.0", "192.0.2.7", "fe80::1%eth0", "febf::1") == [403] * 4


def test_the_shut_list_goes_before_the_open_one(gateway: MakeGateway) -> None:
    lists = {"allowed_ips": ["10.0.0.0/8"], "blacklisted_ips": ["10.0.0.1"]}
    running = gateway(definition("one", **lists))
    assert statuses(running, "10.0.0.1", "10.0.0.2", "11.0.0.1") == [403, 200, 403]


@pytest.mark.parametrize("entry", ["10.1.2.3", "::ffff:10.1.2.3", "::ffff:10.1.0.0/112"])
def test_an_ipv4_address_is_the_same_in_ipv6(gateway: MakeGateway, entry: str) -> None:
    running = gateway(definition("one", allowed_ips=[entry]))
    assert statuses(running, "10.1.2.3", "::ffff:10.1.2.3", "::ffff:a01:203") == [200] * 3
    assert statuses(running, "10.2.2.3", "::ffff:10.2.2.3", "::10.1.2.3") == [403] * 3


def test_every_ipv6_network_is_no_ipv4_network(gateway: MakeGateway) -> None:
    running = gateway(definition("one", allowed_ips=["::/0"]))
    assert statuses(running, "::1", "10.0.0.1", "::ffff:10.0.0.1") == [200, 403, 403]


@pytest.mark.parametrize("addresses", ["allowed_ips", "blacklisted_ips"])
def test_who_has_no_address_passes_no_list(gateway: MakeGateway, addresses: str) -> None:
    running = gateway(definition("one", **{addresses: ["0.0.0.0/32"]}))
    nobody = ("unknown", "10.0.0.01", "10.0.0.1:80", "1.2.3", "[::1]", "\u00fc")
    assert statuses(running, *nobody) == [403] * len(nobody)


def test_the_address_is_that_of_logs_and_limits(gateway: MakeGateway) -> None:
    depth = {"http_server_options": {"xff_depth": 1}}
    running = gateway(definition("one", allowed_ips=["10.0.0.1"]), settings=depth)
    assert statuses(running, "10.0.0.1, 10.0.0.2", "10.0.0.2, 10.0.0.1") == [403, 200]
    forwarded = {"X-Real-IP": "10.0.0.1", "X-Forwarded-For": "10.0.0.2"}
    assert running.request("GET", "/one/x", forwarded).status == 200


@pytest.mark.parametrize(
    ("keys", "counts"),
    [
        ({}, True),
        ({"enable_ip_whitelisting": True}, True),
        ({"ip_access_control_disabled": True}, False),
        ({"ip_access_control_disabled": True, "enable_ip_whitelisting": True}, True),
        ({"ip_access_control_disabled": True, "enable_ip_blacklisting": True}, False),
    ],
)
def test_a_list_counts_as_in_tyk(gateway: MakeGateway, keys: dict[str, Any], counts: bool) -> None:
    running = gateway(definition("one", allowed_ips=["10.0.0.1"], **keys))
    assert running.get("/one/x").status == (403 if counts else 200)


def test_they_stand_where_tyk_has_them(gateway: MakeGateway, tmp_path: Any) -> None:
    (tmp_path / "hooks.py").write_text("def hook(rw, request): pass\n")
    lists = {"allowed_ips": ["10.0.0.0/8"], "blacklisted_ips": ["10.0.0.1"]}
    hook = {"name": "hook", "path": "hooks.py"}
    running = gateway(definition("one", use_keyless=False, pre=[hook], **lists))
    steps = running.service.root.table.apis[0].steps
    assert [step.rpartition(":")[2] for step in steps[:4]] == [
        "hook",
        "IPWhiteListMiddleware",
        "IPBlackListMiddleware",
        "AuthKey",
    ]


@pytest.mark.parametrize(
    "entry",
    ["", "10.0.0", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "10.0.0.0/", "localhost", " 10.0.0.1",
     "10.0.0.01", "fe80::1%eth0", "10.0.0.0/+8", "::/129", "10.0.0.1-10.0.0.9"],
)  # fmt: skip
def test_a_bad_entry_is_refused_with_its_place(
    gateway: MakeGateway, events: Events, entry: str
) -> None:
    running = gateway(definition("one", allowed_ips=["10.0.0.1", entry]))
    assert running.get("/one/x").status == 404
    told = [text for text in events.texts() if "allowed_ips[1]" in text]
    assert len(told) == 1
    assert "one.json:" in told[0]
    assert told[0].endswith(
        "expected an address such as 10.0.0.1 or fd00::1, or a network: 10.0.0.0/8"
    )


def test_a_list_that_does_not_count_may_hold_anything(gateway: MakeGateway) -> None:
    off = {"allowed_ips": ["nonsense"], "ip_access_control_disabled": True}
    assert gateway(definition("one", **off)).get("/one/x").status == 200


def test_a_switch_without_a_list_is_warned_of(gateway: MakeGateway, events: Events) -> None:
    running = gateway(definition("one", enable_ip_whitelisting=True))
    assert running.get("/one/x").status == 200
    told = "enable_ip_whitelisting: there is nothing in allowed_ips, so it keeps nobody out"
    assert [text for text in events.texts() if text.endswith(told)]
