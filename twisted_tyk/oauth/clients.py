"""The clients of one API, in the store."""

from __future__ import annotations

from attrs import field, frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from twisted_tyk.interfaces import IStore
from twisted_tyk.message.octets import as_text, octets
from twisted_tyk.oauth.client import Client, new_secret, read_client
from twisted_tyk.oauth.names import CLIENT, Names

#: Compared with where there is no client, so that both take the same time.
_NOBODY = Client("", new_secret())


@frozen
class Clients:
    """Everything fails with :class:`~twisted_tyk.errors.StoreUnavailable` without a store.

    :ivar org_id: of the API.
    """

    store: IStore
    api_id: str
    org_id: str
    names: Names = field(init=False)

    log = Logger()

    @names.default
    def _names(self) -> Names:
        return Names(self.api_id)

    async def get(self, client_id: str) -> Client | None:
        """The client with that id. What is stored and is none is as if it were not there."""
        value = await self.store.get(self.names.client(client_id))
        return None if value is None else self._read(value)

    async def known(self, client_id: str, secret: str) -> Client | None:
        """The client with that id and secret."""
        client = await self.get(client_id)
        return client if (client or _NOBODY).knows(secret) else None

    async def save(self, client: Client) -> None:
        """Keep a client in place of any with its id.

        :raises ValueError: when its meta data is not JSON.
        """
        text = client.stored()
        index, item = self._entry(client.client_id)
        await self.store.set(self.names.client(client.client_id), text)
        await self.store.remove_item(index, item)
        await self.store.append(index, item)

    async def delete(self, client_id: str) -> bool:
        """Forget a client and the list of its tokens. Whether it was there."""
        index, item = self._entry(client_id)
        found = await self.store.delete(self.names.client(client_id))
        await self.store.remove_item(index, item)
        await self.store.delete(self.names.tokens(client_id))
        return found > 0

    async def ids(self) -> list[str]:
        """The ids of all clients. Where Tyk has no list of them yet, one is made, as in Tyk."""
        index = self.names.index(self.org_id)
        items = await self.store.items(index)
        if not items:
            whole = await self.store.keys(self.names.client(""))
            items = sorted(key[len(self.names.own("")) :] for key in whole)
            await self.store.append(index, *items)
        texts = (as_text(item) for item in items)
        return list(dict.fromkeys(text.removeprefix(CLIENT) for text in texts))

    async def all(self) -> list[Client]:
        """Every client, the one that was changed last at the end."""
        ids = await self.ids()
        values = await self.store.get_many([self.names.client(each) for each in ids])
        clients = [self._read(value) for value in values if value is not None]
        return [client for client in clients if client is not None]

    def exists(self, client_id: str) -> Deferred[bool]:
        """Whether there is such a client."""
        return self.store.get(self.names.client(client_id)).addCallback(_is_there)

    def _entry(self, client_id: str) -> tuple[bytes, bytes]:
        item = octets(CLIENT + client_id)
        return self.names.index(self.org_id), item

    def _read(self, value: bytes) -> Client | None:
        try:
            return read_client(value)
        except (ValueError, RecursionError):
            # Not the error itself: it can quote what is stored.
            self.log.error(
                "a client of API {api} in the store is not readable and is left out",
                api=self.api_id,
            )
            return None


def _is_there(value: bytes | None) -> bool:
    return value is not None
