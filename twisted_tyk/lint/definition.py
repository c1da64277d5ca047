"""One definition: what the gateway would say of it, and whom it names."""

from __future__ import annotations

from attrs import evolve

from twisted_tyk.apidef.load import LoadedDefinition, examine_document
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.jsonfile.document import Document
from twisted_tyk.lint.context import Context
from twisted_tyk.lint.entries import entries_of
from twisted_tyk.lint.found import Found
from twisted_tyk.lint.hooks import Named
from twisted_tyk.plugins.driver import Places


def check_definition(
    document: Document, name: str, context: Context, found: Found
) -> LoadedDefinition | None:
    """:returns: what could be made of it, with defaults where it is wrong."""
    loaded, problems, warnings = examine_document(
        document, name, context.references, context.converter
    )
    found.errors(problems)
    found.warnings(warnings)
    return loaded


def named_in(document: Document, loaded: LoadedDefinition, context: Context) -> Named:
    """The hooks of a definition.

    A bundle takes the place of the definition's own hooks, so those are not looked at.
    """
    definition = loaded.definition
    if has_bundle(definition):
        empty = type(definition.custom_middleware)()
        definition = evolve(definition, custom_middleware=empty)
    return Named(
        document,
        definition.api_id,
        definition.custom_middleware.driver,
        list(entries_of(definition)),
        Places(context.base),
    )


def has_bundle(definition: ApiDefinition) -> bool:
    """Whether its hooks come in a bundle."""
    return bool(
        definition.custom_middleware_bundle and not definition.custom_middleware_bundle_disabled
    )
