"""Architectures: what ELF, the system and Go call them."""

from __future__ import annotations

import platform
import struct
import sys
from typing import Final

from attrs import frozen


@frozen
class Machine:
    """:ivar number: in ELF files. :ivar bits: of an address.

    :ivar order: ``little`` or ``big``.
    :ivar go: ``GOARCH``.
    :ivar names: what ``uname -m`` says on a system that runs it.
    """

    number: int
    bits: int
    order: str
    go: str
    names: tuple[str, ...]


MACHINES: Final = (
    Machine(62, 64, "little", "amd64", ("x86_64", "amd64")),
    Machine(183, 64, "little", "arm64", ("aarch64", "arm64")),
    Machine(3, 32, "little", "386", ("i386", "i486", "i586", "i686", "x86_64")),
    Machine(40, 32, "little", "arm", ("armv6l", "armv7l", "armv8l", "aarch64")),
    Machine(243, 64, "little", "riscv64", ("riscv64",)),
    Machine(258, 64, "little", "loong64", ("loongarch64",)),
    Machine(21, 64, "little", "ppc64le", ("ppc64le",)),
    Machine(21, 64, "big", "ppc64", ("ppc64",)),
    Machine(22, 64, "big", "s390x", ("s390x",)),
    Machine(8, 64, "little", "mips64le", ("mips64",)),
    Machine(8, 32, "big", "mips", ("mips",)),
)


def machine_name(number: int, bits: int, order: str) -> str:
    """What Go calls the architecture of an ELF file."""
    for machine in MACHINES:
        if (machine.number, machine.bits, machine.order) == (number, bits, order):
            return machine.go
    return f"machine {number} ({bits} bits, {order} endian)"


def this_machine() -> str:
    """``GOARCH`` of this interpreter, which may be narrower than its system."""
    name, bits = platform.machine().lower(), struct.calcsize("P") * 8
    for machine in MACHINES:
        if name in machine.names and (machine.bits, machine.order) == (bits, sys.byteorder):
            return machine.go
    return name


def this_system() -> str:
    """``GOOS`` of this interpreter."""
    return sys.platform
