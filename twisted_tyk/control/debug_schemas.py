"""What ``/tyk/debug`` is asked, and what it answers."""

from __future__ import annotations

from typing import Final

from twisted_tyk.control.routes import Schema
from twisted_tyk.control.schemas import NEW_DEFINITION

_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
_CHANGES: Final = {"type": "object", "properties": {"removed": _TEXTS, "added": _TEXTS}}
REQUEST: Final = Schema(
    "TraceRequest",
    {
        "type": "object",
        "required": ["request", "spec"],
        "properties": {
            "request": {
                "type": "object",
                "properties": {
                    "method": {"type": "string"},
                    "path": {"type": "string"},
                    "headers": {"type": "object", "additionalProperties": _TEXTS},
                    "body": {"type": "string"},
                },
            },
            "spec": NEW_DEFINITION,
        },
    },
)
TRACE: Final = Schema(
    "Trace",
    {
        "type": "object",
        "required": ["message", "response", "logs"],
        "properties": {
            "message": {"enum": ["ok", "error"]},
            "response": {"type": "string"},
            "logs": {"type": "string", "description": "Lines of JSON"},
            "upstream": {"type": "string", "description": "What the upstream was sent"},
            "steps": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "decision": {"type": "string"},
                        "milliseconds": {"type": "number"},
                        "changes": {
                            "type": "object",
                            "properties": {"request": _CHANGES, "response": _CHANGES},
                        },
                    },
                },
            },
        },
    },
)
