"""Sessions put into the store by Tyk's rules [gw/api.go doAddOrUpdate]."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import Logger

from twisted_tyk.chain.api import Api
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.key_counters import KeyCounters
from twisted_tyk.errors import Refusal
from twisted_tyk.session.keys import Keys
from twisted_tyk.session.lifetime import Lifetimes
from twisted_tyk.session.policies import Policies, PolicyError
from twisted_tyk.session.state import BasicAuthData, SessionState

#: What Tyk says when a key is not made, whatever the reason.
FAILED: Final = "Failed to create key, ensure security settings are correct."


@frozen
class KeyWriter:
    """
    :ivar served: the APIs of the routing table in force.
    :ivar seconds: Unix time.
    :ivar hash_password: a password made into what is stored.
    :ivar announce: tells of an event by its name, with what is known of it.
    :ivar masters: keys without rights, which open every API, are allowed.
    """

    keys: Keys
    policies: Policies
    counters: KeyCounters
    lifetimes: Lifetimes
    served: Callable[[], Sequence[Api]]
    seconds: Callable[[], float]
    hash_password: Callable[[str], Deferred[BasicAuthData]]
    announce: Callable[[str, Mapping[str, Any]], None]
    masters: bool = False

    log = Logger()

    def read(self, asked: Asked, complaint: str = "Request malformed") -> SessionState:
        """The session in a body. :raises Refusal: 400, with the members that are wrong.

        One that does not say whose it is belongs to the organisation that all its APIs and
        policies belong to: no API would find it otherwise.
        """
        asked.json(complaint)
        try:
            session = self.keys.read_json(asked.body)
        except ValueError as error:
            raise Refusal(400, f"{complaint}: {error}") from None
        if not session.org_id:
            owners = set(self._owners(session))
            session.org_id = owners.pop() if len(owners) == 1 else ""
        return session

    def _owners(self, session: SessionState) -> Iterator[str]:
        for api in self.served():
            if api.api_id in session.access_rights:
                yield api.definition.org_id
        for name in session.apply_policies or [session.apply_policy_id]:
            policy = self.policies.get(name)
            if policy is not None:
                yield policy.org_id

    def begin(self, session: SessionState) -> None:
        """Date a session that is made now."""
        now = datetime.fromtimestamp(self.seconds(), timezone.utc)
        session.date_created = now.isoformat().replace("+00:00", "Z")
        self.keep_expiry(session, 0)

    def keep_expiry(self, session: SessionState, before: int) -> None:
        """A time that is over is no time to expire at: the one before stays."""
        if 1 < session.expires < self.seconds():
            session.expires = before

    @inlineCallbacks
    def secure(self, session: SessionState) -> Any:
        """Hash the password of a user, if there is one. :raises Refusal: 400."""
        password = session.basic_auth_data.password
        if password:
            try:
                session.basic_auth_data = yield self.hash_password(password)
            except ValueError as error:
                raise Refusal(400, f"{FAILED} basic_auth_data.password: {error}") from None

    def apply(self, session: SessionState) -> None:
        """Put its policies over a session.

        :raises PolicyError: when they do not go together, or belong to another
            organisation than an API that the key is for.
        """
        self.policies.apply(session)
        for org_id in {api.definition.org_id for api in self._for(session)}:
            self.policies.apply(session.copy(), org_id)

    @inlineCallbacks
    def save(
        self,
        token: str,
        session: SessionState,
        new: bool,
        resets: bool = True,
        hashed: bool = False,
        no_rights: str = FAILED + " Master keys not allowed",
    ) -> Any:
        """Put policies over a session and store it.

        :param token: the key, or what it is stored under when ``hashed``.
        :param new: it was not there before, so policies may have it expire.
        :param resets: its counters begin anew.
        :param no_rights: what is said when it must have rights and has none.
        :raises Refusal: 400 when the key can not be used.
        """
        now = self.seconds()
        if resets:
            session.last_updated = str(int(now))
        try:
            self.apply(session)
        except PolicyError as error:
            raise Refusal(400, f"{FAILED} {error}") from None
        if not session.access_rights and not self.masters:
            raise Refusal(400, no_rights)
        if new:
            self.policies.begin(session, now)
        stored_as = token if hashed else self.keys.tokens.hashed(token)
        if resets and self._sets_quota(session):
            session.quota_renews = int(now) + session.quota_renewal_rate
            yield self.counters.reset(session, stored_as)
        yield self.keys.write(token, session, self.lifetime(session), hashed)

    def lifetime(self, session: SessionState) -> float:
        """Seconds that the store is to keep a session, 0 for ever."""
        definitions = [api.definition for api in self._for(session)]
        return self.lifetimes.of(session, definitions, self.seconds())

    def tell(self, event: str, message: str, org_id: str, token: str) -> None:
        """Tell the handlers of an event that a key has changed."""
        self.announce(event, {"Message": message, "Org": org_id, "Key": token})

    def _sets_quota(self, session: SessionState) -> bool:
        apis = list(self._for(session))
        if len(apis) < len(session.access_rights) or not apis:
            return True
        return not all(api.definition.dont_set_quota_on_create for api in apis)

    def _for(self, session: SessionState) -> Iterator[Api]:
        """The APIs that are served of those that a key is for."""
        for api in self.served():
            if not session.access_rights or api.api_id in session.access_rights:
                yield api
