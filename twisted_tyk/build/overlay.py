"""Files that the compiler sees and nobody else does."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted_tyk._version import __version__
from twisted_tyk.build.discovery import Found, Sources
from twisted_tyk.build.gomod import Vendored
from twisted_tyk.native.abi import ABI_MAJOR, ABI_MINOR
from twisted_tyk.native.manifest import NEEDS

RUNTIME = "github.com/TykTechnologies/tyk/rt"


def write_overlay(file: Path, contents: Mapping[Path, str]) -> None:
    """Put the texts beside ``file``, and into it where the compiler is to see them."""
    folder = file.with_suffix("")
    folder.mkdir(exist_ok=True)
    places = {}
    for number, (seen, text) in enumerate(contents.items()):
        copy = folder / f"{number}{seen.suffix}"
        write_new(copy, text)
        places[str(seen)] = str(copy)
    write_new(file, json.dumps({"Replace": places}, indent=1))


def copies_of(file: Path) -> dict[str, str]:
    """The copies beside ``file``: what each of them stands for."""
    places = json.loads(file.read_text(encoding="utf-8"))["Replace"]
    return {
        name: seen
        for seen, copy in places.items()
        for name in (os.path.abspath(copy), os.path.realpath(copy))
    }


def write_new(file: Path, text: str) -> None:
    """Leave a file alone that reads so already: what is untouched is not looked at again."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        if file.read_bytes() == data:
            return
    except FileNotFoundError:
        pass
    file.write_bytes(data)


def sources_overlay(folder: Path, sources: Sources) -> dict[Path, str]:
    """The user's files with renamed init functions, and one that registers the functions."""
    contents = {folder / name: text for name, text in sources.copies.items()}
    name = "zz_tyk_plugin.go"
    while name in sources.names:
        name = "z" + name
    contents[folder / name] = registration(sources)
    return contents


def vendored_overlay(vendored: tuple[Vendored, ...]) -> dict[Path, str]:
    """``vendor/`` has no ``go.mod`` files; with them its folders are modules again."""
    return {
        each.folder / "go.mod": f"module {each.path}\n\ngo {each.language}\n" for each in vendored
    }


def registration(sources: Sources) -> str:
    """Go source that hands the functions over, in the order of the manifest."""
    calls = [f"tykruntime.Init({name})" for name in sources.inits]
    calls += [
        f'tykruntime.{each.kind.capitalize()}("{each.name}", {each.name})'
        for each in sources.functions
    ]
    lines = ["package main", "", f'import tykruntime "{RUNTIME}"', "", "func init() {"]
    lines += [f"\t{call}" for call in calls]
    lines += ["}"]
    if not sources.has_main:
        lines += ["", "func main() {}"]
    return "\n".join(lines) + "\n"


def manifest_text(name: str, toolchain: str, functions: tuple[Found, ...]) -> str:
    """The JSON that the plugin tells of itself."""
    items = []
    for each in functions:
        needs = [need for need in NEEDS if need in each.needs]
        item: dict[str, Any] = {"name": each.name, "kind": each.kind, "needs": needs}
        if each.mode:
            item["mode"] = each.mode
        items.append(item)
    return json.dumps(
        {
            "abi": f"{ABI_MAJOR}.{ABI_MINOR}",
            "language": "go",
            "toolchain": toolchain,
            "sdk": __version__,
            "name": name,
            "version": "",
            "functions": items,
        }
    )


def manifest_source(text: str) -> str:
    """C source with the manifest in the section that the gateway reads."""
    # json.dumps has left ASCII only, and json's escapes of a string are C's, but for these.
    literal = text.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?")
    return (
        '__attribute__((section(".tyk_manifest"), used))\n'
        f'const char tyk_manifest[] = "{literal}";\n'
    )
