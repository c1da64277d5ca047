"""The files that are here fit their schemas; editors are told what the source says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest
from jsonschema.validators import Draft202012Validator

from twisted_tyk.jsonfile.keys import fields_by_key, key
from twisted_tyk.schema import comments
from twisted_tyk.schema.files import FILES, schema
from twisted_tyk.schema.make import Maker
from twisted_tyk.schema.support import notes
from twisted_tyk.testing import definition

ROOT = Path(__file__).resolve().parent.parent.parent
PLACES = ("examples", "bench/gateway", "docs/code")
CASES = [*ROOT.glob("tests/*_cases/*.json"), *ROOT.glob("tests/limits/cases.json")]


def example_files() -> list[tuple[str, Path]]:
    patterns = {
        "config": "**/tyk.conf", "definition": "**/apps/*.json", "policies": "**/policies.json",
        "policy": "**/policies/*.json",
    }  # fmt: skip
    return [
        (name, file)
        for name, pattern in patterns.items()
        for place in PLACES
        for file in sorted((ROOT / place).glob(pattern))
    ]


def problems(name: str, value: Any) -> list[str]:
    validator = Draft202012Validator(schema(name, strict=True))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


@pytest.mark.parametrize(
    ("name", "file"),
    example_files(),
    ids=lambda value: str(value.relative_to(ROOT)) if isinstance(value, Path) else value,
)
def test_examples_fit(name: str, file: Path) -> None:
    assert problems(name, json.loads(file.read_text())) == []


def test_there_are_examples() -> None:
    assert {name for name, _ in example_files()} >= {"config", "definition", "policies"}


@pytest.mark.parametrize("file", CASES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_the_definitions_of_cases_fit(file: Path) -> None:
    validator = Draft202012Validator(schema("definition", strict=True))
    for case in json.loads(file.read_text()):
        for each in case.get("definitions", []):
            validator.validate(definition(**{"api_id": "case", **each}))


def test_what_does_not_fit_is_told_with_its_place() -> None:
    told = problems("config", {"listen_port": 70000, "http_server_options": {"use_ssl": "yes"}})
    assert told == [
        "$.listen_port: 70000 is greater than the maximum of 65535",
        "$.http_server_options.use_ssl: 'yes' is not of type 'boolean', 'null'",
    ]
    assert problems("config", {"listn_port": 1}) == [
        "$: 'listn_port' does not match any of the regexes: "
        + ", ".join(repr(pattern) for pattern in sorted(schema("config")["patternProperties"]))
    ]


def test_editors_are_told_what_the_source_says() -> None:
    made = schema("config")
    port = made["properties"]["listen_port"]
    assert port == {
        "type": ["integer", "null"],
        "minimum": 0,
        "maximum": 65535,
        "default": 8080,
        "description": "Main port. Tyk's missing key is 0; ours is 8080, as in Tyk's built-in "
        "default.",
    }
    assert made["properties"]["cloud"] == {"description": "Known to Tyk, not acted on here."}
    assert made["properties"]["dns_cache"]["description"].endswith(
        "`multiple_ips_handle_strategy`. Known to Tyk, not acted on here."
    )
    assert made["$defs"]["Storage"]["properties"]["type"]["enum"] == [
        "", "sqlite", "memory", "redis", None
    ]  # fmt: skip
    hooks = schema("definition")["$defs"]["CustomMiddleware"]["properties"]
    assert hooks["post_auth_check"]["deprecated"] is True
    limit = schema("policy")["$defs"]["Limit"]["properties"]["quota_renewal_rate"]
    assert limit == {"type": ["integer", "null"], "minimum": -(2**63), "maximum": 2**64 - 1,
                     "default": 0}  # fmt: skip
    rate = schema("policy")["$defs"]["Limit"]["properties"]["rate"]
    assert rate["description"] == "requests in `per` seconds; 0 or -1 is no limit."


@pytest.mark.parametrize("name", FILES)
def test_every_schema_says_what_it_is(name: str) -> None:
    made = schema(name)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["title"] == FILES[name].title
    assert "``" not in json.dumps(made), "reStructuredText is left in it"
    assert ":attr:" not in json.dumps(made)


@attrs.frozen
class Base:
    """What is above.

    And more of it.

    :ivar first: from the
        docstring, see :attr:`second`.
    """

    first: int = 0
    #: Two lines
    #: of ``it``.
    second: int = 0
    third: int = 0


@attrs.frozen
class Below(Base):
    #: Of its own.
    third: int = 0


def test_comments_are_found_where_they_stand() -> None:
    assert comments.of_class(Base) == "What is above."
    assert comments.of_fields(Base) == {
        "first": "from the docstring, see `second`.",
        "second": "Two lines of `it`.",
    }
    assert comments.of_fields(Below)["third"] == "Of its own."
    assert comments.of_fields(Below)["second"] == "Two lines of `it`."


def test_a_program_without_its_source_has_no_comments() -> None:
    made = attrs.make_class("Made", {"field": attrs.field(default=0, type=int)})
    assert comments.of_fields(made) == {}


@attrs.frozen
class Strange:
    field: complex = key(0j)


def test_what_no_reader_takes_has_no_schema() -> None:
    with pytest.raises(TypeError, match="no JSON Schema for <class 'complex'>"):
        Maker(strict=False).of(Strange)


def test_two_classes_of_one_name_can_not_be_told_apart() -> None:
    other = attrs.make_class("Base", {})
    maker = Maker(strict=False)
    maker.of(Base)
    with pytest.raises(TypeError, match="two classes are called Base"):
        maker.of(other)


def test_editors_are_told_what_is_not_supported() -> None:
    config = schema("config")["$defs"]
    options = config["HttpServerOptions"]["properties"]
    assert options["enable_http2"]["description"] == (
        "Offer HTTP/2 on TLS. Left out: this version does not support it."
    )
    assert options["use_ssl"]["description"].endswith("and does not start with it.")
    made = schema("definition")
    rules = made["$defs"]["ExtendedPaths"]["properties"]
    assert rules["white_list"]["description"] == (
        "This version does not support it, and does not serve APIs that ask for it."
    )
    assert rules["transform"]["description"] == "Left out: this version does not support it."
    assert "description" not in rules["track_endpoints"]
    assert made["properties"]["internal"]["description"] == ("No listen path: for other APIs only.")
    assert "not support" not in made["properties"]["protocol"]["description"]
    assert "not support" in made["$defs"]["Cors"]["properties"]["enable"]["description"]


def test_what_is_not_supported_is_a_key_somewhere() -> None:
    for (kind, name), _ in notes():
        assert name in fields_by_key(kind)
