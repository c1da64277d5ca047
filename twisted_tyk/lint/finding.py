"""One thing that is wrong, and how bad that is."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from twisted_tyk.jsonfile.problem import Problem

Severity = Literal["error", "warning"]

#: Of a problem that does not say.
OTHER = "bad-value"


@frozen
class Finding:
    """:ivar severity: an error keeps something from being used; with a warning it is used."""

    problem: Problem
    severity: Severity

    @property
    def rule(self) -> str:
        """A key of :data:`twisted_tyk.lint.rules.RULES`."""
        return self.problem.rule or OTHER

    @property
    def message(self) -> str:
        """The sentence with the dotted path, without file and line."""
        return ": ".join(part for part in (self.problem.path, self.problem.sentence) if part)
