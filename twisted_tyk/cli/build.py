"""``tyk plugin build``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from attrs import frozen

from twisted_tyk._version import TYK_VERSION
from twisted_tyk.build.contract import BuildError, Built, Progress
from twisted_tyk.build.folder import build as build_folder
from twisted_tyk.cli.completion import FILE, a_file
from twisted_tyk.cli.output import Refused, printable, say, say_json, size_of, time_of, title_of
from twisted_tyk.native.functions import signature
from twisted_tyk.native.machine import this_machine, this_system
from twisted_tyk.native.manifest import Manifest


@frozen
class _Wanted:
    """:ivar versioned: the name gets the version of Tyk, system and machine."""

    folder: Path
    output: Path | None
    versioned: bool


@click.command(short_help="Build a plugin in Go, C or Rust.")
@click.argument("arguments", metavar="[FOLDER]", nargs=-1, shell_complete=a_file)
@click.option("-o", "--output", type=FILE, help="The file to make; FOLDER/plugin.so without it.")
@click.option(
    "--versioned",
    is_flag=True,
    help=f"Name it as Tyk looks for it, such as plugin_{TYK_VERSION}_linux_amd64.so.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with what was made.")
def build(arguments: tuple[str, ...], output: Path | None, versioned: bool, as_json: bool) -> None:
    """Build the plugin in FOLDER, by default this one: Go, C or Rust.

    Go sources written for Tyk are built as they are. Nothing is written to FOLDER but
    the plugin.

    The arguments of Tyk's compiler image are understood as well, in the folder of the
    sources: NAME.so [PLUGIN_ID] [GOOS] [GOARCH]. As there, the file gets a versioned
    name, which is found when an API definition says NAME.so.

    Exit status 1 when it can not be built; the compiler's lines name your files.
    """
    wanted = _wanted(arguments, output, versioned)
    try:
        with _progress(as_json) as progress:
            built = build_folder(
                wanted.folder,
                wanted.output,
                versioned=wanted.versioned,
                gateway_version=TYK_VERSION,
                progress=progress,
                environ=os.environ,
            )
    except BuildError as error:
        if as_json:
            say_json({"ok": False, "error": str(error), "lines": list(error.lines)})
            raise click.exceptions.Exit(1) from None
        for line in error.lines:
            say(line, err=True)
        raise Refused(str(error)) from None
    if as_json:
        say_json({"ok": True, **built.as_dict(), "size": built.file.stat().st_size})
    else:
        _print(built)


def _wanted(arguments: tuple[str, ...], output: Path | None, versioned: bool) -> _Wanted:
    first = arguments[0] if arguments else "."
    if not first.endswith(".so") or os.path.isdir(first):
        if len(arguments) > 1:
            raise click.UsageError(f"one folder at a time; found {' '.join(arguments)}")
        return _Wanted(Path(first), output, versioned)
    if output is not None:
        raise click.UsageError(f"the file to make is named twice: {first} and {output}")
    if len(arguments) > 4:
        raise click.UsageError("expected NAME.so [PLUGIN_ID] [GOOS] [GOARCH] and nothing more")
    # The id tells builds of one plugin apart for Go's loader; here nothing has to.
    system, machine = (*arguments[2:], "", "")[:2]
    system = system or os.environ.get("GOOS") or this_system()
    machine = machine or os.environ.get("GOARCH") or this_machine()
    if (system, machine) != (this_system(), this_machine()):
        raise click.UsageError(
            f"found {system}/{machine}, expected {this_system()}/{this_machine()}: it builds for "
            "the system it runs on"
        )
    return _Wanted(Path("."), Path(first), True)


@contextmanager
def _progress(as_json: bool) -> Iterator[Progress]:
    """A spinner on a terminal, elsewhere lines on standard error."""
    if as_json or not sys.stderr.isatty():
        yield lambda text: say(text, err=True)
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("building …") as status:
        yield lambda text: status.update(escape(printable(text)))


def _print(built: Built) -> None:
    manifest = built.manifest
    for warning in built.warnings:
        say(f"warning: {warning}", err=True)
    size = size_of(built.file.stat().st_size)
    language = title_of(manifest.language)
    say(f"{built.file}: {language} plugin, {size}, built in {time_of(built.seconds)}")
    for function in manifest.functions.values():
        say(f"  {signature(manifest.language, function.name, function.kind)}")
    say("In an API definition:")
    for line in _entries(manifest, str(built.file.absolute())):
        say(f"  {line}")


def _entries(manifest: Manifest, path: str) -> list[str]:
    """Lines of a definition that names the functions."""
    functions = manifest.functions.values()
    hooks = []
    for point, kind in (("pre", "request"), ("response", "response")):
        named = [{"name": f.name, "path": path} for f in functions if f.kind == kind]
        if named:
            hooks.append(f'  "{point}": {json.dumps(named)}')
    entries = []
    if hooks:
        inside = ",\n".join(['  "driver": "goplugin"', *hooks])
        entries.append(f'"custom_middleware": {{\n{inside}\n}}')
    for function in functions:
        if function.kind == "analytics":
            plugin = {"enable": True, "plugin_path": path, "func_name": function.name}
            entries.append(f'"analytics_plugin": {json.dumps(plugin)}')
    return ",\n".join(entries).splitlines()
