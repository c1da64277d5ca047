"""``/tyk/patches``: what stands in place of built-in steps, and how it fares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from twisted_tyk.chain.api import Api
from twisted_tyk.control.answers import Answer
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.routes import Outcome, Route, Schema

if TYPE_CHECKING:
    from twisted_tyk.patches.choice import Listed, PatchesReport

_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
PATCH: Final = Schema(
    "Patch",
    {
        "type": "object",
        "required": ["file", "name", "version", "replaces", "state", "reason", "apis"],
        "properties": {
            "file": _TEXT,
            "name": _TEXT,
            "version": _TEXT,
            "replaces": _TEXT,
            "state": {"enum": ["applied", "kept", "refused"]},
            "reason": _TEXT,
            "in_force": {"type": ["string", "null"]},
            "sha256": _TEXT,
            "signed": {"type": "boolean"},
            "apis": {"type": "array", "items": _TEXT},
            "unmade": {"type": "object", "additionalProperties": _TEXT},
            "calls": _COUNT,
            "errors": _COUNT,
            "skipped": _COUNT,
            "running": _COUNT,
            "seconds": {"type": "number"},
        },
    },
)


@frozen
class PatchList:
    """
    :ivar report: of the last load of patches.
    :ivar served: the APIs of the routing table in force.
    """

    report: Callable[[], PatchesReport]
    served: Callable[[], Sequence[Api]]

    def routes(self) -> Iterable[Route]:
        yield Route(
            "GET",
            "/tyk/patches",
            self.all,
            "The patches, and how they fare",
            responses={200: Outcome("Every patch", {"type": "array", "items": PATCH})},
        )

    def all(self, asked: Asked) -> Answer:
        """Every folder and archive of ``patches_path``, in the order of their names."""
        return Answer(200, [self._shown(each) for each in self.report().listed])

    def _shown(self, listed: Listed) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "file": listed.file,
            "name": listed.name,
            "version": listed.version,
            "replaces": listed.replaces,
            "state": listed.state,
            "reason": listed.refused,
            "in_force": None,
            "apis": [],
        }
        patch = listed.patch
        if patch is None:
            return shown
        return shown | {
            "in_force": patch.manifest.version,
            "sha256": patch.sha256,
            "signed": patch.signed,
            "apis": [api.api_id for api in self.served() if patch in api.patches],
            "unmade": patch.unmade,
            **patch.counts.as_json(),
        }
