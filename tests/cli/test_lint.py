"""``tyk lint``: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lint_folder import Folder
from tyk_command import tyk

from twisted_tyk.lint.rules import RULES
from twisted_tyk.testing import definition


@pytest.fixture
def conf(folder: Path) -> Folder:
    made = Folder(folder)
    made.conf()
    made.api()
    return made


def test_no_issues(conf: Folder) -> None:
    for words in ((), ("--config", "tyk.conf"), ("tyk.conf",), ("apps/one.json",)):
        said = tyk("lint", *words)
        name = words[-1] if words else "tyk.conf"
        assert (said.exit_code, said.stdout) == (0, f"found no issues in {name}\n")


def test_issues_are_lines_with_their_places(conf: Folder) -> None:
    conf.write("tyk.conf", '{\n  "listn_port": 1,\n  "hash_keys": 1\n}')
    said = tyk("lint")
    assert said.exit_code == 1
    assert said.stdout.splitlines() == [
        "issues found in tyk.conf:",
        'tyk.conf:2:3: warning: listn_port: unknown key "listn_port", '
        'did you mean "listen_port"? [unknown-key]',
        "tyk.conf:3:3: error: hash_keys: expected true or false, found the number 1 [wrong-type]",
    ]


def test_warnings_alone_do_not_fail_unless_they_are_to(conf: Folder) -> None:
    conf.api(no_such_key=1)
    assert tyk("lint").exit_code == 0
    assert tyk("lint", "--strict").exit_code == 1


@pytest.mark.parametrize("words", [("--kind", "zip"), ("--format", "xml"), ("--timeout", "x")])
def test_what_is_typed_wrong(conf: Folder, words: tuple[str, ...]) -> None:
    assert tyk("lint", *words).exit_code == 2


def test_settings_that_are_not_there(folder: Path) -> None:
    said = tyk("lint")
    assert said.exit_code == 1
    assert said.stdout.splitlines()[1] == (
        "tyk.conf: error: cannot be read: No such file or directory [unreadable]"
    )


def test_each_file_has_lines_of_its_own_and_a_folder_is_its_settings(conf: Folder) -> None:
    conf.api("two", active="yes")
    said = tyk("lint", "apps/one.json", "apps/two.json", ".")
    assert said.exit_code == 1
    assert [line for line in said.stdout.splitlines() if "issues" in line] == [
        "found no issues in apps/one.json", "issues found in apps/two.json:", "issues found in .:",
    ]  # fmt: skip


def test_a_file_is_checked_against_the_settings_above_it(conf: Folder) -> None:
    conf.write("hooks.py", "def Hook(rw, request): pass\n")
    conf.api(custom_middleware={"pre": [{"name": "Hook", "path": "hooks.py"}]})
    (conf.path / "elsewhere").mkdir()
    assert tyk("lint", "apps/one.json").exit_code == 0
    conf.write("elsewhere/tyk.conf", {})
    assert tyk("lint", "--config", "elsewhere/tyk.conf", "apps/one.json").exit_code == 1


def test_json(conf: Folder) -> None:
    conf.api(custom_middleware={"pre": [{"name": "Hook", "path": "a.py", "on_error": "skp"}]})
    said = tyk("lint", "--format", "json")
    assert said.exit_code == 1
    report = json.loads(said.stdout)
    assert (report["ok"], report["errors"], report["warnings"]) == (False, 2, 0)
    assert report["files"] == ["tyk.conf", "apps/one.json"]
    value = report["findings"][1]
    assert {key: value[key] for key in ("file", "pointer", "path", "rule", "suggestion")} == {
        "file": "apps/one.json",
        "pointer": "/custom_middleware/pre/0/on_error",
        "path": "custom_middleware.pre[0].on_error",
        "rule": "unknown-value",
        "suggestion": "skip",
    }
    assert (value["severity"], value["line"]) == ("error", 1)
    assert value["expected"] == 'one of "fail", "skip"'


def test_sarif(conf: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its form was compared once with the standard's own schema; this holds it to that."""
    conf.write("apps/ä b.json", {**definition("two"), "no_such_key": 1})
    monkeypatch.setenv("TYK_GW_LISTENPORT", "x")
    said = tyk("lint", "--format", "sarif")
    assert said.exit_code == 1
    log = json.loads(said.stdout)
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    [run] = log["runs"]
    driver = run["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == list(RULES)
    assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
    assert {rule["defaultConfiguration"]["level"] for rule in driver["rules"]} == {
        "error", "warning",
    }  # fmt: skip
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
    unknown, variable = (place_of(result) for result in run["results"])
    assert variable == {
        "artifactLocation": {"uri": "tyk.conf", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 1},
    }
    assert unknown["artifactLocation"] == {
        "uri": "apps/%C3%A4%20b.json", "uriBaseId": "%SRCROOT%",
    }  # fmt: skip
    assert unknown["region"]["startLine"] == 1
    assert unknown["region"]["startColumn"] > 1


def test_what_is_outside_the_working_directory_stays_absolute_in_sarif(
    conf: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (conf.path / "inside").mkdir()
    monkeypatch.chdir(conf.path / "inside")
    conf.api(no_such_key=1)
    log = json.loads(tyk("lint", "--format", "sarif", "../tyk.conf").stdout)
    [result] = log["runs"][0]["results"]
    assert place_of(result)["artifactLocation"] == {"uri": f"file://{conf.path}/apps/one.json"}


def test_secrets_are_in_no_output(conf: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    conf.write("tyk.conf", {"secret": ["hunter2"], "secrets": {"a": 5, "hunter2": ["hunter2"]}})
    monkeypatch.setenv("TYK_GW_STORAGE_PASSWORD", "hunter3")
    monkeypatch.setenv("TYK_GW_SECRETS", "hunter3")
    conf.api(jwt_source="secrets://a")
    for form in ("text", "json", "sarif"):
        said = tyk("lint", "--format", form)
        assert "(not shown)" in said.stdout
        assert '"hunter2"]' not in said.stdout
        assert "hunter3" not in said.stdout


def test_what_is_printed_cannot_move_the_cursor(conf: Folder) -> None:
    conf.api(**{"\x1b[2Jbad": 1})
    assert "\x1b" not in tyk("lint").stdout


def place_of(result: dict[str, Any]) -> Any:
    return result["locations"][0]["physicalLocation"]
