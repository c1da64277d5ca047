"""What a load of policies came to, with those that were good before and are not now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import attrs

from twisted_tyk.jsonfile import ConfigError, Problem
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


@attrs.define
class Load:
    """What has been read so far. :ivar before: what the last load came to."""

    before: PolicyReport
    policies: dict[str, Policy] = attrs.field(factory=dict)
    places: dict[str, str] = attrs.field(factory=dict)
    refused: set[str] = attrs.field(factory=set)
    problems: list[Problem] = attrs.field(factory=list)
    warnings: list[Problem] = attrs.field(factory=list)

    def take(self, file: str, policy: Policy, warnings: tuple[Problem, ...]) -> None:
        """One that is good."""
        self.policies[policy.id] = policy
        self.places[policy.id] = file
        self.warnings.extend(warnings)

    def refuse(self, error: ConfigError, ids: list[str]) -> None:
        """One that is not. What it was before stays, if it was good then.

        :param ids: of the policies that are there, or were read there before.
        """
        self.problems.extend(error.problems)
        self.warnings.extend(error.warnings)
        self.refused.update(ids)
        for id in ids:
            if id in self.before.policies and id not in self.policies:
                self.policies[id] = self.before.policies[id]
                self.places[id] = self.before.places[id]
                self.problems.append(Problem(self.places[id], f"policy {id}: {_KEPT}"))

    def report(self) -> PolicyReport:
        """What it came to."""
        return PolicyReport(
            MappingProxyType(self.policies),
            MappingProxyType(self.places),
            frozenset(self.refused - self.policies.keys()),
            tuple(self.problems),
            tuple(self.warnings),
        )


def unread(problems: Iterable[Problem], before: PolicyReport) -> PolicyReport:
    """What a load came to that could read nothing at all: everything is as before."""
    told = [*problems]
    if before.policies:
        told.append(Problem(told[0].file, "the last good versions of all policies are kept"))
    return attrs.evolve(before, problems=tuple(told), warnings=())
