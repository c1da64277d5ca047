"""``/tyk/openapi.json``: the control API described, from the table that serves it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from attrs import frozen

from twisted_tyk._version import __version__
from twisted_tyk.control.answers import Answer
from twisted_tyk.control.routes import Outcome, Route, Schema, is_name
from twisted_tyk.control.schemas import STATUS

_ALWAYS: Final[Mapping[int, Outcome]] = {
    400: Outcome("The request is malformed", STATUS),
    405: Outcome("The path has other methods", STATUS),
    500: Outcome("A fault of the gateway", STATUS),
    503: Outcome("The store can not be reached", STATUS),
}
_GUARDED: Final = {403: Outcome("The secret is missing or wrong", STATUS)}
_WITH_BODY: Final = {413: Outcome("The body is too large", STATUS)}


@frozen
class OpenAPI:
    """:ivar table: every endpoint, this one included."""

    table: Callable[[], Iterable[Route]]

    def routes(self) -> Iterable[Route]:
        yield Route(
            "GET",
            "/tyk/openapi.json",
            lambda asked: Answer(200, describe(self.table())),
            "This description",
            responses={200: Outcome("An OpenAPI 3.1 document", {"type": "object"})},
        )


def describe(routes: Iterable[Route]) -> dict[str, Any]:
    """An OpenAPI 3.1 document about ``routes``."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Control API of twisted_tyk", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "secret": {"type": "apiKey", "in": "header", "name": "X-Tyk-Authorization"}
            },
        },
        "security": [{"secret": []}],
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    names = [part[1:-1] for part in route.path.split("/") if is_name(part)]
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]
    parameters += [
        {
            "name": each.name,
            "in": "query",
            "description": each.text,
            "required": each.required,
            "schema": _resolved(each.schema, schemas),
        }
        for each in route.query
    ]
    responses = dict(_ALWAYS)
    if not route.open:
        responses |= _GUARDED
    if route.body is not None:
        responses |= _WITH_BODY
    responses |= route.responses
    operation: dict[str, Any] = {
        "summary": route.summary,
        "parameters": parameters,
        "responses": {
            str(status): _response(responses[status], schemas) for status in sorted(responses)
        },
    }
    if route.open:
        operation["security"] = []
    if route.body is not None:
        content = {route.body_media: {"schema": _resolved(route.body, schemas)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _response(outcome: Outcome, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = {} if outcome.schema is None else {"schema": _resolved(outcome.schema, schemas)}
    return {"description": outcome.text, "content": {outcome.media: schema}}


def _resolved(schema: Any, schemas: dict[str, Any]) -> Any:
    """References in place of what has a name."""
    if isinstance(schema, Schema):
        if schema.name not in schemas:
            schemas[schema.name] = None  # one that holds itself ends here
            schemas[schema.name] = _resolved(schema.value, schemas)
        return {"$ref": f"#/components/schemas/{schema.name}"}
    if isinstance(schema, Mapping):
        return {key: _resolved(value, schemas) for key, value in schema.items()}
    if isinstance(schema, (list, tuple)):
        return [_resolved(each, schemas) for each in schema]
    return schema
