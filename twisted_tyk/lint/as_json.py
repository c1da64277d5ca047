"""Findings for scripts: one JSON object."""

from __future__ import annotations

from typing import Any

from twisted_tyk.lint.finding import Finding
from twisted_tyk.lint.found import Found


def as_json(found: Found, ok: bool) -> dict[str, Any]:
    """What ``--format json`` prints.

    :param ok: whether the exit status is 0.
    """
    return {
        "ok": ok,
        "errors": found.count("error"),
        "warnings": found.count("warning"),
        "files": list(found.files),
        "findings": [_finding(finding) for finding in found.ordered()],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    problem = finding.problem
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "pointer": problem.pointer,
        "path": problem.path,
        "severity": finding.severity,
        "rule": finding.rule,
        "message": problem.sentence,
        "expected": problem.expected,
        "found": problem.found,
        "suggestion": problem.suggestion,
    }
