"""What files are checked against: a gateway's settings, and hands for what takes a process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from attrs import field, frozen
from cattrs import Converter

from twisted_tyk._version import TYK_VERSION
from twisted_tyk.jsonfile import References, make_converter
from twisted_tyk.jsonfile.problem import Problem
from twisted_tyk.plugins.driver import LoadError
from twisted_tyk.session.reading import SessionReader
from twisted_tyk.settings import Settings

#: A kind of function beside those of hooks.
PATCH: Final = "patch"


@frozen
class PythonHook:
    """A hook in Python that is to be loaded.

    :ivar base: the folder that ``path`` starts from.
    :ivar kind: ``request``, ``response`` or ``analytics``; :data:`PATCH` for the class of a
        patch.
    :ivar api_id: hooks of one API share the modules that they are in; for a patch its name.
    """

    base: str
    path: str
    name: str
    kind: str
    api_id: str


class PythonHooks(Protocol):
    """Loads hooks in Python where nothing that they do can do harm to the check."""

    def load(self, hooks: Sequence[PythonHook]) -> list[LoadError | None]:
        """Why each can not be loaded, ``None`` for those that can."""

    def file(self, file: str) -> Problem | None:
        """What is wrong with a file that has hooks in it."""


@frozen
class Context:
    """:ivar base: the folder that relative paths of hooks start from.

    :ivar steps: the names of the steps that patches may replace.
    :ivar version: of Tyk, for the names of plugins.
    """

    settings: Settings
    base: Path
    python: PythonHooks
    references: References = field(factory=lambda: References(os.environ))
    steps: tuple[str, ...] = ()
    version: str = TYK_VERSION
    converter: Converter = field(factory=make_converter)
    sessions: Converter = field(factory=lambda: SessionReader().converter)
