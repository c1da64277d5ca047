"""What became of an exchange, as the changes a native function would have asked for."""

from __future__ import annotations

import json
from struct import pack

from attrs import frozen

from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Pair
from twisted_tyk.native import abi
from twisted_tyk.native.changes import Change

_Headers = tuple[Pair, ...]


@frozen
class Snapshot:
    """An exchange at one moment. :ivar reply_status: 0 when there is no reply."""

    method: bytes
    target: bytes
    host: bytes
    headers: _Headers
    body: bytes
    reply_status: int
    reply_headers: _Headers
    reply_body: bytes
    status: int
    response_headers: _Headers
    response_body: bytes
    session: bytes
    token: str
    stored: bool
    context: dict[str, bytes]
    rewrite: bytes
    definition: bytes


def snapshot(exchange: Exchange) -> Snapshot:
    """How it is now."""
    writer, response, notes = exchange.writer, exchange.response, exchange.notes
    reply = None if writer is None else writer.reply()
    added = None if writer is None else writer.added
    session = exchange.session
    return Snapshot(
        method=exchange.method,
        target=exchange.path_and_query(),
        host=exchange.host,
        headers=tuple(exchange.headers.raw),
        body=exchange.body.join(),
        reply_status=0 if reply is None else reply.status,
        reply_headers=() if added is None else tuple(added.raw),
        reply_body=b"" if reply is None else reply.body,
        status=0 if response is None else response.status,
        response_headers=() if response is None else tuple(response.headers.raw),
        response_body=b"" if response is None else response.stream.join(),
        session=b"" if session is None else json.dumps(session.to_json()).encode(),
        token=exchange.token,
        stored=exchange.session_changed,
        context={} if notes is None else dict(notes.values),
        rewrite=b"" if notes is None else notes.rewrite,
        definition=b"" if notes is None else notes.definition,
    )


def differences(before: Snapshot, after: Snapshot) -> list[Change]:
    """What has to be changed for the one to become the other."""
    found = []
    for kind, name in (
        (abi.SET_METHOD, "method"),
        (abi.SET_TARGET, "target"),
        (abi.SET_HOST, "host"),
        (abi.SET_BODY, "body"),
        (abi.SET_REWRITE, "rewrite"),
        (abi.SET_DEFINITION, "definition"),
        (abi.RESPONSE_BODY, "response_body"),
        (abi.REPLY_WRITE, "reply_body"),
    ):
        if getattr(before, name) != getattr(after, name):
            found.append(Change(kind, 0, b"", getattr(after, name)))
    for kind, name in ((abi.RESPONSE_STATUS, "status"), (abi.REPLY_STATUS, "reply_status")):
        if getattr(before, name) != getattr(after, name):
            found.append(Change(kind, getattr(after, name), b"", b""))
    found += _fields(abi.HEADER_SET, before.headers, after.headers)
    found += _fields(abi.RESPONSE_HEADER_SET, before.response_headers, after.response_headers)
    found += _fields(abi.REPLY_HEADER_SET, before.reply_headers, after.reply_headers)
    if (before.session, before.token, before.stored) != (after.session, after.token, after.stored):
        key = after.token.encode("utf-8", "surrogateescape")
        found.append(Change(abi.SET_SESSION, int(after.stored), key, after.session or b"{}"))
    for name in sorted({*before.context, *after.context}):
        if before.context.get(name) != after.context.get(name):
            value = after.context.get(name, b"")
            found.append(Change(abi.SET_CONTEXT, 0, name.encode(), value))
    return sorted(found, key=lambda change: change.kind)


def packed(changes: list[Change]) -> bytes:
    """As a native function would give them."""
    if not changes:
        return b""
    head = b"".join(
        pack("=4I", change.kind, change.number, len(change.key), len(change.value))
        for change in changes
    )
    data = b"".join(change.key + change.value for change in changes)
    size = 16 + len(head) + len(data)
    return pack("=4I", abi.CHANGES_MAGIC, size, len(changes), 0) + head + data


def _fields(first: int, before: _Headers, after: _Headers) -> list[Change]:
    """Set, add and delete are numbered one after another, for all three kinds of fields."""
    found = []
    names = list(dict.fromkeys(name.lower() for name, _ in (*before, *after)))
    for wanted in names:
        old = [value for name, value in before if name.lower() == wanted]
        new = [(name, value) for name, value in after if name.lower() == wanted]
        if not new:
            found.append(Change(first + 2, 0, wanted, b""))
        elif old != [value for _, value in new]:
            if old and [value for _, value in new[: len(old)]] == old:
                rest = new[len(old) :]
            else:
                found.append(Change(first, 0, *new[0]))
                rest = new[1:]
            found += [Change(first + 1, 0, *pair) for pair in rest]
    return found
