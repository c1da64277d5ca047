"""The quickstart does what README says of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from free_ports import free_port
from zope.interface.verify import verifyObject

from twisted_tyk import IRequestHook

ROOT = Path(__file__).resolve().parent.parent.parent
QUICKSTART = ROOT / "examples" / "quickstart"


def get(url: str, body: bytes | None = None) -> bytes:
    """Ask, and ask again while nobody listens there yet."""
    opener = build_opener(ProxyHandler({}))
    for _ in range(150):
        try:
            with opener.open(Request(url, body), timeout=5) as answer:
                content: bytes = answer.read()
                return content
        except URLError:
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}")


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[str]:
    """The quickstart's two processes, on ports that are free."""
    copy = shutil.copytree(QUICKSTART, tmp_path / "quickstart")
    definition = copy / "apps" / "quickstart.json"
    start_twistd = "from twisted.scripts.twistd import run; run()"
    twistd = [sys.executable, "-c", start_twistd, "-n", "--pidfile=", "tyk", "-c", "tyk.conf"]
    with free_port() as listen, free_port() as upstream, ExitStack() as running:
        definition.write_text(definition.read_text().replace(":8081/", f":{upstream}/"))
        for command in (
            [sys.executable, "upstream.py", str(upstream)],
            [*twistd, "--port", str(listen)],
        ):
            process = running.enter_context(subprocess.Popen(command, cwd=copy))
            running.callback(process.terminate)
        get(f"http://127.0.0.1:{upstream}/")
        get(f"http://127.0.0.1:{listen}/hello")
        yield f"http://127.0.0.1:{listen}/quickstart"


def test_the_upstream_sees_the_hook_s_header(gateway: str) -> None:
    seen = json.loads(get(f"{gateway}/get?colour=blue"))
    assert seen["method"] == "GET"
    assert seen["url"].endswith("/get?colour=blue")
    assert seen["args"] == {"colour": "blue"}
    assert seen["headers"]["Foo"] == "Bar"
    posted = json.loads(get(f"{gateway}/post", b"hello"))
    assert (posted["method"], posted["body_length"]) == ("POST", 5)


def test_readme_s_hook_is_one() -> None:
    readme = (ROOT / "README.rst").read_text()
    indented = re.search(r"code-block:: python\n\n((?:    .*\n|\n)+)", readme)
    assert indented is not None
    names: dict[str, Any] = {}
    exec(re.sub(r"^    ", "", indented[1], flags=re.MULTILINE), names)
    assert verifyObject(IRequestHook, names["AddFooBar"]())


def test_readme_s_definition_is_the_quickstart_s() -> None:
    readme = (ROOT / "README.rst").read_text()
    shown = re.search(r'^    ("custom_middleware": .*)$', readme, re.MULTILINE)
    assert shown is not None
    definition = json.loads((QUICKSTART / "apps" / "quickstart.json").read_text())
    assert json.loads(f"{{{shown[1]}}}")["custom_middleware"] == definition["custom_middleware"]
