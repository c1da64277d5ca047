"""Tyk's default: a bucket for each counter, full again all at once when ``per`` is over.

A request takes 100 tokens times the number of nodes, since each node has buckets of its
own and is to let only its share pass [memorycache/bucket.go, drl].
"""

from __future__ import annotations

from attrs import define, field

from twisted_tyk.limits.contract import TOKEN, Rate


@define
class Bucket:
    """:ivar until: when it is full again, in Unix seconds."""

    left: int
    until: float


@define(eq=False)
class Buckets:
    """In memory. A bucket that is full again is forgotten at the next sweep."""

    entries: dict[str, Bucket] = field(factory=dict, init=False)

    def count(
        self, ask: Rate, now: float, standings: list[tuple[int, float]], nodes: int
    ) -> bool:
        """Whether the request passes. One that does not leaves no trace.

        :param nodes: how many share the rate.
        """
        token = TOKEN * nodes
        bucket = self.entries.get(ask.bucket)
        # A clock that was put back must not make anybody wait for longer than ``per``.
        if bucket is None:
            capacity = ask.capacity
            bucket = Bucket(capacity if capacity > token else token, now + ask.per)
            self.entries[ask.bucket] = bucket
        elif not 0.0 < bucket.until - now <= ask.per:
            capacity = ask.capacity
            bucket.left = capacity if capacity > token else token
            bucket.until = now + ask.per
        left = bucket.left
        if token > left:
            standings.append((0, bucket.until))
            return False
        bucket.left = left = left - token
        standings.append((left // token, bucket.until))
        return True
