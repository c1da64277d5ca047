"""A record as sinks of many keep it: small, flat, and without the exchange.

It is taken in two steps. :func:`entry_of` picks up what there is when a request is over,
which is on every request's way; :func:`spelled` makes text of it, for many at once, which
takes half as long a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from twisted_tyk.record.facts import Facts, Who
from twisted_tyk.record.hit import CLIENT_LEFT, Hit
from twisted_tyk.record.text import clean, path_of, text_of

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange

#: In this order: the API; the client; Unix seconds; method; target, and the target before
#: any change; what of it led to the API; the pattern that tracks it; content length; user
#: agent; status; client address; milliseconds in all, and waiting for the upstream; own
#: tags; raw request and response.
Entry: TypeAlias = tuple[
    Facts, Who, float, bytes, bytes, bytes, bytes, str, int, bytes, int, str, int, int,
    tuple[str, ...], str, str,
]  # fmt: skip

#: The same as text: the API; the client; Unix seconds; method; path; raw path; original
#: path; content length; user agent; status; client address; milliseconds in all, and
#: waiting for the upstream; own tags; whether the path is tracked; raw request and response.
Spelled: TypeAlias = tuple[
    Facts, Who, float, str, str, str, str, int, str, int, str, int, int, tuple[str, ...], bool,
    str, str,
]  # fmt: skip

_AGENT = b"user-agent"


def entry_of(
    exchange: Exchange, facts: Facts, total: int, upstream: int, seconds: float
) -> Entry:
    """What is to be kept of an exchange that is over and has no detail and no tags of its own.

    :param total: milliseconds in all.
    :param upstream: milliseconds of waiting for the upstream.
    :param seconds: Unix time.
    """
    token = exchange.token
    session = exchange.session
    agent, somewhere = b"", True
    for name, value in exchange.headers.raw:
        size = len(name)
        if size == 10:
            if not agent and name.lower() == _AGENT:
                agent = value
        elif size == 9 or size == 15:
            # Perhaps X-Real-IP or X-Forwarded-For.
            somewhere = False
    length = exchange.body.length
    return (
        facts,
        facts.nobody if session is None else facts.who(session, token),
        seconds,
        exchange.method,
        exchange.target if exchange.url is None else exchange.path_and_query(),
        exchange.original_target,
        exchange.listen_path,
        exchange.track_path,
        -1 if length is None else length,
        agent,
        exchange.status or CLIENT_LEFT,
        exchange.peer if somewhere else exchange.api.client_address(exchange),
        total,
        upstream,
        facts.tags,
        "",
        "",
    )


def entry_of_hit(hit: Hit) -> Entry:
    """The same of any hit that nobody has edited."""
    exchange = hit.exchange
    entry = entry_of(exchange, hit.facts, hit.request_time, hit.upstream_time, hit.seconds)
    detail = exchange.detail
    if detail is None and not hit.facts.tag_headers:
        return entry
    raw = ("", "") if detail is None else (detail.request(exchange), detail.response())
    return (*entry[:-3], hit.own_tags(), *raw)


def spelled(entry: Entry) -> Spelled:
    """An entry as text. It belongs to no thread."""
    (
        facts, who, seconds, method, target, original, taken, track, length, agent, status,
        address, total, upstream, tags, raw_request, raw_response,
    ) = entry  # fmt: skip
    whole = path_of(target)
    raw_path = facts.stripped(whole, taken)
    return (
        facts,
        who,
        seconds,
        text_of(method),
        facts.named(raw_path, track),
        raw_path,
        whole if original is target else path_of(original),
        length,
        text_of(agent),
        status,
        clean(address),
        total,
        upstream,
        tags,
        track != "",
        raw_request,
        raw_response,
    )
