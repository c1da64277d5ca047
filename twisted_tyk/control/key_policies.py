"""``/tyk/keys/policy``: other policies for a key of which only the hash is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import inlineCallbacks

from twisted_tyk.control.answers import changed
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.key_names import KeyNames
from twisted_tyk.control.key_writer import KeyWriter
from twisted_tyk.control.routes import Outcome, Route, Schema
from twisted_tyk.control.schemas import CHANGED, STATUS
from twisted_tyk.errors import Refusal

_WRONG: Final = "Couldn't decode instruction"
_INSTRUCTION: Final = Schema(
    "PolicyInstruction",
    {
        "type": "object",
        "properties": {
            "policy": {"type": "string"},
            "apply_policies": {"type": "array", "items": {"type": "string"}},
        },
    },
)


@frozen
class KeyPolicies:
    writer: KeyWriter
    names: KeyNames

    def routes(self) -> Iterable[Route]:
        yield Route(
            "POST", "/tyk/keys/policy/{hash}", self.set, "Set the policies of a key",
            body=_INSTRUCTION,
            responses={200: Outcome("Done", CHANGED), 404: Outcome("Key not found", STATUS)},
        )  # fmt: skip

    @inlineCallbacks
    def set(self, asked: Asked) -> Any:
        """Name other policies in a session; its own limits and rights stay below them."""
        policies = _policies(asked.json(_WRONG))
        name, writer = asked.parameters["hash"], self.writer
        session = yield self.names.read(name, "", hashed=True)
        if session is None:
            raise Refusal(404, "Key not found")
        now = writer.seconds()
        session.last_updated = str(int(now))
        session.apply_policies, session.apply_policy_id = policies, ""
        lifetime = writer.lifetime(session)
        yield writer.keys.write(name, session, lifetime, hashed=True)
        return changed(name, "updated")


def _policies(value: Any) -> list[str]:
    if not isinstance(value, dict):
        raise Refusal(400, f"{_WRONG}: expected an object")
    several, single = value.get("apply_policies") or [], value.get("policy") or ""
    if not isinstance(several, list) or not all(isinstance(each, str) for each in several):
        raise Refusal(400, f"{_WRONG}: apply_policies: expected a list of strings")
    if not isinstance(single, str):
        raise Refusal(400, f"{_WRONG}: policy: expected a string")
    return [*several, single] if single else several
