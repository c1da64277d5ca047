"""The record of one request, with the fields of Tyk's analytics."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

from attrs import define, field, frozen

from twisted_tyk.exchange import Exchange
from twisted_tyk.record.facts import Facts, Who
from twisted_tyk.record.text import clean, path_of, text_of

#: nginx's and Tyk's status for a client that left; it is recorded, never sent.
CLIENT_LEFT: Final = 499
#: A tag of ours: of the request or the response only the beginning was kept.
CUT: Final = "raw-cut"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


@frozen
class Latency:
    """Milliseconds: in all, waiting for the upstream, and the gateway's own share."""

    total: int = 0
    upstream: int = 0
    gateway: int = 0


@define(eq=False)
class Hit:
    """One request that is over. Names are those of Tyk's JSON. Treat it as read-only.

    Most are worked out when a sink asks, so that nobody pays for what no sink wants. Who
    keeps a hit keeps its exchange. Paths are without escapes and query. Tyk's fields for
    geography and GraphQL are not there.

    :ivar facts: what is known of the API beforehand; ours.
    :ivar request_time: milliseconds from the first byte read to the last one handed over.
    :ivar upstream_time: of them, those until the upstream's answer began; ours.
    :ivar seconds: Unix time when the request was over; ours.
    :ivar error: why the client got an error of the gateway's, else ``""``; ours.
    """

    exchange: Exchange = field(repr=False)
    facts: Facts = field(repr=False)
    request_time: int
    upstream_time: int
    seconds: float
    error: str

    @property
    def method(self) -> str:
        return text_of(self.exchange.method)

    @property
    def host(self) -> str:
        """Of the upstream."""
        return self.facts.host

    @property
    def requested_host(self) -> str:
        """The client's ``Host``; ours."""
        return text_of(self.exchange.host)

    @property
    def path(self) -> str:
        """The pattern of ``track_endpoints`` that matched; without one :attr:`raw_path`. Ids
        are folded away where the settings say so.
        """
        return self.facts.named(self.raw_path, self.exchange.track_path)

    @property
    def track_path(self) -> bool:
        """Whether :attr:`path` is a pattern of ``track_endpoints``."""
        return bool(self.exchange.track_path)

    @property
    def raw_path(self) -> str:
        """The path the upstream was asked for before joining its own: as hooks left it, and
        without the listen path where that is stripped.
        """
        exchange = self.exchange
        return self.facts.stripped(path_of(exchange.path_and_query()), exchange.listen_path)

    @property
    def original_path(self) -> str:
        """The path as the client sent it."""
        return path_of(self.exchange.original_target)

    @property
    def listen_path(self) -> str:
        return self.facts.listen_path

    @property
    def content_length(self) -> int:
        """Of the request; -1 when it was not known beforehand."""
        length = self.exchange.body.length
        return -1 if length is None else length

    @property
    def user_agent(self) -> str:
        return text_of(self.exchange.headers.first(b"user-agent") or b"")

    @property
    def response_code(self) -> int:
        return self.exchange.status or CLIENT_LEFT

    @property
    def api_key(self) -> str:
        """The client's key, ``""`` when it has none; its hash where keys are hashed."""
        return self.who.api_key

    @property
    def timestamp(self) -> datetime:
        """When the request was over, in UTC."""
        return _EPOCH + timedelta(microseconds=round(self.seconds * 1_000_000))

    @property
    def year(self) -> int:
        return self.timestamp.year

    @property
    def month(self) -> int:
        return self.timestamp.month

    @property
    def day(self) -> int:
        return self.timestamp.day

    @property
    def hour(self) -> int:
        return self.timestamp.hour

    @property
    def expire_at(self) -> datetime:
        """When it may be forgotten: after ``expire_analytics_after``, or a hundred years."""
        return self.timestamp + timedelta(seconds=self.facts.lifetime)

    @property
    def api_version(self) -> str:
        return self.facts.api_version

    @property
    def api_name(self) -> str:
        return self.facts.api_name

    @property
    def api_id(self) -> str:
        return self.facts.api_id

    @property
    def org_id(self) -> str:
        return self.facts.org_id

    @property
    def oauth_id(self) -> str:
        return self.who.oauth_id

    @property
    def latency(self) -> Latency:
        total, upstream = self.request_time, self.upstream_time
        return Latency(total, upstream, max(0, total - upstream))

    @property
    def ip_address(self) -> str:
        return clean(self.exchange.api.client_address(self.exchange))

    @property
    def alias(self) -> str:
        return self.who.alias

    @property
    def raw_request(self) -> str:
        """The request as it was sent on, base64; ``""`` unless details are recorded."""
        detail = self.exchange.detail
        return detail.request(self.exchange) if detail is not None else ""

    @property
    def raw_response(self) -> str:
        """The response as it went to the client but for chunks, base64, or ``""``."""
        detail = self.exchange.detail
        return detail.response() if detail is not None else ""

    @property
    def tags(self) -> tuple[str, ...]:
        """In Tyk's order: policies, developer, session, headers, API, and the three names."""
        who = self.who
        return (*who.tags, *self.own_tags(), *self.facts.ends(who))

    @property
    def who(self) -> Who:
        """The client; ours."""
        return self.facts.who(self.exchange.session, self.exchange.token)

    def own_tags(self) -> tuple[str, ...]:
        """Tags of neither the client nor the three names: of headers, the API, and details."""
        facts = self.facts
        detail = self.exchange.detail
        if not facts.tag_headers and detail is None:
            return facts.tags
        found = []
        for name in facts.tag_headers:
            value = self.exchange.headers.first(name)
            if value:
                found.append(text_of(name + b"-" + value))
        found += facts.tags
        if detail is not None and detail.cut:
            found.append(CUT)
        return tuple(found)
