"""Policies and definitions in, a new routing table out, swapped in one assignment.

Requests that are under way finish on the chain they entered. An API whose
definition and hook files did not change is kept with its state; a definition
that turned bad keeps its last good version, and the report says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen
from twisted.logger import Logger

from twisted_tyk.apidef.load import LoadReport
from twisted_tyk.chain.api import Api
from twisted_tyk.chain.build import Builder
from twisted_tyk.route.collisions import listen_paths
from twisted_tyk.route.table import RoutingTable, check_templates
from twisted_tyk.session.policy_files import PolicyReport


@frozen
class Report:
    """What a load of all definitions did.

    :ivar problems: of policies, definitions and hooks; while there are any,
        ``/ready`` is not ready.
    """

    apis: tuple[Api, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    built: int = 0


class Reloader:
    """Loads all definitions, at the start and on each reload, in the reactor thread.

    :ivar report: of the last load that went through; ``None`` before the first.
    """

    log = Logger()

    def __init__(
        self,
        policies: Callable[[], PolicyReport],
        read: Callable[[LoadReport | None], LoadReport],
        builder: Builder,
        table: Callable[[Sequence[Api]], RoutingTable],
        swap: Callable[[RoutingTable], None],
    ) -> None:
        """
        :param policies: reads the policies and puts them to work.
        :param read: reads the definitions; given what it read last, for last good versions.
        :param table: makes a routing table of APIs.
        :param swap: puts a table to work.
        """
        self.report: Report | None = None
        self._policies = policies
        self._read = read
        self._builder = builder
        self._table = table
        self._swap = swap
        self._last: LoadReport | None = None

    def reload(self) -> Report:
        """Read everything anew and swap.

        :raises Exception: when no definition could be read; then those stay as they were.
        """
        policies = self._policies()
        read = self._read(self._last)
        served = {api.api_id: api for api in (self.report.apis if self.report else ())}
        held = {
            (api_id, api.definition.domain, api.definition.proxy.listen_path)
            for api_id, api in served.items()
            if api.listen_path == api.definition.proxy.listen_path
        }
        paths = listen_paths([loaded.definition for loaded in read.definitions], held)
        apis: list[Api] = []
        problems: list[str] = []
        refused = [str(problem) for problem in (*policies.problems, *read.problems)]
        warnings = [str(warning) for warning in (*policies.warnings, *read.warnings)]
        warnings += [f"{file}: not active, so not served" for file in read.inactive]
        built = 0
        for loaded in read.definitions:
            definition = loaded.definition
            path = paths[definition.api_id]
            if path != definition.proxy.listen_path:
                warnings.append(
                    f"{loaded.file}: {definition.proxy.listen_path} is claimed more than once, "
                    f"API {definition.api_id} is served at {path}"
                )
            current = served.get(definition.api_id)
            if current is None or not self._builder.is_current(
                current, definition, path, loaded.sha256
            ):
                try:
                    check_templates(definition)
                    current = self._builder.build(definition, path, loaded.sha256)
                    built += 1
                except Exception as error:
                    refused.append(f"{loaded.file}: the API could not be made: {error}")
                    if current is None:
                        continue
                    refused[-1] += "; the last good version is kept"
            apis.append(current)
            problems += [f"API {current.api_id}: {problem}" for problem in current.problems]
        table = self._table(apis)
        self._swap(table)
        self._last = read
        self.report = Report(tuple(apis), (*refused, *problems), tuple(warnings), built)
        self._tell(self.report, refused)
        return self.report

    def _tell(self, report: Report, refused: list[str]) -> None:
        for problem in refused:
            self.log.error("{problem}", problem=problem)
        for warning in report.warnings:
            self.log.warn("{warning}", warning=warning)
        self.log.info(
            "{count} APIs are served, {built} of them made anew, {problems} problems",
            count=len(report.apis), built=report.built, problems=len(report.problems),
        )  # fmt: skip
