"""The OAuth 2.0 server of an API, as its definition has it [apidef/api_definitions.go]."""

import attrs

from twisted_tyk.jsonfile.keys import key


@attrs.frozen
class OAuthMeta:
    """``oauth_meta``: what clients of the OAuth server may ask for."""

    #: ``authorization_code``, ``refresh_token``, ``client_credentials``, ``password``.
    allowed_access_types: tuple[str, ...] = key(())
    #: ``code``, ``token``.
    allowed_authorize_types: tuple[str, ...] = key(())
    #: The page where users log in and agree; without it there is no ``oauth/authorize/``.
    auth_login_redirect: str = key("")


@attrs.frozen
class Notifications:
    """``notifications``: who is told of new tokens."""

    #: Sent along as ``X-Tyk-Shared-Secret``.
    shared_secret: str = key("", secret=True)
    #: URL that is told by POST; empty means nobody.
    oauth_on_keychange_url: str = key("")
