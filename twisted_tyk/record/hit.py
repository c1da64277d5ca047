"""The record of one request, with the fields of Tyk's analytics."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

from attrs import field, frozen

from twisted_tyk.exchange import Exchange

#: nginx's and Tyk's status for a client that left; it is recorded, never sent.
CLIENT_LEFT: Final = 499
_FOR_GOOD: Final = timedelta(days=36525)


@frozen
class Latency:
    """Milliseconds: in all, waiting for the upstream, and the gateway's own share."""

    total: int = 0
    upstream: int = 0
    gateway: int = 0


@frozen
class Hit:
    """One request that is over. Names are those of Tyk's JSON.

    Most are worked out when a sink asks, so that nobody pays for what no sink wants. Who
    keeps a hit keeps its exchange. Paths are without escapes and query. Tyk's fields for
    detailed recording, geography, tracked endpoints and GraphQL are not there.

    :ivar request_time: milliseconds from the first byte read to the last one handed over.
    :ivar upstream_time: of them, those until the upstream's answer began; ours.
    :ivar seconds: Unix time when the request was over; ours.
    :ivar error: why the client got an error of the gateway's, else ``""``; ours.
    """

    exchange: Exchange = field(repr=False)
    request_time: int
    upstream_time: int
    seconds: float
    error: str

    @property
    def method(self) -> str:
        return _text(self.exchange.method)

    @property
    def host(self) -> str:
        """Of the upstream."""
        return urlsplit(self.exchange.api.definition.proxy.target_url).netloc.rpartition("@")[2]

    @property
    def requested_host(self) -> str:
        """The client's ``Host``; ours."""
        return _text(self.exchange.host)

    @property
    def path(self) -> str:
        """The path the upstream was asked for before joining its own.

        That is without the listen path where that is stripped.
        """
        path = self.raw_path
        if self.exchange.api.definition.proxy.strip_listen_path:
            listen_path = _path(self.exchange.listen_path)
            if path.startswith(listen_path):
                return "/" + path[len(listen_path) :].lstrip("/")
        return path

    @property
    def raw_path(self) -> str:
        """The path as hooks left it."""
        return _path(self.exchange.path_and_query())

    @property
    def original_path(self) -> str:
        """The path as the client sent it."""
        return _path(self.exchange.original_target)

    @property
    def listen_path(self) -> str:
        return self.exchange.api.listen_path

    @property
    def content_length(self) -> int:
        """Of the request; -1 when it was not known beforehand."""
        length = self.exchange.body.length
        return -1 if length is None else length

    @property
    def user_agent(self) -> str:
        return (self.exchange.headers.first(b"user-agent") or b"").decode(
            "utf-8", "surrogateescape"
        )

    @property
    def response_code(self) -> int:
        return self.exchange.status or CLIENT_LEFT

    @property
    def api_key(self) -> str:
        """What the client presented, ``""`` when nothing."""
        return self.exchange.token

    @property
    def timestamp(self) -> datetime:
        """When the request was over, in UTC."""
        return datetime.fromtimestamp(self.seconds, timezone.utc)

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
        seconds = self.exchange.api.definition.expire_analytics_after
        return self.timestamp + (timedelta(seconds=seconds) if seconds else _FOR_GOOD)

    @property
    def api_version(self) -> str:
        return "Non Versioned"

    @property
    def api_name(self) -> str:
        return self.exchange.api.definition.name

    @property
    def api_id(self) -> str:
        return self.exchange.api.definition.api_id

    @property
    def org_id(self) -> str:
        return self.exchange.api.definition.org_id

    @property
    def oauth_id(self) -> str:
        session = self.exchange.session
        return session.oauth_client_id if session else ""

    @property
    def latency(self) -> Latency:
        total, upstream = self.request_time, self.upstream_time
        return Latency(total, upstream, max(0, total - upstream))

    @property
    def ip_address(self) -> str:
        return self.exchange.api.client_address(self.exchange)

    @property
    def alias(self) -> str:
        session = self.exchange.session
        return session.alias if session else ""

    @property
    def tags(self) -> tuple[str, ...]:
        """In Tyk's order: policies, developer, session, headers, API, and the three names."""
        tags: list[str] = []
        definition = self.exchange.api.definition
        session = self.exchange.session
        if session is not None:
            tags += [f"pol-{policy}" for policy in session.apply_policies]
            developer = session.meta_data.get("tyk_developer_id")
            if developer:
                tags.append(f"dev-{developer}")
            tags += session.tags
        for name in definition.tag_headers:
            value = self.exchange.headers.get(name)
            if value:
                tags.append(f"{name.lower()}-{value}")
        if not definition.tags_disabled:
            tags += definition.tags
        if self.exchange.token:
            tags.append(f"key-{self.exchange.token}")
        tags.append(f"org-{definition.org_id}")
        tags.append(f"api-{definition.api_id}")
        return tuple(tags)


def _path(target: bytes) -> str:
    path = target.partition(b"?")[0]
    return _text(unquote_to_bytes(path) if b"%" in path else path)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
