"""A folder with a ``manifest.json`` that somebody wrote, to be made a bundle of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final

from attrs import evolve, frozen

from twisted_tyk.apidef.hooks import CustomMiddleware, MiddlewareDefinition
from twisted_tyk.bundles.manifest import BundleManifest
from twisted_tyk.bundles.names import plain
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.jsonfile import ConfigError, Document, common_converter, read, structure

#: Stands for the checksum that is to be made.
_ANY_MD5: Final = "0" * 32
#: What paths of hooks that are files end in; others name what is elsewhere.
_FILES: Final = (".so", ".py", ".js")


@frozen
class Draft:
    """
    :ivar folder: that names of files start from.
    :ivar value: what is written as the manifest, but for sums and signatures.
    """

    folder: Path
    document: Document
    manifest: BundleManifest
    value: dict[str, Any]

    @classmethod
    def read(cls, folder: Path, file: Path) -> Draft:
        """
        :param file: the manifest.
        :raises BundleError: in Tyk's words where it has some.
        """
        try:
            document = read(file)
            manifest, warnings = structure(document, BundleManifest, common_converter())
        except ConfigError as error:
            if isinstance(error.__cause__, OSError):
                raise BundleError(f"Couldn't load manifest file: {error}") from None
            raise BundleError.of(error.problems) from None
        # What it may say of sums is made anew.
        fresh = evolve(
            manifest, checksum=_ANY_MD5, signature="", sha256={}, manifest_signature="",
            warnings=warnings,
        )  # fmt: skip
        if problems := tuple(fresh.wrong(document)):
            raise BundleError.of(problems)
        for name in fresh.file_list:
            if not (folder / name).exists():
                raise BundleError(f"Referencing a nonexistent file: {name}")
            if not (folder / name).is_file():
                raise BundleError(f"{folder / name}: expected a file, found something else")
        if not any(entries(fresh.custom_middleware)):
            raise BundleError(f"{file}: No hooks defined")
        if not fresh.middleware.driver:
            raise BundleError(f"{file}: No driver specified")
        return cls(folder, document, fresh, _with_driver(document.value, fresh))


def entries(hooks: CustomMiddleware) -> Iterator[MiddlewareDefinition]:
    """All hooks, as far as they are given."""
    several = (*hooks.pre, *hooks.post_key_auth, *hooks.post, *hooks.response)
    for entry in (*several, hooks.auth_check, hooks.traffic_logs):
        if entry is not None and entry.given:
            yield entry


def loose(manifest: BundleManifest) -> Iterator[str]:
    """A sentence for each hook whose file is not in the bundle."""
    listed = set(manifest.file_list)
    for entry in entries(manifest.custom_middleware):
        path = PurePosixPath(plain(entry.path.lstrip("/")))
        # A plugin may be there for one version of Tyk and one machine.
        versioned = f"{path.with_suffix('')}_*.so"
        if (
            not entry.disabled
            and path.suffix in _FILES
            and str(path) not in listed
            and not any(PurePosixPath(name).match(versioned) for name in listed)
        ):
            yield f"the hook {entry.name!r} is in {entry.path}, which is not in file_list"


def _with_driver(value: dict[str, Any], manifest: BundleManifest) -> dict[str, Any]:
    """With the driver inside ``custom_middleware``, where Tyk reads it."""
    for name, section in value.items():
        if name.lower() == "custom_middleware" and not manifest.custom_middleware.driver:
            return {**value, name: {**section, "driver": manifest.driver}}
    return value
