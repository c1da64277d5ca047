"""Whom the gateway asks: upstreams, and other servers."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen
from treq.client import HTTPClient
from twisted.web.client import Agent

from twisted_tyk.parts.given import Given
from twisted_tyk.proxy.agent import PooledAgent
from twisted_tyk.proxy.client import UpstreamClient
from twisted_tyk.transport.deadlines import Deadlines
from twisted_tyk.transport.fetch import TLSPolicy
from twisted_tyk.transport.trust import TLSSettings
from twisted_tyk.transport.whole import Whole

#: Seconds.
_CONNECT_TIMEOUT: Final = 10.0


@frozen
class Upstream:
    """
    :ivar agent: holds the connections.
    :ivar client: what chains ask upstreams with.
    """

    agent: PooledAgent
    client: UpstreamClient

    @classmethod
    def make(cls, given: Given, deadlines: Deadlines) -> Upstream:
        """Nothing is connected before a request needs it."""
        settings = given.settings
        agent = PooledAgent(
            given.reactor,
            deadlines,
            timeout=settings.proxy_default_timeout,
            max_idle=settings.max_idle_connections,
            max_idle_per_host=settings.max_idle_connections_per_host,
            max_age=settings.max_conn_time,
            keep_alive=not settings.proxy_close_connections,
        )
        return cls(agent, UpstreamClient(agent))


def web(reactor: Any, verify: bool = True) -> HTTPClient:
    """What asks other servers, for key sets and the like.

    :param verify: the certificates of those servers.
    """
    policy = TLSPolicy(TLSSettings(verify=verify))
    agent = Agent(reactor, policy, connectTimeout=_CONNECT_TIMEOUT)
    return HTTPClient(agent, data_to_body_producer=Whole)
