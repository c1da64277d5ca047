"""The first half of the code flow: a client asks, and the owner of the API agrees."""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import field, frozen

from twisted_tyk.message.octets import octets
from twisted_tyk.oauth.asked import Asked
from twisted_tyk.oauth.client import Client
from twisted_tyk.oauth.clients import Clients
from twisted_tyk.oauth.codes import Codes, new_code
from twisted_tyk.oauth.issuing import Issuer, output
from twisted_tyk.oauth.problem import OAuthProblem
from twisted_tyk.oauth.records import Code
from twisted_tyk.oauth.redirect import matching, registered, with_answer
from twisted_tyk.oauth.rules import Rules

#: Of PKCE (RFC 7636, 4.2).
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_METHODS: Final = ("plain", "S256")


@frozen
class Wanted:
    """What a client asks for, once it is sure that it may.

    :ivar redirect_uri: one of the client's.
    :ivar challenge: of PKCE, ``""`` when the client has none.
    """

    client: Client
    redirect_uri: str
    response_type: str
    state: str
    scope: str
    challenge: str = field(default="", repr=False)
    challenge_method: str = ""


@frozen
class Authorising:
    """Answers what comes before a token. Nothing here sends anybody to a URI that is not the
    client's.
    """

    rules: Rules
    clients: Clients
    codes: Codes
    issuer: Issuer

    async def check(self, asked: Asked) -> Wanted:
        """See whether a client may ask for this.

        :raises OAuthProblem: why not. It names a URI of the client once that is known.
        """
        response_type, state = asked.get("response_type"), asked.get("state")
        if response_type not in self.rules.responses:
            raise OAuthProblem("unsupported_response_type")
        client = await self.clients.get(asked.get("client_id"))
        own = registered(client.redirect_uri, self.rules.separator) if client else []
        if client is None or not own:
            raise OAuthProblem("unauthorized_client", state=state)
        try:
            uri = matching(client.redirect_uri, self.rules.separator, asked.get("redirect_uri"))
        except ValueError as error:
            told = f"redirect_uri: {error}."
            raise OAuthProblem("invalid_request", told, state, own[0]) from None
        challenge, method = asked.get("code_challenge"), asked.get("code_challenge_method")
        method = method or ("plain" if challenge else "")
        if method and (method not in _METHODS or _CHALLENGE.fullmatch(challenge) is None):
            raise OAuthProblem("invalid_request", "Not a PKCE challenge.", state, uri)
        scope = asked.get("scope")
        return Wanted(client, uri, response_type, state, scope, challenge, method)

    async def approve(self, asked: Asked) -> dict[str, Any]:
        """The owner agrees: give a code, or a token at once. With the URI to send it to.

        ``key_rules`` is the session of the token, without it the policy of the client gives
        one.

        :raises OAuthProblem: when the client may not have it, or there is no session.
        """
        wanted = await self.check(asked)
        session = asked.get("key_rules")
        try:
            self._see_that_it_is_a_session(wanted.client, session)
            if wanted.response_type == "token":
                answer = await self._token(wanted, session)
            else:
                answer = await self._code(wanted, session)
        except OAuthProblem as problem:
            problem.state, problem.redirect_uri = wanted.state, wanted.redirect_uri
            raise
        if wanted.state:
            answer["state"] = wanted.state
        in_fragment = wanted.response_type == "token"
        return {**answer, "redirect_to": with_answer(wanted.redirect_uri, answer, in_fragment)}

    def _see_that_it_is_a_session(self, client: Client, session: str) -> None:
        if session:
            try:
                self.issuer.tokens.keys.read_json(octets(session))
            except ValueError as error:
                # It is the owner who asks, and who can mend it.
                raise OAuthProblem("invalid_request", f"key_rules: {error}") from None
        else:
            self.issuer.session(client, "")

    async def _token(self, wanted: Wanted, session: str) -> dict[str, Any]:
        access = await self.issuer.issue(wanted.client, wanted.redirect_uri, wanted.scope, session)
        return output(access)

    async def _code(self, wanted: Wanted, session: str) -> dict[str, Any]:
        client = wanted.client
        code = Code(
            new_code(), client.client_id, client.redirect_uri, wanted.redirect_uri,
            self.issuer.seconds(), self.rules.code_lifetime, wanted.scope, wanted.state,
            session, wanted.challenge, wanted.challenge_method,
        )  # fmt: skip
        await self.codes.save(code)
        return {"code": code.code}
