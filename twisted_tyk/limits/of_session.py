"""What limits the requests of a session on an API, worked out once for both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from attrs import define, field, frozen
from twisted.logger import Logger

from twisted_tyk.apidef.patterns import PathPattern
from twisted_tyk.exchange import Exchange
from twisted_tyk.limits.contract import Ask, Batch, Kind, Quota, Rate
from twisted_tyk.limits.names import endpoint_suffix, quota_name, rate_name
from twisted_tyk.limits.of_api import ApiLimits
from twisted_tyk.limits.paths import PathRate, first_fit
from twisted_tyk.limits.variables import CounterName
from twisted_tyk.session.rights import AccessDefinition, Limit, Smoothing
from twisted_tyk.session.state import SessionState

_LOG: Final = Logger()


def limit_of(session: SessionState, api_id: str) -> tuple[Limit | SessionState, str]:
    """Whose numbers count on an API, and the scope of their counters.

    The access right's if it says anything, else the session's own.
    """
    access = session.access_rights.get(api_id)
    if access is None:
        return session, ""
    return (session if _is_empty(access.limit) else access.limit), access.allowance_scope


def _is_empty(limit: Limit) -> bool:
    """Whether it says nothing; ``smoothing``, what is left and when it renews do not count."""
    return not (
        limit.rate or limit.per or limit.throttle_interval or limit.throttle_retry_limit
        or limit.max_query_depth or limit.quota_max or limit.quota_renewal_rate
    )  # fmt: skip


@frozen
class Wanted:
    """What of a key's limits an API has.

    :ivar hashed: what stands for a key in the names of counters.
    :ivar compile_path: a pattern from its text; raises ``ValueError``.
    :ivar smooths: ``enable_rate_limit_smoothing``.
    """

    api_id: str
    rates: bool
    quotas: bool
    smooths: bool
    hashed: Callable[[str], str]
    compile_path: Callable[[str], PathPattern]


@define(eq=False)
class SessionLimits:
    """
    :ivar whole: the batch of every request, if nothing of it depends on the request.
    :ivar interval: seconds between two tries of a request over the rate.
    :ivar retries: how often it is tried again.
    """

    limit: Limit | SessionState
    scope: str
    identity: str
    version: str
    api: ApiLimits
    wanted: Wanted
    paths: Sequence[PathRate]
    named: CounterName | None
    smoothing: Smoothing | None
    whole: Batch | None = field(default=None, init=False)
    _batches: dict[tuple[int, int], Batch] = field(factory=dict, init=False)

    @property
    def interval(self) -> float:
        return max(0.0, self.limit.throttle_interval)

    @property
    def retries(self) -> int:
        return self.limit.throttle_retry_limit

    def __attrs_post_init__(self) -> None:
        if self.identity and self.named is None and not self.paths and not self.api.paths:
            self.whole = self._batch(self.identity, self.version, -1, -1)

    def batch(self, exchange: Exchange) -> Batch:
        """What limits one request."""
        places = first_fit(self.paths, exchange), self.api.place(exchange)
        if self.named is not None:
            name = self.named.fill_in(exchange)
            if name:
                return self._batch(name, "", *places)
        if not self.identity:
            return self._batch(_nobody(self.wanted.api_id, exchange), "", *places)
        found = self._batches.get(places)
        if found is None:
            found = self._batch(self.identity, self.version, *places)
            self._batches[places] = found
        return found

    def _batch(self, identity: str, version: str, own: int, of_api: int) -> Batch:
        limit, asks = self.limit, list[Ask]()
        path = self.paths[own] if own >= 0 else None
        rate, per = (limit.rate, limit.per) if path is None else (path.rate, path.per)
        if self.wanted.rates and rate > 0 and per > 0:
            name = rate_name(self.scope, identity, "" if path is None else path.suffix)
            asks.append(Rate(Kind.KEY, name, rate, per, version, self.smoothing))
        if self.wanted.quotas and limit.quota_max > 0:
            name = quota_name(self.scope, identity)
            asks.append(Quota(name, limit.quota_max, max(0, limit.quota_renewal_rate)))
        whole = self.api.rates[of_api]
        if whole is not None:
            asks.append(whole)
        told = limit.quota_max, limit.quota_remaining, limit.quota_renews
        return Batch(tuple(asks), told)


def session_limits(
    session: SessionState, wanted: Wanted, api: ApiLimits, shares: bool = True
) -> SessionLimits:
    """Those of a session. :param shares: honour its ``rate_limit_pattern``."""
    limit, scope = limit_of(session, wanted.api_id)
    smoothing = limit.smoothing or session.smoothing
    return SessionLimits(
        limit=limit,
        scope=scope,
        identity=session.key_hash or (wanted.hashed(session.key_id) if session.key_id else ""),
        version=session.last_updated,
        api=api,
        wanted=wanted,
        paths=_paths(session.access_rights.get(wanted.api_id), wanted) if wanted.rates else (),
        named=CounterName.of(session) if shares else None,
        smoothing=smoothing if wanted.smooths else None,
    )


def _paths(access: AccessDefinition | None, wanted: Wanted) -> Sequence[PathRate]:
    found = []
    for endpoint in access.endpoints if access is not None else ():
        try:
            pattern = wanted.compile_path(endpoint.path)
        except ValueError as error:
            _LOG.warn("a key's limit of API {api}: {error}", api=wanted.api_id, error=error)
            continue
        for method in endpoint.methods:
            suffix = endpoint_suffix(method.name, endpoint.path)
            limit = method.limit
            found.append(PathRate(pattern, method.name.upper(), suffix, limit.rate, limit.per))
    return tuple(found)


def _nobody(api_id: str, exchange: Exchange) -> str:
    """Stands for a client without a key: all of them together must not be one client."""
    return f"address-{api_id}-{exchange.api.client_address(exchange) or exchange.peer}"
