"""``tyk plugin inspect``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from twisted_tyk.cli.facts import Facts, facts
from twisted_tyk.cli.output import Refused, columns, say, say_json, size_of, title_of
from twisted_tyk.native.abi import ABI_MAJOR, ABI_MINOR
from twisted_tyk.native.elf import ElfError
from twisted_tyk.native.functions import signature
from twisted_tyk.native.machine import this_system
from twisted_tyk.plugins.driver import LoadError


@click.command(short_help="Say what a plugin is, without running it.")
@click.argument("paths", metavar="FILE|FOLDER...", nargs=-1, required=True, type=Path)
@click.option("--json", "as_json", is_flag=True, help="One JSON object in a line for each file.")
def inspect(paths: tuple[Path, ...], as_json: bool) -> None:
    """Say what a plugin says of itself, without running any of it.

    A FOLDER stands for the files in it that end in .so. Exit status 1 when a file is
    no plugin that this gateway can load.
    """
    refused = 0
    for index, file in enumerate(_files(paths)):
        if index and not as_json:
            say("")
        try:
            if os.path.isdir(file):
                raise LoadError(_without(file))
            found = facts(file)
        except (LoadError, ElfError) as error:
            refused += 1
            _refused(file, str(error), as_json)
        else:
            if as_json:
                say_json(found.as_dict())
            else:
                _print(found)
    if refused:
        raise click.exceptions.Exit(1)


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    """The files, and the folders that have none."""
    for path in paths:
        inside = sorted(path.glob("*.so")) if os.path.isdir(path) else []
        yield from inside or [path]


def _without(folder: Path) -> str:
    """Why there is nothing of it to tell."""
    try:
        os.listdir(folder)
    except OSError as error:
        return f"{folder}: can not be read: {error.strerror}"
    return f"{folder}: there is no .so in it; type `tyk plugin build {folder}`"


def _refused(file: Path, text: str, as_json: bool) -> None:
    if as_json:
        say_json({"file": str(file), "ok": False, "error": text})
    else:
        Refused(text).show()


def _print(found: Facts) -> None:
    manifest = found.manifest
    rows = [
        ("language", title_of(manifest.language)),
        ("toolchain", manifest.toolchain or ", ".join(found.compilers)),
        ("interface", f"{_dotted(manifest.abi)}; this gateway speaks {ABI_MAJOR}.{ABI_MINOR}"),
        ("SDK", manifest.sdk),
        ("plugin", f"{manifest.name} {manifest.version}".strip()),
        ("module", "" if found.go is None else found.go.module),
        ("system", f"{this_system()}/{found.machine}"),
        ("size", size_of(found.size)),
        ("sha256", found.sha256),
        ("libraries", ", ".join(found.libraries)),
    ]
    say(found.shown)
    for line in columns([row for row in rows if row[1]]):
        say(line)
    say("  functions")
    for function in manifest.functions.values():
        say(f"    {signature(manifest.language, function.name, function.kind)}")
        needs = f"; needs {', '.join(sorted(function.needs))}" if function.needs else ""
        mode = f"; asks for mode {function.mode}" if function.mode else ""
        say(f"        {function.kind}{mode}{needs}")


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
