"""The user that a token of an OpenID provider stands for, and the session it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from twisted_tyk.apidef.tokens import ScopeClaim
from twisted_tyk.authenticate.jwt.policies import of_scopes
from twisted_tyk.authenticate.wanted import Wanted, key_of
from twisted_tyk.jose.claims import scopes
from twisted_tyk.jose.signed import BadToken, Claims
from twisted_tyk.session.tokens import Tokens

_NO_POLICY: Final = "Key not authorized: no matching policy"
_NOT_APPLIED: Final = "Key not authorized: could not apply new policy"


@frozen
class UserReader:
    """Reads the session that a token asks for out of its claims.

    :ivar by_client: each user has one session for each client.
    """

    tokens: Tokens
    org_id: str
    scope_claim: ScopeClaim
    by_client: bool

    def read(self, claims: Claims, clients: Mapping[str, str]) -> Wanted:
        """:raises BadToken: when the claims do not say whom it is for, and from whom."""
        user = claims.get("sub")
        if not isinstance(user, str) or not user:
            raise BadToken("it has no sub")
        client = _client(claims, clients)
        by_scope = self.scope_claim.scope_to_policy
        if by_scope:
            found = scopes(claims, self.scope_claim.scope_claim_name or "scope")
            policies = of_scopes(by_scope, found)
            base = ""
        else:
            base = clients[client]
            policies = (base,) if base else ()
        if not policies:
            # A session without policies would have no limits at all.
            raise BadToken("it stands for no policy")
        return Wanted(
            key=key_of(self.tokens, self.org_id, *([client] if self.by_client else []), user),
            alias=f"{client}:{user}",
            policies=policies,
            base=base,
            refusals=(_NO_POLICY, _NOT_APPLIED),
            meta=(("ClientID", client),),
        )


def _client(claims: Claims, clients: Mapping[str, str]) -> str:
    """The client that the token was made for.

    Of several, ``azp`` says which one asked for it, and it has to be one that is known
    (section 3.1.3.7 of OpenID Connect Core).
    """
    named = claims.get("aud")
    audiences = [named] if isinstance(named, str) else named
    if not isinstance(audiences, list) or not all(isinstance(each, str) for each in audiences):
        raise BadToken("its aud is neither a text nor a list of them")
    party = claims.get("azp")
    if len(audiences) > 1 and party is not None:
        if not isinstance(party, str) or party not in clients or party not in audiences:
            raise BadToken("its azp is not a known client")
        return party
    for each in audiences:
        if each in clients:
            return str(each)
    raise BadToken("it is for another client")
