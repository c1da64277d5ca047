"""The description of the control API, made of the table that serves it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from gateways import MakeGateway
from jsonschema.validators import Draft202012Validator

from twisted_tyk.control.openapi import describe
from twisted_tyk.control.routes import Outcome, Parameter, Route, Schema


@pytest.fixture
def described(gateway: MakeGateway) -> Any:
    answer = gateway().control("/tyk/openapi.json")
    assert answer.status == 200
    return json.loads(answer.body)


def operations(description: Any) -> list[tuple[str, str, Any]]:
    return [
        (method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]


def schemas(value: Any) -> Any:
    """Every schema below ``value``."""
    if isinstance(value, dict):
        if isinstance(value.get("schema"), dict):
            yield value["schema"]
        for each in value.values():
            yield from schemas(each)
    elif isinstance(value, list):
        for each in value:
            yield from schemas(each)


def test_it_needs_the_secret(gateway: MakeGateway) -> None:
    assert gateway().get("/tyk/openapi.json").status == 403


def test_every_endpoint_is_in_it(gateway: MakeGateway) -> None:
    running = gateway()
    described = json.loads(running.control("/tyk/openapi.json").body)
    routes = running.service.root.control.routes.all
    assert {(route.method.lower(), route.path) for route in routes} == {
        (method, path) for method, path, _ in operations(described)
    }
    assert len(routes) > 5


def test_it_is_an_openapi_document(described: Any) -> None:
    assert described["openapi"].startswith("3.1.")
    assert set(described) == {"openapi", "info", "paths", "components", "security"}
    for _, path, operation in operations(described):
        names = re.findall(r"{(\w+)}", path)
        places = [(each["name"], each["in"]) for each in operation["parameters"]]
        assert [name for name, place in places if place == "path"] == names
        assert len(set(places)) == len(places)
        assert operation["summary"]
        assert set(operation) <= {
            "summary", "parameters", "responses", "requestBody", "security"
        }  # fmt: skip
        for status, response in operation["responses"].items():
            assert re.fullmatch("[2-5][0-9][0-9]", status)
            assert response["description"]


def test_every_schema_is_one(described: Any) -> None:
    components = described["components"]["schemas"]
    for schema in [*schemas(described["paths"]), *components.values()]:
        Draft202012Validator.check_schema(schema)
    references = re.findall(r'"\$ref": "([^"]+)"', json.dumps(described))
    assert {ref.removeprefix("#/components/schemas/") for ref in references} == set(components)


def test_an_open_path_says_so(described: Any) -> None:
    assert described["security"] == [{"secret": []}]
    assert described["paths"]["/hello"]["get"]["security"] == []
    assert "403" not in described["paths"]["/hello"]["get"]["responses"]
    assert "403" in described["paths"]["/tyk/apis"]["get"]["responses"]


def test_a_route_as_it_is_described() -> None:
    leaf = Schema("Leaf", {"type": "object"})
    tree = Schema("Tree", {"type": "object", "properties": {"leaves": {"items": leaf}}})
    route = Route(
        "PUT", "/tyk/trees/{tree}", lambda asked: None,  # type: ignore[arg-type,return-value]
        "Plant", [Parameter("when", "The year", {"type": "integer"}, True)], tree,
        responses={200: Outcome("Planted", leaf), 404: Outcome("No soil", media="text/plain")},
    )  # fmt: skip
    made = describe([route])
    operation = made["paths"]["/tyk/trees/{tree}"]["put"]
    assert operation["parameters"] == [
        {"name": "tree", "in": "path", "required": True, "schema": {"type": "string"}},
        {
            "name": "when", "in": "query", "description": "The year", "required": True,
            "schema": {"type": "integer"},
        },
    ]  # fmt: skip
    assert operation["requestBody"] == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}},
    }
    assert list(operation["responses"]) == [
        "200", "400", "403", "404", "405", "413", "500", "503"
    ]  # fmt: skip
    assert operation["responses"]["404"] == {
        "description": "No soil",
        "content": {"text/plain": {}},
    }
    assert made["components"]["schemas"]["Tree"] == {
        "type": "object",
        "properties": {"leaves": {"items": {"$ref": "#/components/schemas/Leaf"}}},
    }


def test_a_schema_may_hold_itself() -> None:
    value: dict[str, Any] = {"type": "object"}
    tree = Schema("Tree", value)
    value["properties"] = {"left": tree}
    made = describe([Route("POST", "/tyk/t", lambda asked: None, "…", body=tree)])  # type: ignore[arg-type,return-value]
    assert made["components"]["schemas"].keys() >= {"Tree", "Status"}
