"""Records for tests that make them by hand."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.apidef.proxy import Proxy
from twisted_tyk.chain.api import Api, ClientAddress
from twisted_tyk.chain.leaf import Leaf
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.body import NO_BODY, Body
from twisted_tyk.message.headers import Headers
from twisted_tyk.record.facts import Facts, Recording
from twisted_tyk.record.hit import Hit
from twisted_tyk.session.state import SessionState

#: 2023-11-14 22:13:20 UTC, and a bit.
WHEN = 1_700_000_000.25


def facts_of(api: Api, **recording: Any) -> Facts:
    """What is known of an API's records. Keywords are those of :class:`Recording`."""
    settings: dict[str, Any] = {
        "detailed": False,
        "detail_limit": 65536,
        "ignored": frozenset(),
        "fold": None,
        "hashed": str,
        **recording,
    }
    return Recording(**settings).facts(api.definition, api.listen_path)


def make_api(definition: ApiDefinition, listen_path: str = "/one/") -> Api:
    """An API that serves nothing."""
    return Api(definition, listen_path, Leaf(), ClientAddress())


def make_hit(
    definition: ApiDefinition | None = None,
    target: bytes = b"/one/get?x=1",
    headers: dict[str, str] | None = None,
    session: SessionState | None = None,
    token: str = "",
    body: Body | None = None,
    status: int = 200,
    times: tuple[int, int] = (25, 20),
    seconds: float = WHEN,
    **recording: Any,
) -> Hit:
    """A record of one request."""
    api = make_api(definition or ApiDefinition(api_id="one", name="The one", org_id="org"))
    fields = Headers()
    for name, value in (headers or {}).items():
        fields.add(name, value)
    exchange = Exchange(b"GET", target, b"gateway.test", fields, peer="192.0.2.1")
    exchange.api = api
    exchange.listen_path = b"/one/"
    exchange.status = status
    exchange.session = session
    exchange.token = token or (session.key_id if session else "")
    if body is not None:
        exchange.body = body
    return Hit(exchange, facts_of(api, **recording), *times, seconds, "")


_TEXT = st.text(max_size=8)
_BYTES = st.binary(max_size=12)


@st.composite
def any_hit(draw: st.DrawFn) -> Hit:
    """A record of whatever may happen."""
    session = draw(
        st.none()
        | st.builds(
            SessionState,
            key_id=_TEXT, alias=_TEXT, oauth_client_id=_TEXT, tags=st.lists(_TEXT, max_size=2),
            apply_policies=st.lists(_TEXT, max_size=2),
            meta_data=st.sampled_from([{}, {"tyk_developer_id": "dev"}]),
        )
    )  # fmt: skip
    hit = make_hit(
        ApiDefinition(
            api_id=draw(_TEXT), name=draw(_TEXT), org_id=draw(_TEXT),
            tags=tuple(draw(st.lists(_TEXT, max_size=2))),
            tag_headers=tuple(draw(st.lists(st.sampled_from(["X-Team", "x-no"]), max_size=2))),
            expire_analytics_after=draw(st.integers(0, 10**9)),
            proxy=Proxy(target_url=draw(st.sampled_from(["", "http://u:p@up.test:1/a"]))),
        ),
        draw(st.sampled_from([b"/one/", b"/two"])) + draw(_BYTES),
        session=session,
        token=draw(_TEXT),
        status=draw(st.sampled_from([0, 200, 404, 502])),
        times=(draw(st.integers(0, 2**40)), draw(st.integers(0, 2**40))),
        seconds=draw(st.floats(0, 4e9)),
    )  # fmt: skip
    exchange = hit.exchange
    exchange.method = draw(_BYTES)
    exchange.original_target = draw(st.just(exchange.target) | _BYTES)
    exchange.body = draw(st.sampled_from([NO_BODY, Body(), Body.of(b"abc")]))
    exchange.track_path = draw(st.sampled_from(["", "/tracked"]))
    exchange.headers.raw += [(b"X-Team", draw(_BYTES)), (b"User-Agent", draw(_BYTES))]
    exchange.headers.raw += draw(
        st.sampled_from([[], [(b"x-real-ip", b"192.0.2.9")], [(b"X-Forwarded-For", b"\xff, b")]])
    )
    return hit
