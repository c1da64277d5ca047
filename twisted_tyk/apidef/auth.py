"""How an API knows its callers: where credentials are looked for [apidef AuthConfig]."""

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from twisted_tyk.jsonfile.keys import key, names


@attrs.frozen
class AuthConfig:
    """``auth``, or a member of ``auth_configs``."""

    name: str = key("")
    #: Look in the query string too, at ``param_name`` or else the header's name.
    use_param: bool = key(False)
    #: Name of that parameter.
    param_name: str = key("")
    #: Look in cookies too, at ``cookie_name`` or else the header's name.
    use_cookie: bool = key(False)
    #: Name of that cookie.
    cookie_name: str = key("")
    #: Do not look in the header.
    disable_header: bool = key(False)
    #: Empty means ``Authorization``.
    auth_header_name: str = key("")
    #: The client's certificate is a credential.
    use_certificate: bool = key(False)
    #: The token must be signed, as ``signature`` says.
    validate_signature: bool = key(False)
    #: ``algorithm``, ``header``, ``secret``, ``allowed_clock_skew``, …
    signature: Mapping[str, Any] = key(attrs.Factory(dict), secret=True)


@attrs.frozen
class ExternalOAuth:
    """``external_oauth``: tokens of another provider."""

    NOT_ACTED_ON: ClassVar[Mapping[str, str]] = names("providers")

    enabled: bool = key(False)
