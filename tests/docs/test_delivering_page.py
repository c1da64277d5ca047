"""The page on delivering plugins: its bundle is built, signed, served, fetched and replaced."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from threading import Thread
from typing import Any

import pytest
from console_page import commands, curl, fits
from gateway_process import GatewayProcess, gateway_process
from tyk_command import tyk

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "delivering-plugins.rst"
_JSON = re.compile(r"^\.\. code-block:: json\n((?:\n|[ ]+.*\n)+)", re.MULTILINE)


class Files(SimpleHTTPRequestHandler):
    """As ``python -m http.server`` has it."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


def typed(command: str, gateway: GatewayProcess | None) -> str:
    """What a command prints."""
    program, *words = shlex.split(command)
    if program == "tyk":
        said = tyk(*words)
        return said.stderr + said.stdout
    if program == "curl":
        assert gateway is not None
        return curl(command.replace("localhost:8080", f"localhost:{gateway.port}"))
    done = subprocess.run([program, *words], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.skipif(shutil.which("openssl") is None, reason="it is what the page makes keys with")
def test_the_commands_of_the_page_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "examples" / "15-bundle" / "hooks", tmp_path / "hooks")
    conf, api = (json.loads(dedent(block)) for block in _JSON.findall(PAGE.read_text("utf-8")))
    shown = list(commands(PAGE))
    first = next(index for index, (text, _) in enumerate(shown) if text.startswith("curl "))
    for command, wanted in shown[:first]:
        printed = typed(command, None)
        assert fits(printed, wanted), f"{command} printed\n{printed}"
    web = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(tmp_path / "web")))
    Thread(target=web.serve_forever, daemon=True).start()
    try:
        conf["bundle_base_url"] = f"http://localhost:{web.server_address[1]}/"
        del conf["listen_port"]
        with gateway_process(tmp_path, api, **conf) as gateway:
            for command, wanted in shown[first:]:
                printed = typed(command, gateway)
                assert fits(printed, wanted), f"{command} printed\n{printed}"
    finally:
        web.shutdown()
        web.server_close()


def test_the_messages_of_the_page_are_those_that_are_given() -> None:
    sources = "".join(
        file.read_text("utf-8") for file in (ROOT / "twisted_tyk" / "bundles").glob("*.py")
    )
    words = PAGE.read_text("utf-8").partition("The words are Tyk's")[2]
    messages = re.findall(r"``(.+?)``", words)
    assert len(messages) >= 7
    for message in messages:
        assert re.sub(r"[ …]*(404|…)$", "", message) in sources, message
