"""The limits of an organisation, which all keys of its APIs share (``OrganizationMonitor``)."""

from __future__ import annotations

from typing import Final

import attrs
from attrs import field, frozen
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.errors import Refusal, StoreUnavailable
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.limits.contract import ILimiter, Outcome
from twisted_tyk.limits.of_api import ApiLimits
from twisted_tyk.limits.of_session import SessionLimits, Wanted, session_limits
from twisted_tyk.limits.refused import OF_ORGANISATIONS, Monitor, refusal, watch
from twisted_tyk.session.organisations import Organisations
from twisted_tyk.session.state import SessionState

_NOTHING: Final = ApiLimits((), (None,))


@implementer(IStep)
@frozen(eq=False)
class OrganisationLimits:
    """
    :ivar org_id: of the API.
    :ivar wanted: what of the limits the API has.
    :ivar local: count in memory while Redis is away; then an organisation of which nothing
        is known has no limits.
    :ivar monitor: is told how quotas are used, if anybody wants to know.
    """

    organisations: Organisations
    limiter: ILimiter
    org_id: str
    wanted: Wanted
    local: bool
    monitor: Monitor | None = None
    name: str = "OrganizationMonitor"
    _memo: str = field(init=False, repr=False)

    @_memo.default
    def _make_memo(self) -> str:
        return f"organisation {self.wanted.api_id} {id(self.wanted)}"

    def process(self, exchange: Exchange) -> Deferred[Reply | None] | None:
        """:raises Refusal: 403 when it is shut out, or over its rate or quota."""
        found = self.organisations.find(self.org_id)
        if isinstance(found, Deferred):
            if self.local:
                found.addErrback(_unknown)
            return found.addCallback(self._check, exchange)
        return self._check(found, exchange)

    def _check(
        self, session: SessionState | None, exchange: Exchange
    ) -> Deferred[Reply | None] | None:
        if session is None:
            return None
        if session.is_inactive:
            raise Refusal(
                403,
                "this organisation access has been disabled, please contact your API administrator",
            )
        limits: SessionLimits | None = session.derived.get(self._memo)
        if limits is None:
            limited = session.rate > 0 and session.per > 0
            wanted = attrs.evolve(self.wanted, rates=limited)
            limits = session_limits(session, wanted, _NOTHING, shares=False)
            session.derived[self._memo] = limits
        batch = limits.whole or limits.batch(exchange)
        outcome = self.limiter.ask(batch, False, self.local)
        if isinstance(outcome, Deferred):
            return outcome.addCallback(self._told, session)
        self._told(outcome, session)
        return None

    def _told(self, outcome: Outcome, session: SessionState) -> None:
        if outcome.refused is not None:
            raise refusal(outcome, OF_ORGANISATIONS)
        if self.monitor is not None:
            watch(outcome, session, self.org_id, self.monitor)


def _unknown(failure: Failure) -> None:
    failure.trap(StoreUnavailable)
