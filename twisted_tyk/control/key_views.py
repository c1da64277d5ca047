"""``/tyk/keys``: keys shown and listed, and the policies of one set by its hash."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import DeferredList, inlineCallbacks

from twisted_tyk.chain.api import Api
from twisted_tyk.control.answers import Answer
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.key_names import FLAGS, SESSION, KeyNames
from twisted_tyk.control.key_writer import KeyWriter
from twisted_tyk.control.routes import Outcome, Parameter, Route, Schema
from twisted_tyk.control.schemas import STATUS
from twisted_tyk.errors import Refusal
from twisted_tyk.message.octets import octets
from twisted_tyk.session.policies import PolicyError

KEYS: Final = Schema(
    "Keys",
    {
        "type": "object",
        "required": ["keys"],
        "properties": {"keys": {"type": "array", "items": {"type": "string"}}},
    },
)
#: Sessions that are read at a time.
_AT_ONCE: Final = 500
_NO_FILTER: Final = (
    "The 'filter' parameter (Org ID) is required when filtering by 'api_id' in legacy mode"
)


@frozen
class KeyViews:
    """:ivar lists_hashes: ``enable_hashed_keys_listing``."""

    writer: KeyWriter
    names: KeyNames
    served: Callable[[], Sequence[Api]]
    lists_hashes: bool

    def routes(self) -> Iterable[Route]:
        yield Route(
            "GET", "/tyk/keys", self.all, "The keys, or their hashes",
            query=[
                Parameter("filter", "What they begin with, such as their organisation"),
                Parameter("api_id", "Only those that may use this API"),
            ],
            responses={
                200: Outcome("As they are stored", KEYS),
                404: Outcome("Hashes are not listed", STATUS),
            },
        )  # fmt: skip
        yield Route(
            "GET", "/tyk/keys/{key}", self.one, "The session of a key, with its policies",
            query=[Parameter("api_id", "An API of the key's organisation"), *FLAGS],
            responses={
                200: Outcome("The session", SESSION), 404: Outcome("Key not found", STATUS)
            },
        )  # fmt: skip
        yield Route(
            "POST", "/tyk/keys/preview", self.preview, "What policies make of a session",
            body=SESSION, responses={200: Outcome("The session with its policies", SESSION)},
        )  # fmt: skip

    @inlineCallbacks
    def all(self, asked: Asked) -> Any:
        """The keys, as they are stored."""
        beginning, api_id = asked.query.get("filter", ""), asked.query.get("api_id", "")
        keys = self.writer.keys
        if keys.tokens.hash_keys:
            if not self.lists_hashes:
                note = "Hashed key listing is disabled in config (enable_hashed_keys_listing)"
                raise Refusal(404, note)
            beginning = ""
        elif api_id and not beginning:
            raise Refusal(400, _NO_FILTER)
        found = yield keys.listed(beginning)
        if beginning:
            found += yield keys.listed(_begins_in_base64(beginning))
        if api_id:
            found = yield self._usable(found, api_id)
        return Answer(200, {"keys": [_text(name) for name in found]})

    @inlineCallbacks
    def one(self, asked: Asked) -> Any:
        """The session of a key, with its policies and what remains of its quotas."""
        org_id = asked.query.get("org_id", "")
        for api in self.served():
            if api.api_id == asked.query.get("api_id"):
                org_id = api.definition.org_id
        found = yield self.names.find(asked, org_id)
        if found is None:
            raise Refusal(404, "Key not found")
        session, _ = found
        applied = session.copy()
        try:
            self.writer.policies.apply(applied)
            session = applied
        except PolicyError:
            pass  # it is shown as it is stored
        yield self.writer.counters.show(session, session.key_hash)
        session.basic_auth_data.password = ""
        return Answer(200, session.to_json())

    def preview(self, asked: Asked) -> Answer:
        """A session as it would be if it were stored."""
        session = self.writer.read(asked, "Unmarshalling failed")
        session.last_updated = str(int(self.writer.seconds()))
        self.writer.begin(session)
        try:
            self.writer.apply(session)
        except PolicyError as error:
            raise Refusal(400, f"Failed to create key - {error}") from None
        return Answer(200, session.to_json())

    @inlineCallbacks
    def _usable(self, names: list[str], api_id: str) -> Any:
        keys, usable = self.writer.keys, []
        for begin in range(0, len(names), _AT_ONCE):
            some = names[begin : begin + _AT_ONCE]
            reads = [keys.read(name, "", hashed=True) for name in some]
            outcomes = yield DeferredList(reads, consumeErrors=True)
            for name, (good, session) in zip(some, outcomes, strict=True):
                if not good:
                    session.trap(ValueError)  # one that is damaged opens no API
                elif session is not None and (
                    api_id in session.access_rights
                    or (not session.access_rights and self.writer.masters)
                ):
                    usable.append(name)
        return sorted(usable)


def _text(name: str) -> str:
    """A name that need not have been text, as one that can be sent."""
    return octets(name).decode("utf-8", "replace")


def _begins_in_base64(org_id: str) -> str:
    """What tokens of an organisation begin with, as far as its id decides."""
    text = base64.b64encode(f'{{"org":"{org_id}"'.encode()).decode().rstrip("=")
    return text[:-2]
