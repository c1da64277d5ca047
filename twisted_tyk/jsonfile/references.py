"""Values that stand elsewhere: ``env://NAME``, ``secrets://key`` and ``file://path``.

Tyk replaces these in the raw text of an API definition; here they are replaced
inside JSON strings once the text is decoded, so no value can change the shape
of the document. One that cannot be found is a problem, where Tyk lets the
reference itself stand as the value: a password called ``env://PASSWORD`` is
better noticed at load time.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import attrs

from twisted_tyk.jsonfile.document import Document
from twisted_tyk.jsonfile.problem import ConfigError, Path, Problem

_REFERENCE = re.compile(r"(?<!\w)(env|secrets|file|consul|vault|kv)://|\$kv\{")
_VARIABLE = re.compile(r"\w+")


class Unresolved(LookupError):
    """A reference whose value could not be had; the text says which and why."""


@attrs.frozen
class References:
    """Where the values of references come from.

    :ivar environ: for ``env://``.
    :ivar secrets: for ``secrets://``: the ``secrets`` of tyk.conf.
    :ivar folder: what relative paths of ``file://`` start from: Tyk's
        ``kv.file.base_path``, else the folder of tyk.conf.
    """

    environ: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    secrets: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    folder: str = ""

    def resolve(self, text: str) -> str:
        """Put the value in place of the reference in ``text``, if it has one.

        What stands before and, for variables and secrets, after the reference
        is kept: ``Bearer env://TOKEN``, ``env://HOST/path``.

        :raises Unresolved: for an unknown name, an unreadable file, or a kind of
            store that this gateway does not have.
        """
        found = _REFERENCE.search(text)
        if found is None:
            return text
        before, rest = text[: found.start()], text[found.end() :]
        if found[1] == "env":
            return before + self._variable(rest)
        if found[1] == "secrets":
            return before + self._secret(rest)
        if found[1] == "file":
            return before + self._file(rest)
        raise Unresolved(f"{found.group()} references are not supported by this version")

    def resolve_document(self, document: Document) -> Document:
        """Resolve every string value (not the keys) of ``document``.

        :returns: ``document`` itself when it has no references.

        :raises ConfigError: with one problem for each that cannot be resolved.
        """
        problems: list[Problem] = []
        found: list[str] = []

        def visit(value: Any, path: Path) -> Any:
            if isinstance(value, dict):
                return {name: visit(item, (*path, name)) for name, item in value.items()}
            if isinstance(value, list):
                return [visit(item, (*path, index)) for index, item in enumerate(value)]
            if isinstance(value, str):
                try:
                    resolved = self.resolve(value)
                except Unresolved as error:
                    problems.append(document.problem(path, str(error), rule="bad-reference"))
                    return value
                if resolved is not value:
                    found.append(value)
                return resolved
            return value

        value = visit(document.value, ())
        if problems:
            raise ConfigError(problems)
        return attrs.evolve(document, value=value) if found else document

    def _variable(self, rest: str) -> str:
        match = _VARIABLE.match(rest)
        name = match.group() if match else ""
        if name not in self.environ:
            raise Unresolved(f"env://{name}: no such environment variable")
        return self.environ[name] + rest[len(name) :]

    def _secret(self, rest: str) -> str:
        name = max((name for name in self.secrets if rest.startswith(name)), key=len, default="")
        if not name:
            raise Unresolved(f"secrets://{rest}: no such key in the secrets of tyk.conf")
        return self.secrets[name] + rest[len(name) :]

    def _file(self, rest: str) -> str:
        try:
            with open(os.path.join(self.folder, rest), encoding="utf-8") as stream:
                return stream.read().rstrip("\r\n")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8 text"
            raise Unresolved(f"file://{rest}: cannot be read: {reason}") from error
