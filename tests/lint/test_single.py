"""Single files: recognised by what is in them, and checked."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from lint_folder import Folder
from plugin_library import compile_c
from tyk_command import tyk

from twisted_tyk.lint.kinds import kind_of
from twisted_tyk.testing import definition

MANIFEST = {"file_list": ["h.py"], "custom_middleware": {"pre": [{"name": "Hook", "path": "h.py"}]}}
PATCH = {
    "name": "fix", "replaces": "AuthKey", "gateway": ">=0.1", "path": "p.py", "symbol": "Fix",
}  # fmt: skip
CODE = """from zope.interface import implementer
from twisted_tyk.interfaces import IStep
@implementer(IStep)
class Fix:
    name = "fix"
    def __init__(self, replaced, api, config): pass
    def process(self, exchange): pass
"""


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a", {"listen_port": 8080, "secret": "x"}, "config"),
        ("a.json", {"app_path": "apps"}, "config"),
        ("a.conf", definition("one"), "definition"),
        ("a.json", {"openapi": "3.0.3"}, "definition"),
        ("a.json", {"id": "gold", "rate": 1, "per": 1, "access_rights": {}}, "policies"),
        ("a.json", {"gold": {"rate": 1, "per": 1}, "silver": {"quota_max": 5}}, "policies"),
        ("a.json", MANIFEST, "bundle"),
        ("a.json", PATCH, "patch"),
        ("a.py", "x = 1", "hooks"),
        ("a.so", "no library", "plugin"),
        ("a.txt", "\x7fELF", "plugin"),
        ("a.txt", "PK\x03\x04", "archive"),
        ("a.conf", "{", "config"),
        ("manifest.json", "{", "bundle"),
        ("a.json", "{", "definition"),
        ("a.json", {"colour": "red"}, ""),
        ("a.json", "[]", ""),
    ],
)
def test_the_kind_is_told_by_the_content(
    folder: Folder, name: str, content: Any, kind: str
) -> None:
    folder.write(name, content)
    assert kind_of(str(folder.path / name)) == kind


def test_what_is_none_of_ours(folder: Folder) -> None:
    folder.write("a.json", {"colour": "red"})
    assert folder.one("a.json") == ["unknown-kind a.json"]
    assert "missing-value a.json /api_id" in folder.one("a.json", "definition")


def test_a_definition_with_its_hooks(folder: Folder) -> None:
    middleware = {"pre": [{"name": "Hook", "path": "none.py"}]}
    folder.write("a.json", {**definition("one"), "custom_middleware": middleware})
    assert folder.one("a.json") == ["hook-file-missing a.json /custom_middleware/pre/0/path"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"id": "a", "rate": "x"}, ["wrong-type a.json /rate"]),
        ({"rate": 1, "per": 2}, ["missing-value a.json /id"]),
        ({"id": "a", "rat": 1}, ["unknown-key a.json /rat"]),
        (
            {"a": {"rate": "x"}, "b": {"rat": 1}},
            ["wrong-type a.json /a/rate", "unknown-key a.json /b/rat"],
        ),
        ({"a": {"rate": 1}, "b": {"per": 1}}, []),
    ],
)  # fmt: skip
def test_policies(folder: Folder, content: Any, found: list[str]) -> None:
    folder.write("a.json", content)
    assert folder.one("a.json", "policies") == found


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("def Hook(rw, request): pass\n", []),
        ("def Hook(rw, request:\n", ["hook-failed a.py"]),
        ("x = 1\n", ["hook-missing a.py"]),
        ("import os; os.kill(os.getpid(), 11)", ["hook-crashed a.py"]),
        ("\0", ["hook-failed a.py"]),
    ],
)
def test_hooks(folder: Folder, content: str, found: list[str]) -> None:
    folder.write("a.py", content)
    assert folder.one("a.py") == found


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_device_is_not_read_as_code(folder: Folder, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(folder.path / "a.py")
    else:
        (folder.path / "a.py").symlink_to("/dev/zero")
    [finding] = folder.found("a.py").findings
    assert finding.message == "is a device, pipe or socket, expected a file"
    assert finding.rule == "unreadable"


def test_a_fault_of_syntax_has_a_place(folder: Folder) -> None:
    folder.write("a.py", "x = 1\ny = (\n")
    [finding] = folder.found("a.py").findings
    assert (finding.problem.line, finding.problem.column) == (2, 5)


def test_plugins(folder: Folder) -> None:
    source = Path(__file__).parent.parent / "cli" / "troubles.c"
    compile_c(folder.path / "good.so", source)
    folder.write("bad.so", "no library")
    assert folder.one("good.so") == []
    assert folder.one("bad.so") == ["plugin-refused bad.so"]
    assert folder.one("none.so") == ["plugin-refused none.so"]


def test_a_bundle_before_and_after_it_is_built(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.path)
    folder.write("b/h.py", "def Hook(rw, request): pass\n")
    middleware = {"pre": [{"name": "Hok", "path": "h.py"}]}
    wrong = {"file_list": ["h.py", "no.py"], "custom_middleware": middleware}
    folder.write("b/manifest.json", wrong)
    expected = [
        "bundle-refused b/manifest.json /file_list/1",
        "hook-missing b/manifest.json /custom_middleware/pre/0/name",
    ]
    assert folder.one("b") == expected
    assert folder.one("b/manifest.json") == expected
    folder.write("b/manifest.json", {**MANIFEST, "driver": "twisted"})
    assert folder.one("b") == []
    monkeypatch.chdir(folder.path / "b")
    assert tyk("bundle", "build", "-y", "-o", "../b.zip").exit_code == 0
    assert folder.one("b.zip") == []
    with (folder.path / "b.zip").open("ab") as archive:
        archive.write(b"x")
    assert folder.one("b.zip") == ["bundle-refused b.zip"]
    assert sorted(os.listdir(folder.path / "b")) == ["h.py", "manifest.json"]


@pytest.mark.parametrize(
    ("change", "code", "found"),
    [
        ({}, CODE, []),
        ({"replaces": "AuthKy"}, CODE, ["unknown-step p/manifest.json /replaces"]),
        ({"gateway": ">=99"}, CODE, ["other-version p/manifest.json /gateway"]),
        ({"gateway": "new"}, CODE, ["patch-refused p/manifest.json /gateway"]),
        ({"symbol": "Fx"}, CODE, ["hook-missing p/manifest.json /symbol"]),
        ({"path": "q.py"}, CODE, ["hook-file-missing p/manifest.json /path"]),
        ({}, "class Fix: pass", ["hook-interface p/manifest.json /symbol"]),
        ({}, "1 / 0", ["hook-failed p/manifest.json /path"]),
        ({"colour": 1, "on_error": "no"}, CODE,
         ["unknown-key p/manifest.json /colour", "unknown-value p/manifest.json /on_error"]),
    ],
)  # fmt: skip
def test_a_patch(folder: Folder, change: dict[str, Any], code: str, found: list[str]) -> None:
    folder.write("p/manifest.json", {**PATCH, **change})
    folder.write("p/p.py", code)
    assert folder.one("p") == found
    assert folder.one("p/manifest.json") == found


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, ["duplicate patches/q/manifest.json"]),
        ({"name": "q"}, ["duplicate patches/q/manifest.json"]),
        ({"name": "q", "replaces": "pre"}, []),
        ({"gateway": ">=99"}, ["other-version patches/q/manifest.json /gateway"]),
    ],
)
def test_patches_that_are_in_conflict(
    folder: Folder, change: dict[str, Any], found: list[str]
) -> None:
    folder.conf(patches_path="patches")
    for name, more in (("p", {}), ("q", change)):
        folder.write(f"patches/{name}/manifest.json", {**PATCH, **more})
        folder.write(f"patches/{name}/p.py", CODE)
    assert folder.whole() == found


def test_the_patches_of_a_configuration(folder: Folder) -> None:
    folder.conf(patches_path="patches")
    folder.write("patches/p/manifest.json", {**PATCH, "replaces": "AuthKy"})
    folder.write("patches/p/p.py", CODE)
    folder.write("patches/q.zip", "no archive")
    assert folder.whole() == [
        "unknown-step patches/p/manifest.json /replaces",
        "patch-refused patches/q.zip",
    ]


def test_a_folder_stands_for_the_files_in_it_and_no_python_is_run(folder: Folder) -> None:
    folder.write("all/a.json", {"id": "a", "rate": 1, "rat": 1})
    folder.write("all/b.so", "no library")
    folder.write("all/run.py", "raise SystemExit")
    assert folder.one("all") == ["unknown-key all/a.json /rat", "plugin-refused all/b.so"]
    (folder.path / "empty").mkdir()
    assert folder.one("empty") == ["unknown-kind empty"]


LIES = [
    {"event": "loaded"}, {"event": "loaded", "number": 99}, {"event": 7}, {"event": "loading"},
    {"event": "refused", "number": [1], "error": 5, "line": "x", "rule": {}}, "no JSON",
]  # fmt: skip


def test_a_hook_that_writes_what_the_check_reads(folder: Folder) -> None:
    """It is wrong, and the rest is checked all the same."""
    lies = "\n".join(json.dumps(lie) for lie in LIES) + "\n"
    source = f"""
import json
import os
for number in range(3, 1024):
    try:
        os.write(number, {lies!r}.encode())
    except OSError:
        pass
os._exit(0)
"""
    hooks = [{"name": "Hook", "path": f"{name}.py"} for name in ("liar", "other", "liar2")]
    for name in ("liar", "liar2"):
        folder.write(f"{name}.py", source)
    folder.write("other.py", "x = 1\n")
    [finding, *_] = folder.found("liar.py").findings
    assert finding.rule == "hook-failed"
    folder.api("one", custom_middleware={"driver": "twisted", "pre": hooks})
    assert "hook-missing apps/one.json /custom_middleware/pre/1/name" in folder.whole()
