"""One definition, made of its document: what it is, and all that is wrong with it."""

from __future__ import annotations

import hashlib
import json

import attrs
from cattrs import Converter

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.apidef.support import left_out, shut, unenforced
from twisted_tyk.apidef.validate import invalid
from twisted_tyk.apidef.validate_tokens import unusable_tokens
from twisted_tyk.jsonfile import ConfigError, Document, Problem, References
from twisted_tyk.jsonfile.structure import structure_what_fits


@attrs.frozen
class LoadedDefinition:
    """A definition that can be served.

    :ivar file: its name inside the folder.
    :ivar definition: what it says.
    :ivar sha256: hex digest of its JSON with references resolved, keys sorted and
        white space left out; equal digests mean an equal API.
    :ivar warnings: what is unknown or left out.
    :ivar content: hex digest of the file as it is; empty when it has references, whose
        values may change while it does not.
    """

    file: str
    definition: ApiDefinition
    sha256: str
    warnings: tuple[Problem, ...] = ()
    content: str = ""


def load_document(
    document: Document, name: str, references: References, converter: Converter
) -> LoadedDefinition:
    """Make the definition that a document holds.

    :param name: of its file.
    :raises ConfigError: with all that is wrong. An API that is not active need not be
        one that could be served.
    """
    loaded, problems, warnings = examine_document(document, name, references, converter)
    if loaded is None or problems:
        raise ConfigError(problems, warnings)
    return loaded


def examine_document(
    document: Document, name: str, references: References, converter: Converter
) -> tuple[LoadedDefinition | None, tuple[Problem, ...], tuple[Problem, ...]]:
    """Do what :func:`load_document` does, and go on after what is wrong.

    :returns: the definition with defaults in place of values of a wrong type, ``None`` when it
        is none at all; everything that is wrong; and the warnings.
    """
    definition, wrong, warnings = structure_what_fits(document, ApiDefinition, converter)
    problems = list(wrong)
    resolved = document
    try:
        resolved = references.resolve_document(document)
    except ConfigError as error:
        problems.extend(error.problems)
    if resolved is not document and not problems:
        # Made of the text first, so that no message about a type shows a secret.
        definition, wrong, warnings = structure_what_fits(resolved, ApiDefinition, converter)
        problems.extend(wrong)
    if definition is None:
        return None, tuple(problems), warnings
    definition = attrs.evolve(definition, raw=resolved.value)
    if definition.active:
        told = {problem.path for problem in problems}
        further = (
            *invalid(document, definition),
            *unusable_tokens(document, definition),
            *unenforced(document, definition),
        )
        problems += [problem for problem in further if problem.path not in told]
    content = json.dumps(resolved.value, sort_keys=True, separators=(",", ":"))
    warnings = (*warnings, *shut(document, definition), *left_out(document, definition))
    loaded = LoadedDefinition(
        file=name,
        definition=definition,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        warnings=warnings,
    )
    return loaded, tuple(problems), warnings
