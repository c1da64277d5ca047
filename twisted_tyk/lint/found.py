"""What a check has found so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import Factory, define, evolve

from twisted_tyk.jsonfile.document import Document, read
from twisted_tyk.jsonfile.problem import ConfigError, Problem, dotted
from twisted_tyk.lint.finding import Finding, Severity


@define
class Found:
    """Filled while a configuration is looked through.

    :ivar findings: in the order of finding; each thing once.
    :ivar files: that were looked at.
    """

    findings: list[Finding] = Factory(list)
    files: dict[str, None] = Factory(dict)
    _seen: set[Finding] = Factory(set)

    def errors(self, problems: Iterable[Problem]) -> None:
        """What keeps something from being used."""
        self._add(problems, "error")

    def warnings(self, problems: Iterable[Problem]) -> None:
        """What one should know, though it is used."""
        self._add(problems, "warning")

    def refused(self, error: ConfigError) -> None:
        """Both, of something that could not be made."""
        self.errors(error.problems)
        self.warnings(error.warnings)

    def drop(self, rule: str) -> None:
        """Forget what has been settled otherwise."""
        self.findings = [each for each in self.findings if each.problem.rule != rule]

    def looked_at(self, file: str) -> None:
        """Count a file."""
        self.files[file] = None

    def read(self, file: str) -> Document | None:
        """Look at a JSON file; ``None``, and an error, when it can not be read."""
        self.looked_at(file)
        try:
            return read(file)
        except ConfigError as error:
            self.refused(error)
            return None

    def shown_from(self, folder: str) -> Found:
        """The same with names of files as they are called from a folder that they are in."""

        def shown(file: str) -> str:
            return file.removeprefix(folder.rstrip("/") + "/")

        changed = Found(files={shown(file): None for file in self.files})
        for finding in self.findings:
            problem = evolve(finding.problem, file=shown(finding.problem.file))
            changed._take(evolve(finding, problem=problem))
        return changed

    def add(self, other: Found) -> None:
        """Take in what another check has found."""
        self.files.update(other.files)
        for finding in other.findings:
            self._take(finding)

    def of(self, file: str) -> list[Finding]:
        """Those of one file."""
        return [finding for finding in self.findings if finding.problem.file == file]

    def count(self, severity: Severity) -> int:
        """How many of them."""
        return sum(finding.severity == severity for finding in self.findings)

    def ordered(self) -> list[Finding]:
        """File by file in the order in which those were looked at, then by line and column."""
        places = {file: number for number, file in enumerate(self.files)}

        def key(finding: Finding) -> tuple[int, str, int, int]:
            problem = finding.problem
            place = places.get(problem.file, len(places))
            return place, problem.file, problem.line or 0, problem.column or 0

        return sorted(self.findings, key=key)

    def _add(self, problems: Iterable[Problem], severity: Severity) -> None:
        for problem in problems:
            for each in _apart(problem):
                self._take(Finding(each, severity))

    def _take(self, finding: Finding) -> None:
        if finding not in self._seen:
            self._seen.add(finding)
            self.findings.append(finding)


def _apart(problem: Problem) -> Iterator[Problem]:
    """What a problem sums up, each part with its own place."""
    if not problem.paths:
        yield problem
        return
    text = problem.text.partition(":")[0]
    document = _document(problem.file)
    for path in problem.paths:
        if document is None:
            yield evolve(problem, text=text, path=dotted(path), paths=())
        else:
            yield document.problem(path, text, rule=problem.rule)


def _document(file: str) -> Document | None:
    try:
        return read(file)
    except ConfigError:
        return None  # "environment", or gone since
