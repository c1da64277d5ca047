"""The process itself: alone with its library, deaf to signals, and never without its gateway."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest_twisted
from plugin_processes import Start
from twisted.internet import reactor
from twisted.internet.task import deferLater

from twisted_tyk.native import abi
from twisted_tyk.native.process import begin
from twisted_tyk.native.process.limits import resident
from twisted_tyk.native.process.spawn import how_it_ended

#: A gateway with one plugin, which prints the id of the plugin's process and dies.
GATEWAY = """\
import os, signal, sys
from pathlib import Path
from twisted.internet import reactor
from twisted_tyk.native.contract import Loading
from twisted_tyk.native.examine import examine
from twisted_tyk.native.process.options import Options
from twisted_tyk.native.process.supervisor import InHelper

copy, config = sys.argv[1:]
nothing = lambda *told: None
loading = Loading(copy, copy, examine(Path(copy), copy), config.encode(), 4)
library = InHelper(reactor, loading, nothing, nothing, nothing, Options())

class Caller:
    def __init__(self, over):
        self.over = over

def die(*outcome):
    print(library.state()["pid"], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

if "hang" in config:
    reactor.callLater(0.5, die)
else:
    library.submit(0, b"", Caller(die))
    library.submit(3, b"", Caller(nothing))
reactor.run()
"""


async def left_by_a_gateway_that_dies(copy: Path, config: str) -> None:
    """Waits until the process of its plugin is gone."""
    died = subprocess.run(
        [sys.executable, "-c", GATEWAY, str(copy), config], capture_output=True, timeout=60
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    pid = int(died.stdout)
    while "Z" not in _state(pid):
        await deferLater(reactor, 0.01)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"  # it is gone altogether


@pytest_twisted.ensureDeferred
async def test_it_ends_with_its_gateway(troubles: Path) -> None:
    """In the middle of a call, too."""
    await left_by_a_gateway_that_dies(troubles, "{}")


@pytest_twisted.ensureDeferred
async def test_it_ends_with_its_gateway_while_it_loads(troubles: Path) -> None:
    """When it is not looking at the socket."""
    await left_by_a_gateway_that_dies(troubles, '{"hang": 1}')


@pytest_twisted.ensureDeferred
async def test_signals_to_all_processes_of_a_gateway_end_no_call(start: Start) -> None:
    """As a terminal and service managers send them."""
    running = start()
    await running.library.loaded()
    pid = running.state["pid"]
    call = running.call("Sleep", b"100")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    assert (await call)[0] == abi.OK
    assert running.state["pid"] == pid
    assert os.getsid(pid) == pid


@pytest_twisted.ensureDeferred
async def test_it_has_no_descriptors_of_the_gateway(start: Start, tmp_path: Path) -> None:
    with open(tmp_path / "secret", "w") as secret:
        os.set_inheritable(secret.fileno(), True)
        running = start()
        await running.library.loaded()
        folder = Path(f"/proc/{running.state['pid']}/fd")
        found = sorted(os.readlink(each).partition(":")[0] for each in folder.iterdir())
    assert set(found) <= {"/dev/null", "anon_inode", "pipe", "socket"}
    assert found.count("socket") == 1


@pytest_twisted.ensureDeferred
async def test_it_goes_before_the_gateway_when_memory_is_short(start: Start) -> None:
    running = start()
    await running.library.loaded()
    score = Path(f"/proc/{running.state['pid']}/oom_score_adj").read_text()
    assert score == "500\n"


def test_it_needs_no_twisted() -> None:
    """Which would cost three times the memory and the time to start."""
    script = dedent(
        """
        import sys
        sys.path.insert(0, sys.argv[1])
        import begin
        begin.find_package()
        from twisted_tyk.native import not_loaded
        from twisted_tyk.native.host import make_host
        from twisted_tyk.native.process import helper, limits
        make_host(None, None, None).close()
        print([name for name in sys.modules if name.partition(".")[0] in ("twisted", "asyncio")])
        """
    )
    folder = str(Path(begin.__file__).parent)
    found = subprocess.run(
        [sys.executable, "-c", script, folder], capture_output=True, check=True, text=True
    )
    assert found.stdout == "[]\n"


def test_it_does_not_begin_for_a_gateway_that_is_gone() -> None:
    """Not for anyone else either."""
    ended = subprocess.run(
        [sys.executable, begin.__file__, "0", "1"], capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (1, "the gateway is gone\n")


def test_an_end_is_told_by_its_name() -> None:
    assert how_it_ended(-signal.SIGSEGV) == "died of SIGSEGV"
    assert how_it_ended(-40) == "died of signal 40"
    assert how_it_ended(2) == "exited with status 2"


def test_who_is_gone_has_no_memory() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert resident(ended.pid) == 0
    assert resident(os.getpid()) > 1 << 20
