"""``tyk plugin symbols``."""

from __future__ import annotations

from pathlib import Path

import click

from twisted_tyk.cli.completion import FILE
from twisted_tyk.cli.output import refuse, say, say_json
from twisted_tyk.native.elf import MAGIC, Elf, ElfError, Symbol
from twisted_tyk.native.foreign import BEGINNING, what_it_is
from twisted_tyk.native.opening import open_library
from twisted_tyk.plugins.driver import LoadError


@click.command(short_help="List what a library exports.")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all of them.")
def symbols(file: Path, as_json: bool) -> None:
    """List what a library exports, by name; any library, also one that is no plugin."""
    try:
        found = sorted(_exported(file), key=lambda symbol: symbol.name)
    except LoadError as error:
        refuse(str(error), as_json, file=str(file))
    except ElfError as error:
        refuse(f"{file}: is a broken library: {error}", as_json, file=str(file))
    if as_json:
        listed = [{"name": symbol.name, "kind": symbol.kind} for symbol in found]
        say_json({"file": str(file), "ok": True, "symbols": listed})
        return
    for symbol in found:
        say(f"{symbol.kind or '-':8}  {symbol.name}")


def _exported(file: Path) -> list[Symbol]:
    with open_library(file, str(file)) as opened:
        head = opened.read(BEGINNING)
        if not head.startswith(MAGIC):
            raise LoadError(f"{file}: {what_it_is(head)}")
        return [symbol for symbol in Elf.read(opened).symbols if symbol.defined]
