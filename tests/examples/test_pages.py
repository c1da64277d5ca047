"""Every example does what its page says, on real sockets."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import IO

import pytest
from console_page import commands, curl, fits

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
FOLDERS = sorted(EXAMPLES.glob("[0-9][0-9]-*"))
SUFFIXES = {".py", ".go", ".c", ".rs"}
HOOK_FILES = sorted(
    file
    for folder in FOLDERS
    for file in folder.rglob("*")
    if file.suffix in SUFFIXES and not file.name.startswith("test_")
)
#: Commands that are typed beside a gateway.
TYPED = ("mkdir ", "mv ", "sed ", "tyk bundle ", "tyk patch ")
#: What an example's language is built with.
COMPILERS = {"go": "go", "c": "cc", "rust": "cargo"}


class Process:
    """A server that says in a line of its output which port it has.

    :ivar port: that port.
    :ivar said: all lines up to that one.
    """

    def __init__(self, command: list[str], port_line: str, cwd: Path) -> None:
        self.said = ""
        self._process = subprocess.Popen(
            command,
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # The tests of others may set what this gateway would listen to.
            env={k: v for k, v in os.environ.items() if not k.startswith("TYK_")},
        )
        self.port = self._find(re.compile(port_line))

    def _find(self, line_with_port: re.Pattern[str]) -> int:
        output = self._output
        for line in output:
            self.said += line
            found = line_with_port.search(line)
            if found is not None:
                return int(found[1])
        pytest.fail(f"it ended:\n{self.said}")

    @property
    def _output(self) -> IO[str]:
        assert self._process.stdout is not None
        return self._process.stdout

    def stop(self) -> str:
        """End it; what it said after it had its port is returned."""
        self._process.terminate()
        rest, _ = self._process.communicate(timeout=10)
        return rest


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    script = EXAMPLES / "quickstart" / "upstream.py"
    process = Process([sys.executable, str(script), "0"], r"http://127.0.0.1:(\d+)/", EXAMPLES)
    yield process.port
    process.stop()


def gateway(folder: Path) -> Process:
    """The gateway as its users start it, but on a port that is free."""
    twistd = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
    return Process(
        [*twistd, "-n", "--pidfile=", "tyk", "--config", str(folder / "tyk.conf"), "--port", "0"],
        r"serving on .*:(\d+)",
        folder,
    )


def wait_until_ready(served: Process) -> None:
    """Bundles are fetched when the gateway serves already."""
    ends = monotonic() + 30
    ready = f"curl -i http://localhost:{served.port}/ready"
    while not curl(ready).startswith("HTTP/1.1 200"):
        assert monotonic() < ends, curl(ready)
        sleep(0.01)


def build(folder: Path) -> None:
    """Build the plugin of an example, as its page says, if it has one."""
    command = f"tyk plugin build examples/{folder.name}"
    if command not in [shown for shown, _ in commands(folder / "README.rst")]:
        return
    compiler = COMPILERS[folder.name.split("-")[1]]
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    tyk = [sys.executable, "-m", "twisted_tyk.cli", "plugin", "build", str(folder)]
    built = subprocess.run(tyk, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr


def typed(command: str, folder: Path) -> str:
    """What a command prints that has to do with a copy of an example.

    :param folder: the copy.
    """
    program, *words = shlex.split(command.replace("examples/", ""))
    tyk = [sys.executable, "-m", "twisted_tyk.cli"]
    done = subprocess.run(
        [*(tyk if program == "tyk" else [program]), *words],
        capture_output=True, text=True, check=False, cwd=folder.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.replace(folder.name, f"examples/{folder.name}")


@pytest.mark.parametrize("example", FOLDERS, ids=lambda folder: folder.name)
def test_it_does_what_its_page_says(example: Path, upstream: int, tmp_path: Path) -> None:
    folder = shutil.copytree(example, tmp_path / example.name)
    for definition in folder.glob("apps/*.json"):
        definition.write_text(definition.read_text().replace(":8081/", f":{upstream}/"))
    tried = 0
    build(folder)
    shown = iter(list(commands(example / "README.rst")))
    for command, wanted in shown:
        if command.startswith("twistd "):
            break
        if command.startswith(TYPED):
            assert fits(typed(command, folder), wanted), command
    served = gateway(folder)
    try:
        wait_until_ready(served)
        for command, wanted in shown:
            if command.startswith(TYPED):
                assert fits(typed(command, folder), wanted), command
            elif command.startswith("curl "):
                printed = curl(command.replace("localhost:8080", f"localhost:{served.port}"))
                printed = printed.replace(f":{upstream}/", ":8081/")
                printed = printed.replace(f":{upstream}", ":8081")
                assert fits(printed, wanted), f"{command} printed\n{printed}"
                tried += 1
    finally:
        log = served.stop()
    assert tried
    # At the first start of all, APIs wait for their bundles.
    lines = [
        line for line in (served.said + log).splitlines() if "not been fetched yet" not in line
    ]
    assert [line for line in lines if "level=error" in line] == []


@pytest.mark.parametrize("example", FOLDERS, ids=lambda folder: folder.name)
def test_its_page_starts_it_as_it_is_started_here(example: Path) -> None:
    shown = [command for command, _ in commands(example / "README.rst")]
    assert "python examples/quickstart/upstream.py" in shown
    assert f"twistd -n tyk --config examples/{example.name}/tyk.conf" in shown


@pytest.mark.parametrize("file", HOOK_FILES, ids=lambda file: file.parent.name)
def test_a_hook_file_is_short(file: Path) -> None:
    assert len(file.read_text().splitlines()) < 60


def test_each_example_is_listed() -> None:
    index = (EXAMPLES / "README.rst").read_text()
    assert [f.name for f in FOLDERS if f"``{f.name}``" not in index] == []
