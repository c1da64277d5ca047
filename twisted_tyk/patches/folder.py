"""Patches on disk: found, proved, and copied to where nobody writes to them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from attrs import frozen

from twisted_tyk.bundles.archive import LIMITS
from twisted_tyk.bundles.manifest import MANIFEST, read_manifest
from twisted_tyk.bundles.names import quoted_name
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.bundles.unpack import checked, unpack
from twisted_tyk.jsonfile import Document
from twisted_tyk.patches.contents import blocks, digest_of, is_text, names
from twisted_tyk.patches.copies import Copies
from twisted_tyk.patches.manifest import PatchManifest
from twisted_tyk.plugins.driver import LoadError


@frozen
class Brought:
    """A patch that is whole. :ivar document: its manifest's, for problems with its lines."""

    manifest: PatchManifest
    document: Document
    folder: Path
    sha256: str
    signed: bool


@frozen
class Found:
    """What there is of one folder or archive.

    :ivar file: what it is called in ``patches_path``.
    :ivar sha256: empty when it could not be read.
    :ivar brought: ``None`` when it is known already, or not good.
    :ivar wrong: why it is not good.
    """

    file: str
    sha256: str = ""
    brought: Brought | None = None
    wrong: str = ""


def find(path: Path, known: Collection[str], copies: Copies, trust: Trust) -> list[Found]:
    """Look at every sub-folder and every archive. For a thread.

    :param path: ``patches_path``.
    :param known: SHA-256 of those that need not be brought.
    :raises BundleError: when the folder itself can not be read.
    """
    try:
        every = sources(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BundleError(f"{path}: the folder of patches cannot be read: {reason}") from None
    return [_found(source, known, copies, trust) for source in every]


def sources(path: Path) -> list[Path]:
    """What is looked at in ``patches_path``. :raises OSError: when that can not be read."""
    return [
        each
        for each in sorted(path.iterdir())
        if not each.name.startswith(".") and (each.is_dir() or each.suffix == ".zip")
    ]


def _found(source: Path, known: Collection[str], copies: Copies, trust: Trust) -> Found:
    copy: Path | None = None
    if not is_text(source.name):
        shown = quoted_name(source.name)
        return Found(shown, wrong=f"{shown}: its name is not UTF-8")
    try:
        if source.is_dir() and not (source / MANIFEST).exists():
            raise BundleError(f"{source.name}: there is no {MANIFEST} in it")
        digest = digest_of(source)
        if digest in known:
            return Found(source.name, digest)
        copy = copies.new()
        brought = (_copied if source.is_dir() else _unpacked)(source, copy, trust)
        return Found(source.name, brought.sha256, brought)
    except (BundleError, LoadError) as error:
        wrong = str(error)
    except OSError as error:
        wrong = f"{error.filename or source}: cannot be read: {error.strerror}"
    if copy is not None:
        wrong = wrong.replace(str(copy), source.name)
        copies.drop(copy)
    return Found(source.name, wrong=wrong)


def _copied(source: Path, copy: Path, trust: Trust) -> Brought:
    total = 0
    for name in names(source):
        target = copy / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with target.open("xb") as made:
            for block in blocks(source / name):
                total += len(block)
                if total > LIMITS.total:
                    raise BundleError(f"{source.name}: is too large for a patch")
                made.write(block)
    manifest, document = _manifest(copy, source.name)
    if manifest.has_sums:
        manifest = checked(copy, PatchManifest, trust)
    elif trust.key is not None:
        text = "it is not signed, and public_key_path is there"
        raise BundleError.of([document.problem((), text)])
    return _brought(manifest, document, copy, digest_of(copy), trust)


def _unpacked(source: Path, copy: Path, trust: Trust) -> Brought:
    archive = copy.parent / "archive"
    with archive.open("xb") as made:
        made.writelines(blocks(source))
    manifest = unpack(archive, copy, PatchManifest, trust, shown=source.name)
    digest = digest_of(archive)
    archive.unlink()
    return _brought(manifest, _manifest(copy, source.name)[1], copy, digest, trust)


def _brought(
    manifest: PatchManifest, document: Document, copy: Path, digest: str, trust: Trust
) -> Brought:
    # Tyk's signature is over the files alone, and says nothing of what they replace.
    if trust.key is not None and not manifest.manifest_signature:
        text = "a patch needs it where public_key_path is there: signature leaves too much out"
        raise BundleError.of([document.problem(("manifest_signature",), text)])
    return Brought(manifest, document, copy, digest, trust.key is not None)


def _manifest(folder: Path, shown: str) -> tuple[PatchManifest, Document]:
    try:
        with open(folder / MANIFEST, "rb") as file:
            content = file.read(LIMITS.manifest + 1)
    except FileNotFoundError:
        raise BundleError(f"{shown}: there is no {MANIFEST} in it") from None
    if len(content) > LIMITS.manifest:
        raise BundleError(f"{shown}/{MANIFEST}: has more than {LIMITS.manifest} bytes")
    return read_manifest(content, PatchManifest, f"{shown}/{MANIFEST}")
