"""An agent that takes responses as they are: neither compressed nor with cookies."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer
from zope.interface import implementer

from twisted_tyk.bundles.source import NotFetched


@implementer(IAgent)
class PlainAgent:
    """Goes between treq and Twisted's agent.

    treq inflates what is compressed, several times over if the server says so, and all that has
    come at once: of a few hundred kilobytes it makes as many gigabytes in memory, before anybody
    can count them. Archives are compressed already, so nothing is lost. Cookies that one
    bundle's server sets are none of the next one's business.
    """

    def __init__(self, agent: IAgent) -> None:
        self._agent = agent

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[Any]:
        """See :class:`twisted.web.iweb.IAgent`.

        :returns: fails with :class:`~twisted_tyk.bundles.source.NotFetched` when the response is
            compressed though nobody asked for that.
        """
        plain = Headers() if headers is None else headers.copy()
        plain.setRawHeaders(b"Accept-Encoding", [b"identity"])
        asked: Deferred[Any] = self._agent.request(method, uri, plain, bodyProducer)
        return asked.addCallback(_plain)


def drop(response: Any) -> None:
    """Read no more of it, and close its connection."""
    response.deliverBody(_Nothing())


def _plain(response: Any) -> Any:
    response.headers.removeHeader(b"Set-Cookie")
    codings = b",".join(response.headers.getRawHeaders(b"Content-Encoding", []))
    if codings.strip().lower() not in (b"", b"identity"):
        drop(response)
        raise NotFetched("it is sent compressed (Content-Encoding), expected the archive as it is")
    return response


class _Nothing(Protocol):
    """Takes no body."""

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.stopProducing()  # type: ignore[attr-defined]
