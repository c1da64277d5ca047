"""Smoothing: a rate that moves between a threshold and its maximum [internal/rate/smoothing.go].

It goes up by a step when traffic comes near to what is allowed, and down when there is
less, at most once in ``delay`` seconds.
"""

from __future__ import annotations

from attrs import define

from twisted_tyk.session.rights import Smoothing


def in_force(smoothing: Smoothing | None) -> Smoothing | None:
    """The same if it says all it must, else ``None``, as in Tyk."""
    if smoothing is None or not smoothing.enabled:
        return None
    wanted = (smoothing.threshold, smoothing.trigger, smoothing.step, smoothing.delay)
    return smoothing if min(wanted) > 0 else None


@define
class Allowance:
    """How many requests are allowed at present.

    :ivar next_move: when it may move again, in Unix seconds.
    :ivar until: when it is forgotten.
    """

    current: int
    next_move: float
    until: float


def begin(smoothing: Smoothing, most: int, now: float) -> Allowance:
    """It begins with the threshold. :param most: what it may come to."""
    threshold = min(smoothing.threshold, most)
    return Allowance(threshold, now + smoothing.delay, now + 2 * smoothing.delay)


def move(
    allowance: Allowance, smoothing: Smoothing, count: int, most: int, now: float
) -> int:
    """Move the allowance if it is time to.

    :param count: requests in the window, without this one.
    :param most: what it may come to.
    :returns: 1 when it went up, -1 when it went down, else 0.
    """
    if now <= allowance.next_move:
        return 0
    current, step = allowance.current, smoothing.step
    trigger = smoothing.trigger * step
    if count >= current - trigger:
        target = min(current + step, most)
    elif count <= current - step - trigger:
        target = min(max(current - step, smoothing.threshold), most)
    else:
        return 0
    if target == current:
        return 0
    allowance.current = target
    allowance.next_move = now + smoothing.delay
    allowance.until = now + 2 * smoothing.delay
    return 1 if target > current else -1
