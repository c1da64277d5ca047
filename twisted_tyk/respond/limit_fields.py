"""What clients are told of their limits.

``X-RateLimit-Limit``, ``-Remaining`` and ``-Reset`` tell of the quota, on responses of the
upstream only, or of the rate, and then on errors too: Tyk's ``rate_limit_response_headers``
[internal/rate/headers.go]. ``RateLimit-Policy`` and ``RateLimit`` are those of
draft-ietf-httpapi-ratelimit-headers (version 10) and tell of all that limited the request.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from twisted_tyk.limits.contract import Outcome
from twisted_tyk.message.fixed import FRAMING, FixedFields
from twisted_tyk.message.headers import Pair

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange

_LIMIT: Final = b"X-RateLimit-Limit"
_REMAINING: Final = b"X-RateLimit-Remaining"
_RESET: Final = b"X-RateLimit-Reset"
_LINES: Final = b"X-RateLimit-Limit: %d\r\nX-RateLimit-Remaining: %d\r\nX-RateLimit-Reset: %d"
#: Keys without a quota that are remembered.
_MOST: Final = 1024
_POLICY: Final = b"RateLimit-Policy"
_SERVICE: Final = b"RateLimit"


@frozen
class LimitFields:
    """
    :ivar of_rates: ``X-RateLimit-*`` tell of rates, not of quotas.
    :ivar drafted: ``RateLimit`` and ``RateLimit-Policy`` are sent too.
    """

    of_rates: bool = False
    drafted: bool = False
    # As in Tyk, what an upstream says of its own limits is not passed on.
    _names: frozenset[bytes] = field(init=False, repr=False)
    _lengths: frozenset[int] = field(init=False, repr=False)
    _none: FixedFields = field(init=False, repr=False)
    _unlimited: dict[tuple[int, int, int], FixedFields] = field(
        factory=dict, init=False, repr=False, eq=False
    )

    @_names.default
    def _own_names(self) -> frozenset[bytes]:
        names = [_LIMIT, _REMAINING, _RESET, *((_POLICY, _SERVICE) if self.drafted else ())]
        return frozenset(name.lower() for name in names)

    @_lengths.default
    def _own_lengths(self) -> frozenset[int]:
        return frozenset(map(len, self._names | FRAMING))

    @_none.default
    def _without_limits(self) -> FixedFields:
        return self._fixed([] if self.of_rates else _x_fields(0, 0, 0))

    def of_response(self, exchange: Exchange) -> FixedFields:
        """For a response of the upstream."""
        outcome = exchange.limits
        if outcome is None:
            return self._none
        if self.of_rates or self.drafted:
            quotas = [] if self.of_rates else _x_fields(*_quota(outcome))
            return self._fixed([*quotas, *self.of_answer(exchange)])
        batch = outcome.batch
        if batch.quota < 0:
            return self._unlimited.get(batch.unlimited) or self._of_unlimited(batch.unlimited)
        return FixedFields(self._names, self._lengths, _LINES % _quota(outcome), 2)

    def _of_unlimited(self, quota: tuple[int, int, int]) -> FixedFields:
        """The same for all responses to a key."""
        if len(self._unlimited) >= _MOST:
            self._unlimited.clear()
        made = FixedFields(self._names, self._lengths, _LINES % quota, 2)
        self._unlimited[quota] = made
        return made

    def of_answer(self, exchange: Exchange) -> list[Pair]:
        """For an answer of the gateway or a hook, an error among them."""
        outcome = exchange.limits
        if outcome is None:
            return []
        fields = _rate(outcome) if self.of_rates else []
        return fields + _drafted(outcome) if self.drafted else fields

    def _fixed(self, pairs: list[Pair]) -> FixedFields:
        lines = b"\r\n".join(b"%b: %b" % pair for pair in pairs)
        return FixedFields(self._names, self._lengths, lines, max(0, len(pairs) - 1))


def _x_fields(limit: int, remaining: int, reset: int) -> list[Pair]:
    return [(_LIMIT, b"%d" % limit), (_REMAINING, b"%d" % remaining), (_RESET, b"%d" % reset)]


def _quota(outcome: Outcome) -> tuple[int, int, int]:
    batch, standings = outcome.batch, outcome.standings
    index = batch.quota
    if not 0 <= index < len(standings):
        return batch.unlimited
    remaining, reset = standings[index]
    return batch.asks[index].limit, remaining, int(reset)


def _rate(outcome: Outcome) -> list[Pair]:
    batch, standings = outcome.batch, outcome.standings
    index = batch.rate
    if not 0 <= index < len(standings):
        return []
    remaining, reset = standings[index]
    return _x_fields(batch.asks[index].limit, remaining, int(reset or outcome.now))


def _drafted(outcome: Outcome) -> list[Pair]:
    policies, services = [], []
    for index, ask in enumerate(outcome.batch.asks):
        name = ask.kind.value
        window = f";w={ask.window}" if ask.window else ""
        policies.append(f'"{name}";q={ask.limit}{window}')
        if index < len(outcome.standings):
            remaining, reset = outcome.standings[index]
            wait = f";t={max(0, ceil(reset - outcome.now))}" if reset else ""
            services.append(f'"{name}";r={remaining}{wait}')
    if not policies:
        return []
    return [(_POLICY, ", ".join(policies).encode()), (_SERVICE, ", ".join(services).encode())]
