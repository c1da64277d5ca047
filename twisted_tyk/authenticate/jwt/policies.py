"""Which policies a token stands for [gateway/mw_jwt.go].

In Tyk, policies that an older token of the same client had can stay in its session. Here
they are always exactly those that the token in hand says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.errors import Refusal
from twisted_tyk.jose.claims import scopes, text_at
from twisted_tyk.jose.signed import Claims

NO_POLICY: Final = "key not authorized: no matching policy"
NOT_APPLIED: Final = "key not authorized: could not apply new policy"
NOT_FOUND: Final = "key not authorized: no matching policy found"
NOT_IN_SCOPE: Final = "key not authorized: no matching policy found in scope claim"
NOT_SEVERAL: Final = "key not authorized: could not apply several policies"


@frozen
class Chosen:
    """Fields are those of a wanted session."""

    policies: tuple[str, ...]
    base: str
    refusals: tuple[str, str]


@frozen
class PolicyChoice:
    """What a definition says of it.

    :ivar field: the claim with a policy's id.
    :ivar client_field: the claim with a key whose first policy counts; only without
        :attr:`field`.
    :ivar defaults: when a token names none.
    :ivar scope_claim: where its scopes are.
    :ivar by_scope: scope to policy. Policies of scopes come behind the one that a token
        names, and in place of the defaults.
    """

    field: str = ""
    client_field: str = ""
    defaults: tuple[str, ...] = ()
    scope_claim: str = "scope"
    by_scope: Mapping[str, str] = {}

    @classmethod
    def of(cls, definition: ApiDefinition) -> PolicyChoice:
        """Read it from a definition."""
        scope = definition.scope_claim
        return cls(
            definition.jwt_policy_field_name,
            "" if definition.jwt_policy_field_name else definition.jwt_client_base_field,
            definition.jwt_default_policies,
            scope.scope_claim_name or "scope",
            scope.scope_to_policy,
        )

    def choose(self, claims: Claims, of_client: str = "") -> Chosen:
        """The policies of a token, in order and each once.

        :param of_client: the policy of the key in :attr:`client_field`, if it has one.
        :raises Refusal: 403 when it stands for none.
        """
        named = text_at(claims, self.field) if self.field else of_client
        base = (named,) if named else ()
        found = scopes(claims, self.scope_claim) if self.by_scope else ()
        if found:
            chosen = unique((*base, *of_scopes(self.by_scope, found)))
            if not chosen:
                raise Refusal(403, NOT_IN_SCOPE, "AuthFailure")
            return Chosen(chosen, named, (NO_POLICY, NOT_SEVERAL))
        chosen = base or unique(self.defaults)
        if not chosen:
            raise Refusal(403, NOT_FOUND, "AuthFailure")
        return Chosen(chosen, chosen[0], (NO_POLICY, NOT_APPLIED))


def of_scopes(by_scope: Mapping[str, str], found: Sequence[str]) -> tuple[str, ...]:
    """The policies of scopes, each once."""
    return unique(tuple(by_scope[scope] for scope in found if scope in by_scope))


def unique(names: tuple[str, ...]) -> tuple[str, ...]:
    """Without empty ones and those that came before."""
    return tuple(dict.fromkeys(name for name in names if name))
