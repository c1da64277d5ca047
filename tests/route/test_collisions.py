"""Two APIs that claim one listen path."""

from __future__ import annotations

from typing import Any

from gateways import Events, MakeGateway

from twisted_tyk.testing import MemoryGateway, definition


def at(listen_path: str, api_id: str, **keys: Any) -> dict[str, Any]:
    return definition(api_id, proxy={"listen_path": listen_path}, **keys)


def places(gateway: MemoryGateway) -> dict[str, str]:
    """Where each API is reached."""
    return {api.api_id: api.listen_path for api in gateway.service.root.table.apis}


def test_at_first_both_get_their_ids_appended_and_the_log_says_so(
    gateway: MakeGateway, events: Events
) -> None:
    running = gateway(at("/x/", "one"), at("/x/", "two"), at("/y/", "three"))
    assert places(running) == {"one": "/x/-one", "two": "/x/-two", "three": "/y/"}
    assert running.get("/x/-one/get").status == 200
    assert running.upstream.requests[-1].target == "/get"
    assert running.get("/x/get").status == 404
    assert any("/x/ is claimed more than once" in text for text in events.texts())


def test_on_a_reload_the_one_that_was_there_keeps_it(gateway: MakeGateway) -> None:
    running = gateway(at("/x/", "two"))
    running.define(at("/x/", "one"))
    assert running.control("/tyk/reload").status == 200
    assert places(running) == {"one": "/x/-one", "two": "/x/"}
    # It stays so as long as both are there.
    assert running.control("/tyk/reload").status == 200
    assert places(running) == {"one": "/x/-one", "two": "/x/"}


def test_the_last_one_gets_the_path_back(gateway: MakeGateway) -> None:
    running = gateway(at("/x/", "one"), at("/x/", "two"))
    running.define({**at("/x/", "two"), "active": False})
    running.control("/tyk/reload")
    assert places(running) == {"one": "/x/"}


def test_a_path_that_is_taken_is_not_taken_twice(gateway: MakeGateway) -> None:
    running = gateway(at("/x", "one"), at("/x", "two"), at("/x-one", "three"))
    assert places(running) == {"one": "/x-one_", "two": "/x-two", "three": "/x-one"}


def test_the_same_path_on_two_hosts_is_no_collision(gateway: MakeGateway) -> None:
    running = gateway(
        at("/x/", "one", domain="one.test"),
        at("/x/", "two", domain="two.test"),
        settings={"enable_custom_domains": True},
    )
    assert places(running) == {"one": "/x/", "two": "/x/"}


def test_internal_apis_claim_nothing(gateway: MakeGateway) -> None:
    running = gateway(at("/x/", "one", internal=True), at("/x/", "two"))
    assert places(running) == {"one": "/x/", "two": "/x/"}
    assert running.get("/x/get").status == 200
