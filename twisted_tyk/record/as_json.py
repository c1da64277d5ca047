"""The record of a request as JSON, with the names of Tyk's analytics, and back.

What goes out is shown to somebody else's code. Of what comes back only what
it has changed is taken, when it is of the right kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from attrs import define, field

from twisted_tyk.record.hit import Hit
from twisted_tyk.record.members import EMPTY, GIVEN, KINDS, RECORDED

_TOO_DEEP: Final = "the record is nested too deeply"
_ATTRIBUTES: Final = {name: attribute for name, attribute, _ in RECORDED}


@define(eq=False)
class EditedHit(Hit):
    """A hit of which somebody has changed some values.

    :ivar changed: the new values by the names of attributes. There may be more of them than
        a :class:`~twisted_tyk.record.hit.Hit` has, such as ``raw_response``.
    """

    changed: Mapping[str, Any] = field(repr=False)

    def __getattribute__(self, name: str) -> Any:
        changed = object.__getattribute__(self, "changed")
        return changed[name] if name in changed else object.__getattribute__(self, name)


class EditableRecord:
    """A hit that is shown as JSON and may come back changed.

    :ivar hit: as it was recorded.
    """

    __slots__ = ("_sent", "hit")

    def __init__(self, hit: Hit) -> None:
        self.hit = hit
        self._sent: Mapping[str, Any] = EMPTY

    def fields(self) -> dict[str, Any]:
        """The record, to be changed at will."""
        self._sent = self._made()
        return self._made()

    def as_json(self) -> bytes:
        """The record as the text of an object."""
        self._sent = self._made()
        return json.dumps(self._sent, separators=(",", ":")).encode()

    def from_json(self, text: bytes) -> Hit:
        """:meth:`edited` from the text of an object. :raises ValueError:"""
        try:
            fields = json.loads(text)
        except RecursionError:
            raise ValueError(_TOO_DEEP) from None
        except ValueError as error:
            raise ValueError(f"the record is not JSON: {error}") from None
        return self.edited(fields)

    def edited(self, fields: Any) -> Hit:
        """The hit with what has changed. What is missing or ``null`` is as it was, but no tags.

        :raises ValueError: naming a member that is not known or of another kind.
        """
        if not isinstance(fields, dict):
            raise ValueError(f"the record is a {type(fields).__name__}, not an object")
        changed: dict[str, Any] = {}
        members: dict[str, Any] = fields
        for name, value in members.items():
            if name not in KINDS:
                raise ValueError(f"the record has no member {name!r}")
            try:
                if self._says_something_new(name, value):
                    changed[_ATTRIBUTES.get(name, name)] = KINDS[name].read(name, value)
            except RecursionError:
                raise ValueError(_TOO_DEEP) from None
        if not changed:
            return self.hit
        if "latency" in changed:
            changed["upstream_time"] = changed["latency"].upstream
        hit = self.hit
        return EditedHit(
            hit.exchange, hit.facts, hit.request_time, hit.upstream_time, hit.seconds, hit.error,
            changed,
        )  # fmt: skip

    def _made(self) -> dict[str, Any]:
        return shown(self.hit)

    def _says_something_new(self, name: str, value: Any) -> bool:
        if name in self._sent:
            # A list without items is null in Go; of what else is null nothing is said.
            given = [] if name == "tags" and value is None else value
            return given is not None and given != self._sent[name]
        # Languages with structures fill those that they were not sent with nothing.
        return _says_anything(value)


def shown(hit: Hit) -> dict[str, Any]:
    """The members of a hit of any kind, in JSON's types."""
    made = {name: kind.show(getattr(hit, attribute)) for name, attribute, kind in RECORDED}
    made |= {name: getattr(hit, name, empty) for name, empty in EMPTY.items()}
    made |= {name: getattr(hit, name) for name in GIVEN if hasattr(hit, name)}
    return made


def _says_anything(value: Any) -> bool:
    return any(map(_says_anything, value.values())) if isinstance(value, dict) else bool(value)
