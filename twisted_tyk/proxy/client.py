"""treq, as a gateway uses it."""

from __future__ import annotations

from typing import Any

from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.web.http_headers import Headers as TwistedHeaders

from twisted_tyk.message.body import NO_BODY, Body
from twisted_tyk.message.headers import Headers, Pair
from twisted_tyk.proxy.agent import PooledAgent
from twisted_tyk.proxy.origin import UpstreamURL
from twisted_tyk.proxy.response import UpstreamResponse
from twisted_tyk.proxy.unanswered import Unanswered


class UpstreamClient(HTTPClient):
    """A treq client that passes requests and responses on as they are.

    ``get``, ``post`` and the rest are treq's, and treq's helpers
    (``treq.content``, ``treq.json_content``, ``treq.collect``) work on the
    responses. What treq adds for callers of its own is left out, since for a
    request that somebody else made

    * a cookie jar would send one client's upstream cookies with the next
      client's request;
    * following redirects would hide them from the client, and answer with a
      page of another address under the first one's;
    * decoding gzip would make ``Content-Encoding``, ``Content-Length``, ETags
      and signatures untrue, and asking for gzip would bring it to clients
      that cannot read it;
    * normalising the URL would change paths that were signed, or that an
      upstream tells apart by their escapes;
    * buffering would keep whole downloads in memory.
    """

    _agent: PooledAgent

    def __init__(self, agent: PooledAgent) -> None:
        super().__init__(agent)
        #: The gateway's own way in, see :meth:`PooledAgent.dispatch`.
        self.dispatch = agent.dispatch
        self.unanswered = Unanswered(agent.clock)

    def request(  # type: ignore[override]
        self,
        method: str | bytes,
        url: UpstreamURL | str | bytes,
        *,
        headers: list[Pair] | Headers | TwistedHeaders | None = None,
        data: bytes | Body | None = None,
        allow_redirects: bool = False,
        unbuffered: bool = True,
        _stacklevel: int = 2,
        **unsupported: Any,
    ) -> Deferred[UpstreamResponse]:
        """Send a request.

        :param data: all of the body, or a stream.
        :returns: the response once its head is there; see
            :class:`PooledAgent` for how it fails.
        :raises TypeError: for the options of treq that would change a message.
        :raises ValueError: for a method, URL or field that HTTP does not allow.
        """
        if unsupported or allow_redirects or not unbuffered:
            names = sorted(unsupported) or ["allow_redirects" if allow_redirects else "unbuffered"]
            raise TypeError(f"messages pass as they are, without {', '.join(names)}")
        if data is None:
            data = NO_BODY
        elif isinstance(data, bytes):
            data = Body.of(data)
        if headers is None:
            raw = []
        elif isinstance(headers, list):
            raw = headers
        elif isinstance(headers, Headers):
            raw = headers.raw
        else:
            raw = [(name, one) for name, values in headers.getAllRawHeaders() for one in values]
        if isinstance(method, str):
            method = method.encode("ascii")
        return self._agent.send_checked(method, url, raw, data)
