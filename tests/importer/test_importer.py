"""Descriptions of APIs made into definitions."""

from __future__ import annotations

import builtins
import json
import re
from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.importer.definition import new_definition, version_of, with_version
from twisted_tyk.importer.described import Described, described
from twisted_tyk.importer.source import read_description
from twisted_tyk.jsonfile import ConfigError

SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "Pets", "version": " 1.2 "},
    "basePath": "/v1",
    "paths": {
        "/pets": {"parameters": [], "get": {"responses": {}}, "post": {"responses": {}}},
        "/pets/{id}": {"delete": {"responses": {}}, "trace": {"responses": {}}},
        "/nothing": {},
        "x-internal": {"get": {}},
    },
}
PETS = Described(
    "Pets", "1.2", {"/pets": ["GET", "POST"], "/pets/{id}": ["DELETE"], "/nothing": []}
)


def changed(**members: Any) -> dict[str, Any]:
    value = {**SWAGGER, **members}
    return {name: member for name, member in value.items() if member is not None}


@pytest.mark.parametrize("version", [{}, {"swagger": None, "openapi": "3.1.0"}])
def test_title_version_and_paths(version: dict[str, Any]) -> None:
    assert described(changed(**version)) == PETS


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([], "expected an object, found a list"),
        ({}, "neither Swagger nor OpenAPI: there is no swagger or openapi at its top"),
        (changed(swagger="1.2"), 'swagger: expected version 2.x, found the string "1.2"'),
        (changed(swagger=2), "swagger: expected a string, found the number 2"),
        (changed(swagger=None, openapi="4.0"), 'openapi: expected version 3.x, found the string'),
        (changed(info=None), "info: expected an object, found nothing"),
        (changed(info={"version": "1"}), "info.title: expected a string, found nothing"),
        (changed(info={"title": "a", "version": 1}), "info.version: expected a string, found the"),
        (changed(paths=None), "paths: expected an object, found nothing"),
        (changed(paths={}), "paths: there is none"),
        (changed(paths={"x-a": {}}), "paths: there is none"),
        (changed(paths={"pets": {}}), "paths.pets: a path starts with /"),
        (changed(paths={"/pets": []}), 'paths["/pets"]: expected an object, found a list'),
        (changed(paths={"/a": {"$ref": "#/b"}}), 'paths["/a"]: a $ref is not followed, '),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(value: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}"):
        described(value)


def test_a_version_lets_through_what_the_file_has() -> None:
    made = version_of(PETS)
    allowed = {"action": "no_action", "code": 200, "data": "", "headers": {}}
    assert (made["name"], made["use_extended_paths"]) == ("1.2", True)
    assert made["extended_paths"]["white_list"] == [
        {"path": "/pets", "method_actions": {"GET": allowed, "POST": allowed}},
        {"path": "/pets/{id}", "method_actions": {"DELETE": allowed}},
        {"path": "/nothing", "method_actions": {}},
    ]
    assert made["extended_paths"]["track_endpoints"] == [
        {"path": "/pets", "method": "GET"},
        {"path": "/pets", "method": "POST"},
        {"path": "/pets/{id}", "method": "DELETE"},
    ]


def test_a_definition_of_its_own() -> None:
    made = new_definition(PETS, {}, "abc", "org", "http://upstream/")
    assert made == {
        "name": "Pets", "api_id": "abc", "org_id": "org", "active": True, "use_keyless": True,
        "definition": {"location": "header", "key": "version"},
        "version_data": {"not_versioned": False, "versions": {"1.2": {}}},
        "proxy": {
            "listen_path": "/abc/", "target_url": "http://upstream/", "strip_listen_path": True
        },
    }  # fmt: skip


def test_one_with_any_path_is_served(gateway: MakeGateway) -> None:
    version = version_of(PETS, any_path=True)
    running = gateway(new_definition(PETS, version, "abc", "org", "http://upstream:9000/v1"))
    assert running.request("GET", "/abc/pets").status == 200
    assert running.upstream.requests[0].target == "/v1/pets"


def test_a_version_is_put_beside_those_that_are_there() -> None:
    whole = {"api_id": "a", "version_data": {"not_versioned": True, "versions": {"1": {}}}}
    before = json.dumps(whole)
    assert with_version(whole, "2", {"name": "2"}) == {
        "api_id": "a",
        "version_data": {"not_versioned": False, "versions": {"1": {}, "2": {"name": "2"}}},
    }
    assert json.dumps(whole) == before, "what was handed in was changed"
    assert with_version({"api_id": "a", "version_data": None}, "2", {}) == {
        "api_id": "a", "version_data": {"not_versioned": False, "versions": {"2": {}}}
    }  # fmt: skip


def test_keys_may_be_written_in_any_case() -> None:
    whole = {"Version_Data": {"Versions": {"1": {}}, "NOT_VERSIONED": True}}
    assert with_version(whole, "2", {}) == {
        "Version_Data": {"Versions": {"1": {}, "2": {}}, "NOT_VERSIONED": False}
    }


@pytest.mark.parametrize(
    ("whole", "problem"),
    [
        ([], "expected an object, found a list"),
        (None, "expected an object, found null"),
        ({"version_data": 1}, "version_data: expected an object, found the number 1"),
        ({"version_data": {"versions": []}}, "version_data.versions: expected an object, found a"),
    ],
)
def test_what_is_no_definition_gets_no_version(whole: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}"):
        with_version(whole, "2", {})


YAML = """\
swagger: "2.0"
info: {title: Pets, version: 1.2}
x-common: &common {get: {}, post: {}}
paths:
  /pets: {<<: *common, parameters: []}
  /pets/{id}: {delete: {responses: {200: {description: on}}}}
  /nothing: {}
"""


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "pets.yaml").write_text(YAML)
    (tmp_path / "pets.json").write_text("\ufeff\n" + json.dumps(SWAGGER))
    for name in ("pets.yaml", "pets.json"):
        assert described(read_description(tmp_path / name)) == PETS


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not JSON: expecting value"),
        (b'{"swagger": "2.0"', ":1:18: not JSON: "),
        (b"a: [1\nb: 2", ":2:2: not YAML: expected ',' or ']', but got ':'"),
        (b"a: !!python/object/apply:os.getcwd []", ":1:4: not YAML: could not determine a constr"),
        (b"? [a]\n: 1", "not YAML: found unhashable key"),
        (b"a: \xff", "not YAML: "),
        (b"--- 1\n--- 2", "not YAML: but found another document"),
        (b"[" * 10_000, "not usable: nested too deeply"),
    ],
)
def test_files_that_can_not_be_read(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "pets.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_description(file)
    assert str(caught.value).startswith(str(file))
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.json: cannot be read: No such file or directory"):
        read_description(tmp_path / "no.json")


def test_yaml_without_what_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name == "yaml":
            raise ImportError(name)
        return real(name, *more)

    (tmp_path / "pets.yaml").write_text(YAML)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"is YAML, which PyYAML reads: pip install 'twisted-"):
        read_description(tmp_path / "pets.yaml")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(("swagger", "openapi", "info", "title", "version", "paths", "/a", "get")),
        inner, max_size=4,
    ),
)  # fmt: skip


@given(JSON)
def test_whatever_it_is_there_is_one_sentence(value: Any) -> None:
    said = ""
    try:
        described(value)
    except ValueError as error:
        said = str(error)
    assert "\n" not in said


@given(JSON, JSON)
def test_parts_may_be_anything(info: Any, paths: Any) -> None:
    try:
        api = described({"swagger": "2.0", "info": info, "paths": paths})
    except ValueError:
        return
    json.dumps(version_of(api))
