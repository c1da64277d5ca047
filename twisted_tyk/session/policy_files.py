"""Policies from their files: a folder with one in each, or one file with all of them.

What is wrong with one policy leaves the others as they are. One that was good before
stays as it was then, until it is good again or gone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import attrs
from cattrs import Converter

from twisted_tyk.jsonfile import ConfigError, Document, Problem, References, read, structure
from twisted_tyk.jsonfile.keys import SCHEMA
from twisted_tyk.jsonfile.problem import describe
from twisted_tyk.session.policy import Policy
from twisted_tyk.session.policy_report import NOTHING, Load, PolicyReport, unread


@attrs.frozen
class PolicyFiles:
    """Reads policies.

    :ivar references: resolves ``env://`` and the like.
    :ivar converter: that of a :class:`~twisted_tyk.session.reading.SessionReader`.
    """

    references: References
    converter: Converter

    def folder(self, path: str, before: PolicyReport) -> PolicyReport:
        """Read every ``*.json`` of a folder, in alphabetical order."""
        try:
            names = sorted(name for name in os.listdir(path) if name.endswith(".json"))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            note = f"the folder of policies (policy_path) cannot be read: {reason}"
            if isinstance(error, FileNotFoundError) and not before.policies:
                # As in Tyk: the control API makes it with the first policy.
                problem = Problem(path, note, rule="unreadable")
                return attrs.evolve(NOTHING, warnings=(problem,))
            return unread([Problem(path, note, rule="unreadable")], before)
        load = Load(before)
        for name in names:
            file = os.path.join(path, name)
            # The control API names files so, and a file that is no JSON says nothing else.
            ids = [name.removesuffix(".json")]
            try:
                document = read(file)
                ids = _ids(document.value) or ids
                self._one(document, load)
            except ConfigError as error:
                known = [id for id, place in before.places.items() if place == file]
                load.refuse(error, [*known, *ids])
        return load.report()

    def record(self, path: str, before: PolicyReport) -> PolicyReport:
        """Read a file that maps ids to policies. An id there goes before one inside."""
        try:
            document = read(path)
            if not isinstance(document.value, dict):
                found = describe(document.value)
                problem = document.problem((), expected="an object", found=found, rule="wrong-type")
                raise ConfigError([problem])
        except ConfigError as error:
            return unread(error.problems, before)
        load = Load(before)
        for id, value in document.value.items():
            if id == SCHEMA:
                continue
            try:
                self._member(attrs.evolve(document, value={id: value}), id, load)
            except ConfigError as error:
                load.refuse(error, [id])
        return load.report()

    def one(self, document: Document) -> Policy:
        """The policy that a document is. :raises ConfigError: when it can not be one."""
        load = Load(NOTHING)
        self._one(document, load)
        [policy] = load.policies.values()
        return policy

    def _one(self, document: Document, load: Load) -> None:
        policy, warnings = structure(document, Policy, self.converter)
        resolved = self.references.resolve_document(document)
        if resolved is not document:
            # Made of the text first, so that no message about a type shows a secret.
            policy, _ = structure(resolved, Policy, self.converter)
        policy_id = policy.id or policy.database_id
        if not policy_id:
            note = "a policy needs an id"
            raise ConfigError([document.problem(("id",), note, rule="missing-value")])
        if policy_id in load.places:
            note = f"{load.places[policy_id]} has the same id"
            raise ConfigError([document.problem(("id",), note, rule="duplicate")])
        policy = attrs.evolve(policy, id=policy_id, raw=resolved.value)
        _check(document, policy, ())
        load.take(document.file, policy, warnings)

    def _member(self, document: Document, id: str, load: Load) -> None:
        kind: type[Mapping[str, Policy]] = Mapping[str, Policy]  # type: ignore[type-abstract]
        policies, warnings = structure(document, kind, self.converter)
        resolved = self.references.resolve_document(document)
        if resolved is not document:
            policies, _ = structure(resolved, kind, self.converter)
        policy_id = id or policies[id].id
        if not policy_id:
            note = "a policy needs an id"
            raise ConfigError([document.problem((id,), note, rule="missing-value")])
        raw = {**resolved.value[id], "id": policy_id}
        policy = attrs.evolve(policies[id], id=policy_id, raw=raw)
        _check(document, policy, (id,))
        load.take(document.file, policy, warnings)


def _ids(value: object) -> list[str]:
    """What a policy calls itself, whatever else is wrong with it."""
    if not isinstance(value, dict):
        return []
    own, database = value.get("id"), value.get("_id")
    return [id for id in (own or database,) if isinstance(id, str) and id]


def _check(document: Document, policy: Policy, place: tuple[str, ...]) -> None:
    if policy.partitions.per_api and policy.partitions.named:
        note = "per_api goes without quota, rate_limit, acl and complexity"
        path = (*place, "partitions", "per_api")
        raise ConfigError([document.problem(path, note, rule="bad-value")])
