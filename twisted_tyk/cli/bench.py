"""``tyk plugin bench``."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import click

from twisted_tyk.cli.asked import Asked
from twisted_tyk.cli.child import events
from twisted_tyk.cli.completion import FILE, functions
from twisted_tyk.cli.loading import Candidate, candidate
from twisted_tyk.cli.output import columns, refuse, say, say_json, time_of
from twisted_tyk.native.functions import known
from twisted_tyk.plugins.driver import LoadError

_WAYS = ("inline", "pool", "process")
#: Fields of the request, about as many as a browser sends.
_FIELDS = 12


@click.command(short_help="Measure the calls of one function.")
@click.argument("file", type=FILE)
@click.option(
    "-s", "--symbol", required=True, shell_complete=functions, help="The function to call."
)
@click.option(
    "--seconds", default=2.0, show_default=True, type=click.FloatRange(0.01, 600),
    help="For each way of calling it.",
)  # fmt: skip
@click.option(
    "--threads", default=2, show_default=True, type=click.IntRange(1, 256),
    help="Calls at once, where it is not inline.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object with the figures.")
def bench(file: Path, symbol: str, seconds: float, threads: int, as_json: bool) -> None:
    """Measure the calls of one function: inline, through the pool, and in a process.

    Times are of the whole call, without the gateway around it. Exit status 1 when the
    function fails or crashes.
    """
    try:
        with candidate(file) as found:
            rows = _measured(found, symbol, seconds, threads)
    except LoadError as error:
        refuse(str(error), as_json, file=str(file), function=symbol)
    failed = [row for row in rows if row["failed"]]
    if as_json:
        say_json({"file": str(file), "function": symbol, "ok": not failed, "ways": rows})
    else:
        head = ("", "calls/s", "p50", "p99")
        cells = [
            (row["way"], f"{row['per_second']:,.0f}", time_of(row["p50"]), time_of(row["p99"]))
            for row in rows
        ]
        for line in columns([head, *cells], right=True):
            say(line)
        for row in failed:
            say(f"tyk: {file}: {symbol}: {row['failed']} calls failed {row['way']}", err=True)
    if failed:
        raise click.exceptions.Exit(1)


def _measured(found: Candidate, symbol: str, seconds: float, threads: int) -> list[dict[str, Any]]:
    function = known(found.manifest, symbol, found.shown)
    asked = Asked(headers=[(b"X-Field-%d" % n, b"value %d" % n) for n in range(_FIELDS)])
    frame = asked.frame(function, asked.exchange(function.kind))
    wanted = {
        "number": function.number,
        "frame": b64encode(frame).decode(),
        "seconds": seconds,
        "threads": threads,
        "ways": list(_WAYS),
    }
    rows = []
    said: list[str] = []
    doing = "while it was loaded"
    job = {**found.job([], asked), "threads": threads, "bench": wanted}
    for event in events(job, seconds + 30, lambda line: say(line, err=True)):
        what = event.pop("event")
        if what == "measured":
            rows.append(event)
        elif what == "calling":
            doing = f"in {symbol}, {event['name']}"
        elif what == "log" and not rows:
            said.append(event["text"])
        elif what == "refused":
            for text in said:
                say(text, err=True)
            raise LoadError(event["error"])
        elif what == "ended" and event["crash"]:
            raise LoadError(f"{found.shown}: {event['crash']} {doing}")
    return rows
