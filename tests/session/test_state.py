"""Sessions are Tyk's, field by field."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from twisted_tyk.session.rights import (
    AccessDefinition,
    AllowedURL,
    Endpoint,
    EndpointMethod,
    Limit,
    Smoothing,
)
from twisted_tyk.session.state import BasicAuthData, JWTData, Monitor, SessionState

#: Tyk's JSON of a session in which everything is set.
WHOLE = {
    "last_check": 1,
    "allowance": 2.5,
    "rate": 10.0,
    "per": 60.0,
    "throttle_interval": 1.5,
    "throttle_retry_limit": 3,
    "max_query_depth": 4,
    "date_created": "2026-01-02T03:04:05Z",
    "expires": 1_900_000_000,
    "quota_max": 100,
    "quota_renews": 1_900_000_001,
    "quota_remaining": 99,
    "quota_renewal_rate": 3600,
    "access_rights": {
        "one": {
            "api_name": "One",
            "api_id": "one",
            "versions": ["Default"],
            "allowed_urls": [{"url": "/get", "methods": ["GET"]}],
            "restricted_types": [{"name": "Query", "fields": ["a"]}],
            "allowed_types": [{"name": "Query", "fields": ["b"]}],
            "limit": {
                "rate": 1.0,
                "per": 2.0,
                "smoothing": {
                    "enabled": True,
                    "threshold": 1,
                    "trigger": 0.5,
                    "step": 2,
                    "delay": 3,
                },
                "throttle_interval": 0.5,
                "throttle_retry_limit": 1,
                "max_query_depth": 2,
                "quota_max": 3,
                "quota_renews": 4,
                "quota_remaining": 5,
                "quota_renewal_rate": 6,
            },
            "field_access_rights": [{"type_name": "Query"}],
            "disable_introspection": True,
            "allowance_scope": "scope",
            "endpoints": [
                {"path": "/get", "methods": [{"name": "GET", "limit": {"rate": 5.0, "per": 6.0}}]}
            ],
            "json_rpc_methods": [{"name": "call"}],
            "json_rpc_methods_access_rights": {"allowed": ["call"]},
            "mcp_primitives": [{"type": "tool"}],
            "mcp_access_rights": {"tools": {"allowed": ["t"]}},
        }
    },
    "org_id": "org",
    "oauth_client_id": "client",
    "oauth_keys": {"one": "oauth-key"},
    "certificate": "certificate-id",
    "mtls_static_certificate_bindings": ["hash"],
    "basic_auth_data": {"password": "basic-password", "hash_type": "bcrypt"},
    "jwt_data": {"secret": "jwt-secret"},
    "hmac_enabled": True,
    "enable_http_signature_validation": True,
    "hmac_string": "hmac-secret",
    "rsa_certificate_id": "rsa",
    "is_inactive": True,
    "apply_policy_id": "old",
    "apply_policies": ["gold"],
    "data_expires": 5,
    "monitor": {"trigger_limits": [80.0, 60.0]},
    "enable_detail_recording": True,
    "enable_detailed_recording": True,
    "meta_data": {"tyk_developer_id": "dev", "empty": "", "nested": {"zero": 0}},
    "tags": ["a"],
    "alias": "ann",
    "last_updated": "1700000000",
    "id_extractor_deadline": 6,
    "session_lifetime": 7,
    "post_expiry_action": "retain",
    "post_expiry_grace_period": -1,
    "smoothing": {"enabled": True, "threshold": 5, "trigger": 0.8, "step": 2, "delay": 10},
}
SECRETS = ("oauth-key", "basic-password", "jwt-secret", "hmac-secret", "the-key-itself")


def whole() -> SessionState:
    """The session of :data:`WHOLE`, with a key."""
    limit = Limit(1.0, 2.0, Smoothing(True, 1, 0.5, 2, 3), 0.5, 1, 2, 3, 4, 5, 6)
    rights = AccessDefinition(
        api_name="One",
        api_id="one",
        versions=["Default"],
        allowed_urls=[AllowedURL("/get", ["GET"])],
        restricted_types=[{"name": "Query", "fields": ["a"]}],
        allowed_types=[{"name": "Query", "fields": ["b"]}],
        limit=limit,
        field_access_rights=[{"type_name": "Query"}],
        disable_introspection=True,
        allowance_scope="scope",
        endpoints=[Endpoint("/get", [EndpointMethod("GET", Limit(rate=5.0, per=6.0))])],
        json_rpc_methods=[{"name": "call"}],
        json_rpc_methods_access_rights={"allowed": ["call"]},
        mcp_primitives=[{"type": "tool"}],
        mcp_access_rights={"tools": {"allowed": ["t"]}},
    )
    values: dict[str, Any] = {
        **WHOLE,
        "access_rights": {"one": rights},
        "basic_auth_data": BasicAuthData("basic-password", "bcrypt"),
        "jwt_data": JWTData("jwt-secret"),
        "monitor": Monitor([80.0, 60.0]),
        "smoothing": Smoothing(True, 5, 0.8, 2, 10),
    }
    return SessionState(**values, key_id="the-key-itself")


def test_every_field_has_tyks_name_and_there_is_no_other() -> None:
    assert [field.name for field in attrs.fields(SessionState)] == [
        *WHOLE, "key_id", "key_hash", "derived"
    ]  # fmt: skip


def test_a_whole_session_as_tyk_writes_it() -> None:
    assert whole().to_json() == WHOLE
    assert json.loads(json.dumps(whole().to_json())) == WHOLE


def test_empty_values_are_left_out() -> None:
    assert SessionState().to_json() == {}
    assert SessionState(key_id="the-key-itself").to_json() == {}


def test_a_right_without_anything_in_it_is_still_a_right() -> None:
    session = SessionState(access_rights={"one": AccessDefinition()})
    assert session.to_json() == {"access_rights": {"one": {}}}


@pytest.mark.parametrize("value", [-1, -1.0])
def test_minus_one_is_not_empty(value: float) -> None:
    session = SessionState(quota_max=-1, rate=value, expires=-1)
    assert session.to_json() == {"quota_max": -1, "rate": value, "expires": -1}


def test_the_key_is_in_no_json() -> None:
    assert "the-key-itself" not in json.dumps(whole().to_json())


def test_no_secret_is_in_a_repr() -> None:
    text = repr(whole())
    assert "ann" in text
    assert not [secret for secret in SECRETS if secret in text]


def test_two_sessions_share_nothing() -> None:
    one, two = SessionState(), SessionState()
    one.tags.append("a")
    one.meta_data["a"] = 1
    one.access_rights["a"] = AccessDefinition()
    one.basic_auth_data.password = "p"
    assert two == SessionState()


@pytest.mark.parametrize(
    ("value", "written"), [(5.0, "5"), (0.5, "0.5"), (-1.0, "-1"), (1e300, "1e+300")]
)
def test_whole_numbers_have_no_point_as_in_go(value: float, written: str) -> None:
    assert json.dumps(SessionState(rate=value).to_json()) == f'{{"rate": {written}}}'
