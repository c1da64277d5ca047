"""Policies from their files: a folder with one in each, or one file with all of them.

What is wrong with one policy leaves the others as they are. One that was good before
stays as it was then, until it is good again or gone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import attrs
from cattrs import Converter

from twisted_tyk.jsonfile import (
    ConfigError,
    Document,
    Problem,
    References,
    read,
    structure,
)
from twisted_tyk.jsonfile.keys import SCHEMA
from twisted_tyk.jsonfile.problem import describe
from twisted_tyk.session.policy import Policy

_KEPT: Final = "the last good version is kept"


@attrs.frozen
class PolicyReport:
    """What a load came to.

    :ivar policies: by id.
    :ivar places: file of each policy by its id, for messages and for what comes next.
    :ivar refused: ids, as far as they are known, of policies that are there and were never
        good: keys that name one are not to be used without it.
    :ivar problems: why policies, or new versions of them, can not be used.
    """

    policies: Mapping[str, Policy] = attrs.field(factory=dict)
    places: Mapping[str, str] = attrs.field(factory=dict)
    refused: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


NOTHING: Final = PolicyReport(MappingProxyType({}), MappingProxyType({}))


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
            return _unread([Problem(path, note, rule="unreadable")], before)
        load = _Load(before)
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
            return _unread(error.problems, before)
        load = _Load(before)
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
        load = _Load(NOTHING)
        self._one(document, load)
        [policy] = load.policies.values()
        return policy

    def _one(self, document: Document, load: _Load) -> None:
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

    def _member(self, document: Document, id: str, load: _Load) -> None:
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


@attrs.define
class _Load:
    """What has been read so far."""

    before: PolicyReport
    policies: dict[str, Policy] = attrs.field(factory=dict)
    places: dict[str, str] = attrs.field(factory=dict)
    refused: set[str] = attrs.field(factory=set)
    problems: list[Problem] = attrs.field(factory=list)
    warnings: list[Problem] = attrs.field(factory=list)

    def take(self, file: str, policy: Policy, warnings: tuple[Problem, ...]) -> None:
        self.policies[policy.id] = policy
        self.places[policy.id] = file
        self.warnings.extend(warnings)

    def refuse(self, error: ConfigError, ids: list[str]) -> None:
        """:param ids: of the policies that are there, or were read there before."""
        self.problems.extend(error.problems)
        self.warnings.extend(error.warnings)
        self.refused.update(ids)
        for id in ids:
            if id in self.before.policies and id not in self.policies:
                self.policies[id] = self.before.policies[id]
                self.places[id] = self.before.places[id]
                self.problems.append(Problem(self.places[id], f"policy {id}: {_KEPT}"))

    def report(self) -> PolicyReport:
        return PolicyReport(
            MappingProxyType(self.policies),
            MappingProxyType(self.places),
            frozenset(self.refused - self.policies.keys()),
            tuple(self.problems),
            tuple(self.warnings),
        )


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


def _unread(problems: Iterable[Problem], before: PolicyReport) -> PolicyReport:
    told = [*problems]
    if before.policies:
        told.append(Problem(told[0].file, "the last good versions of all policies are kept"))
    return attrs.evolve(before, problems=tuple(told), warnings=())
