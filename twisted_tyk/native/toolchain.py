"""What a library was made with: Go's build information and the compilers' remarks.

Go since 1.18 puts its version and the modules of a build into the section
``.go.buildinfo``, behind a head of 32 bytes, as two strings with their length
as a varint (``debug/buildinfo`` in Go's library).
"""

from __future__ import annotations

import struct
from typing import Final

from attrs import frozen

from twisted_tyk.native.elf import Elf, ElfError

_MAGIC: Final = b"\xff Go buildinf:"
_INLINE: Final = 2
#: Around the list of modules stand marks of so many bytes.
_MARK: Final = 16
_ENOUGH: Final = 4 * 1024 * 1024


@frozen
class GoBuild:
    """:ivar version: such as ``go1.26.8``; empty before Go 1.18.

    :ivar module: path of the main module.
    :ivar settings: such as ``-buildmode`` to ``plugin``.
    """

    version: str
    module: str
    settings: dict[str, str]


def go_build(elf: Elf) -> GoBuild | None:
    """``None`` when it was not built by Go. :raises ElfError: when that is broken."""
    data = elf.content(".go.buildinfo", _ENOUGH)
    if data is None:
        return None
    if data[: len(_MAGIC)] != _MAGIC or len(data) < 32:
        raise ElfError("its Go build information is broken")
    if not data[15] & _INLINE:
        return GoBuild("", "", {})
    version, rest = _string(data[32:])
    modules, _ = _string(rest)
    module, settings = "", {}
    for line in modules[_MARK:-_MARK].decode("utf-8", "backslashreplace").splitlines():
        what, _, value = line.partition("\t")
        if what == "mod":
            module = value.partition("\t")[0]
        elif what == "build":
            name, _, setting = value.partition("=")
            settings[name] = setting
    return GoBuild(version.decode("utf-8", "backslashreplace"), module, settings)


def go_build_id(elf: Elf) -> str:
    """Empty when there is none. :raises ElfError: when that is broken."""
    note = elf.content(".note.go.buildid", _ENOUGH)
    form = "<III" if elf.order == "little" else ">III"
    if note is None or len(note) < struct.calcsize(form):
        return ""
    name, size, _ = struct.unpack_from(form, note)
    start = struct.calcsize(form) + (name + 3) // 4 * 4
    return note[start : start + size].rstrip(b"\0").decode("utf-8", "backslashreplace")


def compilers(elf: Elf) -> list[str]:
    """Such as ``GCC: (Debian 12.2.0-14) 12.2.0``. :raises ElfError: when that is broken."""
    data = elf.content(".comment", _ENOUGH) or b""
    remarks = [part.decode("utf-8", "backslashreplace") for part in data.split(b"\0") if part]
    return list(dict.fromkeys(remarks))


def _string(data: bytes) -> tuple[bytes, bytes]:
    """The first string, and what follows it."""
    size = shift = 0
    for used, byte in enumerate(data[:10], 1):
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            if used + size > len(data):
                break
            return data[used : used + size], data[used + size :]
    raise ElfError("its Go build information is cut off")
