"""``/tyk/policies``: policies shown, and their files written and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from attrs import field, frozen
from twisted.internet.defer import Deferred, DeferredLock, inlineCallbacks
from twisted.logger import Logger

from twisted_tyk.control.answers import Answer, changed
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.folder import Folder, Occupied, id_in, is_file_name
from twisted_tyk.control.routes import Outcome, Route, Schema
from twisted_tyk.control.schemas import CHANGED, FILE_NAME, STATUS, schema_of
from twisted_tyk.errors import Refusal
from twisted_tyk.jsonfile import ConfigError
from twisted_tyk.jsonfile.document import decode
from twisted_tyk.session.policies import Policies
from twisted_tyk.session.policy import Policy
from twisted_tyk.settings.sections import Policies as PolicySettings

POLICY: Final = Schema("Policy", {**schema_of(Policy), "required": ["id"]})
NEW_POLICY: Final = Schema(
    "NewPolicy", {"allOf": [POLICY, {"type": "object", "properties": {"id": FILE_NAME}}]}
)

#: What holds the id of a policy.
_MEMBERS: Final = ("id", "_id")
_MISMATCH: Final = (
    "Request ID does not match that in policy! For Update operations these must match."
)
_NO_FOLDER: Final = "policies are not read from a folder: tyk.conf has no policies.policy_path"


@frozen
class PolicyFiles:
    """:ivar in_thread: calls what blocks."""

    settings: PolicySettings
    loaded: Policies
    in_thread: Callable[..., Deferred[Any]]
    _lock: DeferredLock = field(factory=DeferredLock, init=False, eq=False)

    log = Logger()

    def routes(self) -> Iterable[Route]:
        gone = {404: Outcome("Policy not found", STATUS)}
        changes = {
            200: Outcome("Written; a reload makes it count", CHANGED),
            400: Outcome("What is wrong, member by member", STATUS),
            409: Outcome("The file of that name holds another policy", STATUS),
        }
        yield Route(
            "GET", "/tyk/policies", self.all, "Every policy that is in force",
            responses={200: Outcome("As files have them", {"type": "array", "items": POLICY})},
        )  # fmt: skip
        yield Route(
            "GET", "/tyk/policies/{policy_id}", self.one, "One policy",
            responses={200: Outcome("As its file has it", POLICY), **gone},
        )  # fmt: skip
        yield Route(
            "POST", "/tyk/policies", self.write, "Add a policy, or replace it",
            body=NEW_POLICY, responses=changes,
        )  # fmt: skip
        yield Route(
            "PUT", "/tyk/policies/{policy_id}", self.write, "Replace a policy, or add it",
            body=NEW_POLICY, responses=changes,
        )  # fmt: skip
        yield Route(
            "DELETE", "/tyk/policies/{policy_id}", self.delete, "Delete a policy",
            responses={200: Outcome("Deleted; a reload makes it count", CHANGED), **gone},
        )  # fmt: skip

    def all(self, asked: Asked) -> Answer:
        """Every policy."""
        return Answer(200, [_shown(policy) for policy in self.loaded.all()])

    def one(self, asked: Asked) -> Answer:
        """One policy. :raises Refusal: 404."""
        policy = self.loaded.get(asked.parameters["policy_id"])
        if policy is None:
            raise Refusal(404, "Policy not found")
        return Answer(200, _shown(policy))

    @inlineCallbacks
    def write(self, asked: Asked) -> Any:
        """Write the file of a policy."""
        folder = self._folder()
        value = asked.json()
        policy_id = id_in(value, _MEMBERS)
        if asked.method == "PUT" and policy_id != asked.parameters["policy_id"]:
            raise Refusal(400, _MISMATCH)
        if isinstance(value, dict) and not policy_id:
            raise Refusal(400, "Unable to create policy without id.")
        try:
            self.loaded.check(decode(asked.body, "body"))
        except ConfigError as error:
            reasons = "; ".join(map(str, error.problems))
            raise Refusal(400, f"Request malformed: {reasons}") from None
        if not is_file_name(policy_id):
            raise Refusal(400, "Invalid policy ID")
        try:
            yield self._locked(folder.put, policy_id, value)
        except Occupied as error:
            raise Refusal(409, str(error)) from None
        except OSError as error:
            self.log.error("policy {id} was not written: {error}", id=policy_id, error=error)
            raise Refusal(500, f"Failed to create file! {error.strerror}") from None
        self.log.info("policy {id} was written", id=policy_id)
        return changed(policy_id, "added" if asked.method == "POST" else "modified")

    @inlineCallbacks
    def delete(self, asked: Asked) -> Any:
        """Take the file of a policy away."""
        policy_id = asked.parameters["policy_id"]
        try:
            found = yield self._locked(self._folder().remove, policy_id)
        except OSError as error:
            self.log.error("policy {id} was not deleted: {error}", id=policy_id, error=error)
            raise Refusal(500, f"Delete failed: {error.strerror}") from None
        if not found:
            raise Refusal(404, "Policy not found")
        self.log.info("policy {id} was deleted", id=policy_id)
        return changed(policy_id, "deleted")

    def _folder(self) -> Folder:
        if self.settings.policy_source == "service":
            note = "Due to enabled service policy source, please use the Dashboard API"
            raise Refusal(500, note)
        if not self.settings.policy_path:
            raise Refusal(400, _NO_FOLDER)
        return Folder(self.settings.policy_path, _MEMBERS)

    def _locked(self, call: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        return self._lock.run(self.in_thread, call, *arguments)


def _shown(policy: Policy) -> dict[str, Any]:
    return {**policy.raw, "id": policy.id}
