"""A patch's folder made an archive, with sums and, if there is a key, signed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from attrs import evolve

from twisted_tyk.bundles.manifest import MANIFEST
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.sign import Signer
from twisted_tyk.bundles.write import Written, write
from twisted_tyk.jsonfile import ConfigError, common_converter, read, structure
from twisted_tyk.patches.contents import names
from twisted_tyk.patches.manifest import PatchManifest
from twisted_tyk.patches.places import misplaced

#: Stands for the checksum that is to be made.
_ANY_MD5: Final = "0" * 32


def pack(
    folder: Path, output: Path | None, signer: Signer | None, places: Sequence[str]
) -> tuple[Written, tuple[Any, ...]]:
    """Without ``file_list`` in its manifest, all files are in the archive.

    :param output: by default ``<name>-<version>.zip`` in the current folder.
    :param places: the names of the ordered table.
    :returns: what was written, and warnings.
    :raises BundleError: with all that is wrong.
    """
    try:
        document = read(folder / MANIFEST)
        given, warnings = structure(document, PatchManifest, common_converter())
        output = output or Path(f"{given.name}-{given.version}.zip".replace("/", "_"))
        manifest = evolve(
            given,
            file_list=given.file_list or _files(folder, output),
            checksum=_ANY_MD5,
            signature="",
            sha256={},
            manifest_signature="",
        )
        problems = (*manifest.wrong(document), *misplaced(document, manifest, places))
        if not problems and manifest.path not in manifest.file_list:
            text = f"there is no file {manifest.path!r} in the archive"
            problems = (document.problem(("path",), text),)
    except ConfigError as error:
        raise BundleError.of(error.problems) from None
    except OSError as error:
        raise BundleError(f"{error.filename or folder}: {error.strerror}") from None
    if problems:
        raise BundleError.of(problems)
    return write(folder, document.value, manifest, output, signer), warnings


def _files(folder: Path, output: Path) -> tuple[str, ...]:
    left_out = {MANIFEST}
    if output.resolve().is_relative_to(folder.resolve()):
        left_out.add(output.resolve().relative_to(folder.resolve()).as_posix())
    return tuple(name for name in sorted(names(folder)) if name not in left_out)
