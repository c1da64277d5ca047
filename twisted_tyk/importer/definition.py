"""A description made into an API definition, or into a version of one [apidef/importer/swagger.go].

As in Tyk, a version lets the paths through that the file has, and no others
(``white_list``), and they are counted one by one (``track_endpoints``).
"""

from __future__ import annotations

from typing import Any

from twisted_tyk.importer.described import Described
from twisted_tyk.jsonfile.problem import describe

Json = dict[str, Any]


def version_of(api: Described, any_path: bool = False) -> Json:
    """A version. :param any_path: without the list of the paths that are let through."""
    listed: Json = {
        "track_endpoints": [
            {"path": path, "method": method}
            for path, methods in api.paths.items()
            for method in methods
        ]
    }
    if not any_path:
        listed["white_list"] = [
            {
                "path": path,
                "method_actions": {
                    method: {"action": "no_action", "code": 200, "data": "", "headers": {}}
                    for method in methods
                },
            }
            for path, methods in api.paths.items()
        ]
    return {"name": api.version, "use_extended_paths": True, "extended_paths": listed}


def new_definition(api: Described, version: Json, api_id: str, org_id: str, target: str) -> Json:
    """A definition of its own; anybody may call the API. :param target: URL of the upstream."""
    return {
        "name": api.title,
        "api_id": api_id,
        "org_id": org_id,
        "active": True,
        "use_keyless": True,
        "definition": {"location": "header", "key": "version"},
        "version_data": {"not_versioned": False, "versions": {api.version: version}},
        "proxy": {
            "listen_path": f"/{api_id}/",
            "target_url": target,
            "strip_listen_path": True,
        },
    }


def with_version(definition: Any, name: str, version: Json) -> Json:
    """A definition that has one version more, or another of this name.

    :raises ValueError: one sentence, when it is no definition.
    """
    made = _object(definition, "")
    data = _object(_spelt(made, "version_data"), "version_data")
    versions = _object(_spelt(data, "versions"), "version_data.versions")
    _spell(data, "not_versioned", False)
    _spell(data, "versions", {**versions, name: version})
    _spell(made, "version_data", data)
    return made


def _object(value: Any, place: str) -> Json:
    if value is None and place:
        return {}
    if not isinstance(value, dict):
        found = f"expected an object, found {describe(value)}"
        raise ValueError(f"{place}: {found}" if place else found)
    return dict(value)


def _spelling(value: Json, key: str) -> str:
    """How a key is written there: its case does not count."""
    return next((name for name in value if name.lower() == key), key)


def _spelt(value: Json, key: str) -> Any:
    return value.get(_spelling(value, key))


def _spell(value: Json, key: str, member: Any) -> None:
    value[_spelling(value, key)] = member
