"""Which API takes a request: the longest prefix, of the host that was asked for."""

from __future__ import annotations

from typing import Any

import pytest
from gateways import MakeGateway

from twisted_tyk.testing import MemoryGateway, definition


def api(api_id: str, listen_path: str, **keys: Any) -> dict[str, Any]:
    """An API whose upstream can be told from the path it is asked for."""
    proxy = {"listen_path": listen_path, "strip_listen_path": True}
    return definition(api_id, f"http://127.0.0.1:9000/{api_id}", proxy=proxy, **keys)


def asked(gateway: MemoryGateway, target: str, host: str = "gateway.test") -> str | int:
    """The path that the upstream is asked for, or the status of the refusal."""
    before = len(gateway.upstream.requests)
    answer = gateway.get(target, Host=host)
    if len(gateway.upstream.requests) == before:
        return answer.status
    return gateway.upstream.requests[-1].target


def test_the_longest_listen_path_wins_whatever_the_order(gateway: MakeGateway) -> None:
    running = gateway(api("short", "/a/"), api("root", "/"), api("long", "/a/b/"))
    assert asked(running, "/a/b/c") == "/long/c"
    assert asked(running, "/a/bc") == "/short/bc"
    assert asked(running, "/a/b") == "/short/b"
    assert asked(running, "/x?y=1") == "/root/x?y=1"


def test_without_strict_routes_a_listen_path_is_a_mere_prefix(gateway: MakeGateway) -> None:
    running = gateway(api("one", "/app"))
    assert asked(running, "/app") == "/one"
    assert asked(running, "/app/x") == "/one/x"
    assert asked(running, "/apple") == "/one/le"
    assert asked(running, "/ap") == 404


def test_strict_routes_end_at_a_segment_and_nobody_else_gets_the_rest(
    gateway: MakeGateway,
) -> None:
    running = gateway(
        api("app", "/app"),
        api("root", "/"),
        api("named", "/pear", domain="named.test"),
        settings={
            "enable_custom_domains": True,
            "http_server_options": {"enable_strict_routes": True},
        },
    )
    assert asked(running, "/app") == "/app"
    assert asked(running, "/app/x") == "/app/x"
    assert asked(running, "/apple") == 404
    assert asked(running, "/%61pple") == 404
    assert asked(running, "/orange") == "/root/orange"
    # On a host of its own the same holds: the mismatch does not go to the other APIs.
    assert asked(running, "/pear/x", "named.test") == "/named/x"
    assert asked(running, "/pears") == "/root/pears"
    assert asked(running, "/pears", "named.test") == 404


def test_strict_routes_leave_prefixes_with_a_final_slash_alone(gateway: MakeGateway) -> None:
    running = gateway(
        api("one", "/app/"), settings={"http_server_options": {"enable_strict_routes": True}}
    )
    assert asked(running, "/app/le") == "/one/le"
    assert asked(running, "/apple") == 404


@pytest.mark.parametrize(
    ("listen_path", "target", "expected"),
    [
        ("/{user}/files/", "/ann/files/x", "/one/x"),
        ("/{user}/files/", "/ann/b/files/x", 404),
        ("/{user}/files/", "//files/x", 301),
        ("/{user}/files/", "/%61%20b/files/x%20y", "/one/x%20y"),
        ("/users/{id:[0-9]+}/", "/users/12/x", "/one/x"),
        ("/users/{id:[0-9]+}/", "/users/ann/x", 404),
        ("/users/{id:[0-9]{2,3}}/", "/users/1/x", 404),
        ("/users/{id:[0-9]{2,3}}/", "/users/123/x", "/one/x"),
        ("/{name:(?:a+)+}!/", "/" + 60 * "a" + "/x", 404),
        ("/{name}/", "/%ff/x", "/one/x"),
        ("/caf\u00e9-{name:.}/", "/caf%C3%A9-b/x", "/one/x"),
        ("/a.b/{x}/", "/aXb/c/d", 404),
        ("/a.b/{x}/", "/a.b/c/d", "/one/d"),
        ("/{a:x|y}/", "/x/d", "/one/d"),
        ("/{a:x|y}/", "/z/d", 404),
        ("/caf\u00e9/", "/caf%C3%A9/d", "/one/d"),
        ("/caf\u00e9/", "/caf%c3%a9/d", "/one/d"),
        ("/a:b@c/", "/a:b@c/d", "/one/d"),
        ("/a:b@c/", "/a%3ab%40c/d%20e", "/one/d%20e"),
    ],
)
def test_a_listen_path_is_stripped_however_the_client_spelled_it(
    gateway: MakeGateway, listen_path: str, target: str, expected: object
) -> None:
    assert asked(gateway(api("one", listen_path)), target) == expected


def test_a_variable_counts_nothing_in_the_length(gateway: MakeGateway) -> None:
    running = gateway(api("variable", "/{averylongname}/b/"), api("plain", "/a/b/"))
    assert asked(running, "/a/b/x") == "/plain/x"
    assert asked(running, "/c/b/x") == "/variable/x"


def test_a_listen_path_that_is_not_stripped_goes_upstream(gateway: MakeGateway) -> None:
    proxy = {"listen_path": "/caf\u00e9/", "strip_listen_path": False}
    running = gateway(definition("one", proxy=proxy))
    assert asked(running, "/caf%C3%A9/d") == "/caf%C3%A9/d"


def test_every_api_is_reached_under_its_id_too_and_that_is_kept(gateway: MakeGateway) -> None:
    running = gateway(api("one", "/a/"))
    assert asked(running, "/one/x") == "/one/one/x"
    assert asked(running, "/%6fne/x%20y") == "/one/one/x%20y"


def test_an_id_that_is_the_listen_path_is_stripped_as_such(gateway: MakeGateway) -> None:
    assert asked(gateway(api("one", "/one/")), "/one/x") == "/one/x"


def test_of_an_id_that_begins_with_the_listen_path_that_much_is_stripped(
    gateway: MakeGateway,
) -> None:
    assert asked(gateway(api("one", "/on")), "/one/x") == "/one/e/x"


def test_an_internal_api_has_no_route(gateway: MakeGateway) -> None:
    running = gateway(api("one", "/a/", internal=True))
    assert asked(running, "/a/x") == 404
    assert asked(running, "/one/x") == 404


DOMAINS = {"enable_custom_domains": True}


def test_a_domain_comes_before_everybody_elses_apis(gateway: MakeGateway) -> None:
    running = gateway(
        api("named", "/", domain="Named.test"), api("any", "/a/b/"), settings=DOMAINS
    )
    assert asked(running, "/a/b/c", "named.test") == "/named/a/b/c"
    assert asked(running, "/a/b/c", "NAMED.test:8080") == "/named/a/b/c"
    assert asked(running, "/a/b/c", "other.test") == "/any/c"
    assert asked(running, "/x", "other.test") == 404


def test_paths_a_domain_does_not_claim_go_to_the_others(gateway: MakeGateway) -> None:
    running = gateway(
        api("named", "/n/", domain="named.test"), api("any", "/a/"), settings=DOMAINS
    )
    assert asked(running, "/a/x", "named.test") == "/any/x"
    assert asked(running, "/n/x") == 404
    assert asked(running, "/named/x") == 404


def test_a_domain_with_a_port_claims_that_port_only(gateway: MakeGateway) -> None:
    running = gateway(api("named", "/", domain="named.test:8443"), settings=DOMAINS)
    assert asked(running, "/x", "named.test:8443") == "/named/x"
    assert asked(running, "/x", "named.test:8080") == 404
    assert asked(running, "/x", "named.test") == 404


@pytest.mark.parametrize(
    ("domain", "host", "found"),
    [
        ("{tenant}.apis.test", "one.apis.test", True),
        ("{tenant}.apis.test", "ONE.apis.test:8080", True),
        ("{tenant}.apis.test", "one.two.apis.test", False),
        ("{tenant}.apis.test", "one.apis.test.evil.test", False),
        ("{tenant}.apis.test", "oneXapisXtest", False),
        (r"{tenant:\D+}.apis.test", "one.apis.test", True),
        (r"{tenant:\D+}.apis.test", "123.apis.test", False),
        ("{tenant}.apis.test:81", "one.apis.test:81", True),
        ("{tenant}.apis.test:81", "one.apis.test:82", False),
    ],
)
def test_a_domain_may_be_a_template(
    gateway: MakeGateway, domain: str, host: str, found: bool
) -> None:
    running = gateway(api("named", "/", domain=domain), settings=DOMAINS)
    assert asked(running, "/x", host) == ("/named/x" if found else 404)


@pytest.mark.parametrize("switch", [{}, {"domain_disabled": True}])
def test_a_domain_counts_only_where_it_is_switched_on(
    gateway: MakeGateway, switch: dict[str, Any]
) -> None:
    running = gateway(
        api("named", "/", domain="named.test", **switch), settings=DOMAINS if switch else {}
    )
    assert asked(running, "/x", "other.test") == "/named/x"


def test_a_hostname_in_the_settings_is_the_only_one_that_is_served(gateway: MakeGateway) -> None:
    running = gateway(api("one", "/a/"), settings={"hostname": "Gateway.test"})
    assert asked(running, "/a/x", "gateway.test:8080") == "/one/x"
    assert asked(running, "/a/x", "other.test") == 404


def test_an_ipv6_host_keeps_its_colons(gateway: MakeGateway) -> None:
    running = gateway(api("named", "/", domain="[::1]"), settings=DOMAINS)
    assert asked(running, "/x", "[::1]:8080") == "/named/x"
    assert asked(running, "/x", "[::1]") == "/named/x"
    assert asked(running, "/x", "[::2]") == 404


def test_a_thousand_apis_are_told_apart(gateway: MakeGateway) -> None:
    running = gateway(*(api(f"n{number}", f"/apis/{number}/") for number in range(1000)))
    for number in (0, 7, 77, 777, 999):
        assert asked(running, f"/apis/{number}/x") == f"/n{number}/x"
    assert asked(running, "/apis/1000/x") == 404
