"""One definition: what the gateway would say of it, and whom it names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from attrs import evolve

from twisted_tyk.apidef.loaded import LoadedDefinition, examine_document
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.bundles.asked import bundles_of
from twisted_tyk.jsonfile.document import Document
from twisted_tyk.jsonfile.problem import Problem, quoted
from twisted_tyk.jsonfile.strays import nearest
from twisted_tyk.lint.context import Context
from twisted_tyk.lint.found import Found
from twisted_tyk.lint.hooks import Named
from twisted_tyk.plugins.driver import LoadError, Places
from twisted_tyk.plugins.entries import entries_of
from twisted_tyk.plugins.loader import DRIVERS, driver_of


def check_definition(
    document: Document, name: str, context: Context, found: Found
) -> LoadedDefinition | None:
    """:returns: what could be made of it, with defaults where it is wrong."""
    loaded, problems, warnings = examine_document(
        document, name, context.references, context.converter
    )
    found.errors(problems)
    found.warnings(warnings)
    if loaded is not None and loaded.definition.active:
        found.warnings(_idle_driver(document, loaded.definition))
    return loaded


def named_in(document: Document, loaded: LoadedDefinition, context: Context) -> Named:
    """The hooks of a definition.

    A bundle takes the place of the definition's own hooks, so those are not looked at.
    """
    definition = loaded.definition
    if bundles_of(definition):
        empty = type(definition.custom_middleware)()
        definition = evolve(definition, custom_middleware=empty)
    return Named(
        document,
        definition.api_id,
        definition.custom_middleware.driver,
        list(entries_of(definition)),
        Places(context.base),
    )


def _idle_driver(document: Document, definition: ApiDefinition) -> Iterator[Problem]:
    """Warn of a driver that there is not, where the paths of all hooks tell theirs."""
    custom = definition.custom_middleware
    entries = list(entries_of(definition))
    if not custom.driver or custom.driver in DRIVERS or bundles_of(definition):
        return
    with suppress(LoadError):
        for entry in entries:
            driver_of(entry.given, custom.driver)
        near = nearest(custom.driver, DRIVERS)
        meant = f", did you mean {quoted(near)}?" if near else ""
        yield document.problem(
            ("custom_middleware", "driver"),
            f"there is no driver {quoted(custom.driver)}{meant}",
            suggestion=near,
            rule="unknown-driver",
        )
