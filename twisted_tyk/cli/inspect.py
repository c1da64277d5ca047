"""``tyk plugin inspect``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import click

from twisted_tyk._version import TYK_VERSION
from twisted_tyk.cli.completion import FILE
from twisted_tyk.cli.facts import Facts, facts
from twisted_tyk.cli.output import Refused, columns, say, say_json, size_of, title_of
from twisted_tyk.cli.survey import folders, survey
from twisted_tyk.cli.survey_lines import lines_of, objects_of
from twisted_tyk.native.abi import ABI_MAJOR, ABI_MINOR
from twisted_tyk.native.elf import ElfError
from twisted_tyk.native.functions import signature
from twisted_tyk.native.machine import this_system
from twisted_tyk.plugins.driver import LoadError


@click.command(short_help="Say what a plugin is, and which of a folder will load.")
@click.argument("paths", metavar="FILE|FOLDER...", nargs=-1, required=True, type=FILE)
@click.option("-r", "--recursive", is_flag=True, help="Folders in a FOLDER, too.")
@click.option(
    "--tyk-version",
    default=TYK_VERSION,
    callback=lambda context, option, value: _version(value),
    help=f"Look for the file names of a gateway of this version; {TYK_VERSION} without it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object in a line for each file.")
def inspect(paths: tuple[Path, ...], recursive: bool, tyk_version: str, as_json: bool) -> None:
    """Say what a plugin says of itself, without running any of it.

    Of a FOLDER with plugins a table is printed: which of them load in this gateway and in which
    others, and which file an entry of a definition gets. Names such as
    plugin_v5.3.0_linux_amd64.so stand for plugin.so. Bundles (.zip) are looked into.

    Exit status 1 when a file does not load in this gateway, or an entry would get none. What a
    file's name says to be for another version, system or machine does not count.
    """
    good = True
    for index, path in enumerate(_paths(paths, recursive)):
        if index and not as_json:
            say("")
        try:
            good = _inspect(path, tyk_version, as_json) and good
        except (LoadError, ElfError) as error:
            good = False
            _refused(path, str(error), as_json)
    if not good:
        raise click.exceptions.Exit(1)


def _inspect(path: Path, version: str, as_json: bool) -> bool:
    """Whether all is well. :raises LoadError, ElfError: when there is nothing to tell."""
    if not os.path.isdir(path):
        found = facts(path)
        if as_json:
            say_json(found.as_dict())
        else:
            _print(found)
        return True
    of_folder = survey(path, version)
    if not of_folder.files:
        raise LoadError(_without(path))
    if as_json:
        for each in objects_of(of_folder):
            say_json(each)
    else:
        for line in lines_of(of_folder):
            say(line)
    return of_folder.is_good()


def _paths(paths: tuple[Path, ...], recursive: bool) -> Iterator[Path]:
    """The files and folders to look at."""
    for path in paths:
        inside = list(folders(path)) if recursive and os.path.isdir(path) else []
        yield from inside or [path]


def _version(text: str) -> str:
    if not re.fullmatch(r"v?\d+\.\d+\.\d+(-.*)?", text):
        raise click.BadParameter(f"found {text!r}, expected a version such as {TYK_VERSION}")
    return text


def _without(folder: Path) -> str:
    """Why there is nothing of it to tell."""
    try:
        os.listdir(folder)
    except OSError as error:
        return f"{folder}: can not be read: {error.strerror}"
    return f"{folder}: there is no .so and no bundle in it; type `tyk plugin build {folder}`"


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
        ("libc", str(found.libc)),
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
