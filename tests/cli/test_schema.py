"""``tyk schema``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tyk_command import tyk

from twisted_tyk.schema.files import FILES, schema


def test_without_a_name_they_are_listed() -> None:
    said = tyk("schema")
    assert said.exit_code == 0
    assert [line.split()[0] for line in said.stdout.splitlines()] == list(FILES)


@pytest.mark.parametrize("name", FILES)
def test_one_is_printed(name: str) -> None:
    assert json.loads(tyk("schema", name).stdout) == schema(name)
    assert json.loads(tyk("schema", name, "--strict").stdout) == schema(name, strict=True)


def test_one_is_written(folder: Path) -> None:
    said = tyk("schema", "definition", "-o", "a.json")
    assert said.stdout == "a.json: written\n"
    assert json.loads(Path("a.json").read_text()) == schema("definition")


def test_a_place_that_can_not_be_written(folder: Path) -> None:
    said = tyk("schema", "definition", "--output", "no/a.json")
    assert said.exit_code == 1
    assert said.stderr == "tyk: no/a.json: cannot be written: No such file or directory\n"


def test_what_is_typed_wrong() -> None:
    said = tyk("schema", "tyk.conf")
    assert said.exit_code == 2
    assert "'tyk.conf' is not one of 'bundle', 'config', 'definition'," in said.stderr
    assert "-o a.json: expected a NAME, of bundle, config, " in tyk("schema", "-o", "a.json").stderr
