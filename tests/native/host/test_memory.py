"""A machine that has no memory for threads any more."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest
from plugin_host import NOTHING, WAIT, MakeHost, in_a_child, soon

from twisted_tyk.native import abi
from twisted_tyk.plugins.driver import LoadError

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

#: Less than the stack of a thread takes.
LITTLE = 4 * 1024 * 1024


def no_more_memory() -> None:
    """But what the process has, and a little."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (size + LITTLE, hard))


def test_a_call_that_no_thread_can_run_is_told_so(make: MakeHost, plugin: Path) -> None:
    def child() -> None:
        host = make()
        busy, none = host.load(threads=100), host.load()
        first = host.submit(busy, WAIT)
        no_more_memory()
        # Stacks of threads that are gone may still be there to be used again.
        threads = 0
        while busy.state()["threads"] > threads:
            threads = busy.state()["threads"]
            soon(lambda threads=threads: busy.state()["running"] == threads)
            queued = host.submit(busy, WAIT)
        assert (first.result, queued.result) == (None, None)
        assert host.run(none, NOTHING)[:2] == (abi.E_MEMORY, b"")
        with pytest.raises(LoadError, match=r"^plugin.so: there is no memory or no thread left"):
            host.load_again(plugin)

    in_a_child(child)
