"""The hooks of all definitions, those that come in bundles among them."""

from __future__ import annotations

from attrs import evolve

from twisted_tyk.apidef.loaded import LoadedDefinition
from twisted_tyk.bundles.asked import bundles_of, shelf_of
from twisted_tyk.bundles.merge import with_bundles
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.shelf import Shelf
from twisted_tyk.bundles.source import NotFetched, Source
from twisted_tyk.jsonfile import Document
from twisted_tyk.lint.archive import refusal
from twisted_tyk.lint.context import Context
from twisted_tyk.lint.definition import named_in
from twisted_tyk.lint.found import Found
from twisted_tyk.lint.hooks import Named
from twisted_tyk.plugins.driver import Places


def all_hooks(
    definitions: list[tuple[Document, LoadedDefinition]], context: Context, found: Found
) -> list[Named]:
    """Those of definitions and of their bundles."""
    settings = context.settings
    named = [named_in(document, each, context) for document, each in definitions]
    asked = [each for each in definitions if bundles_of(each[1].definition)]
    if not asked:
        return named
    try:
        shelf = shelf_of(settings)
    except BundleError as error:
        found.errors(refusal(settings.public_key_path, error))
        return named
    try:
        for document, each in asked:
            one = _of_bundles(document, each, shelf, context, found)
            if one is not None:
                named.append(one)
    finally:
        shelf.close()
    return named


def _of_bundles(
    document: Document, each: LoadedDefinition, shelf: Shelf, context: Context, found: Found
) -> Named | None:
    place = ("custom_middleware_bundle",)
    names = bundles_of(each.definition)
    unpacked = []
    for name in names:
        try:
            bundle = shelf.current(name)
        except BundleError as error:
            found.errors([document.problem(place, str(error), rule="bundle-refused")])
            continue
        if bundle is not None:
            unpacked.append(bundle)
        elif context.settings.enable_bundle_downloader:
            try:
                Source.of(context.settings.bundle_base_url, name, context.base)
            except NotFetched as error:
                note = f"bundle {name}: Couldn't fetch bundle: {error}"
                found.errors([document.problem(place, note, rule="bundle-missing")])
                continue
            note = f"bundle {name}: it has not been fetched yet"
            found.warnings([document.problem(place, note, rule="bundle-missing")])
        else:
            note = f"bundle {name}: Bundle downloader is disabled, and it is not on disk"
            found.errors([document.problem(place, note, rule="bundle-missing")])
    if len(unpacked) < len(names):
        return None
    try:
        merged = with_bundles(each.definition, unpacked)
    except BundleError as error:
        found.errors([document.problem(place, str(error), rule="bundle-refused")])
        return None
    folders = {bundle.name: bundle.folder for bundle in unpacked}
    one = named_in(
        document, evolve(each, definition=evolve(merged, custom_middleware_bundle="")), context
    )
    entries = [evolve(entry, place=place, name_key="", path_key="") for entry in one.entries]
    return evolve(one, entries=entries, places=Places(context.base, folders))
