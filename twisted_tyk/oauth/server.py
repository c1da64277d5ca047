"""The OAuth server of one API, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.oauth.access import AccessTokens
from twisted_tyk.oauth.authorising import Authorising
from twisted_tyk.oauth.clients import Clients
from twisted_tyk.oauth.codes import Codes
from twisted_tyk.oauth.grants import Grants
from twisted_tyk.oauth.issuing import Issuer
from twisted_tyk.oauth.notify import Notifier
from twisted_tyk.oauth.rules import Rules
from twisted_tyk.oauth.users import Users
from twisted_tyk.session.lifetime import Lifetimes

if TYPE_CHECKING:
    from twisted_tyk.chain.shared import Shared
    from twisted_tyk.settings import Settings


@frozen
class Kept:
    """What the store has of one API: also of an API that is no OAuth server."""

    clients: Clients
    tokens: AccessTokens

    @classmethod
    def of(cls, definition: ApiDefinition, settings: Settings, shared: Shared) -> Kept:
        api_id, org_id = definition.api_id, definition.org_id
        retain = settings.oauth_token_expired_retain_period
        return cls(
            Clients(shared.store, api_id, org_id),
            AccessTokens(shared.store, shared.keys, api_id, org_id, shared.seconds, retain),
        )


@frozen
class Server:
    """What its endpoints ask."""

    rules: Rules
    kept: Kept
    authorising: Authorising
    grants: Grants
    notifier: Notifier

    @classmethod
    def of(cls, definition: ApiDefinition, settings: Settings, shared: Shared) -> Server:
        """:param shared: what the steps of all APIs share."""
        rules = Rules.of(definition, settings)
        kept = Kept.of(definition, settings, shared)
        codes = Codes(shared.store, definition.api_id)
        lifetimes = Lifetimes.asked(settings)
        issuer = Issuer(definition, rules, kept.tokens, shared.policies, lifetimes, shared.seconds)
        users = Users(shared.keys, shared.passwords, definition.org_id)
        return cls(
            rules,
            kept,
            Authorising(rules, kept.clients, codes, issuer),
            Grants(rules, kept.clients, codes, issuer, users),
            Notifier(
                definition.notifications,
                definition.api_id,
                shared.web,
                shared.events.outbox,
                shared.clock,
            ),
        )
