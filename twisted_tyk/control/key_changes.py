"""``/tyk/keys``: keys made, changed and deleted."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, Final
from uuid import uuid4

from attrs import frozen
from twisted.internet.defer import inlineCallbacks
from twisted.logger import Logger

from twisted_tyk.control.answers import Answer, changed
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.key_names import (
    BY_HASH,
    FLAGS,
    SESSION,
    SUPPRESS,
    Damaged,
    KeyNames,
)
from twisted_tyk.control.key_writer import KeyWriter
from twisted_tyk.control.routes import Outcome, Parameter, Route
from twisted_tyk.control.schemas import CHANGED, STATUS
from twisted_tyk.errors import Refusal
from twisted_tyk.session.state import SessionState

_NO_RIGHTS: Final = "Failed to create key, keys must have at least one Access Rights record set."
#: Tyk's way to say that a key is to go from all APIs; it answers ``null`` then.
_EVERYWHERE: Final = "-1"


@frozen
class KeyChanges:
    """:ivar least: characters of a custom key."""

    writer: KeyWriter
    names: KeyNames
    least: int

    log = Logger()

    def routes(self) -> Iterable[Route]:
        done = {200: Outcome("Done", CHANGED), 400: Outcome("Why it can not be", STATUS)}
        gone = {404: Outcome("There is no such key", STATUS)}
        yield Route(
            "POST", "/tyk/keys", self.add, "Make a key",
            query=[SUPPRESS], body=SESSION, responses=done,
        )  # fmt: skip
        yield Route(
            "POST", "/tyk/keys/create", self.create, "Make a key, the older way",
            body=SESSION, responses=done,
        )  # fmt: skip
        yield Route(
            "POST", "/tyk/keys/{key}", self.add, "Make a key with an id of one's own",
            query=[SUPPRESS, BY_HASH], body=SESSION, responses=done,
        )  # fmt: skip
        yield Route(
            "PUT", "/tyk/keys/{key}", self.replace, "Replace the session of a key",
            query=[SUPPRESS, *FLAGS], body=SESSION, responses=done | gone,
        )  # fmt: skip
        yield Route(
            "DELETE", "/tyk/keys/{key}", self.delete, "Delete a key",
            query=[Parameter("api_id", "-1 answers null"), *FLAGS],
            responses={
                **done, 200: Outcome("Deleted", {"anyOf": [CHANGED, {"type": "null"}]}), **gone
            },
        )  # fmt: skip

    @inlineCallbacks
    def add(self, asked: Asked) -> Any:
        """A key from a session: a new one, or one with an id of the client's."""
        writer, tokens = self.writer, self.writer.keys.tokens
        custom = asked.parameters.get("key", "")
        hashed = bool(custom) and self.names.by_hash(asked)
        session = writer.read(asked)
        if custom and len(custom) < self.least:
            raise Refusal(
                400,
                f"custom key ID length {len(custom)} is less than min_token_length ({self.least}), "
                "so no client could use it",
            )
        token = custom if hashed else tokens.generate(session.org_id, custom)
        writer.begin(session)
        yield writer.secure(session)
        new = not custom or not (yield self._is_there(token, session.org_id, hashed))
        resets = asked.query.get("suppress_reset") != "1"
        yield writer.save(token, session, new, resets, hashed)
        writer.tell("TokenCreated", "Key modified.", session.org_id, token)
        if not tokens.hash_keys:
            return changed(token, "added")
        # A user's name is no secret, and its key is nothing but that.
        shown = "" if session.basic_auth_data.password else token
        return changed(shown, "added", token if hashed else tokens.hashed(token))

    @inlineCallbacks
    def create(self, asked: Asked) -> Any:
        """A key from a session, with a secret for signatures if it asks for one."""
        writer, tokens = self.writer, self.writer.keys.tokens
        session = writer.read(asked, "Unmarshalling failed")
        if session.hmac_enabled:
            session.hmac_string = base64.b64encode(uuid4().hex.encode()).decode()
        token = tokens.generate(session.org_id, session.certificate)
        if session.certificate and (yield self._is_there(token, session.org_id)):
            note = "Failed to create key - Key with given certificate already found:"
            raise Refusal(400, note + token)
        writer.begin(session)
        yield writer.secure(session)
        yield writer.save(token, session, new=True, no_rights=_NO_RIGHTS)
        writer.tell("TokenCreated", "Key generated.", session.org_id, token)
        return changed(token, "added", tokens.hashed(token) if tokens.hash_keys else "")

    @inlineCallbacks
    def replace(self, asked: Asked) -> Any:
        """The session of a key that is there. What it must keep it keeps."""
        writer = self.writer
        session = writer.read(asked)
        found = yield self.names.find(asked, session.org_id)
        if found is None:
            raise Refusal(404, "Key is not found")
        before, hashed = found
        if before.certificate and not session.certificate:
            raise Refusal(400, "Key cannot be used without a certificate")
        session.date_created = before.date_created
        writer.keep_expiry(session, before.expires)
        suppressed = asked.query.get("suppress_reset") == "1"
        if suppressed:
            _keep_periods(session, before)
        password = session.basic_auth_data.password
        if not password:
            session.basic_auth_data = before.basic_auth_data
        elif password != before.basic_auth_data.password:
            yield writer.secure(session)
        token = before.key_hash if hashed else before.key_id
        yield writer.save(token, session, False, not suppressed, hashed)
        writer.tell("TokenUpdated", "Key modified.", session.org_id, token)
        return changed(token, "modified")

    @inlineCallbacks
    def delete(self, asked: Asked) -> Any:
        """Take a key away, and its counters."""
        writer, org_id = self.writer, asked.query.get("org_id", "")
        try:
            found = yield self.names.find(asked, org_id)
        except Damaged:
            name, hashed = asked.parameters["key"], self.names.by_hash(asked)
            if not (yield writer.keys.remove(name, org_id, hashed)):
                raise
            return changed(name, "deleted")
        if found is None:
            raise Refusal(404, "There is no such key found")
        session, hashed = found
        yield writer.counters.reset(session, session.key_hash)
        name, token = session.key_hash, session.key_id
        if not (yield writer.keys.remove(name, org_id, hashed=True, known=token)):
            raise Refusal(400, "Failed to remove the key")
        token = name if hashed else token
        if asked.query.get("api_id") == _EVERYWHERE:
            return Answer(200, None)
        writer.tell("TokenDeleted", "Key deleted.", session.org_id, token)
        return changed(token, "deleted")

    @inlineCallbacks
    def _is_there(self, token: str, org_id: str, hashed: bool = False) -> Any:
        """Also when it is damaged: then it is replaced as any other."""
        try:
            return (yield self.names.read(token, org_id, hashed)) is not None
        except Damaged:
            return True


def _keep_periods(session: SessionState, before: SessionState) -> None:
    """Quotas and rates go on as they are."""
    session.quota_renews = before.quota_renews
    session.last_updated = before.last_updated
    for api_id, access in before.access_rights.items():
        now = session.access_rights.get(api_id)
        if now is not None and not access.limit.empty and not now.limit.empty:
            now.limit.quota_renews = access.limit.quota_renews
