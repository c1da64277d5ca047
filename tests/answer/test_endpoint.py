"""Hooks for single endpoints (``extended_paths.go_plugin``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway

from twisted_tyk.testing import MemoryGateway, definition

HOOKS = """\
def first(rw, request):
    rw.write("first")

def second(rw, request):
    rw.write("second")

def passes(rw, request):
    request.headers.set("Passed", "yes")
"""


def endpoints(*entries: tuple[str, ...], **version: Any) -> dict[str, Any]:
    """``version_data`` with hooks for these ``(method, pattern, function)``."""
    plugins = [
        {"path": path, "method": method, "plugin_path": "hooks.py", "func_name": name}
        for method, path, name in entries
    ]
    return {
        "not_versioned": True,
        "versions": {
            "Default": {
                "name": "Default",
                "use_extended_paths": True,
                "extended_paths": {"go_plugin": plugins},
                **version,
            }
        },
    }


@pytest.fixture(autouse=True)
def _hooks(tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(HOOKS)


def answered(gateway: MemoryGateway, target: str, method: str = "GET") -> str:
    """Who gave the answer."""
    before = len(gateway.upstream.requests)
    answer = gateway.request(method, target)
    assert answer.status == 200
    return "upstream" if len(gateway.upstream.requests) > before else answer.body.decode()


def test_only_its_path_and_method_meet_a_hook(gateway: MakeGateway) -> None:
    running = gateway(definition("one", version_data=endpoints(("GET", "/get", "first"))))
    assert answered(running, "/one/get") == "first"
    assert answered(running, "/one/%67et?x=1") == "first"
    assert answered(running, "/one/other") == "upstream"
    assert answered(running, "/one/other?path=/get") == "upstream"
    assert answered(running, "/one/get", "POST") == "upstream"
    assert answered(running, "/one/get", "HEAD") == "upstream"


def test_the_first_that_fits_is_the_only_one(gateway: MakeGateway) -> None:
    entries = (
        ("POST", "/get", "second"),
        ("GET", "/get", "first"),
        ("GET", "/get", "second"),
    )
    running = gateway(definition("one", version_data=endpoints(*entries)))
    assert answered(running, "/one/get") == "first"
    assert answered(running, "/one/get", "POST") == "second"


def test_a_hook_may_let_a_request_pass(gateway: MakeGateway) -> None:
    running = gateway(definition("one", version_data=endpoints(("GET", "/get", "passes"))))
    assert answered(running, "/one/get") == "upstream"
    assert running.upstream.requests[0].headers.get("Passed") == "yes"


def test_a_hook_that_is_disabled_or_not_in_use(gateway: MakeGateway) -> None:
    disabled = endpoints(("GET", "/get", "first"), ("GET", "/get", "second"))
    disabled["versions"]["Default"]["extended_paths"]["go_plugin"][0]["disabled"] = True
    unused = endpoints(("GET", "/get", "first"), use_extended_paths=False)
    running = gateway(
        definition("one", version_data=disabled), definition("two", version_data=unused)
    )
    assert answered(running, "/one/get") == "second"
    assert answered(running, "/two/get") == "upstream"


@pytest.mark.parametrize(
    ("settings", "version"),
    [({"ignore_endpoint_case": True}, {}), ({}, {"ignore_endpoint_case": True})],
)
def test_case_is_ignored_where_the_settings_or_the_version_say_so(
    gateway: MakeGateway, settings: dict[str, Any], version: dict[str, Any]
) -> None:
    data = endpoints(("GET", "/get", "first"), **version)
    running = gateway(definition("one", version_data=data), settings=settings)
    assert answered(running, "/one/GET") == "first"


@pytest.mark.parametrize(
    ("options", "target", "answerer"),
    [
        ({}, "/one/x/get/y", "first"),
        ({"enable_path_prefix_matching": True}, "/one/get/y", "first"),
        ({"enable_path_prefix_matching": True}, "/one/x/get", "upstream"),
        ({"enable_path_suffix_matching": True}, "/one/x/get", "first"),
        ({"enable_path_suffix_matching": True}, "/one/get/y", "upstream"),
        ({"enable_path_suffix_matching": True}, "/one/get%0a", "upstream"),
    ],
)
def test_prefix_and_suffix_matching(
    gateway: MakeGateway, options: dict[str, Any], target: str, answerer: str
) -> None:
    running = gateway(
        definition("one", version_data=endpoints(("GET", "/get", "first"))),
        settings={"http_server_options": options},
    )
    assert answered(running, target) == answerer


def test_under_a_listen_path_with_variables_patterns_see_what_follows_it(
    gateway: MakeGateway,
) -> None:
    running = gateway(
        definition(
            "one",
            proxy={"listen_path": "/{user}/files/"},
            version_data=endpoints(("GET", "/get", "first")),
        ),
        settings={"http_server_options": {"enable_path_prefix_matching": True}},
    )
    assert answered(running, "/ann/files/get") == "first"
    assert answered(running, "/a%20b/files/get") == "first"
    assert answered(running, "/ann/files/x/get") == "upstream"


def test_a_hook_that_did_not_load_lets_nothing_pass(gateway: MakeGateway) -> None:
    running = gateway(definition("one", version_data=endpoints(("GET", "/get", "missing"))))
    assert running.get("/one/get").status == 500
    assert answered(running, "/one/other") == "upstream"
