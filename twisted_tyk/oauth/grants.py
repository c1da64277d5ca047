"""What a client gives to get a token: a code, a refresh token, a user's password, or its own."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from attrs import evolve, frozen

from twisted_tyk.message.octets import octets
from twisted_tyk.oauth.asked import Asked
from twisted_tyk.oauth.client import Client
from twisted_tyk.oauth.clients import Clients
from twisted_tyk.oauth.codes import Codes
from twisted_tyk.oauth.issuing import Issuer
from twisted_tyk.oauth.problem import OAuthProblem
from twisted_tyk.oauth.records import Access, Code
from twisted_tyk.oauth.redirect import matching, registered
from twisted_tyk.oauth.rules import Rules
from twisted_tyk.oauth.users import Users
from twisted_tyk.session.state import BasicAuthData, SessionState

#: What a request with each type must have beside the client's credentials.
NEEDED: Final = {
    "authorization_code": ("code",),
    "refresh_token": ("refresh_token",),
    "password": ("username", "password"),
    "client_credentials": (),
}


@frozen
class Grants:
    """Gives tokens for grants, each of which is good once."""

    rules: Rules
    clients: Clients
    codes: Codes
    issuer: Issuer
    users: Users

    async def token(self, asked: Asked) -> Access:
        """:raises OAuthProblem: why there is none."""
        grant = asked.get("grant_type")
        if grant not in NEEDED or grant not in self.rules.grants:
            raise OAuthProblem("unsupported_grant_type")
        client_id, secret = asked.client()
        if not all(asked.get(name) for name in NEEDED[grant]):
            needed = " and ".join(NEEDED[grant])
            raise OAuthProblem("invalid_grant", f"The request needs {needed}.")
        client = await self.clients.known(client_id, secret)
        if client is None or not registered(client.redirect_uri, self.rules.separator):
            raise OAuthProblem("unauthorized_client")
        give: dict[str, Callable[[Asked, Client], Awaitable[Access]]] = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "password": self._by_password,
            "client_credentials": self._by_itself,
        }
        return await give[grant](asked, client)

    async def _by_code(self, asked: Asked, client: Client) -> Access:
        code = await self.codes.get(asked.get("code"))
        if code is None or code.client_id != client.client_id:
            raise OAuthProblem("invalid_grant")
        if code.created + code.expires_in < self.issuer.seconds():
            raise OAuthProblem("invalid_grant")
        self._check_uri(asked, client, code)
        _check_verifier(asked.get("code_verifier"), code)
        self.issuer.session(client, code.session)
        # Before anything is given for it, so that it is good for one request only.
        if not await self.codes.take(code.code):
            raise OAuthProblem("invalid_grant")
        return await self.issuer.issue(
            client, code.redirect_uri, code.scope, code.session, refreshable=True
        )

    def _check_uri(self, asked: Asked, client: Client, code: Code) -> None:
        try:
            given = asked.get("redirect_uri")
            uri = matching(client.redirect_uri, self.rules.separator, given)
        except ValueError as error:
            raise OAuthProblem("invalid_request", f"redirect_uri: {error}.") from None
        if uri != code.redirect_uri:
            told = "redirect_uri is not that of the code."
            raise OAuthProblem("invalid_request", told)

    async def _by_refresh(self, asked: Asked, client: Client) -> Access:
        refresh = asked.get("refresh_token")
        old = await self.issuer.tokens.refreshing(refresh)
        if old is None:
            raise OAuthProblem("invalid_grant")
        if old.client_id != client.client_id:
            raise OAuthProblem("invalid_client")
        scope = asked.get("scope") or old.scope
        if not set(scope.split()) <= set(old.scope.split()):
            raise OAuthProblem("invalid_scope")
        self.issuer.session(client, old.session)
        if not await self.issuer.tokens.take_refresh(refresh):
            raise OAuthProblem("invalid_grant")
        new = await self.issuer.issue(
            client, old.redirect_uri, scope, old.session, refreshable=True
        )
        await self.issuer.tokens.revoke(old.token)
        return new

    async def _by_password(self, asked: Asked, client: Client) -> Access:
        name, password = asked.get("username"), asked.form.get("password", "")
        user = await self.users.known(name, password, client.client_id)
        if user is None or user.is_inactive or 1 <= user.expires < self.issuer.seconds():
            raise OAuthProblem("access_denied")
        before = user.oauth_keys.get(client.client_id)
        if before:
            await self.issuer.tokens.revoke(before)
        session = json.dumps(_of_nobody(user).to_json())
        access = await self.issuer.issue(
            client, self._first_uri(client), asked.get("scope"), session, refreshable=True
        )
        user.oauth_keys[client.client_id] = access.token
        await self.users.save(user)
        return access

    async def _by_itself(self, asked: Asked, client: Client) -> Access:
        return await self.issuer.issue(client, self._first_uri(client), asked.get("scope"))

    def _first_uri(self, client: Client) -> str:
        return registered(client.redirect_uri, self.rules.separator)[0]


def _check_verifier(verifier: str, code: Code) -> None:
    """PKCE, where the code was asked for with a challenge, and only there (RFC 9700, 2.1.1)."""
    if code.challenge_method == "S256":
        digest = sha256(octets(verifier)).digest()
        verifier = urlsafe_b64encode(digest).decode().rstrip("=")
    given, wanted = (octets(text) for text in (verifier, code.challenge))
    if not compare_digest(given, wanted):
        raise OAuthProblem("invalid_grant", "code_verifier is not that of the code.")


def _of_nobody(user: SessionState) -> SessionState:
    """The session of a user, without what is the user's alone."""
    return evolve(user, basic_auth_data=BasicAuthData(), oauth_keys={}, derived={})
