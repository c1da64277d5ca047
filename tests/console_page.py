"""Pages that show commands and what they print: read them, and do what they say.

Only ``curl`` is understood, and of that what our pages use. In what is printed
``...`` stands for anything.
"""

from __future__ import annotations

import re
import shlex
from argparse import ArgumentParser
from base64 import b64encode
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from textwrap import dedent
from urllib.parse import urlsplit

_BLOCK = re.compile(r"^\.\. code-block:: console\n((?:\n|[ ]+.*\n)+)", re.MULTILINE)


def commands(page: Path) -> Iterator[tuple[str, str]]:
    """Each command of a page, without its prompt, and what it is to print."""
    for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for shown in re.split(r"^\$ ", dedent(block), flags=re.MULTILINE)[1:]:
            command, _, printed = shown.partition("\n")
            yield command, printed.strip()


def curl(command: str) -> str:
    """What ``curl`` would print."""
    options = _parser().parse_args(shlex.split(command)[1:])
    headers = {"Accept": "*/*", "User-Agent": "curl/8.0"}
    if options.data is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    headers |= dict(re.split(r":\s*", line, maxsplit=1) for line in options.header)
    if options.user:
        headers["Authorization"] = f"Basic {b64encode(options.user.encode()).decode()}"
    url = urlsplit(options.url)
    method = options.request or ("GET" if options.data is None else "POST")
    connection = HTTPConnection("127.0.0.1", url.port or 80, timeout=10)
    try:
        connection.request(method, url._replace(scheme="", netloc="").geturl(),
                           options.data, headers)  # fmt: skip
        response = connection.getresponse()
        body = response.read().decode()
    finally:
        connection.close()
    if not options.include:
        return body
    head = "".join(f"{name}: {value}\n" for name, value in response.getheaders())
    return f"HTTP/1.1 {response.status} {response.reason}\n{head}\n{body}"


def fits(printed: str, wanted: str) -> bool:
    """Whether it is what the page promises; blanks at the ends of lines do not count."""
    pattern = re.escape(wanted).replace(r"\.\.\.", ".*?")
    text = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def _parser() -> ArgumentParser:
    parser = ArgumentParser()
    parser.add_argument("-i", "--include", action="store_true")
    parser.add_argument("-H", "--header", action="append", default=[])
    parser.add_argument("-s", "--silent", action="store_true")
    parser.add_argument("-u", "--user")
    parser.add_argument("-d", "--data")
    parser.add_argument("-X", "--request")
    parser.add_argument("url")
    return parser
