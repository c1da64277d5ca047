"""How an access token comes to be: its session, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from attrs import frozen
from twisted.logger import Logger

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.message.octets import octets
from twisted_tyk.oauth.access import AccessTokens, new_refresh
from twisted_tyk.oauth.client import Client
from twisted_tyk.oauth.problem import OAuthProblem
from twisted_tyk.oauth.records import Access
from twisted_tyk.oauth.rules import Rules
from twisted_tyk.session.from_policy import session_from
from twisted_tyk.session.lifetime import Lifetimes, concerned
from twisted_tyk.session.policy import Policy
from twisted_tyk.session.state import SessionState

#: Seconds that the session of a token that has lapsed stays, so that its client is told so.
LAPSED: Final = 86400


class HasPolicies(Protocol):
    """Policies by their ids."""

    def get(self, policy_id: str) -> Policy | None: ...


@frozen
class Issuer:
    """Issues tokens. :ivar seconds: Unix time."""

    definition: ApiDefinition
    rules: Rules
    tokens: AccessTokens
    policies: HasPolicies
    lifetimes: Lifetimes
    seconds: Callable[[], float]

    log = Logger()

    async def issue(
        self,
        client: Client,
        redirect_uri: str,
        scope: str = "",
        session: str = "",
        refreshable: bool = False,
    ) -> Access:
        """A new token, stored.

        :param session: JSON; without it the policy of the client gives one.
        :raises OAuthProblem: ``server_error`` when neither gives a session.
        """
        now, expires_in = self.seconds(), self.rules.expires_in
        made = self.session(client, session)
        made.oauth_client_id = client.client_id
        made.expires = int(now) + expires_in
        made.org_id = made.org_id or self.definition.org_id
        if isinstance(client.meta_data, dict):
            made.meta_data = {**client.meta_data, **made.meta_data}
        keys = self.tokens.keys
        access = Access(
            token=keys.tokens.generate(made.org_id),
            refresh=new_refresh() if refreshable else "",
            client_id=client.client_id,
            client_uri=client.redirect_uri,
            created=now,
            expires_in=expires_in,
            redirect_uri=redirect_uri,
            scope=scope,
            session=session,
        )
        lifetime = self._lifetime(made, now)
        await self.tokens.save(access, made, lifetime, self.rules.refresh_lifetime)
        return access

    def session(self, client: Client, text: str) -> SessionState:
        """The session that a token of a client gets; see :meth:`issue`."""
        if text:
            try:
                return self.tokens.keys.read_json(octets(text))
            except ValueError:
                raise self._failure(client, "what it was given is no session") from None
        policy = self.policies.get(client.policy_id) if client.policy_id else None
        if policy is None:
            why = "it has no policy, and was given no session (key_rules) either"
            raise self._failure(client, why)
        return session_from(policy, self.seconds())

    def _lifetime(self, session: SessionState, now: float) -> float:
        asked = self.definition
        apis = concerned(session, {asked.api_id: asked}, asked)
        return self.lifetimes.of(session, apis, now) or self.rules.expires_in + LAPSED

    def _failure(self, client: Client, why: str) -> OAuthProblem:
        # The client can not mend it, and it is not for the client to know.
        self.log.error(
            "OAuth client {client} of API {api} gets no token: {why}",
            client=client.client_id, api=self.definition.api_id, why=why,
        )  # fmt: skip
        return OAuthProblem("server_error")


def output(access: Access) -> dict[str, Any]:
    """The members of the answer that a token is sent in."""
    value: dict[str, Any] = {
        "access_token": access.token,
        "token_type": "bearer",
        "expires_in": access.expires_in,
    }
    if access.refresh:
        value["refresh_token"] = access.refresh
    if access.scope:
        value["scope"] = access.scope
    return value
