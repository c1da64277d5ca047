"""Given a manifest and the name in an entry, this function is meant, or none."""

from __future__ import annotations

import json

import pytest

from twisted_tyk.native.functions import function_of
from twisted_tyk.native.manifest import Manifest
from twisted_tyk.plugins.driver import LoadError


def manifest(language: str = "go", *names: str) -> Manifest:
    functions = [
        {"name": "AddHeader"},
        {"name": "OnResponse", "kind": "response"},
        {"name": "Record", "kind": "analytics"},
        *({"name": name} for name in names),
    ]
    return Manifest.parse(json.dumps({"abi": "1.0", "language": language, "functions": functions}))


def said(name: str, kind: str = "request", of: Manifest | None = None) -> str:
    with pytest.raises(LoadError) as refused:
        function_of(of or manifest(), name, kind, "p.so")
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "kind", "number"),
    [("AddHeader", "request", 0), ("OnResponse", "response", 1), ("Record", "analytics", 2)],
)
def test_it_is_found_by_its_name(name: str, kind: str, number: int) -> None:
    assert function_of(manifest(), name, kind, "p.so").number == number


@pytest.mark.parametrize("name", ["addheader", "AddHeder", "AddHeaders"])
def test_a_name_that_is_nearly_right(name: str) -> None:
    assert said(name) == (
        f"p.so: there is no function {name!r} in it; did you mean AddHeader? "
        "there is AddHeader, OnResponse, Record"
    )


def test_a_name_that_is_not_near() -> None:
    assert said("x").endswith("no function 'x' in it; there is AddHeader, OnResponse, Record")


def test_of_many_names_some_are_told() -> None:
    many = manifest("go", *(f"F{number}" for number in range(10)))
    assert said("x", of=many).endswith("OnResponse, Record, F0, F1, F2, F3, F4 and 5 more")


WRONG = {
    "go": "AddHeader is a request function, expected a response function, which is "
    "func AddHeader(rw http.ResponseWriter, res *http.Response, req *http.Request)",
    "c": "AddHeader is a request function, expected a response function, which is "
    "int32_t AddHeader(tyk_call *call), in TYK_PLUGIN as (AddHeader, response, any)",
    "rust": "AddHeader is a request function, expected a response function, which is "
    "fn AddHeader(reply: &mut Reply, response: &mut Response, request: &mut Request), in "
    "tyk_plugin::export! as response fn AddHeader()",
    "zig": "AddHeader is a request function, expected a response function, which is "
    'AddHeader with "kind": "response" in the manifest',
}


@pytest.mark.parametrize(("language", "expected"), WRONG.items(), ids=WRONG)
def test_a_function_of_another_kind(language: str, expected: str) -> None:
    assert said("AddHeader", "response", manifest(language)) == f"p.so: {expected}"


def test_the_other_ways_round() -> None:
    assert "OnResponse is a response function, expected a request function" in said("OnResponse")
    assert "Record is an analytics function, expected a request function" in said("Record")
    assert "expected an analytics function, which is func AddHeader(record *analytics" in said(
        "AddHeader", "analytics"
    )
