"""Hooks that tell their number, in four languages, and the ways in which they can be broken."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from building import BuildPlugin
from plugin_library import compile_c

from twisted_tyk.bundles.manifest import BundleManifest, Contents
from twisted_tyk.bundles.write import write
from twisted_tyk.jsonfile import decode, make_converter, structure
from twisted_tyk.patches.manifest import PatchManifest

HERE: Final = Path(__file__).parent / "live"
#: How many versions there are of what has to be compiled; then the first one comes again.
COMPILED: Final = 4

GO: Final = """
package main

import (
	"net/http"
	"time"
)

// Tell answers with the number of this version.
func Tell(rw http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Slow") != "" {
		time.Sleep(300 * time.Millisecond)
	}
	rw.Write([]byte("%s"))
}

func main() {}
"""

HOOK: Final = """
from twisted.internet import reactor
from twisted.internet.task import deferLater
from zope.interface import implementer

from twisted_tyk import IRequestHook


@implementer(IRequestHook)
class Tell:
    async def hook(self, rw, request):
        beside = request.headers.get("X-Number") or ""
        if request.headers.get("X-Slow"):
            await deferLater(reactor, 0.3)
        rw.write("{number}" + beside)
"""

PATCH: Final = """
from twisted.internet import reactor
from twisted.internet.task import deferLater
from zope.interface import implementer

from twisted_tyk.exchange import Reply
from twisted_tyk.interfaces import IStep


@implementer(IStep)
class Tell:
    def __init__(self, replaced, api, config):
        self.replaced = replaced

    def process(self, exchange):
        reply = Reply(200, (), b"{number}")
        if exchange.headers.get("X-Slow"):
            return deferLater(reactor, 0.3, lambda: reply)
        return reply
"""

BUNDLE_MANIFEST: Final[Mapping[str, Any]] = {
    "file_list": ["tell.py", "number.so"],
    "custom_middleware": {
        "driver": "twisted",
        "pre": [
            {"name": "mark", "path": "number.so", "mode": "pool"},
            {"name": "Tell", "path": "tell.py"},
        ],
    },
}
PATCH_MANIFEST: Final[Mapping[str, Any]] = {
    "file_list": ["tell.py"],
    "name": "tell",
    "replaces": "IPBlackListMiddleware",
    "gateway": ">=0.1",
    "path": "tell.py",
    "symbol": "Tell",
    "apis": ["patched"],
    "always": True,
}


def c_library(folder: Path, number: str, *flags: str) -> bytes:
    """The plugin in C. :param flags: such as ``-DFAILS``, which make it a broken one."""
    made = [f'-DNUMBER="{number}"', *flags]
    return compile_c(folder / "number.so", HERE / "number.c", flags=made).read_bytes()


def go_library(folder: Path, number: str, build: BuildPlugin) -> bytes:
    """The plugin in Go."""
    (folder / "plugin.go").write_text(GO % number)
    return build(folder, folder / "plugin.so").file.read_bytes()


def archive(folder: Path, kind: type[Contents], files: Mapping[str, bytes], **keys: Any) -> bytes:
    """A bundle or a patch, with sums as they should be.

    :param keys: members of the manifest.
    """
    place = folder / "archive"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name, content in files.items():
        (place / name).write_bytes(content)
    value = {"checksum": "0" * 32, **keys}
    document = decode(json.dumps(value).encode(), "manifest.json")
    manifest, _ = structure(document, kind, make_converter())
    return write(place, value, manifest, folder / "archive.zip", None).file.read_bytes()


def bundle(folder: Path, python: str, library: bytes) -> bytes:
    """A bundle with a hook in Python and a plugin in C, of the same number."""
    files = {"tell.py": python.encode(), "number.so": library}
    return archive(folder, BundleManifest, files, **BUNDLE_MANIFEST)


def patch(folder: Path, number: str, python: str, **keys: Any) -> bytes:
    """An archive with a patch."""
    given = {**PATCH_MANIFEST, "version": number, **keys}
    return archive(folder, PatchManifest, {"tell.py": python.encode()}, **given)


@frozen
class Broken:
    """:ivar how: what is wrong with it.

    :ivar content: what is put in the place of a good version.
    :ivar there: what the gateway has to say of it.
    """

    how: str
    content: bytes
    says: str


def broken_libraries(good: bytes, wrong: Callable[..., bytes]) -> list[Broken]:
    """:param wrong: compiles the plugin in C with more flags."""
    machine = bytearray(good)
    struct.pack_into("=H", machine, 18, 243)
    return [
        Broken("garbage", b"\x00garbage" * 1000, "is no library"),
        Broken("another machine", bytes(machine), "is built for riscv64"),
        Broken("half of it", good[: len(good) // 2], "is a broken library"),
        Broken("no such function", wrong("-DON_THE_WAY_BACK"), "expected a request function"),
        Broken("a start that fails", wrong("-DFAILS"), "its initialisation failed"),
        Broken("empty", b"", "is empty"),
    ]


def broken_hooks(good: str) -> list[Broken]:
    """Python that does not load."""
    check = '\n    def check(self):\n        raise ValueError("not to be used")\n'
    texts = {
        "SyntaxError": good.replace("async def", "async deaf"),
        "half of it": good[: good.index("@implementer")],
        "ZeroDivisionError": good + "\n1 / 0\n",
        "SystemExit": good + "\nraise SystemExit\n",
        "its check raised": good + check,
        "does not conform": good.replace("(self, rw, request)", "(self)"),
    }
    says = {"half of it": "there is no 'Tell' in it"}
    return [Broken(how, text.encode(), says.get(how, how)) for how, text in texts.items()]
