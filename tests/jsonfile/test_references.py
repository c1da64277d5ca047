"""Values that stand elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from twisted_tyk.jsonfile import ConfigError, References, decode
from twisted_tyk.jsonfile.references import Unresolved

REFERENCES = References(
    environ={"TOKEN": "t0ken", "EMPTY": ""}, secrets={"db": "s3cret", "db_host": "db.local"}
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("http://env.example/", "http://env.example/"),
        ("myenv://TOKEN", "myenv://TOKEN"),
        ("env://TOKEN", "t0ken"),
        ("env://EMPTY", ""),
        ("Bearer env://TOKEN", "Bearer t0ken"),
        ("env://TOKEN/path", "t0ken/path"),
        ("secrets://db", "s3cret"),
        ("http://secrets://db_host/x", "http://db.local/x"),
    ],
)
def test_a_reference_is_replaced_in_its_place(text: str, value: str) -> None:
    assert REFERENCES.resolve(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("env://NONE", "env://NONE: no such environment variable"),
        ("env://", "env://: no such environment variable"),
        ("secrets://none", "secrets://none: no such key in the secrets of tyk.conf"),
        ("consul://a", "consul:// references are not supported by this version"),
        ("vault://a", "vault:// references are not supported by this version"),
        ("kv://a/b", "kv:// references are not supported by this version"),
        ("a $kv{b:c}", "$kv{ references are not supported by this version"),
        ("file://none", "file://none: cannot be read: No such file or directory"),
        ("file://a\0b", "file://a\0b: cannot be read: not UTF-8 text"),
    ],
)
def test_what_cannot_be_found_is_told(text: str, reason: str) -> None:
    with pytest.raises(Unresolved) as caught:
        REFERENCES.resolve(text)
    assert str(caught.value) == reason


def test_files_are_read_from_the_folder_without_the_last_line_end(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("one\ntwo\n")
    references = References(folder=str(tmp_path))
    assert references.resolve("file://key.pem") == "one\ntwo"
    assert References().resolve(f"file://{tmp_path}/key.pem") == "one\ntwo"


def test_values_of_a_document_are_resolved_but_not_its_keys() -> None:
    document = decode(b'{"env://TOKEN": ["env://TOKEN", {"a": 1, "b": null}]}', "a.json")
    resolved = REFERENCES.resolve_document(document)
    assert resolved.value == {"env://TOKEN": ["t0ken", {"a": 1, "b": None}]}
    assert resolved.text == document.text


def test_a_value_cannot_change_the_shape_of_the_document() -> None:
    document = decode(b'{"a": "env://X"}', "a.json")
    resolved = References(environ={"X": '", "b": "'}).resolve_document(document)
    assert resolved.value == {"a": '", "b": "'}


def test_a_document_without_references_is_the_same_document() -> None:
    document = decode(b'{"a": ["b"]}', "a.json")
    assert REFERENCES.resolve_document(document) is document


def test_escaped_references_are_references_too() -> None:
    document = decode(rb'["env:\/\/TOKEN", "env\u003a//TOKEN"]', "a.json")
    assert REFERENCES.resolve_document(document).value == ["t0ken", "t0ken"]


def test_every_unresolved_value_of_a_document_is_named() -> None:
    document = decode(b'{"a": "env://X",\n"b": ["vault://y"]}', "a.json")
    with pytest.raises(ConfigError) as caught:
        REFERENCES.resolve_document(document)
    assert [str(problem) for problem in caught.value.problems] == [
        "a.json:1: a: env://X: no such environment variable",
        "a.json:2: b[0]: vault:// references are not supported by this version",
    ]


def test_secrets_are_not_in_repr() -> None:
    assert "s3cret" not in repr(REFERENCES)
