"""Definitions made, replaced and deleted: their files, which a reload then reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from uuid import uuid4

from attrs import field, frozen
from cattrs import Converter
from twisted.internet.defer import Deferred, DeferredLock, inlineCallbacks
from twisted.logger import Logger

from twisted_tyk.apidef.loaded import load_document
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.chain.api import Api
from twisted_tyk.control.answers import changed
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.folder import Folder, Occupied, id_in, is_file_name, with_member
from twisted_tyk.control.routes import Outcome, Parameter, Route
from twisted_tyk.control.schemas import CHANGED, NEW_DEFINITION, STATUS
from twisted_tyk.errors import Refusal
from twisted_tyk.jsonfile import ConfigError, References
from twisted_tyk.jsonfile.document import decode

#: What holds the id of a definition.
MEMBERS: Final = ("api_id",)
_MISMATCH: Final = (
    "Request APIID does not match that in Definition! For Update operations these must match."
)
_NOT_CLASSIC: Final = (
    "this API endpoint only supports Tyk Classic APIs; please use the appropriate Tyk OAS API "
    "endpoint"
)


@frozen
class ApiFiles:
    """
    :ivar folder: of the definitions.
    :ivar references: resolves ``env://`` and the like, to see that they can be.
    :ivar served: the APIs of the routing table in force.
    :ivar in_thread: calls what blocks.
    """

    folder: Folder
    references: References
    converter: Converter
    served: Callable[[], Sequence[Api]]
    in_thread: Callable[..., Deferred[Any]]
    _lock: DeferredLock = field(factory=DeferredLock, init=False, eq=False)

    log = Logger()

    def routes(self) -> Iterable[Route]:
        changes = {
            200: Outcome("Written; a reload makes it count", CHANGED),
            400: Outcome("What is wrong, member by member", STATUS),
        }
        taken = {409: Outcome("The file of that name holds another API", STATUS)}
        gone = {404: Outcome("API not found", STATUS)}
        base = [Parameter("base_api_id", "Not supported: versions are members of the base API")]
        yield Route(
            "POST", "/tyk/apis", self.add, "Add a definition, or replace it",
            query=base, body=NEW_DEFINITION, responses=changes | taken,
        )  # fmt: skip
        yield Route(
            "PUT", "/tyk/apis/{api_id}", self.replace, "Replace a definition",
            body=NEW_DEFINITION, responses=changes | gone,
        )  # fmt: skip
        yield Route(
            "DELETE", "/tyk/apis/{api_id}", self.delete, "Delete a definition",
            responses={200: Outcome("Deleted; a reload makes it count", CHANGED), **gone},
        )  # fmt: skip

    @inlineCallbacks
    def add(self, asked: Asked) -> Any:
        """Write a definition. One without an id gets one."""
        if asked.query.get("base_api_id"):
            note = "base_api_id is not supported: add the version to the base API's definition"
            raise Refusal(400, note)
        value = _object(asked)
        body = asked.body
        if not id_in(value, MEMBERS):
            value = with_member(value, MEMBERS[0], uuid4().hex)
            body = json.dumps(value).encode()
        definition = self._checked(body)
        if not is_file_name(definition.api_id):
            raise Refusal(400, "Invalid API ID")
        yield self._write(definition.api_id, value)
        return changed(definition.api_id, "added")

    @inlineCallbacks
    def replace(self, asked: Asked) -> Any:
        """Write a definition in place of the one with its id."""
        api_id = asked.parameters["api_id"]
        value = _object(asked)
        file = yield self._locked(self.folder.file_of, api_id)
        if file is None:
            raise Refusal(404, "API not found")
        if id_in(value, MEMBERS) != api_id:
            raise Refusal(400, _MISMATCH)
        definition = self._checked(asked.body)
        if definition.is_oas or self._is_oas(api_id):
            raise Refusal(400, _NOT_CLASSIC)
        yield self._write(api_id, value)
        return changed(api_id, "modified")

    @inlineCallbacks
    def delete(self, asked: Asked) -> Any:
        """Take a definition's file away."""
        api_id = asked.parameters["api_id"]
        try:
            found = yield self._locked(self.folder.remove, api_id)
        except OSError as error:
            self.log.error("API {api} was not deleted: {error}", api=api_id, error=error)
            raise Refusal(500, f"Delete failed: {error.strerror}") from None
        if not found:
            raise Refusal(404, "API not found")
        self.log.info("the definition of API {api} was deleted", api=api_id)
        return changed(api_id, "deleted")

    def _checked(self, body: bytes) -> ApiDefinition:
        try:
            document = decode(body, "body")
            loaded = load_document(document, "body", self.references, self.converter)
        except ConfigError as error:
            reasons = "; ".join(map(str, error.problems))
            note = f"Validation of API Definition failed. Reason: {reasons}."
            raise Refusal(400, note) from None
        return loaded.definition

    def _is_oas(self, api_id: str) -> bool:
        return any(api.definition.is_oas for api in self.served() if api.api_id == api_id)

    @inlineCallbacks
    def _write(self, api_id: str, value: dict[str, Any]) -> Any:
        try:
            yield self._locked(self.folder.put, api_id, value)
        except Occupied as error:
            raise Refusal(409, str(error)) from None
        except OSError as error:
            self.log.error("API {api} was not written: {error}", api=api_id, error=error)
            note = f"file object creation failed, write error: {error.strerror}"
            raise Refusal(500, note) from None
        self.log.info("the definition of API {api} was written", api=api_id)

    def _locked(self, call: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        return self._lock.run(self.in_thread, call, *arguments)


def _object(asked: Asked) -> dict[str, Any]:
    value = asked.json()
    if not isinstance(value, dict):
        raise Refusal(400, "Request malformed: body: expected an object")
    return value
