"""What a step asks of a limiter, and what it gets back.

A step asks for everything that limits a request in one :class:`Batch`, in Tyk's order:
the key's rate, the key's quota, the API's rate. Counters are told of the request one
after the other, up to the first that refuses it; those behind it never hear of it.
"""

from __future__ import annotations

from enum import Enum
from math import ceil
from typing import Final

from attrs import field, frozen
from twisted.internet.defer import Deferred
from zope.interface import Interface

from twisted_tyk.session.rights import Smoothing

#: What a request takes out of a bucket when one node is all there is [drl RequestTokenValue].
TOKEN: Final = 100


class Kind(Enum):
    """Whose limit it is; the values are names of policies in ``RateLimit`` fields."""

    KEY = "key"
    QUOTA = "quota"
    API = "api"


@frozen
class Rate:
    """``rate`` requests in ``per`` seconds.

    :ivar key: Tyk's name of the counter, ``rate-limit-…``.
    :ivar rate: above 0; fractions are dropped, but it is at least 1.
    :ivar per: seconds, above 0.
    :ivar version: another one begins with a fresh bucket; it matters to buckets only.
    :ivar smoothing: moves the rate up and down; it matters to logs only.
    """

    kind: Kind
    key: str
    rate: float
    per: float
    version: str = ""
    smoothing: Smoothing | None = None
    #: Requests that may pass.
    limit: int = field(init=False, repr=False, eq=False)
    #: What a bucket holds.
    capacity: int = field(init=False, repr=False, eq=False)
    #: What decides whether a low rate must be counted exactly.
    per_second: float = field(init=False, repr=False, eq=False)
    bucket: str = field(init=False, repr=False, eq=False)

    @limit.default
    def _limit(self) -> int:
        return max(1, int(self.rate))

    @capacity.default
    def _capacity(self) -> int:
        return int(self.rate * TOKEN)

    @per_second.default
    def _per_second(self) -> float:
        return self.rate / self.per

    @bucket.default
    def _bucket(self) -> str:
        return f"{self.key}:{self.version}" if self.version else self.key

    @property
    def window(self) -> int:
        """:attr:`per` in whole seconds, never too short."""
        return ceil(self.per)


@frozen
class Quota:
    """``limit`` requests in ``renewal`` seconds, which begin with the first of them.

    :ivar key: Tyk's name of the counter, ``quota-…``.
    :ivar limit: above 0.
    :ivar renewal: seconds; 0 means that it never begins anew.
    """

    key: str
    limit: int
    renewal: int
    kind: Kind = field(default=Kind.QUOTA, init=False)

    @property
    def window(self) -> int:
        """:attr:`renewal`."""
        return self.renewal


Ask = Rate | Quota

#: How a counter stands after a request: how many may still pass, and when there will be
#: more, in Unix seconds; 0.0 when that is at once, or never.
Standing = tuple[int, float]


@frozen
class Batch:
    """What limits one request, in the order in which it counts.

    :ivar unlimited: what clients are told of their quota when none is asked for: most,
        remaining, and when it renews in Unix seconds.
    """

    asks: tuple[Ask, ...]
    unlimited: tuple[int, int, int] = (0, 0, 0)

    def find(self, *kinds: Kind) -> int:
        """The place of the first ask of one of these kinds, else -1."""
        for kind in kinds:
            for index, ask in enumerate(self.asks):
                if ask.kind is kind:
                    return index
        return -1

    #: Places of the quota, and of the rate that clients are told of: the key's before the API's.
    quota: int = field(init=False, repr=False, eq=False)
    rate: int = field(init=False, repr=False, eq=False)

    #: The rate, when that is all there is.
    only: Rate | None = field(init=False, repr=False, eq=False)

    @quota.default
    def _quota(self) -> int:
        return self.find(Kind.QUOTA)

    @rate.default
    def _rate(self) -> int:
        return self.find(Kind.KEY, Kind.API)

    @only.default
    def _only(self) -> Rate | None:
        first = self.asks[0] if len(self.asks) == 1 else None
        return first if isinstance(first, Rate) else None


class Outcome:
    """What became of a batch.

    :ivar now: when it was asked, in Unix seconds.
    :ivar standings: of the asks that were counted, in their order.
    :ivar refused: the ask that refused the request, which is the last one counted.
    :ivar smoothed: 1 when smoothing moved a rate up, -1 down.
    """

    __slots__ = ("batch", "now", "refused", "smoothed", "standings")

    def __init__(self, batch: Batch, now: float) -> None:
        self.batch = batch
        self.now = now
        self.standings: list[Standing] = []
        self.refused: Ask | None = None
        self.smoothed = 0

    @property
    def retry_after(self) -> int | None:
        """Seconds after which a refused request may pass; ``None`` for one that never will."""
        reset = self.standings[-1][1]
        return max(1, ceil(reset - self.now)) if reset else None


class ILimiter(Interface):
    """Counts requests. Called in the reactor thread."""

    def ask(
        batch: Batch, gently: bool = False, local: bool = False
    ) -> Outcome | Deferred[Outcome]:
        """Count a request against each ask of ``batch``, up to the first that refuses it.

        The answer is a plain value when memory decides. It is a Deferred when Redis must be
        asked, which takes one round trip for the whole batch, or when a quota that is kept
        in the store is used for the first time.

        :param gently: a request that is refused by a rate leaves no trace in its counter.
        :param local: count in memory while Redis is away (``storage_outage`` of the API).
        :raises StoreUnavailable: by the Deferred, when Redis is away and not ``local``.
        """
