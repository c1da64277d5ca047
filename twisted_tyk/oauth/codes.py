"""The authorisation codes of one API, in the store."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from uuid import uuid4

from attrs import field, frozen
from twisted.logger import Logger

from twisted_tyk.interfaces import IStore
from twisted_tyk.oauth.names import Names
from twisted_tyk.oauth.records import Code, read_code


def new_code() -> str:
    """A code that nobody can guess, in the form of osin's: 22 characters."""
    return urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")


@frozen
class Codes:
    """Everything fails with :class:`~twisted_tyk.errors.StoreUnavailable` without a store."""

    store: IStore
    api_id: str
    names: Names = field(init=False)

    log = Logger()

    @names.default
    def _names(self) -> Names:
        return Names(self.api_id)

    async def save(self, code: Code) -> None:
        """Keep a code for as long as it is good."""
        await self.store.set(self.names.code(code.code), code.stored(), code.expires_in)

    async def get(self, code: str) -> Code | None:
        """What a code stands for."""
        value = await self.store.get(self.names.code(code))
        try:
            return None if value is None else read_code(value)
        except ValueError as error:
            self.log.error(
                "a code of API {api} in the store is not readable: {error}",
                api=self.api_id, error=error,
            )  # fmt: skip
            return None

    async def take(self, code: str) -> bool:
        """Use a code up. Only one of those who ask at the same time has it."""
        return await self.store.delete(self.names.code(code)) > 0
