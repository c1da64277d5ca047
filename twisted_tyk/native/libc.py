"""Which C library a plugin library was linked to, and from which version on it does.

A library names the versions of the symbols that it wants (section ``.gnu.version_r``,
"Symbol Versioning" of the Linux Standard Base); with glibc the highest of them is the
oldest release that it can be loaded with. musl has no such versions.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from twisted_tyk.native.elf import Elf, ElfError

_SECTION: Final = ".gnu.version_r"
_GLIBC: Final = re.compile(r"GLIBC_(\d+(?:\.\d+)*)")
#: Bytes of the section and versions in it: no library comes near.
_LIMIT: Final = 1024 * 1024
_ENOUGH: Final = 10_000


@frozen
class Libc:
    """:ivar name: ``glibc``, ``musl``, or ``""`` when none is needed or known.

    :ivar version: the oldest one that will do, or the one that is there; empty when any will.
    """

    name: str
    version: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {'.'.join(map(str, self.version))}".strip()

    def keeps_out(self, needed: Libc) -> bool:
        """Whether what needs the other can not be loaded where this is."""
        if not (self.name and needed.name):
            return False
        return self.name != needed.name or self.version < needed.version


def libc_of(elf: Elf) -> Libc:
    """What a library needs. :raises ElfError: when that is broken."""
    if any(name.startswith("libc.musl-") for name in elf.needed):
        return Libc("musl")
    found = [_GLIBC.fullmatch(name) for name in _versions(elf)]
    versions = [tuple(map(int, match[1].split("."))) for match in found if match]
    return Libc("glibc", max(versions)) if versions else Libc("")


def this_libc() -> Libc:
    """That of this interpreter; without a version when it does not tell."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (ValueError, OSError):
        return Libc("")  # musl does not know the question
    numbers = re.match(r"\d+(\.\d+)*", version)
    if name != "glibc" or numbers is None:
        return Libc("")
    return Libc(name, tuple(map(int, numbers[0].split("."))))


def _versions(elf: Elf) -> Iterator[str]:
    """Names of all versions that symbols are wanted in."""
    data = elf.content(_SECTION, _LIMIT)
    if not data:
        return
    link = next(section.link for section in elf.sections if section.name == _SECTION)
    if link >= len(elf.sections):
        raise ElfError(f"the strings of {_SECTION} are missing")
    texts = elf.content(elf.sections[link].name) or b""
    end = "<" if elf.order == "little" else ">"
    need, name = struct.Struct(end + "HHIII"), struct.Struct(end + "IHHII")
    room = _ENOUGH
    for start in _chain(data, 0, need):
        _, count, _, first, _ = need.unpack_from(data, start)
        if count:
            for place in _chain(data, start + first, name):
                room -= 1
                if room < 0:
                    raise ElfError(f"its section {_SECTION} names more than {_ENOUGH} versions")
                text = name.unpack_from(data, place)[3]
                yield texts[text : texts.find(b"\0", text)].decode("utf-8", "backslashreplace")


def _chain(data: bytes, place: int, form: struct.Struct) -> Iterator[int]:
    """Places of records whose last number says how far off the next one is."""
    while True:
        if place + form.size > len(data):
            raise ElfError(f"its section {_SECTION} is cut off")
        yield place
        step = form.unpack_from(data, place)[-1]
        if not step:
            return
        place += step
