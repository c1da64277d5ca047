"""The keys of the store that hold what the OAuth server of an API keeps [oauth_manager.go]."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from twisted_tyk.message.octets import octets

#: Of a client. The list of all clients has the keys from here on.
CLIENT: Final = "oauth-clientid."


@frozen
class Names:
    """:ivar api_id: in each key."""

    api_id: str

    def own(self, name: str) -> bytes:
        """What is called ``name`` in this API's part of the store."""
        return octets(f"oauth-data.{self.api_id}.{name}")

    def client(self, client_id: str) -> bytes:
        return self.own(CLIENT + client_id)

    def index(self, org_id: str) -> bytes:
        """The list of all clients."""
        return self.own(f"oauth-client-index.{org_id}")

    def code(self, code: str) -> bytes:
        return self.own(f"oauth-authorize.{code}")

    def access(self, token: str) -> bytes:
        """:param token: what stands for it in the store."""
        return self.own(f"oauth-access.{token}")

    def refresh(self, token: str) -> bytes:
        return self.own(f"oauth-refresh.{token}")

    def tokens(self, client_id: str) -> bytes:
        """The access tokens of a client, by when they lapse."""
        return self.own(f"oauth-client-tokens.{client_id}")
