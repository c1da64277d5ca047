"""How an API believes signed tokens and tokens of other providers [apidef/api_definitions.go]."""

from collections.abc import Mapping

import attrs

from twisted_tyk.jsonfile.keys import Count, key


@attrs.frozen
class KeySetURL:
    """An item of ``jwt_jwks_uris``."""

    #: Of a JSON web key set.
    url: str = key("")
    #: How long it counts, such as ``300s``; empty means ``jwks.cache.timeout`` of tyk.conf.
    cache_timeout: str = key("")


@attrs.frozen
class ScopeClaim:
    """``scopes.jwt`` and ``scopes.oidc``: policies for scopes."""

    #: The claim with the scopes; empty means ``scope``.
    scope_claim_name: str = key("")
    #: Scope to the id of a policy.
    scope_to_policy: Mapping[str, str] = key(attrs.Factory(dict))


@attrs.frozen
class Scopes:
    """``scopes``."""

    #: Of tokens of ``enable_jwt``.
    jwt: ScopeClaim = key(ScopeClaim())
    #: Of tokens of ``use_openid``.
    oidc: ScopeClaim = key(ScopeClaim())


@attrs.frozen
class OpenIDProvider:
    """An item of ``openid_options.providers``."""

    #: Its URL, the same as ``iss`` of its tokens.
    issuer: str = key("")
    #: Base64 of a client's id to the id of the policy for its tokens.
    client_ids: Mapping[str, str] = key(attrs.Factory(dict))


@attrs.frozen
class OpenIDOptions:
    """``openid_options``: who logs users in."""

    providers: tuple[OpenIDProvider, ...] = key(())
    #: One user has limits of its own with each client.
    segregate_by_client: bool = key(False)


@attrs.frozen
class JWTValidation:
    """``jwt`` of an external provider."""

    enabled: bool = key(False)
    #: ``hmac``, ``rsa``, ``ecdsa``, ``rsapss`` or ``eddsa``; empty means the first.
    signing_method: str = key("")
    #: As ``jwt_source``.
    source: str = key("", secret=True)
    #: Seconds.
    issued_at_validation_skew: Count = key(0)
    not_before_validation_skew: Count = key(0)
    expires_at_validation_skew: Count = key(0)
    #: The claim that says who the client is; without it, ``sub`` does.
    identity_base_field: str = key("")


@attrs.frozen
class IntrospectionCache:
    """``cache`` of an introspection."""

    enabled: bool = key(False)
    #: Seconds that an answer counts.
    timeout: Count = key(0)


@attrs.frozen
class Introspection:
    """``introspection`` of an external provider: it is asked about each token (RFC 7662)."""

    enabled: bool = key(False)
    url: str = key("")
    client_id: str = key("")
    client_secret: str = key("", secret=True)
    #: The member of the answer that says who the client is; without it, ``sub`` does.
    identity_base_field: str = key("")
    cache: IntrospectionCache = key(IntrospectionCache())


@attrs.frozen
class ExternalProvider:
    """An item of ``external_oauth.providers``, of which the first one counts."""

    jwt: JWTValidation = key(JWTValidation())
    introspection: Introspection = key(Introspection())


@attrs.frozen
class ExternalOAuth:
    """``external_oauth``: tokens of another provider."""

    enabled: bool = key(False)
    providers: tuple[ExternalProvider, ...] = key(())
