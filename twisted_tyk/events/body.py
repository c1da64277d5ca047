"""The body of a webhook: Tyk's JSON, or what a template makes of an event."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from twisted_tyk.events.event import Event

Body = Callable[[Event], str]

_ACTION: Final = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_FIELD: Final = re.compile(r"\.(Type|TimeStamp|Meta\.(\w+))")
_QUOTA: Final = ("TriggerExceeded",)


def standard(event: Event) -> str:
    """Tyk's own JSON [templates/default_webhook.json]."""
    meta = event.meta
    if event.type in _QUOTA:
        value = {
            "event": event.type,
            "message": meta.get("Message", ""),
            "org": meta.get("OrgID", ""),
            "key": meta.get("Key", ""),
            "trigger_limit": meta.get("TriggerLimit", 0),
            "usage_percentage": meta.get("UsagePercentage", 0),
        }
    else:
        value = {
            "event": event.type,
            "message": meta.get("Message", ""),
            "path": meta.get("Path", ""),
            "origin": meta.get("Origin", ""),
            "key": meta.get("Key", ""),
        }
    return json.dumps(value)


@frozen
class Template:
    """A file with ``{{.Type}}``, ``{{.TimeStamp}}`` and ``{{.Meta.Path}}`` and the like.

    Values are escaped for JSON in a ``.json`` file and for HTML in any other.

    :ivar parts: text, and after each but the last the name of a field.
    """

    parts: tuple[str, ...]
    escape: Callable[[str], str]

    @classmethod
    def read(cls, file: Path) -> Template:
        """:raises ValueError: naming the file and line of what is not known."""
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise ValueError(f"{file}: {error}") from None
        parts, end = [], 0
        for action in _ACTION.finditer(text):
            field = _FIELD.fullmatch(action[1])
            if field is None:
                line = text.count("\n", 0, action.start()) + 1
                raise ValueError(
                    f"{file}:{line}: {action[0]}: expected a field, one of "
                    "{{.Type}}, {{.TimeStamp}}, {{.Meta.Path}} and the like"
                )
            parts += [text[end : action.start()], field[2] or "." + field[1]]
            end = action.end()
        escape = _json if file.suffix == ".json" else html.escape
        return cls((*parts, text[end:]), escape)

    def __call__(self, event: Event) -> str:
        """What has no value becomes empty."""
        return "".join(
            self.escape(_text(event, part)) if index % 2 else part
            for index, part in enumerate(self.parts)
        )


def _text(event: Event, field: str) -> str:
    if field == ".Type":
        return event.type
    if field == ".TimeStamp":
        return datetime.fromtimestamp(event.seconds, timezone.utc).isoformat()
    value: Any = event.meta.get(field, "")
    return str(value)


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]
