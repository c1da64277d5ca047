"""Whatever is in a file, there is a sentence about it and no traceback."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lint_folder import Folder

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.jsonfile import References, decode
from twisted_tyk.jsonfile.keys import fields_by_key
from twisted_tyk.jsonfile.reading import LARGEST
from twisted_tyk.lint.context import Context, PythonHook
from twisted_tyk.lint.finding import Finding
from twisted_tyk.lint.found import Found
from twisted_tyk.lint.kinds import KINDS, kind_of_value
from twisted_tyk.lint.rules import RULES
from twisted_tyk.lint.single import check_file
from twisted_tyk.lint.text import line
from twisted_tyk.lint.whole import check_config
from twisted_tyk.plugins.driver import LoadError
from twisted_tyk.session.policy import Policy
from twisted_tyk.settings import Settings

NAMES = sorted({*fields_by_key(Settings), *fields_by_key(ApiDefinition), *fields_by_key(Policy)})
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(["env://HOME", "secrets://x", "file://x", "goplugin", "a.py", "/x/"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=15,
)
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class NoHooks:
    """Loads none, and says so: what Python does is none of this."""

    def load(self, hooks: list[PythonHook]) -> list[LoadError | None]:
        return [LoadError("not here") for _ in hooks]

    def file(self, file: str) -> None:
        return None


def told(found: Found) -> list[Finding]:
    """What was found, each with a rule of the table and a line without control characters."""
    for finding in found.findings:
        assert finding.rule in RULES
        assert line(finding)
        assert finding.problem.sentence
    return found.findings


def check(file: Path, kind: str) -> list[Finding]:
    found = Found()
    if kind == "config":
        check_config(str(file), {}, NoHooks(), found)
    else:
        context = Context(Settings(), file.parent, NoHooks(), References({}), ("AuthKey",))
        check_file(str(file), kind, context, found)
    return told(found)


@QUICK
@given(st.dictionaries(st.sampled_from(NAMES), ANY_JSON, max_size=6), st.sampled_from(KINDS))
def test_any_document_of_any_kind(tmp_path: Path, value: Any, kind: str) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(value))
    check(file, "" if kind == "hooks" else kind)


@QUICK
@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,0\\u1d8 \n', max_size=60).map(str.encode))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    for name in ("a.json", "tyk.conf", "a.so", "b.zip", "manifest.json"):
        file = tmp_path / name
        file.write_bytes(content)
        check(file, "")
    check(tmp_path / "tyk.conf", "config")


@given(ANY_JSON)
def test_any_value_is_of_some_kind_or_of_none(value: Any) -> None:
    assert kind_of_value(decode(json.dumps(value).encode(), "a").value) in ("", *KINDS)


@pytest.mark.parametrize("kind", ["", *KINDS])
@pytest.mark.parametrize("name", ["pipe", "folder", "none", "locked", "garbage", "large", "deep"])
def test_every_kind_of_trouble(folder: Folder, name: str, kind: str) -> None:
    path = folder.path / name
    if name == "pipe":
        os.mkfifo(path)
    elif name == "folder":
        path.mkdir()
    elif name == "locked":
        path.write_text("{}")
        path.chmod(0)
    elif name == "garbage":
        path.write_bytes(bytes(range(256)) * 50)
    elif name == "large":
        with path.open("wb") as file:
            file.truncate(LARGEST + 1)
    elif name == "deep":
        path.write_bytes(b'{"proxy":' * 50_000)
    found = check(path, kind)
    if name == "locked" and os.geteuid() == 0:
        return  # root reads everything
    if kind != "hooks":
        assert [finding.severity for finding in found][:1] == ["error"]


def test_a_folder_with_such_files_is_looked_through_to_its_end(folder: Folder) -> None:
    folder.api("zzz", no_such_key=1)
    os.mkfifo(folder.path / "apps" / "a.json")
    (folder.path / "apps" / "b.json").mkdir()
    (folder.path / "apps" / "c.json").write_bytes(b"\xff\xfe")
    (folder.path / "apps" / "d.json").write_bytes(b"[" * 100_000)
    assert folder.whole() == [
        "unreadable apps/a.json",
        "unreadable apps/b.json",
        "not-text apps/c.json",
        "too-deep apps/d.json",
        "unknown-key apps/zzz.json /no_such_key",
    ]
