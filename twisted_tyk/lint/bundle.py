"""Bundles: archives, folders and manifests."""

from __future__ import annotations

import os
from pathlib import Path

from attrs import evolve

from twisted_tyk.bundles.manifest import MANIFEST, BundleManifest
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.bundles.unpack import checked
from twisted_tyk.jsonfile import Document
from twisted_tyk.lint.archive import check_inside, refusal
from twisted_tyk.lint.context import Context
from twisted_tyk.lint.found import Found
from twisted_tyk.lint.hooks import Named, hook_problems
from twisted_tyk.lint.manifest import check_manifest
from twisted_tyk.plugins.driver import Places
from twisted_tyk.plugins.entries import middleware_entries

#: Sums and signatures; a manifest without any of them was not built yet.
_SUMS = frozenset({"checksum", "signature", "sha256", "manifest_signature"})


def check_archive(file: str, trust: Trust, context: Context, found: Found) -> None:
    """Unpack it to look at it, and leave nothing of that."""

    def check(folder: Path, inside: Found) -> None:
        _check_manifest(folder, context, inside)

    check_inside(file, BundleManifest, trust, check, found)


def check_folder(folder: str, trust: Trust, context: Context, found: Found) -> None:
    """A folder with a manifest, before or after it was made into an archive."""
    shown = os.path.join(folder, MANIFEST)
    document = _check_manifest(Path(folder), context, found)
    if document is None or not isinstance(document.value, dict):
        return
    if _SUMS.isdisjoint(key.lower() for key in document.value):
        names = document.value.get("file_list")
        for index, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str) and not _is_file(Path(folder, name)):
                note = "there is no such file in the folder"
                place = ("file_list", index)
                found.errors([document.problem(place, note, rule="bundle-refused")])
        return
    try:
        checked(Path(folder), BundleManifest, trust)
    except BundleError as error:
        # What is wrong with the manifest itself was told.
        if not found.of(shown):
            found.errors(refusal(shown, error))


def _check_manifest(folder: Path, context: Context, found: Found) -> Document | None:
    """Its types and its hooks."""
    document, manifest = check_manifest(folder, BundleManifest, context, found)
    if document is None or manifest is None:
        return document
    if not _SUMS.isdisjoint(key.lower() for key in document.value):
        rule = "bundle-refused"
        found.errors(evolve(problem, rule=rule) for problem in manifest.wrong(document))
    custom = manifest.middleware
    place = ("custom_middleware", "driver") if manifest.custom_middleware.driver else ("driver",)
    entries = list(middleware_entries(custom, ("custom_middleware",)))
    named = Named(document, "bundle", custom.driver, entries, Places(folder), place)
    found.errors(hook_problems([named], context))
    return document


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except (OSError, ValueError):
        return False
