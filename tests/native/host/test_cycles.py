"""Libraries that come and go leave nothing behind."""

from __future__ import annotations

import gc
import os
import shutil
from collections import deque
from pathlib import Path

from plugin_host import ECHO, MakeHost, PluginHost, soon
from twisted.internet.defer import Deferred

PAGE = os.sysconf("SC_PAGE_SIZE")
#: Loads and closes; Python's host is slower at it.
CYCLES = {"c": 10_000, "python": 1_000}
#: Bytes that each may cost at most. The smallest things that could be forgotten, a library
#: with its file name and in Python its room for changes, are twice as large and more.
EACH = {"c": 400, "python": 4_000}
#: What the allocators of C and Python may take for themselves meanwhile.
SLACK = 1024 * 1024
#: Files that are used in turn, so that one is loaded while others are being closed.
COPIES = 8


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


def reload(host: PluginHost, copies: list[Path], times: int) -> None:
    """Load and close each in turn; now and then with calls."""
    closing: deque[Deferred[None]] = deque()
    for turn in range(times):
        if len(closing) == len(copies):
            oldest = closing.popleft()
            host.until(lambda oldest=oldest: oldest.called)
        library = host.load_again(copies[turn % len(copies)])
        if turn % 8 == 0:
            calls = [host.submit(library, ECHO, b"x" * size) for size in (10, 70_000)]
            for call in calls:
                host.finish(call)
            library.call(ECHO, b"x" * 70_000)
        closing.append(library.close())
        host.told.clear()
    host.until(lambda: all(closed.called for closed in closing))


def test_ten_thousand_reloads_leave_nothing_behind(
    make: MakeHost, plugin: Path, tmp_path: Path
) -> None:
    host = make()
    kind = host.host.kind
    copies = [Path(shutil.copy(plugin, tmp_path / f"copy{n}.so")) for n in range(COPIES)]
    reload(host, copies, CYCLES[kind] // 10)
    gc.collect()
    memory, open_files, count = resident(), descriptors(), threads()
    reload(host, copies, CYCLES[kind])
    gc.collect()
    assert descriptors() == open_files
    soon(lambda: threads() <= count)
    assert resident() - memory < CYCLES[kind] * EACH[kind] + SLACK
    assert str(tmp_path) not in Path("/proc/self/maps").read_text()


def test_hosts_leave_nothing_behind(make: MakeHost, plugin: Path) -> None:
    open_files, count = descriptors(), threads()
    for _ in range(20):
        host = make()
        reload(host, [plugin], 1)
        host.host.close()
    assert descriptors() == open_files
    soon(lambda: threads() <= count)
