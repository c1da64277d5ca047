"""What the definition and the settings say of an OAuth server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from twisted_tyk.apidef.model import ApiDefinition

if TYPE_CHECKING:
    from twisted_tyk.settings import Settings


@frozen
class Rules:
    """
    :ivar grants: of ``allowed_access_types``. :ivar responses: of ``allowed_authorize_types``.
    :ivar login: where users say whether they agree.
    :ivar separator: between the redirect URIs of a client, if it may have several.
    :ivar expires_in: seconds that an access token is good for.
    :ivar refresh_lifetime: seconds that a refresh token is good for.
    :ivar code_lifetime: seconds that a code is good for, as in osin.
    :ivar error_status: of most errors.
    """

    grants: frozenset[str]
    responses: frozenset[str]
    login: str = ""
    separator: str = ""
    expires_in: int = 3600
    refresh_lifetime: int = 14 * 86400
    code_lifetime: int = 250
    error_status: int = 403

    @classmethod
    def of(cls, definition: ApiDefinition, settings: Settings) -> Rules:
        meta = definition.oauth_meta
        return cls(
            frozenset(meta.allowed_access_types),
            frozenset(meta.allowed_authorize_types),
            meta.auth_login_redirect,
            settings.oauth_redirect_uri_separator,
            settings.oauth_token_expire,
            settings.oauth_refresh_token_expire,
            error_status=settings.oauth_error_status_code,
        )
