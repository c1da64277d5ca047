"""``/tyk/org/keys``: the sessions of organisations, which limit all keys of one together."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen
from twisted.internet.defer import inlineCallbacks

from twisted_tyk.control.answers import Answer, changed
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.key_names import SESSION
from twisted_tyk.control.key_views import KEYS
from twisted_tyk.control.key_writer import KeyWriter
from twisted_tyk.control.routes import Outcome, Parameter, Route
from twisted_tyk.control.schemas import CHANGED, STATUS
from twisted_tyk.errors import Refusal
from twisted_tyk.session.keys import CHANGED as NOTICE
from twisted_tyk.session.organisations import PREFIX

if TYPE_CHECKING:
    from twisted_tyk.interfaces import INotifications, IStore

_NOT_FOUND: Final = "Org not found"


@frozen
class OrgKeys:
    store: IStore
    notifications: INotifications
    writer: KeyWriter

    def routes(self) -> Iterable[Route]:
        gone = {404: Outcome(_NOT_FOUND, STATUS)}
        yield Route(
            "GET", "/tyk/org/keys", self.all, "The organisations that have a session",
            query=[Parameter("filter", "What their ids begin with")],
            responses={200: Outcome("Their ids", KEYS)},
        )  # fmt: skip
        yield Route(
            "GET", "/tyk/org/keys/{org_id}", self.one, "The session of an organisation",
            responses={200: Outcome("The session", SESSION), **gone},
        )  # fmt: skip
        for method, what in (("POST", "Make"), ("PUT", "Replace")):
            yield Route(
                method, "/tyk/org/keys/{org_id}", self.put, f"{what} an organisation's session",
                query=[Parameter("reset_quota", "1: its quota begins anew")],
                body=SESSION, responses={200: Outcome("Done", CHANGED)},
            )  # fmt: skip
        yield Route(
            "DELETE", "/tyk/org/keys/{org_id}", self.delete, "Delete an organisation's session",
            responses={200: Outcome("Deleted", CHANGED), **gone},
        )  # fmt: skip

    @inlineCallbacks
    def all(self, asked: Asked) -> Any:
        """The ids of organisations."""
        names = yield self.store.keys(_name(asked.query.get("filter", "")))
        ids = [name[len(PREFIX) :].decode("utf-8", "replace") for name in names]
        return Answer(200, {"keys": sorted(ids)})

    @inlineCallbacks
    def one(self, asked: Asked) -> Any:
        """The session of one."""
        value = yield self.store.get(_name(asked.parameters["org_id"]))
        if value is None:
            raise Refusal(404, _NOT_FOUND)
        try:
            session = self.writer.keys.read_json(value)
        except ValueError as error:
            raise Refusal(500, f"What is stored of it is damaged: {error}") from None
        return Answer(200, session.to_json())

    @inlineCallbacks
    def put(self, asked: Asked) -> Any:
        """Store a session in place of any before."""
        org_id, writer = asked.parameters["org_id"], self.writer
        session = writer.read(asked)
        now = int(writer.seconds())
        if asked.query.get("reset_quota") == "1":
            session.quota_renews = now + session.quota_renewal_rate
            yield writer.counters.reset(session, writer.keys.tokens.hashed(org_id))
        session.last_updated = str(now)
        text = json.dumps(session.to_json(), separators=(",", ":"), allow_nan=False)
        yield self.store.set(_name(org_id), text.encode())
        self._tell(org_id)
        return changed(org_id, "added" if asked.method == "POST" else "modified")

    @inlineCallbacks
    def delete(self, asked: Asked) -> Any:
        """Take a session away."""
        org_id = asked.parameters["org_id"]
        if not (yield self.store.delete(_name(org_id))):
            raise Refusal(404, _NOT_FOUND)
        self._tell(org_id)
        return changed(org_id, "deleted")

    def _tell(self, org_id: str) -> None:
        # Nodes that miss it look again before long.
        self.notifications.publish(NOTICE, org_id).addErrback(lambda failure: None)


def _name(org_id: str) -> bytes:
    return PREFIX + org_id.encode()
