"""``tyk plugin load``, as Tyk has it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from twisted_tyk.cli.asked import Asked
from twisted_tyk.cli.child import events
from twisted_tyk.cli.completion import a_file, functions
from twisted_tyk.cli.loading import candidate
from twisted_tyk.cli.output import printable, say
from twisted_tyk.native.functions import known
from twisted_tyk.plugins.driver import LoadError

_LEVELS = ("debug", "info", "warning", "error")
_TIMEOUT = 30.0


@click.command(short_help="Load plugins and look for a function.")
@click.option(
    "-f", "--file", "files", required=True, shell_complete=a_file,
    help="Plugins, with commas between them.",
)  # fmt: skip
@click.option(
    "-s", "--symbol", required=True, shell_complete=functions, help="The function to look for."
)
def load(files: str, symbol: str) -> None:
    """Load plugins, run what they do at the start, and look for a function.

    Options, output and exit status are those of Tyk's command of this name.
    """
    for file in files.split(","):
        try:
            address = _loaded(Path(file), symbol)
        except LoadError as error:
            text = printable(str(error))
            click.echo(f"tyk: error: unexpected error: {text}, try --help", err=True)
            raise click.exceptions.Exit(1) from None
        say(f"[file={file}, symbol={symbol}] loaded ok, got {address:#x}")


def _loaded(file: Path, symbol: str) -> int:
    address = 0
    with candidate(file) as found:
        known(found.manifest, symbol, found.shown)
        for event in events(found.job([], Asked()), _TIMEOUT, lambda line: say(line, err=True)):
            if event["event"] == "loaded":
                address = event["address"]
            elif event["event"] == "log":
                click.echo(_line(event["level"], event["text"], event["fields"]), err=True)
            elif event["event"] == "refused":
                raise LoadError(event["error"])
            elif event["event"] == "ended" and event["crash"]:
                raise LoadError(f"{file}: {event['crash']} while it was loaded")
    return address


def _line(level: int, text: str, fields: str) -> str:
    word = _LEVELS[min(max(level, 0), 3)]
    time = datetime.now().strftime("%b %d %H:%M:%S")
    more = f" fields={printable(fields)}" if fields else ""
    return f'time="{time}" level={word} msg={_quoted(text)}{more}'


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{printable(escaped)}"'
