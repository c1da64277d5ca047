"""Findings for people, a line each; compilers write theirs so, and editors know the form."""

from __future__ import annotations

from collections.abc import Iterator

from twisted_tyk.lint.finding import Finding
from twisted_tyk.lint.found import Found


def lines(given: str, found: Found) -> Iterator[str]:
    """The lines of a check.

    The first one is Tyk's, word for word.

    :param given: the file that was to be checked, as it was named.
    """
    if not found.findings:
        yield f"found no issues in {given}"
        return
    yield f"issues found in {given}:"
    for finding in found.ordered():
        yield f"{line(finding)} [{finding.rule}]"


def line(finding: Finding) -> str:
    """``apps/a.json:3:5: error: proxy.listen_path: expected a string, found the number 5``."""
    problem = finding.problem
    column = problem.column if problem.line else None
    place = ":".join(str(part) for part in (problem.file, problem.line, column) if part)
    return ": ".join(part for part in (place, finding.severity, finding.message) if part)
