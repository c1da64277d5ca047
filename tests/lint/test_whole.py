"""A configuration and all that it leads to."""

from __future__ import annotations

from typing import Any

import pytest
from lint_folder import Folder

HOOK = "def Hook(rw, request):\n    pass\n"


def test_nothing_is_wrong(folder: Folder) -> None:
    folder.write("hooks.py", HOOK)
    folder.conf(policies={"policy_path": "policies"})
    folder.write("policies/gold.json", {"id": "gold", "access_rights": {"one": {}}})
    folder.api(custom_middleware={"pre": [{"name": "Hook", "path": "hooks.py"}]})
    assert folder.whole() == []


def test_everything_is_told_at_once(folder: Folder) -> None:
    folder.conf(
        listn_port=1, hash_keys="yes", storage={"type": "rediss"},
        policies={"policy_path": "policies"},
    )  # fmt: skip
    folder.write("hooks.py", HOOK)
    folder.api(
        proxy={"listen_path": 5, "target_url": "ftp://x", "preserve_host_haeder": True},
        jwt_default_policies=["glod"],
        custom_middleware={"pre": [{"name": "Hok", "path": "hooks.py", "on_error": "skp"}]},
    )
    folder.write("apps/two.json", "{")
    folder.write("policies/gold.json", {"id": "gold", "access_rights": {"oen": {}}, "rate": "1"})
    folder.write("policies/silver.json", {"id": "silver", "access_rights": {"oen": {}}})
    assert folder.whole(TYK_GW_SECRTE="x", TYK_GW_LISTENPORT="y") == [
        "unknown-key tyk.conf /listn_port",
        "wrong-type tyk.conf /hash_keys",
        "unknown-value tyk.conf /storage/type",
        "wrong-type apps/one.json /proxy/listen_path",
        "bad-value apps/one.json /proxy/target_url",
        "unknown-key apps/one.json /proxy/preserve_host_haeder",
        "hook-missing apps/one.json /custom_middleware/pre/0/name",
        "unknown-value apps/one.json /custom_middleware/pre/0/on_error",
        "unknown-policy apps/one.json /jwt_default_policies/0",
        "not-json apps/two.json",
        "wrong-type policies/gold.json /rate",
        "unknown-api policies/silver.json /access_rights/oen",
        "wrong-type environment",
        "unknown-variable environment",
    ]


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"name": "Hook", "path": "none.py"}, "hook-file-missing {}/path"),
        ({"name": "Hook", "path": "none.so"}, "hook-file-missing {}/path"),
        ({"name": "Hook", "path": "no.such.module"}, "hook-failed {}/path"),
        ({"name": "Hook"}, "hook-incomplete {}"),
        ({"name": "Hook", "path": "text.so"}, "plugin-refused {}/path"),
        ({"name": "Raises", "path": "raises.py"}, "hook-failed {}/path"),
        ({"name": "Few", "path": "hooks.py"}, "hook-interface {}/name"),
        ({"name": "Hang", "path": "hang.py"}, "hook-crashed {}/path"),
        ({"name": "Exit", "path": "exit.py"}, "hook-crashed {}/path"),
        ({"name": "Leave", "path": "leave.py"}, "hook-failed {}/path"),
        ({"name": "Hook", "path": "module"}, "unknown-driver /custom_middleware/driver"),
        ({"name": "Hook", "path": "none.py", "disabled": True}, ""),
        ({}, ""),
    ],
)
def test_hooks_that_cannot_be_loaded(folder: Folder, entry: dict[str, Any], found: str) -> None:
    folder.write("hooks.py", HOOK + "\nclass Few: pass\n")
    folder.write("raises.py", "1 / 0")
    folder.write("hang.py", "while True: pass")
    folder.write("exit.py", "import os; os._exit(0)")
    folder.write("leave.py", "import sys; sys.exit(1)")
    folder.write("text.so", "no library")
    driver = "twistd" if entry.get("path") == "module" else "twisted"
    good = {"name": "Hook", "path": "hooks.py"}
    middleware = {"driver": driver, "pre": [entry, good]}
    folder.api(custom_middleware=middleware)
    rule, _, place = found.partition(" ")
    place = place.format("/custom_middleware/pre/0")
    expected = [f"{rule} apps/one.json {place}"] if found else []
    timeout = 2.0 if "Hang" in entry.values() else 20.0
    assert folder.whole(timeout) == expected


def test_a_driver_that_there_is_not_and_that_nothing_needs(folder: Folder) -> None:
    folder.write("hooks.py", HOOK)
    entry = {"name": "Hook", "path": "hooks.py"}
    folder.api(custom_middleware={"driver": "twistd", "pre": [entry]})
    assert folder.whole() == ["unknown-driver apps/one.json /custom_middleware/driver"]


def test_hooks_of_endpoints_and_of_records_are_looked_at(folder: Folder) -> None:
    folder.api(
        version_data={
            "not_versioned": True,
            "versions": {
                "Default": {
                    "use_extended_paths": True,
                    "extended_paths": {"go_plugin": [{"plugin_path": "a.py", "func_name": "A"}]},
                }
            },
        },
        analytics_plugin={"enable": True, "plugin_path": "b.py", "func_name": "B"},
    )
    assert folder.whole() == [
        "hook-file-missing apps/one.json "
        "/version_data/versions/Default/extended_paths/go_plugin/0/plugin_path",
        "hook-file-missing apps/one.json /analytics_plugin/plugin_path",
    ]


def test_the_hooks_of_an_api_that_is_not_active_are_let_be(folder: Folder) -> None:
    folder.api(active=False, custom_middleware={"pre": [{"name": "A", "path": "none.py"}]})
    assert folder.whole() == ["inactive apps/one.json /active"]


def test_apis_in_each_others_way(folder: Folder) -> None:
    path = {"listen_path": "/same/", "target_url": "http://up.test"}
    folder.api("one", proxy=path)
    folder.api("two", proxy=path)
    folder.write("apps/three.json", (folder.path / "apps/two.json").read_text())
    assert folder.whole() == [
        "duplicate apps/one.json /proxy/listen_path",
        "duplicate apps/three.json /proxy/listen_path",
        "duplicate apps/two.json /api_id",
        "duplicate apps/two.json /proxy/listen_path",
    ]


def test_what_a_warning_sums_up_is_told_place_by_place(folder: Folder) -> None:
    folder.api(CORS={"enable": True}, cache_options={"enable_cache": True})
    assert folder.whole() == [
        "left-out apps/one.json /CORS/enable",
        "left-out apps/one.json /cache_options/enable_cache",
    ]


def test_references_that_lead_nowhere(folder: Folder) -> None:
    folder.api(jwt_source="env://NO_SUCH_VARIABLE")
    assert folder.whole() == ["bad-reference apps/one.json /jwt_source"]


def test_a_bundle_that_is_not_there(folder: Folder) -> None:
    folder.api(custom_middleware_bundle="greet.zip")
    found = ["bundle-missing apps/one.json /custom_middleware_bundle"]
    assert folder.whole() == found
    folder.conf(enable_bundle_downloader=True, bundle_base_url="http://bundles.test")
    assert folder.whole() == found


@pytest.mark.parametrize("base_url", ["", "ftp://bundles.test"])
def test_a_bundle_that_can_never_be_there(folder: Folder, base_url: str) -> None:
    folder.api(custom_middleware_bundle="greet.zip")
    folder.conf(enable_bundle_downloader=True, bundle_base_url=base_url)
    [finding] = folder.all().findings
    assert (finding.rule, finding.severity) == ("bundle-missing", "error")


def test_a_key_that_is_none(folder: Folder) -> None:
    folder.conf(public_key_path="key.pem")
    folder.write("key.pem", "no key")
    folder.api(custom_middleware_bundle="greet.zip")
    assert folder.whole() == ["bundle-refused key.pem"]


def test_folders_that_are_not_there(folder: Folder) -> None:
    folder.conf(app_path="none", patches_path="none_too")
    assert folder.whole() == ["unreadable none", "unreadable none_too"]


def test_secrets_are_in_no_finding(folder: Folder) -> None:
    folder.write(
        "tyk.conf", {"secret": ["hunter2"], "node_secret": 5, "secrets": {"a": ["hunter2"]}}
    )
    folder.api(jwt_source="secrets://a")
    found = folder.found("tyk.conf", "definition")
    assert "hunter2" not in repr(folder.whole()) + repr(found.findings)
