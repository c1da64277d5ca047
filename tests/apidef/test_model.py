"""What a definition says once it is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from twisted_tyk.apidef.model import (
    ApiDefinition,
    CustomMiddleware,
    GoPlugin,
    MiddlewareDefinition,
    VersionInfo,
)
from twisted_tyk.jsonfile import ConfigError, decode, make_converter, structure

CONVERTER = make_converter()


def definition(**value: Any) -> ApiDefinition:
    document = decode(json.dumps(value).encode(), "a.json")
    return structure(document, ApiDefinition, CONVERTER)[0]


def hooks(**value: Any) -> CustomMiddleware:
    return definition(custom_middleware=value).custom_middleware


def test_hooks_keep_their_order_and_settings() -> None:
    section = hooks(
        driver="twisted",
        pre=[
            {"name": "a", "path": "mod", "timeout": 2, "on_error": "skip", "concurrency": 4},
            {"name": "b", "disabled": True, "raw_body_only": True, "require_session": True},
        ],
        post=[{"name": "c"}],
        response=[{"name": "d"}],
        auth_check={"name": "e"},
    )
    assert section.driver == "twisted"
    assert section.pre == (
        MiddlewareDefinition(name="a", path="mod", timeout=2.0, on_error="skip", concurrency=4),
        MiddlewareDefinition(name="b", disabled=True, raw_body_only=True, require_session=True),
    )
    assert section.post == (MiddlewareDefinition(name="c"),)
    assert section.response == (MiddlewareDefinition(name="d"),)
    assert section.auth_check == MiddlewareDefinition(name="e")


@pytest.mark.parametrize("nothing", [{}, None, {"name": "", "path": "", "require_session": False}])
def test_an_empty_hook_is_none(nothing: Any) -> None:
    assert hooks(auth_check=nothing, traffic_logs=nothing) == CustomMiddleware()


@pytest.mark.parametrize("nothing", [None, []])
def test_lists_without_items_are_empty_tuples(nothing: Any) -> None:
    made = definition(custom_middleware={"pre": nothing}, tags=nothing, allowed_ips=nothing)
    assert made == ApiDefinition()


def test_post_auth_check_is_post_key_auth() -> None:
    expected = (MiddlewareDefinition(name="a"),)
    assert hooks(post_auth_check=[{"name": "a"}]).post_key_auth == expected
    assert hooks(post_key_auth=[{"name": "a"}], post_auth_check=[]).post_key_auth == expected


def test_post_auth_check_beside_post_key_auth_is_a_problem() -> None:
    with pytest.raises(ConfigError) as caught:
        hooks(post_key_auth=[{"name": "a"}], post_auth_check=[{"name": "b"}])
    assert str(caught.value) == (
        'a.json:1: custom_middleware: "post_key_auth" and "post_auth_check" are the same key'
    )


@pytest.mark.parametrize(
    "limit", [{"timeout": 0}, {"timeout": -1}, {"concurrency": 0}, {"on_error": "ignore"}]
)
def test_limits_that_make_no_sense_are_problems(limit: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"custom_middleware.pre.0..{next(iter(limit))}: "):
        hooks(pre=[{"name": "a", **limit}])


@pytest.mark.parametrize(
    "switch", ["custom_plugin_auth_enabled", "use_go_plugin_auth", "enable_coprocess_auth"]
)
def test_three_switches_turn_custom_auth_on(switch: str) -> None:
    assert definition(**{switch: True}).custom_auth
    assert not definition(**{switch: False}).custom_auth


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({}, True),
        ({"use_keyless": True}, False),
        ({"use_keyless": True, "use_standard_auth": True}, False),
        ({"use_go_plugin_auth": True}, False),
        ({"use_go_plugin_auth": True, "use_standard_auth": True}, True),
        ({"enable_jwt": True}, False),
        ({"external_oauth": {"enabled": True}}, False),
    ],
)
def test_a_token_decides_when_asked_for_or_nothing_else_does(
    value: dict[str, Any], wanted: bool
) -> None:
    assert definition(**value).token_auth is wanted


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"versions": {"v1": {"name": "v1"}}}, "v1"),
        ({"not_versioned": True, "versions": {"v1": {"name": "v1"}}}, "v1"),
        ({"not_versioned": True, "versions": {"v1": {}, "Default": {"name": "D"}}}, "D"),
        ({"not_versioned": True, "versions": {"v1": {}, "": {"name": "E"}}}, "E"),
    ],
)
def test_the_version_that_takes_every_request(data: dict[str, Any], name: str) -> None:
    assert definition(version_data=data).version == VersionInfo(name=name)


@pytest.mark.parametrize(
    "data",
    [
        {"not_versioned": True, "versions": {"Default": {}, "default": {}}},
        {"not_versioned": True, "versions": {"v1": {}, "v2": {}}},
        {"not_versioned": False, "versions": {"Default": {}, "v2": {}}},
    ],
)
def test_several_versions_leave_it_to_the_request(data: dict[str, Any]) -> None:
    assert definition(version_data=data).version is None


def test_an_api_without_versions_has_an_empty_one() -> None:
    assert definition().version == VersionInfo()


def test_endpoint_plugins_are_read() -> None:
    info = {
        "use_extended_paths": True,
        "extended_paths": {
            "go_plugin": [
                {"path": "/x", "method": "GET", "plugin_path": "p", "func_name": "F", "timeout": 1}
            ]
        },
    }
    version = definition(version_data={"versions": {"Default": info}}).version
    assert version is not None
    assert version.extended_paths.go_plugin == (
        GoPlugin(path="/x", method="GET", plugin_path="p", func_name="F", timeout=1.0),
    )


def test_keys_with_their_own_spelling_are_read() -> None:
    made = definition(CORS={"enable": True}, definition={"key": "x-version"}, id="abc")
    assert made.CORS.enable
    assert made.definition.location_key == "x-version"
    assert made.id == "abc"


def test_a_missing_active_is_active() -> None:
    assert definition().active
    assert not definition(active=False).active


def test_secrets_are_not_in_repr() -> None:
    made = definition(
        auth={"signature": {"secret": "hunter2"}},
        request_signing={"secret": "hunter2"},
        upstream_auth={"basic_auth": {"password": "hunter2"}},
        proxy={"transport": {"proxy_url": "http://u:hunter2@p.test"}},
    )
    assert "hunter2" not in repr(made)
