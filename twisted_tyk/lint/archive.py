"""Archives: what is wrong inside one is told of it, for its files have no places elsewhere."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from attrs import evolve

from twisted_tyk.bundles.manifest import MANIFEST, M
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.bundles.unpack import unpack
from twisted_tyk.jsonfile import Problem
from twisted_tyk.lint.found import Found

_BUNDLE = "bundle-refused"
T = TypeVar("T")


def check_inside(
    file: str,
    kind: type[M],
    trust: Trust,
    check: Callable[[Path, Found], T],
    found: Found,
    rule: str = _BUNDLE,
) -> T | None:
    """Unpack an archive to look at it, and leave nothing of that.

    :param kind: of manifest.
    :param check: looks at the folder that it was unpacked to, and tells of that.
    :param rule: of an archive that is not good.
    :returns: what ``check`` does; ``None`` when the archive is not good.
    """
    found.looked_at(file)
    with tempfile.TemporaryDirectory(prefix="tyk-lint-") as temporary:
        folder = Path(temporary, "unpacked")
        try:
            unpack(Path(file), folder, kind, trust, shown=file)
        except BundleError as error:
            found.errors(refusal(file, error, rule))
            return None
        inside = Found()
        seen = check(folder, inside)
        _take_over(file, folder, inside, found)
        return seen


def refusal(file: str, error: BundleError, rule: str = _BUNDLE) -> Iterator[Problem]:
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


def _take_over(file: str, folder: Path, inside: Found, found: Found) -> None:
    for finding in inside.findings:
        problem = finding.problem
        text = f"{MANIFEST}: {problem.sentence}".replace(f"{folder}/", "")
        told = evolve(problem, file=file, text=text, line=None, column=None)
        (found.errors if finding.severity == "error" else found.warnings)([told])
