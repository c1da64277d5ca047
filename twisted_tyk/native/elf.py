"""Reads what an ELF file says of itself, without loading it.

Layout as in the System V ABI, "Object Files". The file may be anything: what
is read is bounded, and whatever is wrong with it is an :exc:`ElfError`.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from functools import cached_property
from typing import BinaryIO, Final

from attrs import define, field, frozen

MAGIC: Final = b"\x7fELF"
#: Bytes of one table or section that are read, and of the names of all symbols.
LIMIT: Final = 64 * 1024 * 1024

RELOCATABLE: Final = 1
EXECUTABLE: Final = 2
SHARED: Final = 3
CORE: Final = 4

_NO_BITS: Final = 8
_DYNAMIC: Final = 6
_DYNSYM: Final = 11
_NEEDED: Final = 1
_FLAGS_1: Final = 0x6FFFFFFB
_PIE: Final = 0x08000000
_KINDS: Final = {0: "", 1: "object", 2: "function", 6: "tls", 10: "function"}


class ElfError(ValueError):
    """It is no ELF file, or a broken one; the text says what is wrong."""


@frozen
class Section:
    """:ivar link: number of the section that this one refers to, such as its strings."""

    name: str
    kind: int
    offset: int
    size: int
    link: int


@frozen
class Symbol:
    """A name that the file gives to others, or wants from them.

    :ivar kind: ``function``, ``object``, ``tls`` or ``""``.
    :ivar defined: whether the file has it.
    """

    name: str
    kind: str
    defined: bool


@define
class Elf:
    """An ELF file that is open; its parts are read when they are asked for.

    :ivar bits: 32 or 64.
    :ivar order: ``little`` or ``big``.
    :ivar os_abi: 0 is System V, 3 Linux.
    :ivar type: :data:`SHARED` and its like.
    :ivar machine: number of the architecture.
    """

    bits: int
    order: str
    os_abi: int
    type: int
    machine: int
    _file: BinaryIO = field(repr=False)
    _table: tuple[int, int, int, int] = field(repr=False)

    @classmethod
    def read(cls, file: BinaryIO) -> Elf:
        """:param file: can be sought; it has to stay open.

        :raises ElfError: when it does not begin as an ELF file.
        """
        ident = _at(file, 0, 16, "header")
        if ident[:4] != MAGIC:
            raise ElfError("it is not an ELF file")
        if ident[4] not in (1, 2) or ident[5] not in (1, 2):
            raise ElfError("its word size or byte order is unknown")
        bits, end = (32, 64)[ident[4] - 1], "<>"[ident[5] - 1]
        form = end + ("HHIIIIIHHHHHH" if bits == 32 else "HHIQQQIHHHHHH")
        head = struct.unpack(form, _at(file, 16, struct.calcsize(form), "header"))
        order = "little" if end == "<" else "big"
        table = (head[5], head[10], head[11], head[12])
        return cls(bits, order, ident[7], head[0], head[1], file, table)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """:raises ElfError: when their table is broken."""
        offset, size, count, names = self._table
        form = self._form("IIIIIIIIII", "IIQQQQIIQQ")
        if not offset:
            return ()
        if size != struct.calcsize(form):
            raise ElfError(f"its section headers have {size} bytes, not {struct.calcsize(form)}")
        first = struct.unpack(form, self._at(offset, size, "section headers"))
        count, names = count or first[5], first[6] if names == 0xFFFF else names
        raw = list(struct.iter_unpack(form, self._at(offset, size * count, "section headers")))
        if names >= count:
            raise ElfError("the names of its sections are missing")
        texts = self._at(raw[names][4], raw[names][5], "section names")
        return tuple(Section(_text(texts, row[0]), row[1], *row[4:7]) for row in raw)

    def content(self, name: str, limit: int = LIMIT) -> bytes | None:
        """The bytes of the first section of this name, ``None`` when there is none.

        :raises ElfError: when it is cut off, or longer than ``limit``.
        """
        for section in self.sections:
            if section.name == name:
                return self._bytes(section, limit)
        return None

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """The dynamic ones. :raises ElfError: when their table is broken."""
        form = self._form("IIIBBH", "IBBHQQ")
        info, where = (3, 5) if self.bits == 32 else (1, 3)
        found = []
        room = LIMIT
        for rows, texts in self._tables(_DYNSYM, form):
            for row in rows:
                name = _text(texts, row[0])
                room -= len(name)
                if room < 0:
                    raise ElfError("the names of its symbols are too long")
                if name:
                    kind = _KINDS.get(row[info] & 15, "")
                    found.append(Symbol(name, kind, row[where] != 0))
        return tuple(found)

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The libraries it is linked to. :raises ElfError: when that is broken."""
        return tuple(_text(texts, value) for tag, value, texts in self._dynamic if tag == _NEEDED)

    @property
    def is_program(self) -> bool:
        """Whether it is meant to be started. :raises ElfError: when that is broken."""
        flags = [value for tag, value, _ in self._dynamic if tag == _FLAGS_1]
        return self.type == EXECUTABLE or any(value & _PIE for value in flags)

    @cached_property
    def _dynamic(self) -> tuple[tuple[int, int, bytes], ...]:
        tables = self._tables(_DYNAMIC, self._form("II", "QQ"))
        return tuple((tag, value, texts) for rows, texts in tables for tag, value in rows)

    def _tables(self, kind: int, form: str) -> Iterator[tuple[Iterator[tuple[int, ...]], bytes]]:
        """The first table of a kind, and the strings it refers to."""
        for section in self.sections:
            if section.kind == kind:
                if section.link >= len(self.sections):
                    raise ElfError(f"the strings of {section.name} are missing")
                data = self._bytes(section, LIMIT)
                step = struct.calcsize(form)
                texts = self._bytes(self.sections[section.link], LIMIT)
                yield struct.iter_unpack(form, data[: len(data) // step * step]), texts
                return

    def _bytes(self, section: Section, limit: int) -> bytes:
        if section.kind == _NO_BITS:
            return b""
        if section.size > limit:
            raise ElfError(f"its section {section.name} is longer than {limit} bytes")
        return self._at(section.offset, section.size, f"section {section.name}")

    def _at(self, offset: int, size: int, what: str) -> bytes:
        return _at(self._file, offset, size, what)

    def _form(self, small: str, large: str) -> str:
        return ("<" if self.order == "little" else ">") + (small if self.bits == 32 else large)


def _at(file: BinaryIO, offset: int, size: int, what: str) -> bytes:
    if size > LIMIT:
        raise ElfError(f"its {what} has {size} bytes, which is too much")
    end = file.seek(0, os.SEEK_END)
    if offset + size > end:
        raise ElfError(f"it is cut off: its {what} would end at byte {offset + size} of {end}")
    file.seek(offset)
    data = file.read(size)
    if len(data) != size:
        raise ElfError(f"it is cut off in its {what}")
    return data


def _text(texts: bytes, offset: int) -> str:
    end = texts.find(b"\0", offset)
    return texts[offset : end if end >= 0 else None].decode("utf-8", "backslashreplace")
