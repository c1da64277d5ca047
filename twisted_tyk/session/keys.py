"""The keys of clients: found for a request, and changed so that all nodes know of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from attrs import define, field
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.session.cache import FRESH, Held, SessionCache
from twisted_tyk.session.state import SessionState
from twisted_tyk.session.stored import Found, StoredKeys
from twisted_tyk.session.tokens import Tokens, in_tyks_memory
from twisted_tyk.together import Together

if TYPE_CHECKING:
    from twisted_tyk.interfaces import INotifications, IStore

#: What Tyk tells its nodes when keys have changed.
CHANGED: Final = "KeySpaceUpdateNotification"
#: Seconds between two lines in the log with the same reason, and reasons that are remembered.
TELL_INTERVAL: Final = 60.0
MOST_TOLD: Final = 1000


class Applies(Protocol):
    """Policies.

    :ivar revision: another number with each change of them.
    """

    revision: int

    def apply(self, session: SessionState, org_id: str) -> None:
        """Put them over a session's own limits and rights.

        :param org_id: the organisation of the API that is asked for; ``""`` is any.
        :raises ValueError: when the key can not be used with the policies it names.
        """


@define(eq=False)
class Keys:
    """Called in the reactor thread.

    :ivar read_json: a session from its JSON; raises ``ValueError``.
    :ivar now: seconds of a clock that does not jump.
    """

    store: IStore
    notifications: INotifications
    tokens: Tokens
    policies: Applies
    read_json: Callable[[bytes], SessionState]
    now: Callable[[], float]
    _stored: StoredKeys = field(init=False)
    _cache: SessionCache = field(factory=SessionCache, init=False)
    _asked: Together[tuple[str, str], Found] = field(factory=Together, init=False)
    #: When why keys are of no use may be told again.
    _told: dict[tuple[str, str], float] = field(factory=dict, init=False)
    #: How often anything was dropped: what was read before may be old.
    _dropped: int = field(default=0, init=False)

    log = Logger()

    @_stored.default
    def _make_stored(self) -> StoredKeys:
        return StoredKeys(self.store, self.tokens, self.read_json)

    def __attrs_post_init__(self) -> None:
        self.notifications.subscribe(CHANGED, self._changed)

    def fresh(self, token: str, org_id: str) -> SessionState | None:
        """What :meth:`find` returns, when it need not ask the store; else ``None``."""
        held = self._cache.get((token, org_id))
        if held is not None and held.until > self.now() and held.revision == self.policies.revision:
            return held.session
        return None

    def find(self, token: str, org_id: str) -> Found | Deferred[Found]:
        """The session that a client's token stands for, with its policies applied.

        Many requests share the object, so it is only read. It is held for ten seconds, as
        in Tyk, and for as long as the store is away. ``None`` when there is no such key,
        and when the policies of the key do not go together or are not there.

        :param org_id: the organisation of the API, for bare ids of keys.
        :returns: a Deferred when the store must be asked; it fails with
            :class:`~twisted_tyk.errors.StoreUnavailable`.
        """
        session = self.fresh(token, org_id)
        if session is not None:
            return session
        name = (token, org_id)
        return self._asked.ask(name, self._look_up, name)

    @inlineCallbacks
    def _look_up(self, name: tuple[str, str]) -> Any:
        dropped = self._dropped
        try:
            found: Found = yield self.read(*name)
            if found is None:
                self._cache.drop(name)
            else:
                revision = self.policies.revision
                self.policies.apply(found, name[1])
                if dropped == self._dropped:
                    self._cache.put(name, Held(found, self.now() + FRESH, revision))
            return found
        except StoreUnavailable:
            held = self._cache.get(name)
            if held is None:
                raise
            # What was good a moment ago is the best that is known.
            return held.session
        except ValueError as error:
            self._say_why(name[1], str(error))
            self._cache.drop(name)
            return None

    def _say_why(self, org_id: str, error: str) -> None:
        """Each request of such a key finds it anew."""
        now = self.now()
        if self._told.get((org_id, error), now) <= now:
            if len(self._told) >= MOST_TOLD:
                self._told.clear()
            self._told[org_id, error] = now + TELL_INTERVAL
            self.log.warn(
                "a key of organisation {org} is of no use: {error}", org=org_id, error=error
            )

    def read(self, token: str, org_id: str, hashed: bool = False) -> Deferred[Found]:
        """A key as it is stored; see :meth:`StoredKeys.read`."""
        return self._stored.read(token, org_id, hashed)

    @inlineCallbacks
    def write(
        self,
        token: str,
        session: SessionState,
        lifetime: float = 0.0,
        hashed: bool = False,
        known: bool = False,
    ) -> Any:
        """Store a session in place of any before, and tell the other nodes.

        :param lifetime: seconds that the store keeps it, 0 for ever.
        :param hashed: ``token`` is what the key is stored under.
        :param known: only if the key is still there: one that was deleted stays so.
        :raises TypeError: when its meta data holds what is not JSON; or ``ValueError``.
        """
        name = token if hashed else self.tokens.hashed(token)
        yield self._stored.write(name, session, lifetime, known)
        self._tell(name, "" if hashed else token)

    @inlineCallbacks
    def remove(self, token: str, org_id: str, hashed: bool = False, known: str = "") -> Any:
        """Forget a key, and tell the other nodes. Whether it was there.

        :param hashed: ``token`` is what the key is stored under.
        :param known: the token then, if it is known.
        """
        removed = yield self._stored.remove(token, org_id, hashed)
        if removed is not None:
            name, found = removed
            self._tell(name, found or known)
        return removed is not None

    def listed(self, beginning: str = "") -> Deferred[list[str]]:
        """What keys are stored under; see :meth:`StoredKeys.listed`."""
        return self._stored.listed(beginning)

    def _tell(self, name: str, token: str) -> None:
        """:param token: that of the key, ``""`` when it is not known."""
        # At once here, and not only when the message has come round.
        self._changed(name)
        names = [name]
        if token and self.tokens.hash_keys:
            names.append(in_tyks_memory(token))
        text = ",".join(dict.fromkeys(names))
        self.notifications.publish(CHANGED, text).addErrback(self._untold)

    def _untold(self, failure: Failure) -> None:
        self.log.warn(
            "other nodes were not told of a changed key and may use the old one for {seconds} s: "
            "{error}",
            seconds=round(FRESH), error=failure.getErrorMessage(),
        )  # fmt: skip

    def _changed(self, names: str) -> None:
        """:param names: tokens or hashes, commas between; what follows a colon is no part."""
        self._dropped += 1
        for each in names.split(","):
            name = each.partition(":")[0]
            self._cache.drop_hash(name)
            self._cache.drop_hash(self.tokens.hashed(name))
