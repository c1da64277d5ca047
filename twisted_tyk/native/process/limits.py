"""What the process of a plugin may take, and what it takes."""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from typing import Final

_MIB: Final = 1 << 20
#: MiB that the C library sets aside for the stack of a thread, of which hardly
#: anything is ever touched, and for how many threads of the plugin's own.
_STACK: Final = 8
_THREADS: Final = 64
#: What makes the kernel end this process before the gateway when memory is short.
_FIRST_TO_GO: Final = "500"


def limit_memory(most: int, threads: int) -> None:
    """Let this process ask the kernel for so much memory more than it has.

    Counted is what is private and may be written, touched or not; what Go's
    runtime only reserves is not. Stacks come on top, so this is the fence
    that a plugin runs into when it allocates faster than the gateway looks at
    what it has touched.

    :param most: MiB.
    :param threads: of the host.
    """
    with open("/proc/self/status") as status:
        taken = next(int(line.split()[1]) for line in status if line.startswith("VmData:"))
    size = taken * 1024 + (most + (_THREADS + threads) * _STACK) * _MIB
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write(_FIRST_TO_GO)


def resident(pid: int) -> int:
    """Bytes of memory a process has for itself; 0 when there is no such process."""
    try:
        with open(f"/proc/{pid}/statm") as statm:
            _, pages, shared, *_ = statm.read().split()
    except (OSError, ValueError):
        return 0
    return (int(pages) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
