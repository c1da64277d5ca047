"""The page on ways to authenticate: its definitions are served, and its commands work."""

from __future__ import annotations

import hmac
import json
import re
import shutil
import subprocess
from base64 import b64encode
from datetime import datetime, timezone
from email.utils import format_datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from console_page import commands, curl, fits
from gateway_process import Upstream, gateway_process, serving

from twisted_tyk.authenticate.messages import DEFAULTS
from twisted_tyk.testing import definition

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "securing.rst"
_JSON = re.compile(r"^\.\. code-block:: json\n((?:\n|[ ]+.*\n)+)", re.MULTILINE)


def shown_as_json() -> list[dict[str, Any]]:
    return [json.loads(dedent(block)) for block in _JSON.findall(PAGE.read_text(encoding="utf-8"))]


def signed(date: str) -> str:
    return b64encode(hmac.digest(b"s3cret", f"date: {date}".encode(), "sha256")).decode()


def test_the_commands_of_the_page_in_their_order(tmp_path: Path) -> None:
    apis = [value for value in shown_as_json() if "api_id" in value]
    assert len(apis) >= 6
    date = format_datetime(datetime.now(timezone.utc), usegmt=True)
    shown = [each for each in commands(PAGE) if each[0].startswith("curl ")]
    assert len(shown) >= 13
    with serving(SaysOk) as port:
        target = f"http://127.0.0.1:{port}/"
        served = [definition(api.pop("api_id"), target, **api) for api in apis]
        with gateway_process(tmp_path, *served, secret="change-me") as gateway:
            for command, wanted in shown:
                typed = command.replace("localhost:8080", f"localhost:{gateway.port}")
                typed = typed.replace("$date", date).replace("$signature", signed(date))
                printed = curl(typed)
                assert fits(printed, wanted), f"{command} printed\n{printed}"


class SaysOk(Upstream):
    """To whatever it is sent."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.say("ok")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="it is what the page signs with")
def test_what_the_shell_signs() -> None:
    script = "\n".join(each for each, _ in commands(PAGE) if not each.startswith("curl "))
    shell = ["sh", "-c", script + '\nprintf "%s\\n%s" "$date" "$signature"']
    printed = subprocess.run(shell, capture_output=True, text=True, check=True).stdout
    date, signature = printed.split("\n")
    assert signature == signed(date)


def test_the_messages_are_those_that_are_given() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"\* - ``(.+)``\n     - (\d+)\n     - (.+)\n", text)
    assert len(rows) == 6
    assert {name: DEFAULTS[name] for name, *_ in rows} == {
        name: (int(status), message) for name, status, message in rows
    }
