"""What is replaced in a running gateway: its versions, good and broken, and how they get there."""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
from collections.abc import Callable, Iterator
from itertools import count, cycle
from pathlib import Path
from zipfile import ZipFile

from attrs import define, field
from building import BuildPlugin
from gateway_process import Upstream
from live_sources import (
    COMPILED,
    HOOK,
    PATCH,
    Broken,
    broken_hooks,
    broken_libraries,
    bundle,
    c_library,
    go_library,
    patch,
)
from live_traffic import Told


@define(eq=False)
class Subject:
    """
    :ivar apis: that answer with its number.
    :ivar good: numbers, and what has them.
    :ivar put: where the gateway finds it.
    """

    name: str
    apis: tuple[str, ...]
    good: Iterator[tuple[str, bytes]]
    broken: list[Broken]
    put: Callable[[bytes], object]
    told: Told = field(factory=Told)
    _turn: Iterator[Broken] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._turn = cycle(self.broken)

    def replace(self) -> None:
        """Put the next good version there."""
        number, content = next(self.good)
        self.told.coming(number)
        self.put(content)

    def spoil(self) -> Broken:
        """Put something there that must not come to work."""
        broken = next(self._turn)
        self.put(broken.content)
        return broken


class Putting:
    """Writes a file in one step, and the next time slowly over the one that is there."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._over = cycle((False, True))

    def __call__(self, content: bytes) -> None:
        self._file.parent.mkdir(exist_ok=True)
        if next(self._over) and self._file.exists():
            with self._file.open("wb", buffering=0) as file:
                # What is there meanwhile is nothing that could be used, in any language.
                file.write(content[: len(content) // 3])
                time.sleep(0.05)
                file.write(content[len(content) // 3 :])
        else:
            new = self._file.with_name(f".{self._file.name}")
            new.write_bytes(content)
            os.replace(new, self._file)


@define
class Offer:
    """A bundle on a server. :ivar content: nothing means that there is none.

    :ivar known: how often it was had already by those who asked.
    """

    content: bytes = b""
    known: int = 0

    def put(self, content: bytes) -> None:
        self.content = content


def server_of(offer: Offer) -> type[Upstream]:
    """It has one bundle, and tells its version."""

    class Server(Upstream):
        def do_GET(self) -> None:
            content = offer.content
            etag = f'"{hashlib.sha256(content).hexdigest()}"'
            same = self.headers["If-None-Match"] == etag
            offer.known += same
            self.send_response(304 if same else 200 if content else 404)
            self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if not same:
                self.wfile.write(content)

    return Server


def in_go(scratch: Path, build: BuildPlugin, put: Putting) -> Subject:
    versions = [(f"g{at}", go_library(scratch, f"g{at}", build)) for at in range(COMPILED)]
    broken = broken_libraries(
        versions[0][1], lambda *flags: c_library(scratch, "x", "-DTELL=Tell", *flags)
    )
    return Subject("go", ("go",), cycle(versions), broken, put)


def in_c(scratch: Path, libraries: list[bytes], put: Putting) -> Subject:
    versions = [(f"c{at}", library) for at, library in enumerate(libraries)]
    broken = broken_libraries(libraries[0], lambda *flags: c_library(scratch, "x", *flags))
    return Subject("c", ("c-pool", "c-inline"), cycle(versions), broken, put)


def in_python(put: Putting) -> Subject:
    versions = ((f"p{at}", _hook(f"p{at}").encode()) for at in count())
    return Subject("python", ("python",), versions, broken_hooks(_hook("x")), put)


def in_bundle(scratch: Path, libraries: list[bytes], offer: Offer) -> Subject:
    def versions() -> Iterator[tuple[str, bytes]]:
        for at in count():
            which = at % len(libraries)
            yield f"b{at}-d{which}", bundle(scratch, _hook(f"b{at}-"), libraries[which])

    good = bundle(scratch, _hook("x"), libraries[0])
    wrong = [
        Broken("cut off", good[:-40], "hooks.zip"),
        Broken("checksum", with_manifest(good, checksum="1" * 32), "invalid checksum"),
        Broken(
            "no file",
            with_manifest(good, file_list=["tell.py"], sha256={}),
            "is not in the file_list",
        ),
        Broken("not there", b"", "got status code 404"),
        Broken("syntax", bundle(scratch, "def :", libraries[0]), "SyntaxError"),
        Broken("library", bundle(scratch, _hook("x"), b"\0garbage" * 9), "is no library"),
    ]
    return Subject("bundle", ("bundled",), versions(), wrong, offer.put)


def in_patch(scratch: Path, put: Putting) -> Subject:
    versions = ((f"q{at}", patch(scratch, str(at), _patch(f"q{at}"))) for at in count())
    good = patch(scratch, "x", _patch("x"))
    raising = _patch("x").replace("self.replaced = replaced", "raise KeyError(api.api_id)")
    wrong = [
        Broken("cut off", good[:-40], "tell.zip"),
        Broken("checksum", with_manifest(good, checksum="1" * 32), "invalid checksum"),
        Broken("syntax", patch(scratch, "x", "def :"), "SyntaxError"),
        Broken("no class", patch(scratch, "x", "x = 1\n"), "there is no 'Tell' in it"),
        Broken("version", patch(scratch, "x", _patch("x"), gateway="<0.1"), "is for <0.1"),
        Broken("raises", patch(scratch, "x", raising), "making it raised KeyError"),
    ]
    return Subject("patch", ("patched",), versions, wrong, put)


def with_manifest(archive: bytes, **members: object) -> bytes:
    """The same files beside another manifest."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(archive)) as given, ZipFile(made, "w") as new:
        for info in given.infolist():
            content = given.read(info)
            if info.filename == "manifest.json":
                content = json.dumps({**json.loads(content), **members}).encode()
            new.writestr(info, content)
    return made.getvalue()


def _hook(number: str) -> str:
    return HOOK.replace("{number}", number)


def _patch(number: str) -> str:
    return PATCH.replace("{number}", number)
