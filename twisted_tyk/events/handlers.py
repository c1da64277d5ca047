"""Who can be told of an event: the log, and a webhook."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import treq
from attrs import field, frozen
from twisted.internet.defer import inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.web.http_headers import Headers
from zope.interface import implementer

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.events.body import Body
from twisted_tyk.events.event import Event
from twisted_tyk.events.outbox import Outbox
from twisted_tyk.interfaces import IEventHandler, IStore

if TYPE_CHECKING:
    from treq.client import HTTPClient

#: Before the digest of what was sent, in the keys of the store.
COOLING: Final = b"webhook.cache."
#: Seconds for one attempt.
TIMEOUT: Final = 30.0
#: Seconds before each further attempt.
AGAIN: Final = (1.0, 5.0, 25.0)


@implementer(IEventHandler)
@frozen
class LogHandler:
    """``eh_log_handler``: a line at level warn. :ivar prefix: what it begins with."""

    prefix: str

    log = Logger()

    def handle(self, event: Event) -> None:
        self.log.warn("{prefix}:{type}", prefix=self.prefix, type=event.type)


@implementer(IEventHandler)
@frozen
class Webhook:
    """``eh_web_hook_handler``: a request to another server.

    The same request is not sent again within :attr:`cool_down`, by any node. One that
    fails, or is answered 429 or 5xx, is tried again after 1, 5 and 25 s.

    :ivar url: it may hold a secret, so the log gives its host only.
    :ivar fields: of the request.
    :ivar body: makes the request's body; ``GET`` sends it, too, as Tyk does.
    :ivar cool_down: seconds; 0 sends each.
    """

    url: str = field(repr=False)
    method: str
    fields: Mapping[str, str] = field(repr=False)
    body: Body
    cool_down: int
    web: HTTPClient
    store: IStore
    outbox: Outbox
    clock: IReactorTime

    log = Logger()

    def handle(self, event: Event) -> None:
        body = self.body(event).encode()
        self.outbox.put(lambda: self._send(event.type, body))

    @inlineCallbacks
    def _send(self, type: str, body: bytes) -> Any:
        if self.cool_down and not (yield self._due(body)):
            return
        problem = ""
        for seconds in (0.0, *AGAIN):
            if seconds:
                yield deferLater(self.clock, seconds)
            status, problem = yield self._attempt(body)
            if self.outbox.closed:
                # treq makes an ordinary error of a cancellation.
                return
            if status and status != 429 and status < 500:
                break
        if problem:
            self.log.warn(
                "the webhook at {host} was not told of {type}: {problem}",
                host=urlsplit(self.url).hostname, type=type, problem=problem,
            )  # fmt: skip

    @inlineCallbacks
    def _attempt(self, body: bytes) -> Any:
        """The status, 0 for none, and what is wrong with it."""
        try:
            fields = Headers({name: [value] for name, value in self.fields.items()})
            response = yield self.web.request(
                self.method, self.url, headers=fields, data=body, timeout=TIMEOUT
            )
            yield treq.collect(response, _forget).addTimeout(TIMEOUT, self.clock)
        except Exception as error:
            return 0, str(error) or type(error).__name__
        status: int = response.code
        return status, "" if 200 <= status < 300 else f"it answered {status}"

    @inlineCallbacks
    def _due(self, body: bytes) -> Any:
        """Whether no node has sent this request a short time ago."""
        request = "\n".join([self.method, self.url, *map(": ".join, sorted(self.fields.items()))])
        digest = hashlib.md5(request.encode() + b"\n\n" + body, usedforsecurity=False)
        key = COOLING + digest.hexdigest().encode()
        try:
            new = yield self.store.set_new(key, b"1", float(self.cool_down))
        except StoreUnavailable:
            # Better twice than never.
            return True
        return new


def _forget(data: bytes) -> None:
    """What a webhook answers is nobody's."""


