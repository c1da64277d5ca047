"""Given a manifest, it says what is in a bundle, or what is wrong with it and on which line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bundle_archives import FILES, HOOKS, our_manifest, tyk_manifest

from twisted_tyk.bundles.manifest import BundleManifest, read_manifest
from twisted_tyk.bundles.problem import BundleError

#: As the page of Tyk's documentation has it that tells of bundles with Go plugins.
BESIDE = {
    "file_list": ["AddFooBarHeader.so"],
    "custom_middleware": {"post": [{"name": "AddFooBarHeader", "path": "AddFooBarHeader.so"}]},
    "driver": "goplugin",
    "checksum": tyk_manifest(FILES)["checksum"],
    "signature": "",
}


def read(value: Any) -> BundleManifest:
    return read_manifest(json.dumps(value, indent=0).encode(), BundleManifest, "manifest.json")[0]


def wrong(value: Any) -> str:
    with pytest.raises(BundleError) as refused:
        read(value)
    assert len(refused.value.problems) == str(refused.value).count("manifest.json:")
    return str(refused.value)


def changed(**members: Any) -> Any:
    return our_manifest(FILES) | members


@pytest.mark.parametrize("value", [tyk_manifest(FILES), our_manifest(FILES), BESIDE])
def test_the_driver_is_inside_or_beside(value: Any) -> None:
    manifest = read(value)
    assert manifest.middleware.driver == "goplugin"
    assert [hook.name for hook in manifest.middleware.post] == ["AddFooBarHeader"]
    assert manifest.file_list == ("AddFooBarHeader.so",)
    assert manifest.warnings == ()


def test_it_may_be_given_twice() -> None:
    assert read(changed(driver="goplugin")).middleware.driver == "goplugin"


def test_but_not_two_of_them() -> None:
    assert wrong(changed(driver="python")).endswith(
        'driver: is "python", but inside custom_middleware it is "goplugin"'
    )


def test_all_that_a_definition_has_may_be_there() -> None:
    hooks = HOOKS | {
        "id_extractor": {"extract_from": "header", "extract_with": "value"},
        "traffic_logs": {"name": "Log", "path": "log.so"},
    }
    middleware = read(changed(custom_middleware=hooks)).middleware
    assert middleware.id_extractor.extract_from == "header"
    assert middleware.traffic_logs is not None


def test_unknown_members_are_warned_of() -> None:
    """As Tyk passes over them, bundles may have some."""
    (warning,) = read(changed(file_lists=[])).warnings
    assert str(warning).endswith('unknown key "file_lists", did you mean "file_list"?')


def test_members_match_without_regard_to_case() -> None:
    value = tyk_manifest(FILES)
    assert read({name.upper(): item for name, item in value.items()}) == read(value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "expected an object, found a list"),
        (changed(file_list="a.so"), "file_list: expected a list, found the string"),
        (changed(file_list=[1]), "file_list[0]: expected a string, found the number 1"),
        (changed(file_list=["../a"]), 'file_list[0]: invalid file path in archive: "../a": it lea'),
        (changed(file_list=["a", "a/b"]), 'file_list: "a/b" makes "a" both a file and a folder'),
        (changed(file_list=["a", "./a"]), 'file_list: "a" is in it twice'),
        (changed(file_list=["manifest.json"]), 'file_list: "manifest.json" is in it twice'),
        (changed(file_list=["MANIFEST.json"]), 'differs from "manifest.json" only in case'),
        (changed(checksum=None), "checksum: invalid checksum: there is none"),
        (changed(checksum="xyz"), "checksum: invalid checksum: expected 32 hexadecimal digits"),
        (changed(sha256={"a": "0" * 64}), 'found none of "AddFooBarHeader.so"'),
        (changed(sha256={"a": "0" * 64}), 'sha256: "a" is not in file_list'),
        (changed(sha256={}, manifest_signature="x"), "expected the SHA-256 of every file"),
        (changed(custom_middleware=[]), "custom_middleware: expected an object, found a list"),
    ],
)
def test_what_is_wrong_has_its_place(value: Any, says: str) -> None:
    sentence = wrong(value)
    assert sentence.startswith("manifest.json:")
    assert says in sentence


def test_all_that_is_wrong_is_told() -> None:
    sentence = wrong(changed(checksum="", driver="python"))
    assert "; " in sentence
    assert "there is none" in sentence
    assert 'is "python"' in sentence


def test_a_member_given_twice_is_refused() -> None:
    """Programs differ in which one counts."""
    content = b'{"file_list": [],\n"checksum": "0",\n"checksum": "1"}'
    with pytest.raises(BundleError, match=":3: checksum: given twice, first on line 2"):
        read_manifest(content, BundleManifest, "manifest.json")


@pytest.mark.parametrize("sums", [{}, {"sha256": {str(number): "" for number in range(60_000)}}])
def test_a_flood_of_problems_is_told_in_a_few_sentences(sums: Any) -> None:
    """Otherwise as many are in the log, and looking for them takes as long as reading books."""
    names = [str(number) for number in range(60_000)]
    flood = {"file_list": names, "checksum": "0" * 32, "manifest_signature": "x", **sums}
    with pytest.raises(BundleError, match=r"and there is more wrong with it$") as refused:
        read(flood)
    assert len(refused.value.problems) == 100
    assert len(str(refused.value)) < 1000
