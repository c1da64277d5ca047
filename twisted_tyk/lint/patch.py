"""Patches: those of ``patches_path``, and single ones, as a folder or an archive."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

from attrs import evolve

from twisted_tyk._version import __version__
from twisted_tyk.apidef.hooks import MiddlewareDefinition
from twisted_tyk.bundles.manifest import MANIFEST
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.bundles.unpack import checked
from twisted_tyk.jsonfile import Document, Problem
from twisted_tyk.lint.archive import check_inside, refusal
from twisted_tyk.lint.context import PATCH, Context
from twisted_tyk.lint.found import Found
from twisted_tyk.lint.hooks import Named, hook_problems
from twisted_tyk.lint.manifest import check_manifest
from twisted_tyk.patches.folder import sources
from twisted_tyk.patches.manifest import PatchManifest
from twisted_tyk.patches.places import RESPONSE, conflict, is_for, misplaced, place_of
from twisted_tyk.plugins.driver import Places
from twisted_tyk.plugins.entries import Entry

_RULE = "patch-refused"


def check_patches(context: Context, trust: Callable[[], Trust], found: Found) -> None:
    """Those of ``tyk.conf``. :param trust: the key of ``public_key_path``, when it is needed."""
    folder = context.settings.patches_path
    if not folder:
        return
    try:
        every = sources(Path(folder))
    except OSError as error:
        note = f"the folder of patches (patches_path) cannot be read: {error.strerror}"
        found.errors([Problem(folder, note, rule="unreadable")])
        return
    if not every:
        return
    try:
        key = trust()
    except BundleError as error:
        found.errors(refusal(context.settings.public_key_path, error))
        return
    manifests = [(source, check_patch(str(source), key, context, found)) for source in every]
    for (one, first), (other, second) in combinations(manifests, 2):
        if first is not None and second is not None:
            note = conflict(one.name, first, other.name, second)
            file = str(other / MANIFEST if other.is_dir() else other)
            found.errors([Problem(file, note, rule="duplicate")] if note else [])


def check_patch(file: str, trust: Trust, context: Context, found: Found) -> PatchManifest | None:
    """A folder with a manifest, that manifest, or an archive.

    :returns: what the manifest says, when this version of the gateway would use it.
    """
    if os.path.basename(file) == MANIFEST:
        file = os.path.dirname(file) or "."
    if os.path.isdir(file):
        return _check_folder(Path(file), trust, context, found)

    def check(folder: Path, inside: Found) -> PatchManifest | None:
        return _check_folder(folder, trust, context, inside)

    return check_inside(file, PatchManifest, trust, check, found, _RULE)


def _check_folder(
    folder: Path, trust: Trust, context: Context, found: Found
) -> PatchManifest | None:
    document, manifest = check_manifest(folder, PatchManifest, context, found)
    if document is None or manifest is None:
        return None
    found.errors(evolve(each, rule=_RULE) for each in manifest.wrong(document))
    if manifest.replaces and context.steps:
        found.errors(misplaced(document, manifest, context.steps))
    if any(finding.severity == "error" for finding in found.of(document.file)):
        return None
    if not is_for(manifest, __version__):
        note = f"is for {manifest.gateway}, and this is {__version__}"
        found.warnings([document.problem(("gateway",), note, rule="other-version")])
        used = None
    else:
        used = manifest
    _check_proof(folder, manifest, document, trust, found)
    found.errors(hook_problems([_code(folder, manifest, document)], context))
    return used


def _check_proof(
    folder: Path, manifest: PatchManifest, document: Document, trust: Trust, found: Found
) -> None:
    """Sums and signature."""
    if trust.key is not None and not manifest.manifest_signature:
        note = "a patch needs it, since there is a public_key_path"
        found.errors([document.problem(("manifest_signature",), note, rule=_RULE)])
    elif manifest.has_sums:
        try:
            checked(folder, PatchManifest, trust)
        except BundleError as error:
            found.errors(refusal(document.file, error, _RULE))


def _code(folder: Path, manifest: PatchManifest, document: Document) -> Named:
    """Its class or function, in the form of an entry of a definition."""
    kind = PATCH
    if manifest.is_native:
        kind = "response" if place_of(manifest) == RESPONSE else "request"
    given = MiddlewareDefinition(name=manifest.symbol, path=manifest.path)
    entry = Entry(given, (), kind, "symbol", "path")
    driver = manifest.driver or "twisted"
    return Named(document, manifest.name, driver, [entry], Places(folder), ("driver",))
