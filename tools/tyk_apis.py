"""The APIs and policies that a Tyk gateway and one of ours are compared with."""

from __future__ import annotations

import base64
from typing import Any, Final

ORG: Final = "org1"
JWT_SECRET: Final = "a secret that both gateways know"


def api(name: str, **keys: Any) -> dict[str, Any]:
    """A definition that listens at its name and has no way to authenticate yet."""
    document: dict[str, Any] = {
        "name": name,
        "api_id": name,
        "org_id": ORG,
        "active": True,
        "version_data": {
            "not_versioned": True,
            "versions": {"Default": {"name": "Default", "use_extended_paths": True}},
        },
        "auth": {"auth_header_name": "Authorization"},
        "proxy": {"listen_path": f"/{name}/"},
    }
    return {**document, **keys}


def definitions() -> list[dict[str, Any]]:
    """One API for each way to authenticate, and some for limits."""
    return [
        api("open", use_keyless=True),
        api("key", use_standard_auth=True),
        api("other", use_standard_auth=True),
        api("basic", use_basic_auth=True),
        api("hmac", enable_signature_checking=True),
        api(
            "jwt",
            enable_jwt=True,
            jwt_signing_method="hmac",
            jwt_source=base64.b64encode(JWT_SECRET.encode()).decode(),
            jwt_identity_base_field="sub",
            jwt_policy_field_name="pol",
            jwt_default_policies=["gold"],
        ),
        api(
            "oauth",
            use_oauth2=True,
            oauth_meta={
                "allowed_access_types": ["client_credentials", "refresh_token", "password"],
                "allowed_authorize_types": ["code", "token"],
                "auth_login_redirect": "http://127.0.0.1/login",
            },
        ),
        api("rated", use_keyless=True, global_rate_limit={"rate": 3, "per": 3600}),
    ]


def rights(*names: str, **more: Any) -> dict[str, Any]:
    """Access rights to these APIs."""
    return {
        each: {"api_id": each, "api_name": each, "versions": ["Default"], **more} for each in names
    }


def policies() -> dict[str, Any]:
    """By their ids."""
    every = {"org_id": ORG, "active": True, "partitions": {}}
    return {
        "gold": {
            **every,
            "name": "Gold",
            "rate": 100,
            "per": 60,
            "quota_max": 50,
            "quota_renewal_rate": 3600,
            "access_rights": rights("key", "jwt", "oauth", "basic"),
            "tags": ["golden"],
            "meta_data": {"tier": "gold"},
        },
        "tight": {
            **every,
            "rate": 1000,
            "per": 1,
            "quota_max": 2,
            "quota_renewal_rate": 3600,
            "access_rights": rights("key"),
        },
        "each": {
            **every,
            "partitions": {"per_api": True},
            "access_rights": {
                **rights("key", limit={"quota_max": 5, "quota_renewal_rate": 60}),
                **rights("other", limit={"quota_max": 2, "quota_renewal_rate": 60}),
            },
        },
        "quota": {
            **every,
            "partitions": {"quota": True},
            "quota_max": 3,
            "quota_renewal_rate": 60,
        },
        "acl": {**every, "partitions": {"acl": True}, "access_rights": rights("other")},
        "stopped": {**every, "is_inactive": True, "access_rights": rights("key")},
        "foreign": {**every, "org_id": "org2", "access_rights": rights("key")},
        "short": {**every, "key_expires_in": 60, "access_rights": rights("key")},
    }
