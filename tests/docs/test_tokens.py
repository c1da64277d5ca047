"""The walk-through with signed tokens does what the manual says, on real sockets."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from console_page import commands, curl, fits

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "tokens.rst"
FILES = ROOT / "docs" / "code" / "tokens"
TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
TOKEN = re.compile(r"TOKEN=\$\((curl .*)\)")


@contextmanager
def process(line: str, *command: str) -> Iterator[str]:
    """The port that a server says it has. :param line: how it says so."""
    started = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("TYK_")},
    )
    assert started.stdout is not None
    try:
        for said in started.stdout:
            found = re.search(line, said)
            if found is not None:
                yield found[1]
                break
        else:
            raise AssertionError(f"{command} did not say where it is")
    finally:
        started.terminate()
        started.communicate(timeout=30)


def test_the_page(tmp_path: Path) -> None:
    folder = shutil.copytree(FILES, tmp_path / "tokens")
    with ExitStack() as running:
        upstream = running.enter_context(
            process(
                r"http://127.0.0.1:(\d+)/",
                sys.executable, str(ROOT / "examples" / "quickstart" / "upstream.py"), "0",
            )
        )  # fmt: skip
        provider = running.enter_context(
            process(r":(\d+)/jwks", sys.executable, str(folder / "provider.py"), "0")
        )
        definition = folder / "apps" / "orders.json"
        text = definition.read_text().replace(":9000/", f":{provider}/")
        definition.write_text(text.replace(":8081/", f":{upstream}/"))
        gateway = running.enter_context(
            process(
                r"serving on .*:(\d+)",
                *TWISTD, "-n", "--pidfile=", "tyk",
                "--config", str(folder / "tyk.conf"), "--port", "0",
            )
        )  # fmt: skip
        token, tried = "", 0
        for shown, wanted in commands(PAGE):
            command = shown.replace(":8080/", f":{gateway}/").replace(":9000/", f":{provider}/")
            making = TOKEN.fullmatch(command)
            if making is not None:
                token = curl(making[1])
                assert token.count(".") == 2
            elif command.startswith("curl "):
                printed = curl(command.replace("$TOKEN", token))
                assert fits(printed, wanted), f"{shown} printed\n{printed}"
                tried += 1
        assert tried == 5


def test_it_starts_what_is_started_here() -> None:
    shown = [command for command, _ in commands(PAGE)]
    assert shown[:3] == [
        "python examples/quickstart/upstream.py",
        "python docs/code/tokens/provider.py",
        "twistd -n tyk --config docs/code/tokens/tyk.conf",
    ]
