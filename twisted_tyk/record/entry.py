"""A record as sinks of many keep it: small, flat, and without the exchange."""

from __future__ import annotations

from typing import TypeAlias

from twisted_tyk.record.facts import Facts, Who
from twisted_tyk.record.hit import CLIENT_LEFT, Hit
from twisted_tyk.record.text import clean, path_of, text_of

#: In this order: the API; the client; Unix seconds; method; path; raw path; original path;
#: content length; user agent; status; client address; milliseconds in all, and waiting for
#: the upstream; own tags; whether the path is tracked; raw request and response.
Entry: TypeAlias = tuple[
    Facts, Who, float, str, str, str, str, int, str, int, str, int, int, tuple[str, ...], bool,
    str, str,
]  # fmt: skip


def entry_of(hit: Hit) -> Entry:
    """All that is to be kept of a hit, taken at once: the quick form of its properties.

    For a hit that nobody has edited. It reads the exchange once, where the properties
    would do so two dozen times.
    """
    exchange = hit.exchange
    facts = hit.facts
    token = exchange.token
    session = exchange.session
    who = facts.nobody if session is None and not token else facts.who(session, token)
    target = exchange.target if exchange.url is None else exchange.path_and_query()
    raw_path = path_of(target)
    original = exchange.original_target
    length = exchange.body.length
    detail = exchange.detail
    plain = detail is None and not facts.tag_headers
    return (
        facts,
        who,
        hit.seconds,
        text_of(exchange.method),
        hit.named(raw_path),
        raw_path,
        raw_path if original is target else path_of(original),
        -1 if length is None else length,
        text_of(exchange.headers.first(b"user-agent") or b""),
        exchange.status or CLIENT_LEFT,
        clean(exchange.api.client_address(exchange)),
        hit.request_time,
        hit.upstream_time,
        facts.tags if plain else hit.own_tags(),
        exchange.track_path != "",
        "" if detail is None else detail.request(exchange),
        "" if detail is None else detail.response(),
    )
