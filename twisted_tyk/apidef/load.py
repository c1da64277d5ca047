"""Loading the definitions of a folder, one bad file at a time.

A file that cannot be used is named and passed over; when an earlier load had a
good version of it, that version stays in force.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from types import MappingProxyType

import attrs
from cattrs import Converter

from twisted_tyk.apidef.loaded import LoadedDefinition, load_document
from twisted_tyk.jsonfile import (
    ConfigError,
    Document,
    Problem,
    References,
    decode,
    make_converter,
    read,
)
from twisted_tyk.jsonfile.document import read_bytes

#: Endings of the OpenAPI and MCP documents that stand beside a definition.
_COMPANIONS = ("-oas.json", "-mcp.json")


@attrs.frozen
class LoadReport:
    """What a folder of definitions came to.

    :ivar definitions: what is to be served, in the order of the file names.
    :ivar problems: why files, or new versions of them, cannot be used.
    :ivar warnings: those of all definitions.
    :ivar kept: files whose last good version is served in place of what they say now.
    :ivar inactive: files that say ``"active": false``.
    """

    definitions: tuple[LoadedDefinition, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    kept: tuple[str, ...] = ()
    inactive: tuple[str, ...] = ()

    def by_file(self) -> Mapping[str, LoadedDefinition]:
        """The definitions by file name, as the next :func:`load_directory` wants them."""
        return MappingProxyType({loaded.file: loaded for loaded in self.definitions})


def load_directory(
    app_path: str | os.PathLike[str],
    previous: Mapping[str, LoadedDefinition] = MappingProxyType({}),
    references: References | None = None,
    converter: Converter | None = None,
) -> LoadReport:
    """Load every ``*.json`` of ``app_path``, not of its sub-folders, in alphabetical order.

    :param previous: :meth:`LoadReport.by_file` of the load before. A definition that
        did not change is the same object again; a file that did not is not decoded again.
    :param references: resolves ``env://`` and the like; without it they are problems.
    :param converter: one for all loads; without it, one is compiled for this load.
    :raises ConfigError: when the folder itself cannot be read.
    """
    folder = os.fspath(app_path)
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        note = f"the folder of API definitions (app_path) cannot be read: {reason}"
        raise ConfigError([Problem(folder, note, rule="unreadable")]) from error
    loading = _Loading(folder, references or References(), converter or make_converter())
    chosen: list[LoadedDefinition] = []
    problems: list[Problem] = []
    kept: list[str] = []
    inactive: list[str] = []
    holders: dict[str, str] = {}
    every = frozenset(names)
    for name in names:
        before = previous.get(name)
        try:
            loaded = loading.load(name, every, before)
            if loaded is None:
                continue
            if not loaded.definition.active:
                inactive.append(name)
                continue
            loading.claim(loaded, holders)
        except ConfigError as error:
            problems.extend(error.problems)
            if before is None or before.definition.api_id in holders:
                continue
            loaded = before
            kept.append(name)
            note = "the last good version of this file is kept"
            problems.append(Problem(os.path.join(folder, name), note))
        holders[loaded.definition.api_id] = name
        if before is not None and before is not loaded and before.sha256 == loaded.sha256:
            loaded = attrs.evolve(loaded, definition=before.definition)
        chosen.append(loaded)
    return LoadReport(
        definitions=tuple(chosen),
        problems=tuple(problems),
        warnings=tuple(warning for loaded in chosen for warning in loaded.warnings),
        kept=tuple(kept),
        inactive=tuple(inactive),
    )


@attrs.frozen
class _Loading:
    """One load of one folder."""

    folder: str
    references: References
    converter: Converter

    def load(
        self, name: str, names: frozenset[str], before: LoadedDefinition | None
    ) -> LoadedDefinition | None:
        """Load one file; ``None`` when it is the companion of another.

        :param before: what it came to the last time.
        """
        file = os.path.join(self.folder, name)
        content = read_bytes(file)
        digest = hashlib.sha256(content).hexdigest()
        # Whether it is a companion depends on the other files.
        if before is not None and before.content == digest and not name.endswith(_COMPANIONS):
            return before
        document = decode(content, file)
        if is_companion(document, name, names):
            return None
        loaded = load_document(document, name, self.references, self.converter)
        is_all = loaded.definition.raw is document.value
        return attrs.evolve(loaded, content=digest) if is_all else loaded

    def claim(self, loaded: LoadedDefinition, holders: Mapping[str, str]) -> None:
        """See that no earlier file has the same API id."""
        api_id = loaded.definition.api_id
        if api_id in holders:
            document = read(os.path.join(self.folder, loaded.file))
            first = os.path.join(self.folder, holders[api_id])
            note = f"{first} has the same api_id"
            raise ConfigError([document.problem(("api_id",), note, rule="duplicate")])


def is_companion(document: Document, name: str, names: frozenset[str]) -> bool:
    """Whether a file is the OpenAPI or MCP document of the definition beside it.

    :param names: of all files in the folder.
    """
    return any(
        name.endswith(ending)
        and name[: -len(ending)] + ".json" in names
        and isinstance(document.value, dict)
        and ("openapi" in document.value or "swagger" in document.value)
        for ending in _COMPANIONS
    )
