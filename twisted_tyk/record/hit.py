"""The record of one request, with the fields of Tyk's analytics."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen


@frozen
class Latency:
    """Milliseconds: in all, waiting for the upstream, and the gateway's own share."""

    total: int = 0
    upstream: int = 0
    gateway: int = 0


@frozen
class Hit:
    """One request that is over. Names are those of Tyk's JSON.

    Paths are without escapes and query.

    :ivar host: of the upstream.
    :ivar requested_host: the client's ``Host``; ours.
    :ivar path: the path the upstream was asked for before joining its own,
        that is without the listen path where that is stripped.
    :ivar raw_path: the path as hooks left it.
    :ivar original_path: the path as the client sent it.
    :ivar content_length: of the request; -1 when it was not known beforehand.
    :ivar request_time: milliseconds from the first byte read to the last one handed over.
    :ivar api_key: what the client presented, ``""`` when nothing.
    :ivar timestamp: when the request was over, in UTC.
    :ivar error: why the client got an error of the gateway's, else ``""``; ours.
    """

    method: str
    host: str
    requested_host: str
    path: str
    raw_path: str
    original_path: str
    listen_path: str
    content_length: int
    user_agent: str
    response_code: int
    api_key: str
    timestamp: datetime
    api_version: str
    api_name: str
    api_id: str
    org_id: str
    oauth_id: str
    request_time: int
    latency: Latency
    ip_address: str
    tags: tuple[str, ...]
    alias: str
    error: str
