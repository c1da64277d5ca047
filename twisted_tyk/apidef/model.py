"""A classic API definition as one frozen object [apidef/api_definitions.go APIDefinition].

Only what acts has a field, or what is refused for not acting (see
:mod:`twisted_tyk.apidef.support`); the rest stays in :attr:`ApiDefinition.raw`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import attrs

from twisted_tyk.apidef.auth import AuthConfig, BasicAuth
from twisted_tyk.apidef.hooks import CustomMiddleware, GoPlugin, MiddlewareDefinition
from twisted_tyk.apidef.oauth import Notifications, OAuthMeta
from twisted_tyk.apidef.proxy import Proxy, Transport
from twisted_tyk.apidef.sections import (
    AnalyticsPlugin,
    CacheOptions,
    Cors,
    GlobalRateLimit,
    GraphQL,
    RequestSigning,
    UpstreamAuth,
    UptimeTests,
)
from twisted_tyk.apidef.tokens import ExternalOAuth, KeySetURL, OpenIDOptions, ScopeClaim, Scopes
from twisted_tyk.apidef.versions import VersionData, VersionDefinition, VersionInfo
from twisted_tyk.events.definition import EventHandlers
from twisted_tyk.jsonfile.keys import Count, Port, key, names, not_a_key, zero_means

__all__ = [
    "ApiDefinition",
    "AuthConfig",
    "CustomMiddleware",
    "GoPlugin",
    "MiddlewareDefinition",
    "Proxy",
    "Transport",
    "VersionData",
    "VersionInfo",
]


@attrs.frozen
class ApiDefinition:
    """One API."""

    #: Tyk's keys that change nothing unless another key, one with a field, asks for
    #: them, and keys that Tyk's Dashboard leaves in its exports.
    NOT_ACTED_ON: ClassVar[Mapping[str, str]] = names(
        """
        application_protocol auth_provider detailed_tracing enable_proxy_protocol
        error_overrides_disabled
        json_rpc_version security_requirement_scopes
        security_requirements session_provider
        _id api_model auth_type created_at hook_references is_site last_updated sort_by
        updated_at user_group_owners user_owners version_name
        """
    )

    # -- what it is --

    #: Database id.
    id: str = key("")
    #: Identity; the API is reachable at ``/<api_id>/`` too.
    api_id: str = key("")
    #: The organisation that owns it.
    org_id: str = key("")
    #: For people.
    name: str = key("")
    slug: str = key("")
    #: Served at all. A missing key is ``true``.
    active: bool = key(True)
    #: No listen path: for other APIs only.
    internal: bool = key(False)
    #: Written by Tyk for APIs that have an OpenAPI document beside this file.
    is_oas: bool = key(False)

    # -- where it is reached, and what it leads to --

    #: A port of its own; 0 means the main port.
    listen_port: Port = key(0)
    #: ``http`` or ``https``; empty means the main port's.
    protocol: str = key("")
    #: Host name; only with ``enable_custom_domains`` in tyk.conf.
    domain: str = key("")
    #: Take no notice of ``domain``.
    domain_disabled: bool = key(False)
    #: Server certificates of ``domain``.
    certificates: tuple[str, ...] = key(())
    proxy: Proxy = key(Proxy())
    definition: VersionDefinition = key(VersionDefinition())
    version_data: VersionData = key(VersionData())
    #: ``YYYY-MM-DD HH:MM``, for an API that is not versioned; empty or ``-1`` means never.
    expiration: str = key("")

    # -- who may call it --

    #: Anyone may call it.
    use_keyless: bool = key(False)
    #: Token source for methods that ``auth_configs`` leaves out.
    auth: AuthConfig = key(AuthConfig())
    #: By method: ``authToken``, ``jwt``, ``hmac``, ``basic``, ``coprocess``, ``oauth``, ``oidc``.
    auth_configs: Mapping[str, AuthConfig] = key(attrs.Factory(dict))
    #: A key in the request decides, beside what else is on.
    use_standard_auth: bool = key(False)
    #: Users with names and passwords may call it.
    use_basic_auth: bool = key(False)
    basic_auth: BasicAuth = key(BasicAuth())
    enable_jwt: bool = key(False)
    #: What tokens are signed with: ``hmac``, ``rsa``, ``ecdsa``, ``rsapss`` or ``eddsa``;
    #: empty means the first.
    jwt_signing_method: str = key("")
    #: Base64 of a secret or a public key, or the URL of a key set; empty means that the keys
    #: of clients hold theirs, in ``jwt_data``.
    jwt_source: str = key("", secret=True)
    #: Key sets; they go before ``jwt_source``.
    jwt_jwks_uris: tuple[KeySetURL, ...] = key(())
    #: The claim that says who the client is; without it, ``sub`` does.
    jwt_identity_base_field: str = key("")
    #: The claim with the id of a policy.
    jwt_policy_field_name: str = key("")
    #: The claim with a key whose first policy counts.
    jwt_client_base_field: str = key("")
    #: Policies of tokens that name none.
    jwt_default_policies: tuple[str, ...] = key(())
    #: Seconds.
    jwt_issued_at_validation_skew: Count = key(0)
    jwt_expires_at_validation_skew: Count = key(0)
    jwt_not_before_validation_skew: Count = key(0)
    #: Without ``jwt_source``, a claim and not ``kid`` says which key of a client it is.
    jwt_skip_kid: bool = key(False)
    #: A token's ``client_id`` is not that of an OAuth client.
    idp_client_id_mapping_disabled: bool = key(False)
    scopes: Scopes = key(Scopes())
    #: Older name of ``scopes.jwt.scope_claim_name``.
    jwt_scope_claim_name: str = key("")
    #: Older name of ``scopes.jwt.scope_to_policy``.
    jwt_scope_to_policy_mapping: Mapping[str, str] = key(attrs.Factory(dict))
    #: Requests are signed, with a secret or a private key of their client.
    enable_signature_checking: bool = key(False)
    #: Such as ``hmac-sha256`` and ``rsa-sha256``; empty means all that there are.
    hmac_allowed_algorithms: tuple[str, ...] = key(())
    #: Milliseconds that the client's clock may be wrong; 0 or less is any time.
    hmac_allowed_clock_skew: float = key(0.0)
    #: Tokens of this API's own OAuth 2.0 server.
    use_oauth2: bool = key(False)
    oauth_meta: OAuthMeta = key(OAuthMeta())
    notifications: Notifications = key(Notifications())
    external_oauth: ExternalOAuth = key(ExternalOAuth())
    use_openid: bool = key(False)
    openid_options: OpenIDOptions = key(OpenIDOptions())
    use_mutual_tls_auth: bool = key(False)
    client_certificates: tuple[str, ...] = key(())
    #: The hook at ``auth_check`` decides.
    custom_plugin_auth_enabled: bool = key(False)
    #: Another name of the same.
    use_go_plugin_auth: bool = key(False)
    #: Another name of the same.
    enable_coprocess_auth: bool = key(False)
    #: Whose session counts when several methods are on: ``auth_token``, ``custom_auth``, …
    base_identity_provided_by: str = key("")
    #: Take the credential out of the request.
    strip_auth_data: bool = key(False)
    #: Addresses and networks; a list counts with its own switch, and without it, too, unless
    #: ``ip_access_control_disabled``.
    allowed_ips: tuple[str, ...] = key(())
    enable_ip_whitelisting: bool = key(False)
    blacklisted_ips: tuple[str, ...] = key(())
    enable_ip_blacklisting: bool = key(False)
    ip_access_control_disabled: bool = key(False)
    #: Seconds that keys live; 0 means for ever.
    session_lifetime: int = key(0)
    session_lifetime_respects_key_expiration: bool = key(False)
    #: No rates: neither of keys nor of the API and its paths.
    disable_rate_limit: bool = key(False)
    #: No quotas.
    disable_quota: bool = key(False)
    #: Quotas of keys go on when the control API replaces their sessions.
    dont_set_quota_on_create: bool = key(False)
    global_rate_limit: GlobalRateLimit = key(GlobalRateLimit())
    #: What becomes of requests whose limits can not be counted in Redis: ``fail_closed``
    #: answers 503, ``local`` has each node count for itself; ours, empty means the first.
    storage_outage: Literal["", "fail_closed", "local"] = zero_means("fail_closed")

    # -- other people's code --

    custom_middleware: CustomMiddleware = key(CustomMiddleware())
    #: Names of zip files with hooks, commas between.
    custom_middleware_bundle: str = key("")
    custom_middleware_bundle_disabled: bool = key(False)
    #: Handed to hooks as it is.
    config_data: Mapping[str, Any] = key(attrs.Factory(dict))
    config_data_disabled: bool = key(False)
    analytics_plugin: AnalyticsPlugin = key(AnalyticsPlugin())

    # -- what is done to requests and responses --

    CORS: Cors = key(Cors())
    cache_options: CacheOptions = key(CacheOptions())
    #: Items are ``{name, options}``.
    response_processors: tuple[Mapping[str, Any], ...] = key(())
    enable_context_vars: bool = key(False)
    enable_batch_request_support: bool = key(False)
    request_signing: RequestSigning = key(RequestSigning())
    upstream_auth: UpstreamAuth = key(UpstreamAuth())
    #: Host to id of the client certificate for it.
    upstream_certificates: Mapping[str, str] = key(attrs.Factory(dict))
    upstream_certificates_disabled: bool = key(False)
    #: Host to ids of the public keys it may have, commas between.
    pinned_public_keys: Mapping[str, str] = key(attrs.Factory(dict))
    certificate_pinning_disabled: bool = key(False)
    uptime_tests: UptimeTests = key(UptimeTests())
    #: Status to rules.
    error_overrides: Mapping[str, Any] = key(attrs.Factory(dict))
    graphql: GraphQL = key(GraphQL())

    # -- what is told of it --

    #: No analytics.
    do_not_track: bool = key(False)
    #: Keep whole requests and responses.
    enable_detailed_recording: bool = key(False)
    #: Seconds that records are kept; 0 means for ever.
    expire_analytics_after: Count = key(0)
    #: Put into every record.
    tags: tuple[str, ...] = key(())
    tags_disabled: bool = key(False)
    #: Request headers that become tags.
    tag_headers: tuple[str, ...] = key(())
    event_handlers: EventHandlers = key(EventHandlers())

    #: The whole document, references resolved; treat as read-only.
    raw: Mapping[str, Any] = not_a_key(attrs.Factory(dict))

    @property
    def custom_auth(self) -> bool:
        """Whether ``auth_check`` decides; Tyk's three switches for it mean the same."""
        return (
            self.custom_plugin_auth_enabled or self.use_go_plugin_auth or self.enable_coprocess_auth
        )

    @property
    def scope_claim(self) -> ScopeClaim:
        """The policies of scopes; those of ``use_openid`` go before those of ``enable_jwt``."""
        if self.scopes == Scopes():
            return ScopeClaim(self.jwt_scope_claim_name, self.jwt_scope_to_policy_mapping)
        return self.scopes.oidc if self.use_openid else self.scopes.jwt

    def auth_config(self, member: str) -> AuthConfig:
        """Where credentials of a way to authenticate are found.

        :param member: of ``auth_configs``. Those of ``authToken`` and ``jwt`` may stand in
            ``auth`` instead.
        """
        old = self.auth if member in ("authToken", "jwt") else AuthConfig()
        return self.auth_configs.get(member, old)

    @property
    def token_auth(self) -> bool:
        """Whether a key in the request decides: when asked for, or when nothing else is on."""
        if self.use_keyless:
            return False
        others = (
            self.custom_auth
            or self.use_basic_auth
            or self.enable_jwt
            or self.enable_signature_checking
            or self.use_oauth2
            or self.external_oauth.enabled
            or self.use_openid
        )
        return self.use_standard_auth or not others

    @property
    def identities(self) -> list[str]:
        """What ``base_identity_provided_by`` calls the ways to authenticate that are on."""
        ways = {
            "oauth_key": self.use_oauth2,
            "basic_auth_user": self.use_basic_auth,
            "hmac_key": self.enable_signature_checking,
            "jwt_claim": self.enable_jwt,
            "oidc_user": self.use_openid,
            "custom_auth": self.custom_auth,
            "auth_token": self.token_auth,
        }
        return [name for name, is_on in ways.items() if is_on]

    @property
    def version(self) -> VersionInfo | None:
        """The version that takes every request; ``None`` when there is no such one."""
        return self.version_data.acting
