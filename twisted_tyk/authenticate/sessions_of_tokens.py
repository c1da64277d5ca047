"""Sessions of clients that have no key: made and changed as their tokens say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import define, evolve, field
from twisted.internet.defer import Deferred, inlineCallbacks

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.authenticate.wanted import Wanted
from twisted_tyk.errors import Refusal
from twisted_tyk.session.keys import Keys
from twisted_tyk.session.lifetime import Lifetimes
from twisted_tyk.session.policies import Policies, PolicyError
from twisted_tyk.session.state import SessionState
from twisted_tyk.session.tokens import Tokens
from twisted_tyk.together import Together

if TYPE_CHECKING:
    from twisted_tyk.authenticate.identity import Making

#: Seconds between two changes of one session: tokens of one client that name different
#: policies, used in turns, must not have the store written with each request.
PAUSE: Final = 10.0
#: Sessions whose last change is remembered.
_REMEMBERED: Final = 10_000
#: In the meta data of such sessions.
MARK: Final = "TykJWTSessionID"


@define(eq=False)
class TokenSessions:
    """The sessions of one API's tokens. Called in the reactor thread.

    :ivar seconds: Unix time.
    :ivar now: seconds of a clock that does not jump.
    """

    keys: Keys
    policies: Policies
    tokens: Tokens
    lifetimes: Lifetimes
    definition: ApiDefinition
    seconds: Callable[[], float]
    now: Callable[[], float]
    _written: dict[str, float] = field(factory=dict, init=False)
    _asked: Together[Wanted, SessionState] = field(factory=Together, init=False)

    @classmethod
    def make(cls, making: Making) -> TokenSessions:
        """Those of an API that is built."""
        shared, settings = making.shared, making.settings
        return cls(
            shared.keys, shared.policies, shared.tokens, Lifetimes.asked(settings),
            making.definition, shared.seconds, shared.clock.seconds,
        )  # fmt: skip

    def of(self, wanted: Wanted) -> SessionState | Deferred[SessionState]:
        """The session of a token, policies applied; requests share it.

        It is made when there is none, and changed when the token says something else.

        :raises Refusal: 403, when its policies can not be used. The Deferred fails with it,
            too, and with :class:`~twisted_tyk.errors.StoreUnavailable`.
        """
        found = self.keys.find(wanted.key, self.definition.org_id)
        if found is None or isinstance(found, SessionState):
            return self._fitting(found, wanted)
        fitting: Deferred[SessionState] = found.addCallback(self._fitting, wanted)
        return fitting

    def _fitting(
        self, found: SessionState | None, wanted: Wanted
    ) -> SessionState | Deferred[SessionState]:
        if found is not None:
            if wanted.agrees(found):
                return found
            known: SessionState | None = found.derived.get(wanted.memo)
            if known is not None:
                return known
        return self._asked.ask(wanted, self._made, found, wanted)

    @inlineCallbacks
    def _made(self, found: SessionState | None, wanted: Wanted) -> Any:
        self._check(wanted)
        try:
            stored = yield self.keys.read(wanted.key, self.definition.org_id)
        except ValueError:
            stored = None  # whatever it is, it is no session
        now = self.seconds()
        session = self._changed(stored, wanted, now)
        applied = session.copy()
        applied.key_id, applied.key_hash = wanted.key, self.tokens.hashed(wanted.key)
        try:
            self.policies.apply(applied, self.definition.org_id)
        except PolicyError:
            raise Refusal(403, wanted.refusals[1], "AuthFailure") from None
        if found is None or self._due(wanted.key):
            lifetime = self.lifetimes.of(applied, [self.definition], now)
            yield self.keys.write(wanted.key, session, lifetime)
            if stored is not None:
                self._note(wanted.key)
        else:
            found.derived[wanted.memo] = applied
        return applied

    def _check(self, wanted: Wanted) -> None:
        if not wanted.base:
            return
        policy = self.policies.get(wanted.base)
        if policy is None or policy.org_id != self.definition.org_id:
            raise Refusal(403, wanted.refusals[0], "AuthFailure")

    def _changed(self, stored: SessionState | None, wanted: Wanted, now: float) -> SessionState:
        """The session to store: what it may do is all in its policies, and nothing is left of
        those that it had before.
        """
        policies = list(wanted.policies)
        if stored is None:
            meta: Mapping[str, str] = {MARK: wanted.key, **dict(wanted.meta)}
            session = SessionState(
                org_id=self.definition.org_id,
                alias=wanted.alias,
                meta_data=dict(meta),
                apply_policies=policies,
            )
            self.policies.begin(session, now)
        else:
            fresh = SessionState(apply_policies=policies)
            session = evolve(
                stored.copy(), **{name: getattr(fresh, name) for name in _OF_POLICIES}, derived={}
            )
        session.expires = max(session.expires, wanted.expires)
        session.oauth_client_id = wanted.client_id
        return session

    def _due(self, key: str) -> bool:
        return self.now() - self._written.get(key, float("-inf")) >= PAUSE

    def _note(self, key: str) -> None:
        self._written.pop(key, None)
        while len(self._written) >= _REMEMBERED:
            del self._written[next(iter(self._written))]
        self._written[key] = self.now()


#: What policies decide of a session.
_OF_POLICIES: Final = (
    "apply_policies", "apply_policy_id", "rate", "per", "smoothing", "throttle_interval",
    "throttle_retry_limit", "max_query_depth", "quota_max", "quota_renews", "quota_remaining",
    "quota_renewal_rate", "access_rights", "is_inactive",
)  # fmt: skip
