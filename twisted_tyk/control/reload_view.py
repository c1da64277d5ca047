"""What a reload came to, as ``/tyk/reload?verbose=1`` tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from twisted_tyk.control.routes import Schema
from twisted_tyk.plugins.driver import Plugged
from twisted_tyk.reload.report import Facts, Outcome, Report

#: What can become of a definition, and of a hook.
STATES: Final = ("added", "changed", "kept", "refused", "removed")
_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_HASHES: Final = {"type": "object", "additionalProperties": _TEXT}
_PLUGIN: Final = {
    "type": "object",
    "required": ["state", "point", "path", "name", "version", "files", "problem"],
    "properties": {
        "state": {"enum": list(STATES)},
        "point": _TEXT,
        "path": _TEXT,
        "name": _TEXT,
        "version": _TEXT,
        "files": _HASHES,
        "problem": _TEXT,
    },
}
_API: Final = {
    "type": "object",
    "required": ["file", "served", "reasons", "plugins", "bundles"],
    "properties": {
        "file": _TEXT,
        "api_id": _TEXT,
        "name": _TEXT,
        "listen_path": _TEXT,
        "served": {"type": "boolean"},
        "reasons": _TEXTS,
        "bundles": _HASHES,
        "plugins": {"type": "array", "items": _PLUGIN},
    },
}
RELOADED: Final = Schema(
    "Reloaded",
    {
        "type": "object",
        "required": ["status", "message"],
        "properties": {
            "status": {"enum": ["ok"]},
            "message": _TEXT,
            "apis": {
                "type": "object",
                "required": list(STATES),
                "properties": {state: {"type": "array", "items": _API} for state in STATES},
            },
            "warnings": _TEXTS,
        },
    },
)


def told(report: Report) -> dict[str, Any]:
    """All of it, APIs by what became of them."""
    apis: dict[str, list[dict[str, Any]]] = {state: [] for state in STATES}
    for outcome in report.outcomes:
        apis[outcome.state].append(_api(outcome))
    return {"apis": apis, "warnings": list(report.warnings)}


def _api(outcome: Outcome) -> dict[str, Any]:
    api = outcome.before if outcome.api is None else Facts.of(outcome.api)
    names = {"api_id": outcome.api_id} if outcome.api_id else {}
    if api is not None:
        names = {"api_id": api.api_id, "name": api.name, "listen_path": api.listen_path}
    before = outcome.before.plugged if outcome.before is not None else ()
    delivered = outcome.delivered
    return {
        "file": outcome.file,
        **names,
        "served": outcome.api is not None,
        "reasons": list(outcome.reasons),
        "bundles": dict(delivered.versions) if delivered is not None else {},
        "plugins": list(_plugins(outcome.plugged, before)),
    }


def _plugins(now: Iterable[Plugged], before: Iterable[Plugged]) -> Iterator[dict[str, Any]]:
    left = list(before)
    for plugged in now:
        same = next((each for each in left if _place(each) == _place(plugged)), None)
        if same is not None:
            left.remove(same)
        if plugged.problem:
            state = "refused"
        elif same is None or same.source is None:
            state = "added"
        else:
            state = "kept" if _files(same) == _files(plugged) else "changed"
        yield _plugin(state, plugged)
    for gone in left:
        yield _plugin("removed", gone)


def _plugin(state: str, plugged: Plugged) -> dict[str, Any]:
    return {
        "state": state,
        "point": plugged.point,
        "path": plugged.path,
        "name": plugged.name,
        "version": plugged.source.version if plugged.source is not None else "",
        "files": _files(plugged),
        "problem": plugged.problem,
    }


def _place(plugged: Plugged) -> tuple[str, str, str]:
    return plugged.point, plugged.path, plugged.name


def _files(plugged: Plugged) -> dict[str, str]:
    return dict(plugged.source.files) if plugged.source is not None else {}
