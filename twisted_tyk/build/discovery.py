"""What is in a folder of Go sources, found by a small Go program of ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from attrs import frozen

from twisted_tyk.build.contract import BuildError, Order
from twisted_tyk.build.run import run
from twisted_tyk.build.toolchain import Go

EXPECTED = (
    "expected func(http.ResponseWriter, *http.Request) for a request,"
    " func(http.ResponseWriter, *http.Response, *http.Request) for a response,"
    " or func(*analytics.AnalyticsRecord), without results"
)


@frozen
class Found:
    """A function that an API can name.

    :ivar asked: its needs are told by the source.
    """

    name: str
    kind: str
    needs: frozenset[str]
    mode: str
    asked: bool


@frozen
class Sources:
    """:ivar names: of the files that are built. :ivar inits: renamed init functions.

    :ivar copies: text of the files in which some were renamed.
    :ivar imports: path: place of the import.
    :ivar foreign: something is imported that is neither Go's nor Tyk's.
    """

    names: tuple[str, ...]
    has_main: bool
    inits: tuple[str, ...]
    copies: Mapping[str, str]
    imports: Mapping[str, str]
    foreign: bool
    functions: tuple[Found, ...]
    warnings: tuple[str, ...]


def discover(order: Order, go: Go) -> Sources:
    """:raises BuildError: for what is no plugin, pointing at the file."""
    program = _program(order, go)
    folder = order.folder
    # GOOS and GOARCH of a build for another machine choose the files here, too.
    command = [str(program), str(folder.resolve()), ",".join(go.tags)]
    ran = run(command, folder, go.environ, order.progress, "looking at the sources")
    if ran.status:
        raise BuildError(f"{folder}: can not be looked at: {ran.said.strip()}")
    said = json.loads(ran.out)
    errors = [_at(folder, line) for line in said["errors"] or ()]
    if errors:
        if ".go:" not in errors[0]:
            raise BuildError(f"{folder}: {errors[0]}")
        raise BuildError(f"{folder}: its sources can not be built as they are", errors)
    misses = said["misses"] or []
    if not said["functions"]:
        none = "none is exported; " if not misses else ""
        raise BuildError(
            f"{folder}: there is no function that an API could name; {none}{EXPECTED}",
            [_missed(folder, miss) for miss in misses],
        )
    return Sources(
        names=tuple(said["names"]),
        has_main=said["has_main"],
        inits=tuple(said["inits"] or ()),
        copies=said["copies"],
        imports={path: _at(folder, place) for path, place in said["imports"].items()},
        foreign=said["foreign"],
        functions=tuple(_function(each) for each in said["functions"]),
        warnings=tuple(_at(folder, line) for line in said["warnings"] or ())
        + tuple(f"{_missed(folder, miss)}; {EXPECTED}" for miss in misses if miss["near"]),
    )


def _function(each: dict[str, Any]) -> Found:
    needs = frozenset(each["needs"] or ())
    return Found(each["name"], each["kind"], needs, each["mode"], each["asked"])


def _missed(folder: Path, miss: dict[str, Any]) -> str:
    return f"{_at(folder, miss['place'])}: {miss['name']} is {miss['found']}"


def _at(folder: Path, line: str) -> str:
    """``plugin.go:3:1: …`` with the folder as the user wrote it."""
    return f"{folder}/{line}" if line.partition(":")[0].endswith(".go") else line


def _program(order: Order, go: Go) -> Path:
    """The program, compiled once for each toolchain and version of itself."""
    source = Path(str(files("twisted_tyk.build") / "godiscover"))
    digest = hashlib.sha256(f"{go.command} {go.version}".encode())
    for file in sorted(source.iterdir()):
        digest.update(file.read_bytes())
    program = order.cache.parent / f"godiscover-{digest.hexdigest()[:16]}"
    if program.exists():
        return program
    # It runs here, wherever the plugin is to run.
    environ = {**go.environ, "CGO_ENABLED": "0"}
    for name in ("GOOS", "GOARCH", "GOARM", "GOAMD64"):
        environ.pop(name, None)
    made = order.cache / "godiscover"
    ran = run(
        [go.command, "build", "-trimpath", "-buildvcs=false", "-o", str(made), "."],
        source,
        environ,
        order.progress,
        "compiling what reads Go sources; this is done once",
    )
    if ran.status:
        raise BuildError(f"{go.command}: can not build {source}", ran.said.splitlines())
    made.replace(program)
    return program
