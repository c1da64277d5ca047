"""All that is known of one request, grouped by the stage that fills it in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from twisted_tyk.message.body import NO_BODY, Body
from twisted_tyk.message.headers import Headers, Pair
from twisted_tyk.message.url import URL

if TYPE_CHECKING:
    from twisted_tyk.chain.api import Api
    from twisted_tyk.limits.contract import Outcome
    from twisted_tyk.message.detail import Detail
    from twisted_tyk.message.notes import Notes
    from twisted_tyk.message.response import Response
    from twisted_tyk.message.writer import ResponseWriter
    from twisted_tyk.session.state import SessionState


@frozen
class Reply:
    """An answer made by the gateway or by a hook.

    :ivar status: HTTP status, 200 to 599.
    :ivar headers: fields in order, as bytes; ``Content-Length`` is added.
    :ivar body: all of it.
    """

    status: int
    headers: Sequence[Pair] = ()
    body: bytes = b""


class Exchange:
    """One request and what becomes of it.

    It belongs to the reactor thread; a hook that runs in another thread has
    it alone while the chain waits.
    """

    __slots__ = (
        # listen: the request as it came, and as steps and hooks change it
        "method", "target", "host", "headers", "body", "peer", "peer_port", "secure", "started",
        "left",
        # route
        "api", "listen_path", "original_target",
        # plugins: views made when a hook first asks, and what hooks leave behind
        "url", "writer", "notes",
        # authenticate
        "session", "session_shared", "session_settled", "token", "recognised", "session_changed",
        # authorize
        "limits",
        # proxy
        "response", "upstream_time",
        # record
        "status", "refusal", "detail", "track_path", "do_not_track",
    )  # fmt: skip

    def __init__(
        self,
        method: bytes,
        target: bytes,
        host: bytes,
        headers: Headers,
        body: Body = NO_BODY,
        peer: str = "",
        peer_port: int = 0,
        started: float = 0.0,
        secure: bool = False,
    ) -> None:
        """
        :param method: such as ``b"GET"``.
        :param target: path and query as they came, such as ``b"/a?b=c"``.
        :param host: the ``Host`` field's value, without it ``b""``. The field
            itself is not in ``headers``, as in Go.
        :param peer: the client's address, as text.
        :param started: when its first byte was read, in seconds of the monotonic clock.
        :param secure: it came over TLS.
        """
        self.method = method
        self.target = target
        self.host = host
        self.headers = headers
        self.body = body
        self.peer = peer
        self.peer_port = peer_port
        self.started = started
        self.secure = secure
        #: The client is gone, or was sent away.
        self.left = False
        #: The API that serves the request; set before its chain is entered.
        self.api: Api = None  # type: ignore[assignment]
        #: What of the path led to the API, when that may be stripped, else ``b""``.
        self.listen_path = b""
        #: :attr:`target` as it was before any hook changed it.
        self.original_target = target
        self.url: URL | None = None
        self.writer: ResponseWriter | None = None
        self.notes: Notes | None = None
        #: Who the client is. Steps only read it; hooks that change it ask for :meth:`own_session`.
        self.session: SessionState | None = None
        #: Other requests of the same key have the same object.
        self.session_shared = False
        #: Another than the hook that runs says who the client is: see :meth:`identify`.
        self.session_settled = False
        #: The key that the client presented, as text; ``""`` when there is none.
        self.token = ""
        #: The key whose stored session was found, ``""`` when none was.
        self.recognised = ""
        #: A hook asked for the session to be stored.
        self.session_changed = False
        #: How the limits stand that the request counted against, once it has.
        self.limits: Outcome | None = None
        #: What the upstream answered, once it has.
        self.response: Response | None = None
        #: Seconds from sending the request upstream to its answer's head.
        self.upstream_time = 0.0
        #: The status the client got; 0 while it has none.
        self.status = 0
        #: Why the request was turned away, if it was.
        self.refusal = ""
        #: Copies of the request and the response, when they are to be recorded whole.
        self.detail: Detail | None = None
        #: The pattern of ``track_endpoints`` that the request matches.
        self.track_path = ""
        #: It matches one of ``do_not_track_endpoints``.
        self.do_not_track = False

    def identify(self, session: SessionState, stored: bool) -> None:
        """Say who the client is; nothing happens while that is for another to say.

        :param session: without a key id it gets the key that was presented.
        :param stored: it is to be stored, too.
        """
        if self.session_settled:
            return
        if session.key_id:
            self.token = session.key_id
        else:
            session.key_id = self.token
        # What was worked out of it may not hold any more.
        session.key_hash = ""
        session.derived.clear()
        self.session = session
        self.session_shared = False
        self.session_changed = self.session_changed or stored

    def recognise(self, session: SessionState) -> None:
        """Say who the client is, by a session that other requests of the same key share."""
        self.token = self.recognised = session.key_id
        self.session = session
        self.session_shared = True

    def own_session(self) -> SessionState | None:
        """The session for somebody who may change it: no other request has it."""
        if self.session_shared and self.session is not None:
            self.session = self.session.copy()
            self.session_shared = False
        return self.session

    def path_and_query(self) -> bytes:
        """The target as it is now, with what hooks changed."""
        if self.url is None:
            return self.target
        return str(self.url).encode("utf-8", "surrogateescape")
