"""Makes the record of each finished request and hands it to the sinks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlsplit

from attrs import frozen
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import IResource
from zope.interface import implementer

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.chain.link import Leaf
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import IRecordSink
from twisted_tyk.record.hit import Hit, Latency
from twisted_tyk.session.state import SessionState

#: nginx's and Tyk's status for a client that left; it is recorded, never sent.
CLIENT_LEFT: Final = 499


@frozen
class Recorder:
    """:ivar seconds: Unix time. :ivar monotonic: the clock of ``Exchange.started``."""

    sinks: Sequence[IRecordSink]
    seconds: Callable[[], float]
    monotonic: Callable[[], float]

    log = Logger()

    def record(self, exchange: Exchange, failure: Failure | None) -> None:
        """:param failure: why the client did not get all of the answer, if it did not."""
        if exchange.api.definition.do_not_track:
            return
        hit = self._hit(exchange, failure)
        for sink in self.sinks:
            try:
                sink.record(hit)
            except Exception:
                self.log.failure("a record was lost")

    def _hit(self, exchange: Exchange, failure: Failure | None) -> Hit:
        api = exchange.api
        definition = api.definition
        headers = exchange.headers
        total = round((self.monotonic() - exchange.started) * 1000)
        upstream = round(exchange.upstream_time * 1000)
        raw_path = path = _path(exchange.path_and_query())
        listen_path = _path(exchange.listen_path)
        if definition.proxy.strip_listen_path and path.startswith(listen_path):
            path = "/" + path[len(listen_path) :].lstrip("/")
        length = exchange.body.length
        session = exchange.session
        error = exchange.refusal if exchange.refusal is not None else failure and failure.value
        return Hit(
            method=_text(exchange.method),
            host=urlsplit(definition.proxy.target_url).netloc.rpartition("@")[2],
            requested_host=_text(exchange.host),
            path=path,
            raw_path=raw_path,
            original_path=_path(exchange.original_target),
            listen_path=api.listen_path,
            content_length=-1 if length is None else length,
            user_agent=headers.get("user-agent") or "",
            response_code=exchange.status or CLIENT_LEFT,
            api_key=exchange.token,
            timestamp=datetime.fromtimestamp(self.seconds(), timezone.utc),
            api_version="Non Versioned",
            api_name=definition.name,
            api_id=definition.api_id,
            org_id=definition.org_id,
            oauth_id=session.oauth_client_id if session else "",
            request_time=total,
            latency=Latency(total, upstream, max(0, total - upstream)),
            ip_address=api.client_address(exchange),
            tags=tuple(_tags(exchange, definition, session)),
            alias=session.alias if session else "",
            error=str(error) if error else "",
        )


@implementer(IResource)
class Recorded(Leaf):
    """Stands before the chain of an API whose requests are recorded."""

    def __init__(self, recorder: Recorder, chain: IResource) -> None:
        self._recorder = recorder
        self._chain = chain

    def render(self, request: Any) -> object:
        """Have the request recorded when it is over, and serve it."""
        exchange = request.exchange
        request.on_done = lambda failure: self._recorder.record(exchange, failure)
        return self._chain.render(request)


def _tags(
    exchange: Exchange, definition: ApiDefinition, session: SessionState | None
) -> list[str]:
    """In Tyk's order: policies, developer, session, headers, API, and the three names."""
    tags: list[str] = []
    if session is not None:
        tags += [f"pol-{policy}" for policy in session.apply_policies]
        developer = session.meta_data.get("tyk_developer_id")
        if developer:
            tags.append(f"dev-{developer}")
        tags += session.tags
    for name in definition.tag_headers:
        value = exchange.headers.get(name)
        if value:
            tags.append(f"{name.lower()}-{value}")
    tags += definition.tags
    if exchange.token:
        tags.append(f"key-{exchange.token}")
    tags.append(f"org-{definition.org_id}")
    tags.append(f"api-{definition.api_id}")
    return tags


def _path(target: bytes) -> str:
    return _text(unquote_to_bytes(target.partition(b"?")[0]))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
