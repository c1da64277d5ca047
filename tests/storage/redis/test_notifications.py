"""Nodes that tell each other, by way of a real Redis."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest
import pytest_twisted
from attrs import define, field
from redis_server import RedisServer
from twisted.internet import reactor as _reactor
from waiting import until

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.storage.redis.client import RedisClient
from twisted_tyk.storage.redis.message import Messages
from twisted_tyk.storage.redis.notifications import CHANNEL, RedisNotifications
from twisted_tyk.storage.redis.options import RedisOptions

reactor: Any = _reactor
inline = pytest_twisted.inlineCallbacks


@define
class Node:
    client: RedisClient
    notifications: RedisNotifications
    heard: list[str] = field(factory=list)

    def is_there(self) -> bool:
        return not self.client.problem and self.notifications.listens


MakeNode = Callable[..., Node]


@pytest.fixture
def node() -> Iterator[MakeNode]:
    """Starts a node that hears ``GroupReload``."""
    nodes: list[Node] = []

    def start(server: RedisServer, secret: str = "s3cret") -> Node:
        client = RedisClient(reactor, RedisOptions((("127.0.0.1", server.port),), 1.0))
        made = Node(client, RedisNotifications(reactor, client, Messages(secret)))
        made.notifications.subscribe("GroupReload", made.heard.append)
        client.start()
        made.notifications.start()
        nodes.append(made)
        return made

    yield start
    for each in nodes:
        pytest_twisted.blockon(each.notifications.stop())
        pytest_twisted.blockon(each.client.stop())


@inline
def test_all_nodes_hear_it_the_one_that_says_it_too(
    redis_server: RedisServer, node: MakeNode
) -> Any:
    one, two = node(redis_server), node(redis_server)
    yield until(lambda: one.is_there() and two.is_there())
    yield one.notifications.publish("ApiAdded", "nobody listens to that")
    yield one.notifications.publish("GroupReload", "\N{SNOWMAN}")
    yield until(lambda: bool(one.heard and two.heard))
    assert one.heard == two.heard == ["\N{SNOWMAN}"]


@inline
def test_what_a_tyk_gateway_says_is_heard(redis_server: RedisServer, node: MakeNode) -> Any:
    one = node(redis_server)
    yield until(one.is_there)
    message = {
        "command": "GroupReload",
        "payload": "from Tyk",
        "signature": sha256(b"GroupReloadfrom Tyks3cret").hexdigest(),
        "algorithm": 5,
    }
    redis_server.ask("PUBLISH", CHANNEL, json.dumps(message))
    yield until(lambda: bool(one.heard))
    assert one.heard == ["from Tyk"]


@inline
def test_who_is_not_believed_is_told_of_once(
    redis_server: RedisServer, node: MakeNode, events: Any
) -> Any:
    one, stranger = node(redis_server), node(redis_server, secret="guess")
    yield until(lambda: one.is_there() and stranger.is_there())
    for _ in range(3):
        yield stranger.notifications.publish("GroupReload", "")
    yield until(lambda: len(stranger.heard) == 3)
    yield one.notifications.publish("GroupReload", "mine")
    yield until(lambda: bool(one.heard))
    assert one.heard == ["mine"]
    told = [text for text in events.texts() if "is not heard" in text]
    assert (
        told
        == [
            "a message to the cluster is not heard: "
            "its signature is not made with this node_secret (1 of them so far)"
        ]
        * 2
    ), "each of the two nodes tells once of the other's"


@inline
def test_what_one_subscriber_raises_does_not_keep_it_from_others(
    redis_server: RedisServer, node: MakeNode, logged_failures: Any
) -> Any:
    one = node(redis_server)
    heard: list[str] = []

    def broken(payload: str) -> None:
        raise RuntimeError(payload)

    one.notifications.subscribe("Other", broken)
    one.notifications.subscribe("Other", heard.append)
    yield until(one.is_there)
    yield one.notifications.publish("Other", "x")
    yield until(lambda: bool(heard))
    assert len(logged_failures.flush(RuntimeError)) == 1


@inline
def test_they_listen_again_after_an_outage(
    make_redis: Callable[..., RedisServer], node: MakeNode
) -> Any:
    server = make_redis()
    one = node(server)
    yield until(one.is_there)
    server.kill()
    yield until(lambda: not one.notifications.listens and bool(one.client.problem))
    with pytest.raises(StoreUnavailable):
        yield one.notifications.publish("GroupReload", "")
    server.start()
    yield until(one.is_there)
    yield one.notifications.publish("GroupReload", "back")
    yield until(lambda: bool(one.heard))
    assert one.heard == ["back"]
