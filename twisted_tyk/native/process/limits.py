"""What the process of a plugin may take, and what it takes."""

from __future__ import annotations

import os
import resource
from typing import Final

_MIB: Final = 1 << 20
#: MiB that the stack of a thread may take; the C library sets it aside at once.
_STACK: Final = 8


def limit_memory(most: int, threads: int) -> None:
    """Let this process take so much memory more than it has.

    Counted is what is private and may be written, as malloc and the runtimes
    of Go and Rust get it from the kernel; what they only reserve is not.

    :param most: MiB.
    :param threads: of the host; their stacks come on top of it.
    """
    with open("/proc/self/status") as status:
        taken = next(int(line.split()[1]) for line in status if line.startswith("VmData:"))
    size = taken * 1024 + (most + threads * _STACK) * _MIB
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def resident(pid: int) -> int:
    """Bytes of memory a process has for itself; 0 when there is no such process."""
    try:
        with open(f"/proc/{pid}/statm") as statm:
            _, pages, shared, *_ = statm.read().split()
    except (OSError, ValueError):
        return 0
    return (int(pages) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
