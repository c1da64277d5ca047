"""The page about editors: what it shows is what is printed, and what it says fits."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from textwrap import dedent

import pytest
from console_page import commands, fits
from jsonschema.validators import Draft202012Validator
from tyk_command import tyk

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "editors.rst"


def json_blocks() -> list[dict[str, object]]:
    blocks = re.findall(
        r"^\.\. code-block:: json\n((?:\n|[ ]+.*\n)+)", PAGE.read_text(), re.MULTILINE
    )
    return [json.loads(dedent(block)) for block in blocks]


def test_what_the_page_types_and_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command, wanted in commands(PAGE):
        said = tyk(*shlex.split(command)[1:])
        assert fits(said.stdout, wanted), f"{command} printed\n{said.output}"
    definition, editor = json_blocks()
    written = json.loads((tmp_path / "definition.schema.json").read_text())
    Draft202012Validator(written).validate(definition)
    assert definition["$schema"] == "../definition.schema.json"
    schemas = editor["json.schemas"]
    assert isinstance(schemas, list)
    assert {tmp_path / each["url"] for each in schemas} == set(tmp_path.iterdir())
