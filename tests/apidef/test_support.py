"""Features this version lacks: guards refuse a definition, others are left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.apidef.support import NOT_SUPPORTED, left_out, shut, unenforced
from twisted_tyk.jsonfile import decode, make_converter, structure

CONVERTER = make_converter()


def version(**info: Any) -> dict[str, Any]:
    return {"version_data": {"not_versioned": True, "versions": {"Default": info}}}


def rule(kind: str, *rules: Any) -> dict[str, Any]:
    return version(use_extended_paths=True, extended_paths={kind: list(rules)})


PLACE = "version_data.versions.Default"
PATHS = f"{PLACE}.extended_paths"
TWO = {"not_versioned": False, "versions": {"v1": {"name": "v1"}, "v2": {"name": "v2"}}}

GUARDS: list[tuple[dict[str, Any], str]] = [
    ({"Expiration": "2038-01-19 03:14"}, "expiration"),
    ({"auth": {"use_certificate": True}}, "auth.use_certificate"),
    (
        {"auth_configs": {"authToken": {"use_certificate": True}}},
        "auth_configs.authToken.use_certificate",
    ),
    (
        {"auth_configs": {"hmac": {"validate_signature": True}}},
        "auth_configs.hmac.validate_signature",
    ),
    ({"expiration": "2030-01-01 10:00"}, "expiration"),
    ({"definition": {"enabled": True}}, "definition.enabled"),
    ({"version_data": TWO}, "version_data.versions"),
    ({"version_data": TWO | {"not_versioned": True}}, "version_data.versions"),
    (
        {"version_data": {"versions": {"v1": {"expires": "2030-01-01 10:00"}}}},
        "version_data.versions.v1.expires",
    ),
    ({"listen_port": 9000}, "listen_port"),
    ({"pinned_public_keys": {"a.test": "id"}}, "pinned_public_keys"),
    (version(paths={"white_list": ["/x"]}), f"{PLACE}.paths.white_list"),
    (version(paths={"black_list": ["/x"]}), f"{PLACE}.paths.black_list"),
    (version(global_size_limit=100), f"{PLACE}.global_size_limit"),
    (rule("white_list", {"path": "/x"}), f"{PATHS}.white_list[0]"),
    (rule("black_list", {"disabled": True}, {"path": "/x"}), f"{PATHS}.black_list[1]"),
    (rule("internal", {"path": "/x"}), f"{PATHS}.internal[0]"),
    (rule("size_limits", {"size_limit": 1}), f"{PATHS}.size_limits[0]"),
    (rule("validate_json", {"schema": {}}), f"{PATHS}.validate_json[0]"),
    (rule("validate_request", {"Enabled": True}), f"{PATHS}.validate_request[0]"),
]
HARMLESS: list[dict[str, Any]] = [
    {},
    {"use_basic_auth": False, "jwt_source": "x"},
    {"use_keyless": True, "use_basic_auth": True, "auth": {"use_certificate": True}},
    {"client_certificates": ["id"]},
    {"allowed_ips": ["10.0.0.1"], "blacklisted_ips": ["10.0.0.0/8"]},
    {"expiration": "-1"},
    {"custom_middleware_bundle": "a.zip", "custom_middleware_bundle_disabled": True},
    {"definition": {"location": "header", "key": "x-api-version"}},
    {"version_data": {"not_versioned": True, "versions": {"Default": {}, "v2": {}}}},
    version(expires="2030-01-01 10:00"),
    {"pinned_public_keys": {"a.test": "id"}, "certificate_pinning_disabled": True},
    version(paths={"white_list": ["/x"]}, use_extended_paths=True),
    version(global_size_limit=100, global_size_limit_disabled=True),
    version(use_extended_paths=False, extended_paths={"white_list": [{"path": "/x"}]}),
    rule("white_list", {"path": "/x", "Disabled": True}),
    rule("validate_request", {"enabled": False}),
    rule("go_plugin", {"path": "/x"}),
    {"proxy": {"target_list": ["a"]}, "CORS": {"enable": False}},
    {"custom_middleware": {"traffic_logs": {}, "id_extractor": {}}},
    {"custom_middleware": {"traffic_logs": {"name": "x"}}, "session_lifetime": 60},
    {"analytics_plugin": {"enable": True}, "enable_detailed_recording": True},
    {"protocol": "http", "session_lifetime": 0, "expire_analytics_after": 60},
    {"config_data": {"a": 1}},
    {"config_data_disabled": True},
    {"base_identity_provided_by": "auth_token", "use_standard_auth": True},
    {"global_rate_limit": {"rate": 1, "per": 1}, "storage_outage": "local"},
    rule("rate_limit", {"path": "/x", "method": "GET", "rate": 1, "per": 1}),
    {"base_identity_provided_by": "custom_auth", "use_go_plugin_auth": True},
    {
        "base_identity_provided_by": "auth_token",
        "use_standard_auth": True,
        "use_go_plugin_auth": True,
    },
]
LEFT_OUT: list[tuple[dict[str, Any], str]] = [
    *(
        (rule(kind, {"path": "/x"}), f"{PATHS}.{kind}[0]")
        for kind in [
            "ignored",
            "mock_response",
            "advance_cache_config",
            "transform",
            "transform_response",
            "transform_jq",
            "transform_jq_response",
            "transform_headers",
            "transform_response_headers",
            "hard_timeouts",
            "circuit_breakers",
            "url_rewrites",
            "virtual",
            "method_transforms",
            "persist_graphql",
        ]
    ),
    (rule("cache", "/x"), f"{PATHS}.cache[0]"),
    (version(paths={"ignored": ["/x"]}), f"{PLACE}.paths.ignored"),
    (version(global_headers={"a": "b"}), f"{PLACE}.global_headers"),
    (version(global_headers_remove=["a"]), f"{PLACE}.global_headers"),
    (version(global_response_headers={"a": "b"}), f"{PLACE}.global_response_headers"),
    (version(global_enforce_timeout="5s"), f"{PLACE}.global_enforce_timeout"),
    (version(override_target="http://a.test"), f"{PLACE}.override_target"),
    ({"CORS": {"enable": True}}, "CORS.enable"),
    ({"cache_options": {"enable_cache": True}}, "cache_options.enable_cache"),
    ({"proxy": {"enable_load_balancing": True}}, "proxy.enable_load_balancing"),
    (
        {"proxy": {"check_host_against_uptime_tests": True}},
        "proxy.check_host_against_uptime_tests",
    ),
    (
        {"proxy": {"service_discovery": {"use_discovery_service": True}}},
        "proxy.service_discovery",
    ),
    ({"proxy": {"transport": {"proxy_url": "http://p.test"}}}, "proxy.transport.proxy_url"),
    ({"proxy": {"transport": {"ssl_ciphers": ["A"]}}}, "proxy.transport.ssl_ciphers"),
    (
        {"proxy": {"transport": {"ssl_force_common_name_check": True}}},
        "proxy.transport.ssl_force_common_name_check",
    ),
    ({"uptime_tests": {"check_list": [{"url": "x"}]}}, "uptime_tests.check_list"),
    ({"enable_batch_request_support": True}, "enable_batch_request_support"),
    ({"enable_context_vars": True}, "enable_context_vars"),
    ({"response_processors": [{"name": "x"}]}, "response_processors"),
    ({"request_signing": {"is_enabled": True}}, "request_signing.is_enabled"),
    ({"upstream_auth": {"enabled": True}}, "upstream_auth.enabled"),
    ({"upstream_certificates": {"a": "b"}}, "upstream_certificates"),
    ({"certificates": ["a"]}, "certificates"),
    (
        {"event_handlers": {"events": {"AuthFailure": [{"handler_name": "eh_dynamic_handler"}]}}},
        "event_handlers.events.AuthFailure[0].handler_name",
    ),
    ({"error_overrides": {"401": []}}, "error_overrides"),
    ({"graphql": {"enabled": True}}, "graphql.enabled"),
    ({"protocol": "https"}, "protocol"),
    ({"config_data": {"a": 1}, "config_data_disabled": True}, "config_data_disabled"),
    (
        {"custom_middleware": {"id_extractor": {"extract_from": "header"}}},
        "custom_middleware.id_extractor",
    ),
]


def found(value: dict[str, Any]) -> tuple[list[str], list[str]]:
    document = decode(json.dumps(value).encode(), "a.json")
    definition, _ = structure(document, ApiDefinition, CONVERTER)
    return (
        [str(problem) for problem in unenforced(document, definition)],
        [str(warning) for warning in left_out(document, definition)],
    )


@pytest.mark.parametrize(("value", "path"), GUARDS)
def test_a_guard_that_cannot_be_enforced_is_a_problem(value: dict[str, Any], path: str) -> None:
    note = "this version cannot enforce it, so it does not serve the API"
    assert found(value) == ([f"a.json:1: {path}: {note}"], [])


@pytest.mark.parametrize("value", HARMLESS)
def test_what_asks_for_nothing_is_served_in_silence(value: dict[str, Any]) -> None:
    assert found(value) == ([], [])


@pytest.mark.parametrize(("value", "path"), LEFT_OUT)
def test_other_features_are_left_out_with_a_warning(value: dict[str, Any], path: str) -> None:
    note = "left out, this version does not support it"
    assert found(value) == ([], [f"a.json: {note}: {path}"])


def test_several_features_make_one_warning() -> None:
    _, warnings = found({"CORS": {"enable": True}, "graphql": {"enabled": True}})
    assert warnings == [
        "a.json: left out, this version does not support it: CORS.enable, graphql.enabled"
    ]


def test_every_row_of_the_table_is_tried_above() -> None:
    tried = [path for _, path in GUARDS + LEFT_OUT]
    for feature in NOT_SUPPORTED:
        name = feature.name.split(".")[-1]
        assert any(name in path for path in tried), feature.name


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (
            {"use_basic_auth": True, "base_identity_provided_by": "auth_token"},
            "a.json:1: base_identity_provided_by: expected a way to authenticate that is on "
            "(basic_auth_user), so nobody is let in",
        ),
        (
            {"use_basic_auth": True, "use_standard_auth": True, "base_identity_provided_by": "x"},
            "a.json:1: base_identity_provided_by: expected a way to authenticate that is on "
            "(basic_auth_user, auth_token), so nobody is let in",
        ),
        (
            {"auth_configs": {"authtoken": {"auth_header_name": "X-Key"}}},
            "a.json:1: auth_configs.authtoken: no way to authenticate has this name; they are "
            "authToken, basic, coprocess, externalOAuth, hmac, jwt, oauth, oidc",
        ),
        ({"base_identity_provided_by": "auth_token"}, ""),
        ({"use_keyless": True, "base_identity_provided_by": "x"}, ""),
        ({"external_oauth": {"enabled": True}, "base_identity_provided_by": "x"}, ""),
        ({"auth_configs": {"jwt": {}}}, ""),
    ],
)
def test_who_is_kept_out_by_mistake_is_told(value: dict[str, Any], told: str) -> None:
    document = decode(json.dumps(value).encode(), "a.json")
    definition, _ = structure(document, ApiDefinition, CONVERTER)
    assert [str(warning) for warning in shut(document, definition)] == ([told] if told else [])
