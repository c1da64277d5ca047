"""All that is wrong with a bundle, where a gateway stops at the first thing."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from attrs import frozen

from twisted_tyk.bundles.archive import opened
from twisted_tyk.bundles.draft import loose
from twisted_tyk.bundles.manifest import MANIFEST, BundleManifest, read_manifest
from twisted_tyk.bundles.names import quoted_name
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.sums import Summing, blocks_of
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.bundles.unpack import checked, unpack
from twisted_tyk.jsonfile.problem import quoted


@frozen
class Verdict:
    """
    :ivar manifest: ``None`` when there is none that can be read.
    :ivar problems: a sentence each; a bundle without any is taken by a gateway.
    """

    manifest: BundleManifest | None
    problems: tuple[str, ...]


def verify(path: Path, trust: Trust) -> Verdict:
    """Look at an archive, or at a folder that one was unpacked to, and run nothing of it."""
    try:
        if path.is_dir():
            verdict = _folder(path, trust)
        else:
            with opened(path, str(path)) as archive:
                verdict = _contents(str(path), archive.files, archive.content, trust)
        if not verdict.problems:
            _as_a_gateway(path, trust)
    except BundleError as error:
        return Verdict(None, (str(error),))
    return verdict


def _folder(folder: Path, trust: Trust) -> Verdict:
    files = [
        os.path.relpath(os.path.join(place, name), folder)
        for place, _, names in os.walk(folder)
        for name in names
    ]

    def content(name: str) -> Iterator[bytes]:
        try:
            if not stat.S_ISREG(os.stat(folder / name).st_mode):
                text = f"{quoted_name(name)} is neither a file nor a folder"
                raise BundleError(f"{folder}: {text}")
            yield from blocks_of(folder / name)
        except OSError as error:
            raise BundleError(f"{folder / name}: cannot be read: {error.strerror}") from None

    return _contents(str(folder), files, content, trust)


def _contents(
    shown: str,
    files: Collection[str],
    content: Callable[[str], Iterable[bytes]],
    trust: Trust,
) -> Verdict:
    if MANIFEST not in files:
        return Verdict(None, (f"{shown}: there is no {MANIFEST} in it",))
    try:
        manifest, document = read_manifest(
            b"".join(content(MANIFEST)), BundleManifest, f"{shown}/{MANIFEST}"
        )
    except BundleError as error:
        return Verdict(None, tuple(map(str, error.problems)) or (str(error),))
    listed = manifest.file_list
    problems = [
        f"{shown}: {quoted(name)} is in file_list, but not there"
        for name in listed
        if name not in files
    ]
    problems += [
        f"{shown}: {quoted(name)} is not in the file_list of {MANIFEST}"
        for name in sorted(files)
        if name not in (MANIFEST, *listed)
    ]
    summing, damaged = Summing(), False
    for name in listed:
        if name in files:
            try:
                for _ in summing.passing(name, content(name)):
                    pass
            except BundleError as error:
                damaged = True
                problems.append(str(error))
    sums = summing.sums()
    for name, digest in sums.sha256.items():
        if manifest.sha256.get(name, digest) != digest:
            text = f"invalid checksum: the file has the SHA-256 {digest}"
            problems.append(str(document.problem(("sha256", name), text)))
    if not damaged and len(sums.sha256) == len(listed):
        try:
            trust.check(manifest, document, sums)
        except BundleError as error:
            problems += [text for text in map(str, error.problems) if text not in problems]
    problems += [f"{shown}/{MANIFEST}: {text}" for text in loose(manifest)]
    return Verdict(manifest, tuple(problems))


def _as_a_gateway(path: Path, trust: Trust) -> None:
    """:raises BundleError: what it would say."""
    if path.is_dir():
        checked(path, BundleManifest, trust)
    else:
        with tempfile.TemporaryDirectory() as folder:
            unpack(path, Path(folder) / "unpacked", BundleManifest, trust)
