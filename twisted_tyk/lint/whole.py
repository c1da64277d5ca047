"""``tyk.conf`` and all that it leads to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from twisted_tyk.apidef.load import is_companion
from twisted_tyk.apidef.loaded import LoadedDefinition
from twisted_tyk.bundles.asked import trust_of
from twisted_tyk.jsonfile import Document, Problem
from twisted_tyk.lint.bundled import all_hooks
from twisted_tyk.lint.context import Context, PythonHooks
from twisted_tyk.lint.definition import check_definition
from twisted_tyk.lint.found import Found
from twisted_tyk.lint.hooks import hook_problems
from twisted_tyk.lint.patch import check_patches
from twisted_tyk.lint.policies import check_policies
from twisted_tyk.lint.references import unknown_policies
from twisted_tyk.route.collisions import listen_paths
from twisted_tyk.settings.load import Loaded, examine


def check_config(
    file: str,
    environ: Mapping[str, str],
    python: PythonHooks,
    found: Found,
    steps: tuple[str, ...] = (),
) -> Loaded | None:
    """Look at everything that a gateway started with this file would read.

    :param steps: the names of the steps that patches may replace.
    :returns: the settings, as far as they are right.
    """
    found.looked_at(file)
    loaded, problems = examine(file, environ)
    found.errors(problems)
    if loaded is None:
        return None
    found.warnings(loaded.warnings)
    context = context_of(file, loaded, python, steps)
    definitions = _definitions(loaded.settings.app_path, context, found)
    known = frozenset(each.definition.api_id for _, each in definitions)
    policies = check_policies(context, known, found)
    active = [(document, each) for document, each in definitions if each.definition.active]
    if policies is not None:
        for document, each in active:
            found.warnings(unknown_policies(document, each.definition, policies))
    _collisions(active, found)
    found.errors(hook_problems(all_hooks(active, context, found), context))
    check_patches(context, lambda: trust_of(context.settings), found)
    return loaded


def context_of(
    file: str, loaded: Loaded, python: PythonHooks, steps: tuple[str, ...] = ()
) -> Context:
    """What the files of a gateway with these settings are checked against."""
    return Context(
        settings=loaded.settings,
        base=Path(file).absolute().parent,
        python=python,
        references=loaded.references,
        steps=steps,
    )


def _definitions(
    folder: str, context: Context, found: Found
) -> list[tuple[Document, LoadedDefinition]]:
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        note = f"the folder of API definitions (app_path) cannot be read: {reason}"
        found.errors([Problem(folder, note, rule="unreadable")])
        return []
    definitions: list[tuple[Document, LoadedDefinition]] = []
    holders: dict[str, str] = {}
    for name in names:
        file = os.path.join(folder, name)
        document = found.read(file)
        if document is None:
            continue
        if is_companion(document, name, frozenset(names)):
            continue
        loaded = check_definition(document, name, context, found)
        if loaded is None:
            continue
        definitions.append((document, loaded))
        api_id = loaded.definition.api_id
        if not loaded.definition.active:
            note = "not active, so not served"
            found.warnings([document.problem(("active",), note, rule="inactive")])
        elif api_id in holders:
            note = f"{os.path.basename(holders[api_id])} has the same api_id"
            found.errors([document.problem(("api_id",), note, rule="duplicate")])
        elif api_id:
            holders[api_id] = file
    return definitions


def _collisions(definitions: list[tuple[Document, LoadedDefinition]], found: Found) -> None:
    """Warn of APIs that are served elsewhere than they say."""
    first = {each.definition.api_id: each.definition for _, each in reversed(definitions)}
    paths = listen_paths(first.values())
    for document, each in definitions:
        definition = each.definition
        path = definition.proxy.listen_path
        if definition.api_id and path and paths[definition.api_id] != path:
            note = (
                f"{path} is claimed more than once, "
                f"API {definition.api_id} is served at {paths[definition.api_id]}"
            )
            place = ("proxy", "listen_path")
            found.warnings([document.problem(place, note, rule="duplicate")])
