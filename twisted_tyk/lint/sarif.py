"""Findings as SARIF 2.1.0, which GitHub and other hosts show beside the lines.

Standard: OASIS, Static Analysis Results Interchange Format version 2.1.0.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from attrs import evolve

from twisted_tyk.jsonfile.problem import Problem
from twisted_tyk.lint.finding import Finding
from twisted_tyk.lint.found import Found
from twisted_tyk.lint.rules import RULES
from twisted_tyk.settings.environ import SOURCE

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
#: What paths are relative to: the root of the sources, wherever they are checked out.
ROOT: Final = "%SRCROOT%"


def sarif(found: Found, version: str, root: Path) -> dict[str, Any]:
    """What ``--format sarif`` prints.

    :param version: of this package.
    :param root: the folder that paths are made relative to; those outside stay absolute.
    """
    used = list(RULES)
    first = next(iter(found.files), "")
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "tyk lint",
                        "fullName": "tyk lint of twisted_tyk",
                        "version": version,
                        "semanticVersion": version,
                        "rules": [_rule(name) for name in used],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "artifacts": [
                    {"location": _location(file, root), "roles": ["analysisTarget"]}
                    for file in found.files
                ],
                "results": [_result(finding, used, root, first) for finding in found.ordered()],
            }
        ],
    }


def _rule(name: str) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "id": name,
        "shortDescription": {"text": rule.text},
        "fullDescription": {"text": rule.text},
        "help": {"text": f"{rule.text} See checking.rst of the manual."},
        "defaultConfiguration": {"level": rule.level},
        "properties": {"tags": ["configuration"]},
    }


def _result(finding: Finding, used: list[str], root: Path, first: str) -> dict[str, Any]:
    problem = finding.problem
    # Hosts want a file for everything; what is wrong with a variable is told of the first one.
    if problem.file in ("", SOURCE):
        problem = evolve(problem, file=first)
    location: dict[str, Any] = {"physicalLocation": _physical(problem, root)}
    if problem.pointer is not None or problem.path:
        name = problem.path if problem.pointer is None else problem.pointer
        location["logicalLocations"] = [{"fullyQualifiedName": name or "/", "kind": "value"}]
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": used.index(finding.rule),
        "level": finding.severity,
        "message": {"text": finding.message},
        "locations": [location],
    }
    more = {
        name: value
        for name, value in (
            ("expected", problem.expected),
            ("found", problem.found),
            ("suggestion", problem.suggestion),
        )
        if value
    }
    if more:
        result["properties"] = more
    return result


def _physical(problem: Problem, root: Path) -> dict[str, Any]:
    # GitHub asks for a region of everything.
    region = {"startLine": problem.line or 1}
    if problem.line and problem.column:
        region["startColumn"] = problem.column
    return {"artifactLocation": _location(problem.file, root), "region": region}


def _location(file: str, root: Path) -> dict[str, str]:
    path = os.path.abspath(file)
    inside = os.path.relpath(path, root)
    if inside == os.pardir or inside.startswith(os.pardir + os.sep):
        return {"uri": "file://" + _quoted(path)}
    return {"uri": _quoted(inside), "uriBaseId": ROOT}


def _quoted(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"))
