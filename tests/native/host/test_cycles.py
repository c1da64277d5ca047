"""Libraries that come and go leave nothing behind."""

from __future__ import annotations

import gc
import os
from pathlib import Path

from plugin_host import ECHO, MakeHost, PluginHost, soon

PAGE = os.sysconf("SC_PAGE_SIZE")
#: Loads and closes; Python's host is slower at it.
CYCLES = {"c": 10_000, "python": 1_000}
#: Bytes that each may cost at most. The smallest thing that could be forgotten, a library
#: with its file name, is twice as large.
EACH = 400
#: What the allocators of C and Python may take for themselves meanwhile.
SLACK = 1024 * 1024


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


def cycle(host: PluginHost, copy: Path, turn: int) -> None:
    library = host.load_again(copy)
    if turn % 8 == 0:
        calls = [host.submit(library, ECHO, b"x" * size) for size in (10, 70_000)]
        for call in calls:
            host.finish(call)
        library.call(ECHO, b"x" * 70_000)
    host.close(library)
    host.told.clear()


def test_ten_thousand_reloads_leave_nothing_behind(make: MakeHost, plugin: Path) -> None:
    host = make()
    cycles = CYCLES[host.host.kind]
    for turn in range(cycles // 10):
        cycle(host, plugin, turn)
    gc.collect()
    memory, open_files = resident(), descriptors()
    count = threads()
    for turn in range(cycles):
        cycle(host, plugin, turn)
    gc.collect()
    assert descriptors() == open_files
    soon(lambda: threads() <= count)
    assert resident() - memory < cycles * EACH + SLACK
    assert str(plugin) not in Path("/proc/self/maps").read_text()


def test_hosts_leave_nothing_behind(make: MakeHost, plugin: Path) -> None:
    open_files, count = descriptors(), threads()
    for _ in range(20):
        host = make()
        cycle(host, plugin, 0)
        host.host.close()
    assert descriptors() == open_files
    soon(lambda: threads() <= count)
