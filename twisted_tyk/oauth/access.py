"""The access and refresh tokens of one API, in the store."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from hmac import compare_digest
from math import inf
from typing import Final
from uuid import uuid4

from attrs import field, frozen
from twisted.logger import Logger

from twisted_tyk.interfaces import IStore
from twisted_tyk.message.octets import as_text, octets
from twisted_tyk.oauth.names import Names
from twisted_tyk.oauth.records import Access, read_access
from twisted_tyk.session.keys import Keys
from twisted_tyk.session.state import SessionState

#: Tokens on one page of a list, as in Tyk, and tokens that are revoked in one go.
PAGE: Final = 100


def new_refresh() -> str:
    """A refresh token that nobody can guess, in the form of Tyk's."""
    return b64encode(str(uuid4()).encode()).decode()


@frozen
class AccessTokens:
    """Everything fails with :class:`~twisted_tyk.errors.StoreUnavailable` without a store.

    A token is a key like any other, whose session has the id of a client. Beside it the
    store has what it was given for, and the list of all tokens of its client.

    :ivar seconds: Unix time.
    :ivar retain: seconds that the list keeps tokens that have lapsed, 0 for ever.
    """

    store: IStore
    keys: Keys
    api_id: str
    org_id: str
    seconds: Callable[[], float]
    retain: int = 0
    names: Names = field(init=False)

    log = Logger()

    @names.default
    def _names(self) -> Names:
        return Names(self.api_id)

    async def save(
        self, access: Access, session: SessionState, lifetime: float, refresh_lifetime: float
    ) -> None:
        """Keep a token, its session and its refresh token, if it has one.

        :param lifetime: seconds that the store keeps the session, 0 for ever.
        """
        name, text = self.keys.tokens.hashed(access.token), access.stored()
        await self.store.set(self.names.access(name), text, access.expires_in)
        ends = int(access.created) + access.expires_in
        listed = self.names.tokens(access.client_id)
        await self.store.add_member(listed, octets(name), ends)
        await self.keys.write(access.token, session, lifetime)
        if access.refresh:
            await self.store.set(self.names.refresh(access.refresh), text, refresh_lifetime)

    async def get(self, token: str) -> Access | None:
        """What a token stands for, while it is good."""
        # Tyk keeps tokens of the time before keys were hashed as they are.
        for name in dict.fromkeys([self.keys.tokens.hashed(token), token]):
            access = self._read(await self.store.get(self.names.access(name)))
            # The hash of a token is no token.
            if access is not None and compare_digest(octets(access.token), octets(token)):
                return access
        return None

    async def refreshing(self, refresh: str) -> Access | None:
        """What a refresh token stands for."""
        return self._read(await self.store.get(self.names.refresh(refresh)))

    async def take_refresh(self, refresh: str) -> bool:
        """Use a refresh token up. Only one of those who ask at the same time has it."""
        return await self.store.delete(self.names.refresh(refresh)) > 0

    async def revoke(self, token: str) -> bool:
        """End an access token. Whether it was one of this API."""
        access = await self.get(token)
        if access is not None:
            await self._end(access.client_id, [access])
        return access is not None

    async def end(self, token: str, hint: str = "") -> None:
        """End a token of either kind (RFC 7009), if there is one.

        :param hint: ``access_token`` or ``refresh_token``; what is found so ends alone.
        """
        if hint == "refresh_token" and await self.take_refresh(token):
            return
        if await self.revoke(token) and hint == "access_token":
            return
        await self.take_refresh(token)

    async def revoke_listed(self, client_id: str) -> None:
        """End all access tokens of a client that are good; refresh tokens go on."""
        names = [name for name, _ in await self._listed(client_id)]
        for start in range(0, len(names), PAGE):
            values = await self.store.get_many(
                [self.names.access(name) for name in names[start : start + PAGE]]
            )
            found = [self._read(value) for value in values]
            await self._end(client_id, [access for access in found if access is not None])

    async def revoke_all(self, client_id: str) -> None:
        """End all tokens of a client, refresh tokens too, of whatever access token."""
        await self.revoke_listed(client_id)
        keys = await self.store.keys(self.names.refresh(""))
        for start in range(0, len(keys), PAGE):
            page = keys[start : start + PAGE]
            found = [self._read(value) for value in await self.store.get_many(page)]
            own = [
                key
                for key, access in zip(page, found, strict=True)
                if access is not None and access.client_id == client_id
            ]
            await self.store.delete(*own)

    async def listed(self, client_id: str) -> list[tuple[str, int]]:
        """What the good tokens of a client are stored under, and when they lapse, in order."""
        pairs = await self._listed(client_id)
        await self.purge(client_id)
        return pairs

    async def purge(self, client_id: str) -> int:
        """Take tokens out of the list that lapsed long ago. How many there were."""
        if self.retain <= 0:
            return 0
        listed = self.names.tokens(client_id)
        return await self.store.remove_scores(listed, -inf, int(self.seconds()) - self.retain)

    async def _listed(self, client_id: str) -> list[tuple[str, int]]:
        listed = self.names.tokens(client_id)
        members = await self.store.members(listed, int(self.seconds()))
        return [(as_text(name), int(ends)) for name, ends in members]

    async def _end(self, client_id: str, all_access: Sequence[Access]) -> None:
        listed = self.names.tokens(client_id)
        for access in all_access:
            hashed = self.keys.tokens.hashed(access.token)
            for name in dict.fromkeys([hashed, access.token]):
                await self.store.delete(self.names.access(name))
                await self.store.remove_member(listed, octets(name))
                await self.keys.remove(name, self.org_id, hashed=True, known=access.token)

    def _read(self, value: bytes | None) -> Access | None:
        try:
            return None if value is None else read_access(value)
        except ValueError as error:
            self.log.error(
                "a token of API {api} in the store is not readable: {error}",
                api=self.api_id, error=error,
            )  # fmt: skip
            return None
