"""One file, of whatever kind it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from twisted_tyk.bundles.asked import trust_of
from twisted_tyk.bundles.manifest import MANIFEST
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.jsonfile import Problem
from twisted_tyk.lint.archive import refusal
from twisted_tyk.lint.bundle import check_archive, check_folder
from twisted_tyk.lint.context import Context
from twisted_tyk.lint.definition import check_definition, named_in
from twisted_tyk.lint.found import Found
from twisted_tyk.lint.hooks import hook_problems, library_problem
from twisted_tyk.lint.kinds import KINDS, is_patch, kind_of
from twisted_tyk.lint.patch import check_patch
from twisted_tyk.lint.policies import check_policy_file

Check = Callable[[str, Context, Found], None]


def check_file(file: str, kind: str, context: Context, found: Found) -> None:
    """:param kind: one of :data:`~twisted_tyk.lint.kinds.KINDS` but ``config``; or ``""``: look."""
    kind = kind or kind_of(file)
    if kind == "folder":
        _folder(file, context, found)
        return
    check = {
        "definition": _definition,
        "policies": check_policy_file,
        "plugin": _plugin,
        "hooks": _python,
        "bundle": _bundle,
        "patch": _patch,
        "archive": _archive,
    }.get(kind)
    if check is None:
        found.looked_at(file)
        known = ", ".join(KINDS)
        note = f"what kind of file is it? Say so with --kind, which takes {known}"
        found.errors([Problem(file, note, rule="unknown-kind")])
    else:
        check(file, context, found)


def _definition(file: str, context: Context, found: Found) -> None:
    document = found.read(file)
    if document is None:
        return
    loaded = check_definition(document, os.path.basename(file), context, found)
    if loaded is not None and loaded.definition.active:
        found.errors(hook_problems([named_in(document, loaded, context)], context))


def _plugin(file: str, context: Context, found: Found) -> None:
    found.looked_at(file)
    problem = library_problem(Path(file), file)
    found.errors([problem] if problem is not None else [])


def _python(file: str, context: Context, found: Found) -> None:
    found.looked_at(file)
    problem = context.python.file(file)
    found.errors([problem] if problem is not None else [])


def _archive(file: str, context: Context, found: Found) -> None:
    """Or a folder with a manifest."""
    (_patch if is_patch(file) else _bundle)(file, context, found)


def _patch(file: str, context: Context, found: Found) -> None:
    trust = _trust(context, found)
    if trust is not None:
        check_patch(file, trust, context, found)


def _bundle(file: str, context: Context, found: Found) -> None:
    trust = _trust(context, found)
    if trust is None:
        return
    if os.path.isdir(file):
        check_folder(file, trust, context, found)
    elif os.path.basename(file) == MANIFEST:
        check_folder(os.path.dirname(file) or ".", trust, context, found)
    else:
        check_archive(file, trust, context, found)


def _trust(context: Context, found: Found) -> Trust | None:
    try:
        return trust_of(context.settings)
    except BundleError as error:
        found.errors(refusal(context.settings.public_key_path, error))
        return None


def _folder(folder: str, context: Context, found: Found) -> None:
    """A bundle, if it has a manifest; else every file in it that could be one of ours."""
    if os.path.exists(os.path.join(folder, MANIFEST)):
        _archive(folder, context, found)
        return
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        note = f"cannot be read: {error.strerror}"
        found.errors([Problem(folder, note, rule="unreadable")])
        return
    # Not of Python: whatever else lies there would be run to look at it.
    files = [name for name in names if name.endswith((".json", ".so", ".zip"))]
    if not files:
        note = "there is no file in it that the gateway reads"
        found.errors([Problem(folder, note, rule="unknown-kind")])
    for name in files:
        file = os.path.join(folder, name)
        if not os.path.isdir(file):
            check_file(file, "", context, found)
