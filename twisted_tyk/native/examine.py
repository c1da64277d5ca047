"""Looks at a plugin library before it is loaded, and refuses what can not work.

Nothing of the file is executed. Each refusal is one sentence: what was found,
what was expected, what to type.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from twisted_tyk.native.abi import ABI_MAJOR, ABI_MINOR
from twisted_tyk.native.elf import CORE, MAGIC, RELOCATABLE, SHARED, Elf, ElfError
from twisted_tyk.native.foreign import BEGINNING, what_it_is
from twisted_tyk.native.libc import libc_of, this_libc
from twisted_tyk.native.machine import machine_name, this_machine, this_system
from twisted_tyk.native.manifest import Manifest, ManifestError
from twisted_tyk.native.opening import open_library
from twisted_tyk.native.toolchain import go_build
from twisted_tyk.plugins.driver import LoadError

SECTION: Final = ".tyk_manifest"
#: Bytes that a manifest may have.
MANIFEST_LIMIT: Final = 1024 * 1024
#: What a library exports, in the order of ``tyk_plugin.h``.
EXPORTS: Final = tuple(
    f"tyk_plugin_{name}"
    for name in ("abi", "init", "describe", "call", "control", "free", "shutdown")
)
_REBUILD: Final = "rebuild its sources with `tyk plugin build`"
#: Names of a library that Go's ``plugin`` package loads, since 1.20 and before.
_GO_PLUGIN: Final = ("go:plugin.", "go.plugin.", "go:link.pkghash", "go.link.pkghash")


def examine(file: Path, shown: str) -> Manifest:
    """Read the manifest of a library that could be loaded.

    :param shown: what messages call it: the path as it was written.
    :raises LoadError: when it could not.
    """
    with open_library(file, shown) as opened:
        head = opened.read(BEGINNING)
        try:
            if not head.startswith(MAGIC):
                raise LoadError(f"{shown}: {what_it_is(head)}")
            elf = Elf.read(opened)
            wrong = _form(elf)
            if wrong:
                raise LoadError(f"{shown}: {wrong}")
            manifest = _manifest(elf, shown)
            if this_libc().keeps_out(libc_of(elf)):
                raise LoadError(
                    f"{shown}: needs {libc_of(elf)}, this system has {this_libc()}; {_REBUILD} "
                    "here, or on a system that is no newer than this one"
                )
            return manifest
        except ElfError as error:
            raise LoadError(
                f"{shown}: is a broken library: {error}; was it copied whole? if so, {_REBUILD}"
            ) from None
        except OSError as error:
            raise LoadError(f"{shown}: cannot be read: {error.strerror}") from None


def _form(elf: Elf) -> str:
    """What keeps this system from loading it, whatever is in it."""
    machine = machine_name(elf.machine, elf.bits, elf.order)
    if machine != this_machine():
        return (
            f"is built for {machine}, this gateway runs on {this_machine()}; rebuild its "
            f"sources for {this_system()}/{this_machine()} with `tyk plugin build`"
        )
    if elf.type == RELOCATABLE:
        return f"is an object file that was not linked, expected a plugin library; {_REBUILD}"
    if elf.type == CORE:
        return "is a core dump, expected a plugin library; name the library that was built"
    if elf.is_program and SECTION not in {section.name for section in elf.sections}:
        return f"is a program, expected a plugin library; {_REBUILD}"
    if elf.type != SHARED:
        return f"is an ELF file of type {elf.type}, expected a shared library; {_REBUILD}"
    return ""


def _manifest(elf: Elf, shown: str) -> Manifest:
    content = elf.content(SECTION, MANIFEST_LIMIT)
    if content is None and is_go_plugin(elf):
        raise LoadError(
            f"{shown}: is built with -buildmode=plugin, which only the one release of Tyk that "
            f"it was built for can load; {_REBUILD}, unchanged"
        )
    exported = {symbol.name for symbol in elf.symbols if symbol.defined}
    missing = [name for name in EXPORTS if name not in exported]
    if content is None:
        lacks = _list([*missing, f"the section {SECTION}"])
        raise LoadError(f"{shown}: is a library but no plugin: it lacks {lacks}; {_REBUILD}")
    text = _text(content, shown)
    _check_version(text, shown)
    try:
        manifest = Manifest.parse(text)
    except (ValueError, RecursionError) as error:
        reason = error if isinstance(error, ManifestError) else "its manifest is broken"
        raise LoadError(f"{shown}: {reason}; mend it, or {_REBUILD}") from None
    if missing:
        raise LoadError(f"{shown}: it does not export {_list(missing)}; {_REBUILD}")
    return manifest


def _text(content: bytes, shown: str) -> str:
    try:
        text = content.strip(b"\0").decode()
    except UnicodeDecodeError as error:
        raise LoadError(f"{shown}: its manifest is not UTF-8: {error.reason}; {_REBUILD}") from None
    if not text:
        raise LoadError(f"{shown}: its manifest is empty; {_REBUILD}")
    if "\0" in text:
        raise LoadError(
            f"{shown}: has two manifests, expected one; leave all but one of the files that "
            "define a plugin out of the library"
        )
    return text


def _check_version(text: str, shown: str) -> None:
    """Before the rest is read, which another version may have in another form."""
    try:
        abi = json.loads(text)["abi"]
        major, minor = (int(part) for part in abi.split("."))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return  # parsing it says what is wrong
    if major != ABI_MAJOR or minor > ABI_MINOR:
        upgrade = ", or upgrade the gateway" if (major, minor) > (ABI_MAJOR, ABI_MINOR) else ""
        raise LoadError(
            f"{shown}: is built for plugin interface {abi}, this gateway speaks "
            f"{ABI_MAJOR}.{ABI_MINOR}; {_REBUILD} of this gateway{upgrade}"
        )


def is_go_plugin(elf: Elf) -> bool:
    """Whether it is what Tyk itself loads. :raises ElfError: when it is broken."""
    build = go_build(elf)
    if build is None:
        return False
    if "-buildmode" in build.settings:
        return build.settings["-buildmode"] == "plugin"
    return any(symbol.name.startswith(_GO_PLUGIN) for symbol in elf.symbols)


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
