"""What every way to authenticate does alike: find the credential, its key, and whose it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

from attrs import frozen
from twisted.internet.defer import Deferred

from twisted_tyk.apidef.model import ApiDefinition, AuthConfig
from twisted_tyk.authenticate.credentials import presented
from twisted_tyk.authenticate.messages import Messages
from twisted_tyk.authenticate.sessions_of_tokens import MARK
from twisted_tyk.exchange import Exchange
from twisted_tyk.session.keys import Keys
from twisted_tyk.session.state import SessionState

if TYPE_CHECKING:
    from twisted_tyk.chain.shared import Shared
    from twisted_tyk.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

#: What ``base_identity_provided_by`` calls a member of ``auth_configs``.
BASE_IDENTITY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "authToken": "auth_token",
        "basic": "basic_auth_user",
        "hmac": "hmac_key",
        "jwt": "jwt_claim",
        "oidc": "oidc_user",
        "oauth": "oauth_key",
        "coprocess": "custom_auth",
    }
)


@frozen
class Identity:
    """One way to authenticate, at one API.

    :ivar config: where its credential is found.
    :ivar org_id: of the API.
    :ivar counts: its session is that of the request; it is not when several ways are on
        and ``base_identity_provided_by`` names another.
    :ivar shortest: ``min_token_length``: a shorter key is not looked for.
    :ivar messages: what clients are told.
    """

    config: AuthConfig
    keys: Keys
    org_id: str
    counts: bool = True
    shortest: int = 3
    messages: Messages = Messages()

    def presented(self, exchange: Exchange) -> str:
        """The credential as it came, ``""`` when there is none."""
        return presented(self.config, exchange)

    def claim(self, exchange: Exchange, token: str) -> None:
        """Say which key the client presented, good or not, for records and hooks."""
        if self.counts:
            exchange.token = token

    def ask(
        self,
        token: str,
        decide: Callable[Concatenate[SessionState | None, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T | Deferred[T]:
        """What ``decide`` returns for the session of a key, with its policies applied.

        It gets ``None`` when there is no such key, or its policies can not be applied, and
        for keys that stand for the users of signed tokens: they are made of a user's name,
        so that anybody could present one. It is called at once, unless the store must be
        asked; then the Deferred also fails with
        :class:`~twisted_tyk.errors.StoreUnavailable`.
        """
        found: Any = None
        if len(token) >= self.shortest:
            found = self.keys.find(token, self.org_id)
            if isinstance(found, Deferred):
                return found.addCallback(_of_key).addCallback(decide, *args, **kwargs)
        return decide(_of_key(found), *args, **kwargs)

    def recognise(self, exchange: Exchange, session: SessionState) -> None:
        """The credential is good: ``session``, which requests share, is who the client is.

        With several ways the last one counts, unless the definition names one.
        """
        if self.counts:
            exchange.recognise(session)


def _of_key(session: SessionState | None) -> SessionState | None:
    return None if session is None or MARK in session.meta_data else session


@frozen
class Making:
    """What a way to authenticate is made of, when its API is built."""

    definition: ApiDefinition
    settings: Settings
    shared: Shared

    def identity(self, member: str) -> Identity:
        """:param member: the name of the way in ``auth_configs``."""
        return Identity(
            config=self.definition.auth_config(member),
            keys=self.shared.keys,
            org_id=self.definition.org_id,
            counts=self.counts(member),
            shortest=self.settings.min_token_length,
            messages=Messages.of(self.settings.override_messages),
        )

    def counts(self, member: str) -> bool:
        """Whether sessions of this way count. Those of external OAuth have no name, and do."""
        base = self.definition.base_identity_provided_by
        return not base or BASE_IDENTITY.get(member, base) == base
