"""Settings that this version does nothing with are named, or keep it from starting."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import attrs
import pytest

import twisted_tyk
from twisted_tyk.jsonfile import ConfigError
from twisted_tyk.jsonfile.keys import fields_by_key, not_acted_on
from twisted_tyk.settings import Settings, load
from twisted_tyk.settings.support import LEFT_OUT, REFUSED

PACKAGE = Path(twisted_tyk.__file__).parent


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    return tmp_path / "tyk.conf"


def warnings(conf: Path, value: dict[str, Any], **environ: str) -> list[str]:
    conf.write_text(json.dumps(value))
    return [str(warning) for warning in load(conf, environ).warnings]


def test_what_is_left_out_is_named_once(conf: Path) -> None:
    value = {"pid_file_location": "p", "ssl_force_common_name_check": True, "listen_port": 9000}
    note = (
        "left out, this version does not support it: ssl_force_common_name_check, "
        "pid_file_location"
    )
    assert warnings(conf, value) == [f"{conf}: {note}"]


def test_a_variable_asks_for_it_too(conf: Path) -> None:
    [warning] = warnings(conf, {}, TYK_GW_PIDFILELOCATION="p")
    assert warning.endswith(": pid_file_location")


@pytest.mark.parametrize(
    ("function", "kind", "warned"),
    [("", "redis", True), ("murmur32", "redis", True), ("sha256", "redis", False),
     ("", "sqlite", False)],
)  # fmt: skip
def test_weak_hashes_of_keys_are_warned_of(
    conf: Path, function: str, kind: str, warned: bool
) -> None:
    value = {"hash_keys": True, "hash_key_function": function, "storage": {"type": kind}}
    assert any("hash_key_function" in text for text in warnings(conf, value)) is warned


def test_a_default_asks_for_nothing(conf: Path) -> None:
    assert warnings(conf, {"pid_file_location": "", "reload_interval": 0}) == []


def test_tls_that_would_not_be_there_keeps_the_gateway_from_starting(conf: Path) -> None:
    conf.write_text(json.dumps({"http_server_options": {"use_ssl": True}}))
    with pytest.raises(ConfigError, match=r"http_server_options\.use_ssl: this version cannot"):
        load(conf, {})


@pytest.mark.parametrize("name", [*REFUSED, *LEFT_OUT])
def test_each_row_names_a_setting(name: str) -> None:
    attrgetter(name)(Settings())


def acting(kind: type, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The keys that nothing says are without effect, and their fields."""
    for name, field in fields_by_key(kind).items():
        path = prefix + name
        if name in not_acted_on(kind) or path in (*REFUSED, *LEFT_OUT):
            continue
        if field.type is not None and attrs.has(field.type):
            yield from acting(field.type, path + ".")
        else:
            yield path, field.name


def test_each_setting_is_read_or_said_to_be_without_effect() -> None:
    """Read from the source: its field is asked for outside of where settings are defined."""
    read: set[str] = set()
    for file in PACKAGE.rglob("*.py"):
        if file.parent.name != "settings" or file.name in ("environ.py", "load.py"):
            nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            read.update(node.attr for node in nodes if isinstance(node, ast.Attribute))
    nobodys = [path for path, field in acting(Settings) if field not in read]
    assert nobodys == []


@pytest.mark.parametrize(("status", "wrong"), [(1, True), (199, True), (200, False), (0, False)])
def test_errors_of_oauth_have_a_status(conf: Path, status: int, wrong: bool) -> None:
    conf.write_text(json.dumps({"oauth_error_status_code": status}))
    if wrong:
        told = f"expected a status from 200 to 599, found the number {status}$"
        with pytest.raises(ConfigError, match=f"oauth_error_status_code: {told}"):
            load(conf, {})
    else:
        assert load(conf, {}).settings.oauth_error_status_code == (status or 403)
