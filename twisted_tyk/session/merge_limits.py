"""Limits from several policies made one: the fastest rate, the largest quota."""

from __future__ import annotations

from attrs import evolve

from twisted_tyk.session.rights import Limit
from twisted_tyk.session.state import SessionState


def greater(one: int, other: int) -> bool:
    """Whether a limit is above another; -1, no limit, is above all."""
    return other != -1 and (one == -1 or one > other)


def pause(rate: float, per: float) -> float:
    """Seconds from one request to the next; 0 when there is no limit."""
    return per / rate if rate > 0 and per > 0 else 0.0


def copied(limit: Limit) -> Limit:
    """Another limit that says the same."""
    smoothing = limit.smoothing
    return evolve(limit, smoothing=None if smoothing is None else evolve(smoothing))


def outdo(limit: Limit, known: Limit) -> bool:
    """Give ``limit`` what ``known`` has more of. Whether rate or quota is from there."""
    wins = False
    if pause(known.rate, known.per) < pause(limit.rate, limit.per):
        limit.rate, limit.per, limit.smoothing = known.rate, known.per, known.smoothing
        wins = True
    if known.quota_max != limit.quota_max and greater(known.quota_max, limit.quota_max):
        limit.quota_max = known.quota_max
        wins = True
    if greater(known.quota_renewal_rate, limit.quota_renewal_rate):
        limit.quota_renewal_rate = known.quota_renewal_rate
    if limit.quota_max == -1:
        limit.quota_renewal_rate = 0
    if greater(known.max_query_depth, limit.max_query_depth):
        limit.max_query_depth = known.max_query_depth
    take_throttle(limit, known)
    return wins


def take_rate(place: Limit | SessionState, limit: Limit) -> None:
    """The faster rate. A policy that says none changes nothing."""
    if not limit.rate or not limit.per:
        return
    none = not place.rate or not place.per
    if none or pause(place.rate, place.per) > pause(limit.rate, limit.per):
        place.rate, place.per, place.smoothing = limit.rate, limit.per, limit.smoothing


def take_throttle(place: Limit | SessionState, limit: Limit) -> None:
    """The larger values."""
    place.throttle_interval = max(place.throttle_interval, limit.throttle_interval)
    place.throttle_retry_limit = max(place.throttle_retry_limit, limit.throttle_retry_limit)


def copy_rate(place: Limit | SessionState, source: Limit | SessionState) -> None:
    """Rate and throttling as they are there."""
    place.rate, place.per, place.smoothing = source.rate, source.per, source.smoothing
    place.throttle_interval = source.throttle_interval
    place.throttle_retry_limit = source.throttle_retry_limit
