"""``rate_limit_pattern``: a counter named by what is known of a request, for several keys."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange
    from twisted_tyk.session.state import SessionState

#: The member of a session's ``meta_data``.
PATTERN: Final = "rate_limit_pattern"
#: Where native plugins leave what ``$tyk_context`` variables stand for.
_CONTEXT: Final = "context_data"
_VARIABLE: Final = re.compile(r"\$tyk_(context|meta)\.([A-Za-z0-9_\-.]+)")


@frozen
class CounterName:
    """:ivar pattern: text with ``$tyk_meta.name`` and ``$tyk_context.name`` in it."""

    pattern: str

    @classmethod
    def of(cls, session: SessionState) -> CounterName | None:
        """The one of a session, if it asks for one."""
        pattern = session.meta_data.get(PATTERN)
        return cls(pattern) if isinstance(pattern, str) and pattern else None

    def fill_in(self, exchange: Exchange) -> str:
        """The name; a variable that there is not is nothing."""
        session = exchange.session
        values: dict[str, Mapping[str, Any]] = {
            "meta": session.meta_data if session is not None else {},
            "context": _context(exchange) if "$tyk_context." in self.pattern else {},
        }
        return _VARIABLE.sub(lambda found: _text(values[found[1]].get(found[2])), self.pattern)


def _context(exchange: Exchange) -> Mapping[str, Any]:
    notes = exchange.notes
    text = notes.values.get(_CONTEXT) if notes is not None else None
    if text is None:
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """As Tyk writes it; what is neither text, number nor list is nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ",".join(text for text in map(_text, value) if text)
    return ""
