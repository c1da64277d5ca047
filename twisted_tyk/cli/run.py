"""``tyk plugin run``."""

from __future__ import annotations

from pathlib import Path
from struct import pack
from typing import Any

import click

from twisted_tyk.cli.asked import Asked
from twisted_tyk.cli.child import events
from twisted_tyk.cli.completion import FILE, a_file, functions
from twisted_tyk.cli.loading import Subject, subject
from twisted_tyk.cli.options import apply, document, given
from twisted_tyk.cli.outcome import Outcome, outcome
from twisted_tyk.cli.output import refuse, say, say_json
from twisted_tyk.cli.request_file import from_file
from twisted_tyk.cli.timeout import timeout
from twisted_tyk.cli.words import as_json as change_as_json
from twisted_tyk.cli.words import in_words
from twisted_tyk.native.abi import LOG, METRIC
from twisted_tyk.native.changes import Change
from twisted_tyk.plugins.driver import LoadError


@click.command(short_help="Call one function, print what it changes.")
@click.argument("file", type=FILE)
@click.option(
    "-s", "--symbol", required=True, shell_complete=functions, help="The function to call."
)
@click.option("--request", type=FILE, help="The request, from a .json or .http file.")
@click.option("-X", "--method", help="GET without it.")
@click.option("--url", help="Such as /get?a=b or http://host/path.")
@click.option("-H", "--header", "headers", multiple=True, help="Name: value; more than once.")
@click.option("-d", "--body", help="Text, or @FILE.")
@click.option("--token", help="The key that the client presents.")
@click.option("--session", shell_complete=a_file, help="JSON with Tyk's names, or a file with it.")
@click.option(
    "--definition", shell_complete=a_file, help="An API definition as JSON, or a file with it."
)
@click.option("--status", type=int, help="Of the upstream's response, for response functions.")
@click.option("--response-header", "response_headers", multiple=True, help="Name: value.")
@click.option("--response-body", help="Text, or @FILE.")
@click.option(
    "--record", shell_complete=a_file, help="An analytics record as JSON, or a file with it."
)
@click.option(
    "--config", default="", help="JSON for the plugin's init; of the default settings without it."
)
@timeout("Seconds for each step.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all of it.")
def run(
    file: Path, symbol: str, request: Path | None, config: str, timeout: float, as_json: bool,
    **options: Any,
) -> None:  # fmt: skip
    """Call one function with a request, and print what it asks to be changed.

    FILE is a plugin, or a .py with hooks in Python; it runs in a process of its own. What
    is not given is left as in `GET http://localhost/`; options go before what --request
    has. Exit status 0 when the function did its work, whatever it decided; 1 when it
    failed or crashed.
    """
    config = given("config", config, document) if config else ""
    try:
        asked = Asked() if request is None else from_file(request)
    except OSError as error:
        raise click.UsageError(f"--request: {request}: {error.strerror}") from None
    except ValueError as error:
        raise click.UsageError(f"--request: {request}: {error}") from None
    apply(asked, options)
    try:
        with subject(file) as found:
            _run(found, symbol, asked, config, timeout, as_json)
    except LoadError as error:
        refuse(str(error), as_json, file=str(file), function=symbol)


def _run(
    found: Subject, symbol: str, asked: Asked, config: str, timeout: float, as_json: bool
) -> None:
    try:
        job = found.job([symbol], asked, config)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    told: list[Change] = []
    result, wrong = None, ""
    doing = "while it was loaded"
    for event in events(job, timeout, lambda line: say(line, err=True)):
        what = event["event"]
        if what == "log":
            fields, text = event["fields"].encode(), event["text"].encode()
            told.append(Change(LOG, event["level"], fields, text))
        elif what == "metric":
            value = pack("=d", event["value"])
            told.append(Change(METRIC, event["kind"], event["name"].encode(), value))
        elif what == "refused":
            for change in told:
                say(in_words(change), err=True)
            raise LoadError(event["error"])
        elif what == "calling":
            doing = f"in {symbol}"
        elif what == "called":
            result, doing = outcome(event, asked), "when it was shut down"
            wrong = f"{symbol} {result.problem}" if result.problem else ""
        elif what == "ended" and event["crash"]:
            wrong = wrong or f"{event['crash']} {doing}"
    _report(found.shown, symbol, result or Outcome("", "", [], 0.0), wrong, told, as_json)


def _report(
    file: str, symbol: str, result: Outcome, error: str, told: list[Change], as_json: bool
) -> None:
    if as_json:
        say_json(
            {
                "file": file,
                "function": symbol,
                "ok": not error,
                "error": error,
                "stack": result.stack,
                "seconds": result.seconds,
                "changes": [change_as_json(change) for change in result.changes],
                "told": [change_as_json(change) for change in told],
            }
        )
    else:
        for change in told + result.changes:
            say(in_words(change))
        if error:
            say(f"tyk: {file}: {error}", err=True)
            for line in result.stack.splitlines():
                say(f"  {line}", err=True)
        elif not result.changes:
            say("no changes")
    if error:
        raise click.exceptions.Exit(1)
