"""The sessions of organisations, which limit all their keys together (``/tyk/org/keys``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import Logger

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.message.octets import octets
from twisted_tyk.session.cache import FRESH
from twisted_tyk.session.keys import CHANGED
from twisted_tyk.session.state import SessionState
from twisted_tyk.together import Together

if TYPE_CHECKING:
    from twisted_tyk.interfaces import INotifications, IStore

#: Before the id of an organisation, in the keys of the store.
PREFIX: Final = b"orgkey."

Found = SessionState | None


@define(eq=False)
class Organisations:
    """Called in the reactor thread.

    :ivar hashed: what stands for a key in the names of counters.
    :ivar read_json: a session from its JSON; raises ``ValueError``.
    :ivar now: seconds of a clock that does not jump.
    """

    store: IStore
    notifications: INotifications
    hashed: Callable[[str], str]
    read_json: Callable[[bytes], SessionState]
    now: Callable[[], float]
    _held: dict[str, tuple[Found, float]] = field(factory=dict, init=False)
    _asked: Together[str, Found] = field(factory=Together, init=False)

    log = Logger()

    def __attrs_post_init__(self) -> None:
        self.notifications.subscribe(CHANGED, self._changed)

    def find(self, org_id: str) -> Found | Deferred[Found]:
        """The session of an organisation, ``None`` when it has none.

        Many requests share the object, so it is only read. That there is one, or none, is
        held for ten seconds, and for as long as the store is away.

        :returns: a Deferred when the store must be asked; it fails with
            :class:`~twisted_tyk.errors.StoreUnavailable`.
        """
        held = self._held.get(org_id)
        if held is not None and held[1] > self.now():
            return held[0]
        return self._asked.ask(org_id, self._look_up, org_id)

    @inlineCallbacks
    def _look_up(self, org_id: str) -> Any:
        try:
            value = yield self.store.get(PREFIX + octets(org_id))
        except StoreUnavailable:
            held = self._held.get(org_id)
            if held is None:
                raise
            return held[0]
        found = None if value is None else self._read(org_id, value)
        self._held[org_id] = found, self.now() + FRESH
        return found

    def _read(self, org_id: str, value: bytes) -> SessionState:
        try:
            session = self.read_json(value)
        except ValueError as error:
            # It was to limit somebody, so that nobody passes rather than everybody.
            self.log.error("organisation {org} is shut out: {error}", org=org_id, error=error)
            session = SessionState(is_inactive=True)
        session.key_id, session.key_hash = org_id, self.hashed(org_id)
        return session

    def _changed(self, names: str) -> None:
        told = {name.partition(":")[0] for name in names.split(",")}
        for org_id, (found, _) in self._held.items():
            # Tyk tells of it as of a key, by its hash where keys are hashed.
            if org_id in told or self.hashed(org_id) in told:
                self._held[org_id] = found, 0.0
