"""What is wrong inside an archive, told of the archive: its files have no places elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from attrs import evolve

from twisted_tyk.bundles.manifest import MANIFEST
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.jsonfile import Problem
from twisted_tyk.lint.found import Found


def inside_archive(file: str, folder: Path, inside: Found, found: Found) -> None:
    """Take over what was found in a folder that an archive was unpacked to.

    :param file: the archive.
    """
    for finding in inside.findings:
        problem = finding.problem
        text = f"{MANIFEST}: {problem.sentence}".replace(f"{folder}/", "")
        told = evolve(problem, file=file, text=text, line=None, column=None)
        (found.errors if finding.severity == "error" else found.warnings)([told])


def refusal(file: str, error: BundleError, rule: str = "bundle-refused") -> Iterator[Problem]:
    """What is wrong, with places where it is a manifest that is.

    :param file: what was refused: an archive, or the manifest of a folder.
    """
    if not error.problems:
        yield Problem(file, str(error).removeprefix(f"{file}: "), rule=rule)
    for problem in error.problems:
        if problem.file != os.path.join(file, MANIFEST) or os.path.isdir(file):
            yield evolve(problem, rule=problem.rule or rule)
            continue
        text = f"{MANIFEST}: {problem.sentence}"
        yield evolve(
            problem, file=file, text=text, line=None, column=None, rule=problem.rule or rule
        )
