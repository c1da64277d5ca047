"""``tyk import``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tyk_command import tyk

from twisted_tyk.apidef.load import load_directory

CREATE = ("--swagger", "--create-api", "--org-id", "default", "--upstream-target", "http://a/")
ADD = ("--swagger", "--for-api", "api.json", "--as-version", "2")
PETS: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "Pets \u00e9", "version": "1.2"},
    "paths": {"/pets": {"get": {"responses": {}}}},
}


@pytest.fixture(autouse=True)
def pets(folder: Path) -> None:
    (folder / "pets.json").write_text(json.dumps(PETS))


def test_a_definition_that_is_served_but_for_its_list_of_paths() -> None:
    said = tyk("import", "pets.json", *CREATE)
    made = json.loads(said.stdout)
    assert said.exit_code == 0
    assert (made["name"], made["org_id"]) == ("Pets \u00e9", "default")
    assert "Pets \u00e9" in said.stdout
    assert len(made["api_id"]) == 32
    [line] = said.stderr.splitlines()
    assert line.startswith("definition:")
    assert line.endswith(
        'version_data.versions["1.2"].extended_paths.white_list[0]: this version cannot enforce '
        "it, so it does not serve the API"
    )
    assert '"path": "/pets",' in said.stdout.splitlines()[int(line.split(":")[1])]


def test_without_that_list_it_loads(folder: Path) -> None:
    said = tyk("import", *CREATE, "--any-path", "pets.json")
    assert (said.exit_code, said.stderr) == (0, "")
    (folder / "apps").mkdir()
    (folder / "apps" / "pets.json").write_text(said.stdout)
    report = load_directory(folder / "apps")
    assert (report.problems, report.warnings) == ((), ())
    assert report.definitions[0].definition.name == "Pets \u00e9"


def test_each_has_an_id_of_its_own() -> None:
    made = [json.loads(tyk("import", "pets.json", *CREATE).stdout)["api_id"] for _ in range(2)]
    assert made[0] != made[1]


def test_a_version_for_a_definition(folder: Path) -> None:
    definition = {
        "$schema": "definition.json",
        "api_id": "a", "slug": "kept", "of_the_future": 1,
        "version_data": {"not_versioned": True, "versions": {"Default": {"name": "Default"}}},
        "proxy": {"listen_path": "/a/", "target_url": "env://TARGET"},
    }  # fmt: skip
    (folder / "api.json").write_text(json.dumps(definition))
    said = tyk("import", "pets.json", *ADD, "--any-path")
    made = json.loads(said.stdout)
    assert list(made["version_data"]["versions"]) == ["Default", "2"]
    assert made["version_data"]["versions"]["2"]["name"] == "1.2"
    assert {**made, "version_data": 0} == {**definition, "version_data": 0}
    assert said.stderr == (
        "definition:8: version_data.versions: this version cannot enforce it, so it does not "
        "serve the API\n"
    )
    assert (folder / "api.json").read_text() == json.dumps(definition)


def test_a_definition_with_a_fault_of_its_own(folder: Path) -> None:
    (folder / "api.json").write_text('{"api_id": 5}')
    said = tyk("import", "pets.json", *ADD)
    assert said.exit_code == 0
    assert said.stderr == "definition:2: api_id: expected a string, found the number 5\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "tyk: api.json:1:2: not JSON: "),
        ("[]", "tyk: api.json: expected an object, found a list\n"),
        (None, "tyk: api.json: cannot be read: No such file or directory\n"),
    ],
)
def test_no_definition_to_put_it_into(folder: Path, content: str | None, problem: str) -> None:
    if content is not None:
        (folder / "api.json").write_text(content)
    said = tyk("import", "pets.json", *ADD)
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr.startswith(problem)


@pytest.mark.parametrize("option", ["--blueprint", "--wsdl", "--as-mock", "--port-names=a:b"])
def test_what_there_is_not(option: str) -> None:
    said = tyk("import", "pets.json", *CREATE, option)
    assert (said.exit_code, said.stdout) == (1, "")
    name = option.partition("=")[0]
    assert said.stderr == f"tyk: {name}: not supported; Swagger and OpenAPI are, without mocks\n"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--create-api",), "expected --swagger, which says what FILE is"),
        (("--swagger",), "expected --create-api --org-id ID --upstream-target URL, or --for-api"),
        (CREATE[:-2], "--create-api: goes with --org-id and --upstream-target alone"),
        ((*CREATE, *ADD), "--create-api: goes with --org-id and --upstream-target alone"),
        (ADD[:-2], "expected --create-api --org-id ID --upstream-target URL, or --for-api PATH"),
        ((*ADD, "--org-id", "a"), "expected --create-api --org-id ID"),
    ],
)
def test_what_is_typed_wrong(words: tuple[str, ...], problem: str) -> None:
    said = tyk("import", "pets.json", *words)
    assert (said.exit_code, said.stdout) == (2, "")
    assert f"Error: {problem}" in said.stderr


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"swagger": "2.0"}', "tyk: pets.json: info: expected an object, found nothing\n"),
        ('{"swagger": "2.0"', "tyk: pets.json:1:18: not JSON: "),
    ],
)
def test_a_description_that_is_none(folder: Path, content: str, problem: str) -> None:
    (folder / "pets.json").write_text(content)
    said = tyk("import", "pets.json", *CREATE)
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr.startswith(problem)


def test_half_of_a_character_is_not_printed(folder: Path) -> None:
    (folder / "pets.yaml").write_text(
        'swagger: "2.0"\ninfo: {title: "\\uD800", version: "1"}\npaths: {/a: {}}\n'
    )
    said = tyk("import", "pets.yaml", *CREATE)
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr == "tyk: pets.yaml, or an option, has half of a character in it\n"
