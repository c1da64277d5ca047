"""What a path and its query call a key, and the key that is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import inlineCallbacks

from twisted_tyk.control.asked import Asked
from twisted_tyk.control.routes import Parameter, Schema
from twisted_tyk.control.schemas import schema_of
from twisted_tyk.errors import Refusal
from twisted_tyk.session.keys import Keys
from twisted_tyk.session.state import SessionState

SESSION: Final = Schema("Session", schema_of(SessionState))

SUPPRESS: Final = Parameter("suppress_reset", "1: rates and quotas go on as they are")
BY_HASH: Final = Parameter("hashed", "Anything: the key is called by its hash")
#: How a key may be called.
FLAGS: Final = (
    BY_HASH,
    Parameter("username", "true: the key is called by the name of a user"),
    Parameter("org_id", "The organisation of a key that is called by an id, or by a name"),
)


class Damaged(Refusal):
    """What is stored is no session."""

    def __init__(self, error: ValueError) -> None:
        super().__init__(500, f"What is stored of the key is damaged: {error}")


@frozen
class KeyNames:
    """
    :ivar organisations: those that the APIs belong to.
    :ivar by_user: not ``disable_key_actions_by_username``.
    """

    keys: Keys
    organisations: Callable[[], Iterable[str]]
    by_user: bool = True

    def by_hash(self, asked: Asked) -> bool:
        """Whether a key is called by its hash. :raises Refusal: 400 when there are none."""
        hashed = bool(asked.query.get("hashed"))
        if hashed and not self.keys.tokens.hash_keys:
            raise Refusal(400, "Key requested by hash but key hashing is not enabled")
        return hashed

    @inlineCallbacks
    def find(self, asked: Asked, org_id: str) -> Any:
        """The session that is meant and whether it was called by its hash, else ``None``.

        An id alone is looked for in every organisation, when none is named.

        :raises Damaged: when what is stored is no session.
        """
        name, hashed = asked.parameters["key"], self.by_hash(asked)
        if self.by_user and not hashed and asked.query.get("username") == "true":
            token = self.keys.tokens.generate(asked.query.get("org_id", org_id), name)
            session = yield self.read(token, org_id, False)
            if session is not None:
                return session, False
        session = yield self.read(name, org_id, hashed)
        if session is None and not hashed and not org_id:
            for owner in self.organisations():
                session = yield self.read(name, owner, False)
                if session is not None:
                    break
        return None if session is None else (session, hashed)

    @inlineCallbacks
    def read(self, name: str, org_id: str, hashed: bool) -> Any:
        """A session as it is stored, or ``None``. :raises Damaged:"""
        try:
            return (yield self.keys.read(name, org_id, hashed))
        except ValueError as error:
            raise Damaged(error) from None
