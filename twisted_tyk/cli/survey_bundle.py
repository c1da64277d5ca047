"""The plugins in a bundle, which is unpacked for a moment as a gateway would do it."""

from __future__ import annotations

import posixpath
from pathlib import Path
from tempfile import TemporaryDirectory

from twisted_tyk.bundles.archive import opened
from twisted_tyk.bundles.draft import entries
from twisted_tyk.bundles.manifest import MANIFEST, BundleManifest
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.bundles.unpack import unpack
from twisted_tyk.cli.survey_entry import Entry, entries_of, entry
from twisted_tyk.cli.surveyed import Surveyed, surveyed


def in_bundle(archive: Path, version: str) -> tuple[list[Surveyed], list[Entry]]:
    """The bundle and the libraries in it, and what its hooks get; nothing of other archives.

    Signatures are not looked at: `tyk bundle verify` does that.

    :param version: of Tyk, with ``v``.
    """
    bundle = Surveyed(str(archive), archive.name, None, "")
    try:
        with opened(archive, str(archive)) as source:
            if MANIFEST not in source.files:
                return [], []
        with TemporaryDirectory() as folder:
            place = Path(folder, "bundle")
            manifest = unpack(archive, place, BundleManifest, Trust(), shown=str(archive))
            return _looked_at(bundle, manifest, place, version)
    except BundleError as error:
        return [Surveyed(str(archive), archive.name, None, str(error))], []


def _looked_at(
    bundle: Surveyed, manifest: BundleManifest, place: Path, version: str
) -> tuple[list[Surveyed], list[Entry]]:
    inside = f"{bundle.name}/"
    files = [
        surveyed(place / name, f"{bundle.shown}/{name}", inside + name)
        for name in manifest.file_list
        if name.endswith(".so")
    ]
    found = entries_of(files, place, inside, version)
    known = {each.path for each in found}
    for hook in entries(manifest.custom_middleware):
        path = posixpath.normpath(hook.path.lstrip("/"))
        if path.endswith(".so") and not hook.disabled and inside + path not in known:
            known.add(inside + path)
            found.append(entry(path, place, inside, version, ()))
    whole = Surveyed(bundle.shown, bundle.name, None, "", bundled=len(manifest.file_list))
    return [whole, *files], found
