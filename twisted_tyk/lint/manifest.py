"""The manifest of a bundle or a patch: its keys, and the types of their values."""

from __future__ import annotations

from pathlib import Path

from twisted_tyk.bundles.manifest import MANIFEST, M
from twisted_tyk.jsonfile import Document
from twisted_tyk.jsonfile.structure import structure_what_fits
from twisted_tyk.lint.context import Context
from twisted_tyk.lint.found import Found


def check_manifest(
    folder: Path, kind: type[M], context: Context, found: Found
) -> tuple[Document | None, M | None]:
    """Tell of keys and types. What the values mean is for the caller to look at.

    :param kind: of manifest.
    :returns: the file, ``None`` when it is no JSON; and what it says as far as it is right,
        ``None`` when that is nothing.
    """
    document = found.read(str(folder / MANIFEST))
    if document is None:
        return None, None
    manifest, problems, warnings = structure_what_fits(document, kind, context.converter)
    found.errors(problems)
    found.warnings(warnings)
    return document, manifest
