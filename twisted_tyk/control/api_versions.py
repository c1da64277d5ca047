"""``/tyk/apis/{api_id}/versions``: the versions of an API [gateway/versions_handler.go]."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from attrs import frozen

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.chain.api import Api
from twisted_tyk.control.answers import Answer
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.routes import Outcome, Parameter, Route, Schema
from twisted_tyk.control.schemas import STATUS
from twisted_tyk.errors import Refusal

_TEXT: Final = {"type": "string"}
_FLAG: Final = {"type": "boolean"}
_VERSION: Final = {
    "id": _TEXT,
    "name": _TEXT,
    "versionName": _TEXT,
    "internal": _FLAG,
    "expirationDate": _TEXT,
    "isDefaultVersion": _FLAG,
}
VERSIONS: Final = Schema(
    "Versions",
    {
        "type": "object",
        "required": ["status", "apis"],
        "properties": {
            "status": {"const": "success"},
            "apis": {
                "type": "array",
                "items": {"type": "object", "properties": _VERSION, "required": list(_VERSION)},
            },
        },
    },
)


@frozen
class ApiVersions:
    """:ivar served: the APIs of the routing table in force."""

    served: Callable[[], Sequence[Api]]

    def routes(self) -> Iterable[Route]:
        yield Route(
            "GET",
            "/tyk/apis/{api_id}/versions",
            self.all,
            "The versions of an API, itself first",
            query=[
                Parameter("searchText", "Part of the version's name"),
                Parameter("accessType", "internal or external; the others are left out"),
            ],
            responses={
                200: Outcome("In the order of their names", VERSIONS),
                404: Outcome("API not found", STATUS),
            },
        )

    def all(self, asked: Asked) -> Answer:
        """The versions that are served. :raises Refusal: 404."""
        definitions = {api.api_id: api.definition for api in self.served()}
        base = definitions.get(asked.parameters["api_id"])
        if base is None:
            raise Refusal(404, "API not found")
        named = [(base.definition.name, base)]
        for name, api_id in sorted(base.definition.versions.items()):
            if api_id in definitions:
                named.append((name, definitions[api_id]))
        searched = asked.query.get("searchText", "").lower()
        access = asked.query.get("accessType", "")
        return Answer(
            200,
            {
                "status": "success",
                "apis": [
                    _shown(name, definition, base)
                    for name, definition in named
                    if searched in name.lower() and _has(access, definition)
                ],
            },
        )


def _shown(name: str, definition: ApiDefinition, base: ApiDefinition) -> dict[str, Any]:
    standard = base.definition.default
    if standard == "self":
        standard = base.definition.name
    return {
        "id": definition.api_id,
        "name": definition.name,
        "versionName": name,
        "internal": definition.internal,
        "expirationDate": definition.expiration,
        "isDefaultVersion": name == standard,
    }


def _has(access: str, definition: ApiDefinition) -> bool:
    if access not in ("internal", "external"):
        return True
    return definition.internal == (access == "internal")
