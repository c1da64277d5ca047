"""``manifest.json``: what a bundle holds, and what it is for."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final, TypeVar

import attrs

from twisted_tyk.apidef.hooks import CustomMiddleware
from twisted_tyk.bundles.names import clash, plain, quoted_name, wrong_name
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.jsonfile import ConfigError, Document, Problem, common_converter, decode, structure
from twisted_tyk.jsonfile.keys import key, not_a_key
from twisted_tyk.jsonfile.problem import quoted

#: Its name, in the outermost folder.
MANIFEST: Final = "manifest.json"
_MD5: Final = re.compile(r"[0-9a-fA-F]{32}")
_SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")
#: Problems of one manifest that are looked for: there may be as many as it has names.
_MOST: Final = 100


def _plain_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(plain(name) for name in names)


def _plain_keys(sums: Mapping[str, str]) -> Mapping[str, str]:
    return {plain(name): value.lower() for name, value in sums.items()}


@attrs.frozen
class Contents:
    """The files, and what proves them. Names are Tyk's [apidef BundleManifest] where it has them.

    ``sha256`` and ``manifest_signature`` are ours.
    """

    #: Every file but the manifest, by its path from the bundle's folder.
    file_list: tuple[str, ...] = key((), convert=_plain_names)
    #: MD5 of the contents of ``file_list``, one after the other, as hexadecimal digits.
    checksum: str = key("")
    #: Base64 of an RSA signature (PKCS#1 v1.5, SHA-256) over the same.
    signature: str = key("")
    #: SHA-256 of each file, as hexadecimal digits: of all files or of none.
    sha256: Mapping[str, str] = key(attrs.Factory(dict), convert=_plain_keys)
    #: Base64 of a signature over :func:`~twisted_tyk.bundles.trust.signed_form`.
    manifest_signature: str = key("")
    #: Of keys that nothing was done with.
    warnings: tuple[Any, ...] = not_a_key(())

    def wrong(self, document: Document) -> Iterator[Problem]:
        """What is wrong with it, apart from types. Kinds of manifests add their own."""
        for index, name in enumerate(self.file_list):
            if reason := wrong_name(name):
                text = f"invalid file path in archive: {quoted_name(name)}: {reason}"
                yield document.problem(("file_list", index), text)
                return
        name, reason = clash((MANIFEST, *self.file_list))
        if reason:
            yield document.problem(("file_list",), f"{quoted_name(name)} {reason}")
        yield from self._wrong_sums(document)

    def _wrong_sums(self, document: Document) -> Iterator[Problem]:
        if not self.checksum:
            text = "invalid checksum: there is none; type `tyk bundle build`, which adds it"
            yield document.problem(("checksum",), text)
        elif not _MD5.fullmatch(self.checksum):
            yield document.problem(
                ("checksum",), "invalid checksum: expected 32 hexadecimal digits"
            )
        if self.sha256 or (self.manifest_signature and self.file_list):
            for name in self.file_list:
                if name not in self.sha256:
                    text = f"expected the SHA-256 of every file, found none of {quoted_name(name)}"
                    yield document.problem(("sha256",), text)
        listed = frozenset(self.file_list)
        for name, digits in self.sha256.items():
            if name not in listed:
                yield document.problem(("sha256",), f"{quoted_name(name)} is not in file_list")
            elif not _SHA256.fullmatch(digits):
                yield document.problem(("sha256", name), "expected 64 hexadecimal digits")


@attrs.frozen
class BundleManifest(Contents):
    """The manifest of a bundle of hooks."""

    #: What takes the place of the section of this name in the API's definition.
    custom_middleware: CustomMiddleware = key(CustomMiddleware())
    #: The same as ``custom_middleware.driver``, which is where Tyk reads it.
    driver: str = key("")

    @property
    def middleware(self) -> CustomMiddleware:
        """``custom_middleware`` with the driver, wherever it is given."""
        driver = self.custom_middleware.driver or self.driver
        return attrs.evolve(self.custom_middleware, driver=driver)

    def wrong(self, document: Document) -> Iterator[Problem]:
        """See :meth:`Contents.wrong`."""
        yield from super().wrong(document)
        inside = self.custom_middleware.driver
        if inside and self.driver and inside != self.driver:
            text = f"is {quoted(self.driver)}, but inside custom_middleware it is {quoted(inside)}"
            yield document.problem(("driver",), text)


M = TypeVar("M", bound=Contents)


def read_manifest(content: bytes, kind: type[M], file: str) -> tuple[M, Document]:
    """Make the manifest that ``content`` holds.

    :param file: what messages call it.
    :raises BundleError: with all that is wrong.
    """
    try:
        document = decode(content, file)
        manifest, warnings = structure(document, kind, common_converter())
    except ConfigError as error:
        raise BundleError.of(error.problems) from None
    if problems := tuple(islice(manifest.wrong(document), _MOST)):
        raise BundleError.of(problems)
    return attrs.evolve(manifest, warnings=warnings), document
