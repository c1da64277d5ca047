"""Users with a name and a password, who are keys with Tyk's basic authentication."""

from __future__ import annotations

from attrs import frozen
from twisted.internet.defer import Deferred

from twisted_tyk.message.octets import octets
from twisted_tyk.session.keys import Keys
from twisted_tyk.session.password_check import Passwords
from twisted_tyk.session.state import SessionState
from twisted_tyk.session.stored import PREFIX


@frozen
class Users:
    """:ivar org_id: of the API."""

    keys: Keys
    passwords: Passwords
    org_id: str

    async def known(self, name: str, password: str, client_id: str) -> SessionState | None:
        """The key of a user with that password.

        :param client_id: who asks; each client waits for its own answers only.
        """
        user: SessionState | None = await self.keys.read(name, self.org_id)
        data = None if user is None else user.basic_auth_data
        right = self.passwords.check(data, password, f"oauth {client_id}")
        if isinstance(right, Deferred):
            right = await right
        return user if right else None

    async def save(self, user: SessionState) -> None:
        """Store a user's key, for as long as it would have been stored."""
        name = PREFIX + octets(user.key_hash)
        left = await self.keys.store.ttl(name)
        if left is not None:
            await self.keys.write(user.key_hash, user, max(0.0, left), hashed=True)
