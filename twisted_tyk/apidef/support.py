"""What a definition may ask for that this version does not do.

One table, :data:`NOT_SUPPORTED`. A feature that guards an API makes the
definition unusable: serving it without its guard would open it. Any other is
left out with a warning. When a version learns a feature, its row goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from twisted_tyk.apidef.features import (
    Feature,
    by_auth_config,
    by_key,
    by_rules,
    by_version,
)
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.apidef.networks import without_effect
from twisted_tyk.events.definition import HANDLERS
from twisted_tyk.jsonfile.document import Document
from twisted_tyk.jsonfile.problem import Path, Problem, dotted
from twisted_tyk.jsonfile.strays import nearest

#: The members that ``auth_configs`` may have.
AUTH_CONFIGS: Final = (
    "authToken", "basic", "coprocess", "externalOAuth", "hmac", "jwt", "oauth", "oidc"
)  # fmt: skip


def unenforced(document: Document, definition: ApiDefinition) -> Iterator[Problem]:
    """Give a problem for each place of ``document`` that asks for a guard we do not have."""
    for feature in NOT_SUPPORTED:
        if feature.guards:
            for place in feature.places(definition):
                note = "this version cannot enforce it, so it does not serve the API"
                yield document.problem(place, note, rule="not-enforced")


def shut(document: Document, definition: ApiDefinition) -> Iterator[Problem]:
    """Give a warning for each thing that keeps everybody out, or has no effect on who comes in."""
    if definition.use_mutual_tls_auth:
        note = "this version has no TLS for clients, so every request is turned away"
        yield document.problem(("use_mutual_tls_auth",), note, rule="nobody-let-in")
    for place, text in without_effect(definition):
        yield document.problem(place, text)
    if not definition.use_keyless:
        yield from _nobodys_identity(document, definition)
    for member in definition.auth_configs:
        if member not in AUTH_CONFIGS:
            known = ", ".join(AUTH_CONFIGS)
            yield document.problem(
                ("auth_configs", member),
                f"no way to authenticate has this name; they are {known}",
                suggestion=nearest(member, AUTH_CONFIGS),
                rule="unknown-key",
            )


def _nobodys_identity(document: Document, definition: ApiDefinition) -> Iterator[Problem]:
    base = definition.base_identity_provided_by
    # Sessions of external OAuth count whatever it says.
    if base and base not in definition.identities and not definition.external_oauth.enabled:
        found = ", ".join(definition.identities)
        note = f"expected a way to authenticate that is on ({found}), so nobody is let in"
        yield document.problem(("base_identity_provided_by",), note, rule="nobody-let-in")


def left_out(document: Document, definition: ApiDefinition) -> Iterator[Problem]:
    """Give at most one warning, which lists what ``document`` asks for in vain."""
    places = [
        place
        for feature in NOT_SUPPORTED
        if not feature.guards
        for place in feature.places(definition)
    ]
    if places:
        note = "left out, this version does not support it: "
        names = ", ".join(map(dotted, places))
        yield Problem(document.file, note + names, rule="left-out", paths=tuple(places))


def _expiring_versions(api: ApiDefinition) -> Iterator[Path]:
    if not api.version_data.not_versioned:
        for name, version in api.version_data.versions.items():
            if version.expires not in ("", "-1"):
                yield ("version_data", "versions", name, "expires")


def _strange_handlers(api: ApiDefinition) -> Iterator[Path]:
    for event, handlers in api.event_handlers.events.items():
        for index, handler in enumerate(handlers):
            if handler.handler_name not in HANDLERS and not handler.handler_meta.disabled:
                yield ("event_handlers", "events", event, index, "handler_name")


def _undecided_version(api: ApiDefinition) -> bool:
    return api.version is None


#: Every feature this version lacks; what guards an API comes first.
NOT_SUPPORTED: tuple[Feature, ...] = (
    by_auth_config("use_certificate"),
    # Only plain keys can be signed.
    by_auth_config("validate_signature", but=("authToken",)),
    by_key("expiration", lambda api: api.expiration not in ("", "-1"), guards=True),
    by_key("definition.enabled", guards=True),
    by_key("version_data.versions", _undecided_version, guards=True, partly=True),
    Feature("version_data.versions.*.expires", True, _expiring_versions),
    # A port of its own may be one that the public does not reach.
    by_key("listen_port", guards=True),
    by_key(
        "pinned_public_keys",
        lambda api: api.pinned_public_keys and not api.certificate_pinning_disabled,
        guards=True,
    ),
    by_version(
        "paths.white_list",
        lambda version: version.paths.white_list and not version.use_extended_paths,
        guards=True,
    ),
    by_version(
        "paths.black_list",
        lambda version: version.paths.black_list and not version.use_extended_paths,
        guards=True,
    ),
    by_version(
        "global_size_limit",
        lambda version: version.global_size_limit and not version.global_size_limit_disabled,
        guards=True,
    ),
    by_rules("white_list", guards=True),
    by_rules("black_list", guards=True),
    by_rules("internal", guards=True),
    by_rules("size_limits", guards=True),
    by_rules("validate_json", guards=True),
    by_rules("validate_request", guards=True),
    # -- not guards --
    by_rules("ignored"),
    by_rules("mock_response"),
    by_rules("cache"),
    by_rules("advance_cache_config"),
    by_rules("transform"),
    by_rules("transform_response"),
    by_rules("transform_jq"),
    by_rules("transform_jq_response"),
    by_rules("transform_headers"),
    by_rules("transform_response_headers"),
    by_rules("hard_timeouts"),
    by_rules("circuit_breakers"),
    by_rules("url_rewrites"),
    by_rules("virtual"),
    by_rules("method_transforms"),
    by_rules("persist_graphql"),
    by_version(
        "paths.ignored",
        lambda version: version.paths.ignored and not version.use_extended_paths,
    ),
    by_version(
        "global_headers",
        lambda version: (
            (version.global_headers or version.global_headers_remove)
            and not version.global_headers_disabled
        ),
    ),
    by_version(
        "global_response_headers",
        lambda version: (
            (version.global_response_headers or version.global_response_headers_remove)
            and not version.global_response_headers_disabled
        ),
    ),
    by_version(
        "global_enforce_timeout",
        lambda version: (
            version.global_enforce_timeout and not version.global_enforce_timeout_disabled
        ),
    ),
    by_version("override_target"),
    by_key("CORS.enable"),
    by_key("cache_options.enable_cache"),
    by_key("proxy.enable_load_balancing"),
    by_key("proxy.check_host_against_uptime_tests"),
    by_key(
        "proxy.service_discovery",
        lambda api: api.proxy.service_discovery.get("use_discovery_service"),
    ),
    by_key("proxy.transport.proxy_url"),
    by_key("proxy.transport.ssl_ciphers"),
    by_key("proxy.transport.ssl_force_common_name_check"),
    by_key(
        "uptime_tests.check_list",
        lambda api: api.uptime_tests.check_list and not api.uptime_tests.disabled,
    ),
    by_key("protocol", lambda api: api.protocol == "https", partly=True),
    by_key("enable_batch_request_support"),
    by_key("enable_context_vars"),
    by_key("response_processors"),
    by_key("request_signing.is_enabled"),
    by_key("upstream_auth.enabled"),
    by_key(
        "upstream_certificates",
        lambda api: api.upstream_certificates and not api.upstream_certificates_disabled,
    ),
    by_key("certificates"),
    Feature("event_handlers.events.*.handler_name", False, _strange_handlers),
    by_key("error_overrides"),
    by_key("graphql.enabled"),
    # A hook finds the data in the definition, whatever this says.
    by_key("config_data_disabled", lambda api: api.config_data_disabled and api.config_data),
    by_key(
        "custom_middleware.id_extractor",
        lambda api: (
            api.custom_middleware.id_extractor.extract_from
            and not api.custom_middleware.id_extractor.disabled
        ),
    ),
)
