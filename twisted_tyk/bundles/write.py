"""An archive is written: the same bytes for the same files, all of it or nothing."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from attrs import frozen

from twisted_tyk.bundles.manifest import MANIFEST, Contents
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.sign import Signer
from twisted_tyk.bundles.sums import Sums, blocks_of, sums_of
from twisted_tyk.bundles.trust import Trust, signed_form
from twisted_tyk.bundles.unpack import unpack

#: The oldest time that a ZIP archive can tell of.
_ALWAYS: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_BESIDE: Final = ".bundle-"
_MADE: Final = ("file_list", "checksum", "sha256", "signature", "manifest_signature")


@frozen
class Written:
    """:ivar size: bytes of the archive.
    :ivar sha256: of the archive, as hexadecimal digits.
    """

    file: Path
    size: int
    sha256: str


def write(
    folder: Path,
    value: Mapping[str, Any],
    manifest: Contents,
    output: Path,
    signer: Signer | None,
    compress: bool = True,
) -> Written:
    """Write the files of ``manifest`` and the manifest itself, with its sums and signatures.

    Times, modes and order depend on nothing else. What was written is unpacked and checked
    as a gateway does it, before it gets its name.

    :param folder: the files are there.
    :param value: of the manifest; its members for sums and signatures are made anew.
    :param manifest: the same, read.
    :param output: is replaced in one step.
    :param compress: what deflate makes of a file may differ from one release of zlib to
        another; uncompressed archives are the same everywhere.
    :raises BundleError: when it cannot be done; ``output`` is then as it was.
    """
    try:
        sums = sums_of(folder, manifest.file_list)
        content = _manifest(value, manifest, sums, signer)
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=_BESIDE) as beside:
            new = Path(beside) / output.name
            _zip(new, folder, manifest.file_list, content, ZIP_DEFLATED if compress else ZIP_STORED)
            trust = signer.trust if signer else Trust()
            unpack(new, Path(beside) / "unpacked", type(manifest), trust)
            written = Written(output, new.stat().st_size, _sha256(new))
            with new.open("rb") as file:
                os.fsync(file.fileno())
            new.replace(output)
    except OSError as error:
        shown = error.filename or output
        if _BESIDE in str(shown):  # what is made on the way, of which nobody has heard
            shown = f"{output}: cannot be written"
        raise BundleError(f"{shown}: {error.strerror}") from None
    return written


def _manifest(
    value: Mapping[str, Any], manifest: Contents, sums: Sums, signer: Signer | None
) -> bytes:
    made: dict[str, Any] = {
        **{name: given for name, given in value.items() if name.lower() not in _MADE},
        "file_list": list(manifest.file_list),
        "checksum": sums.checksum,
        "sha256": {name: sums.sha256[name] for name in manifest.file_list},
    }
    if signer is not None:
        if signature := signer.of_contents(sums.digest):
            made["signature"] = signature
        made["manifest_signature"] = signer.of_manifest(signed_form(made))
    return json.dumps(made, indent=2, ensure_ascii=False).encode() + b"\n"


def _zip(to: Path, folder: Path, names: tuple[str, ...], manifest: bytes, compression: int) -> None:
    with ZipFile(to, "x") as archive:
        seen: set[str] = set()
        for name in names:
            # Tyk makes no folder that is not named before what is in it.
            for inside in _folders(name):
                if inside not in seen:
                    seen.add(inside)
                    archive.writestr(_member(f"{inside}/", ZIP_STORED), b"")
            info = _member(name, compression)
            info.file_size = (folder / name).stat().st_size
            with archive.open(info, "w") as member:
                for block in blocks_of(folder / name):
                    member.write(block)
        archive.writestr(_member(MANIFEST, compression), manifest)


def _member(name: str, compression: int) -> ZipInfo:
    info = ZipInfo(name, _ALWAYS)
    info.create_system = _UNIX
    info.compress_type = compression
    mode = stat.S_IFDIR | 0o755 if name.endswith("/") else stat.S_IFREG | 0o644
    info.external_attr = mode << 16 | (0x10 if name.endswith("/") else 0)
    return info


def _folders(name: str) -> Iterator[str]:
    """Those that a file is in, the outermost first."""
    parts = name.split("/")[:-1]
    for end in range(1, len(parts) + 1):
        yield "/".join(parts[:end])


def _sha256(file: Path) -> str:
    digest = sha256()
    for block in blocks_of(file):
        digest.update(block)
    return digest.hexdigest()
