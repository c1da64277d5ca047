"""How an API knows its callers: where credentials are looked for [apidef AuthConfig]."""

import attrs

from twisted_tyk.jsonfile.keys import Count, RefusalStatus, key, zero_means


@attrs.frozen
class Signature:
    """``signature``: the hash that a client sends beside its key."""

    #: ``MasheryMD5`` or ``MasherySHA256``.
    algorithm: str = key("")
    #: The header that holds it.
    header: str = key("")
    #: Look in the query string too, at ``param_name`` or else the header's name.
    use_param: bool = key(False)
    #: Name of that parameter; with a name it is looked for in any case.
    param_name: str = key("")
    #: What the client knows beside its key; ``$tyk_meta.name`` in it is the key's own.
    secret: str = key("", secret=True)
    #: Seconds that the client's clock may be wrong.
    allowed_clock_skew: Count = key(0)
    #: Status of the answer without a good signature; 0 means 401.
    error_code: RefusalStatus = key(0)
    #: Its message.
    error_message: str = key("")


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
    #: A plain key must be signed, as ``signature`` says.
    validate_signature: bool = key(False)
    signature: Signature = key(Signature())


@attrs.frozen
class BasicAuth:
    """``basic_auth``: how names and passwords are found and checked."""

    #: Compare each password with its hash, however often it comes.
    disable_caching: bool = key(False)
    #: Seconds that a password which was right is; 0 means 60.
    cache_ttl: Count = zero_means(60)
    #: Look in the body when the header has none.
    extract_from_body: bool = key(False)
    #: Finds the name in the body: its first group.
    body_user_regexp: str = key("")
    #: Finds the password.
    body_password_regexp: str = key("")
