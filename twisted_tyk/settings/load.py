"""Reading ``tyk.conf`` and the environment into :class:`Settings`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from twisted_tyk.jsonfile.converter import make_converter
from twisted_tyk.jsonfile.document import Document, read
from twisted_tyk.jsonfile.keys import fields_by_key
from twisted_tyk.jsonfile.problem import ConfigError, Problem
from twisted_tyk.jsonfile.references import References, Unresolved
from twisted_tyk.jsonfile.structure import structure_what_fits
from twisted_tyk.settings.environ import OMIT_FILE, overlay
from twisted_tyk.settings.model import Settings
from twisted_tyk.settings.support import left_out, unenforced, weak


@attrs.frozen
class Loaded:
    """What :func:`load` found.

    :ivar settings: the settings in force.
    :ivar warnings: what an operator should know although the gateway can start.
    :ivar references: resolves ``env://``, ``secrets://`` and ``file://`` as these
        settings say.
    """

    settings: Settings
    warnings: tuple[Problem, ...]
    references: References = attrs.field(repr=False)


def load(path: str | os.PathLike[str], environ: Mapping[str, str]) -> Loaded:
    """Read the settings file at ``path``, then apply ``environ`` over it.

    Relative file names in the settings are made absolute from the folder of
    ``path`` (Tyk takes its working directory). ``TYK_GW_OMITCONFIGFILE=true``
    leaves the file unread. Nothing is logged, and nothing is kept.

    :raises ConfigError: with everything that is wrong in the file and the variables.
    """
    loaded, problems = examine(path, environ)
    if problems or loaded is None:
        raise ConfigError(problems, loaded.warnings if loaded else ())
    return loaded


def examine(
    path: str | os.PathLike[str], environ: Mapping[str, str]
) -> tuple[Loaded | None, tuple[Problem, ...]]:
    """Do what :func:`load` does, and go on after what is wrong.

    :returns: the settings with defaults in place of what is wrong, ``None`` when there is
        nothing to be read, and everything that is wrong.
    """
    try:
        return _examined(os.fspath(path), environ)
    except ConfigError as error:
        return None, error.problems


def _examined(file: str, environ: Mapping[str, str]) -> tuple[Loaded | None, tuple[Problem, ...]]:
    omit = environ.get(OMIT_FILE, "").lower() == "true"
    document = Document(file, "{}", {}) if omit else read(file)
    converter = make_converter()
    fitting, wrong, warnings = structure_what_fits(document, Settings, converter)
    problems = list(wrong)
    settings = Settings() if fitting is None else fitting
    over = overlay(settings, environ, converter)
    problems.extend(over.problems)
    problems.extend(unenforced(over.settings, document))
    if fitting is None:
        return None, tuple(problems)

    folder = os.path.dirname(os.path.abspath(file))
    settings = _with_log_variables(over.settings, environ)
    settings = _mapped(settings, "path", lambda name, _: os.path.join(folder, name) if name else "")
    references = References(environ, settings.secrets, settings.kv.file.base_path or folder)
    settings = _resolved(settings, references, document, problems)
    loaded = Loaded(
        settings=settings,
        warnings=(
            *warnings,
            *over.warnings,
            *left_out(over.settings, document),
            *weak(over.settings, document),
        ),
        references=references,
    )
    return loaded, tuple(problems)


def _with_log_variables(settings: Settings, environ: Mapping[str, str]) -> Settings:
    return attrs.evolve(
        settings,
        log_level=settings.log_level or environ.get("TYK_LOGLEVEL") or "info",
        log_format=settings.log_format or environ.get("TYK_LOGFORMAT") or "text",
    )


def _resolved(
    settings: Settings, references: References, document: Document, problems: list[Problem]
) -> Settings:
    """Resolve references in secrets as Tyk does: ``secret``, ``node_secret`` …"""

    def resolve(text: str, path: str) -> str:
        try:
            return references.resolve(text)
        except Unresolved as error:
            problems.append(Problem(document.file, str(error), path=path, rule="bad-reference"))
            return ""

    return _mapped(settings, "secret", resolve)  # type: ignore[no-any-return]


def _mapped(thing: Any, mark: str, change: Callable[[str, str], str], path: str = "") -> Any:
    """Apply ``change`` to every string in ``thing``, and its path, that is marked ``mark``."""
    changes: dict[str, Any] = {}
    for key, field in fields_by_key(type(thing)).items():
        value = getattr(thing, field.name)
        here = f"{path}.{key}" if path else key
        if isinstance(value, str) and field.metadata[mark]:
            changes[field.name] = change(value, here)
        elif attrs.has(type(value)):
            changes[field.name] = _mapped(value, mark, change, here)
        elif isinstance(value, tuple):
            changes[field.name] = tuple(
                _mapped(item, mark, change, f"{here}[{index}]") if attrs.has(type(item)) else item
                for index, item in enumerate(value)
            )
    return attrs.evolve(thing, **changes)
