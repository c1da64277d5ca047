"""What hooks leave in a request for later steps and hooks, beside its session."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange


class Notes:
    """Made when a hook first leaves something; most requests have none.

    :ivar values: JSON texts by name, as native plugins exchange them.
    :ivar rewrite: the URL that the upstream is asked for in place of the one
        that the definition gives, or ``b""``; a path alone is one at the target.
    :ivar definition: a definition as JSON that a hook has put in place of the
        API's for the hooks after it, or ``b""``. It changes nothing else.
    """

    __slots__ = ("definition", "rewrite", "values")

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.rewrite = b""
        self.definition = b""

    def copy(self) -> Notes:
        """Others, that say the same."""
        twin = Notes()
        twin.values, twin.rewrite, twin.definition = {**self.values}, self.rewrite, self.definition
        return twin

    def as_json(self) -> bytes:
        """The values as one JSON object; ``b""`` when there are none."""
        if not self.values:
            return b""
        members = (json.dumps(name).encode() + b":" + text for name, text in self.values.items())
        return b"{" + b",".join(members) + b"}"


def notes_of(exchange: Exchange) -> Notes:
    """Those of a request, made when there are none yet."""
    if exchange.notes is None:
        exchange.notes = Notes()
    return exchange.notes
