"""``tyk plugin check``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from attrs import asdict, define, field, frozen

from twisted_tyk.cli.asked import Asked
from twisted_tyk.cli.child import events
from twisted_tyk.cli.loading import Candidate, call, candidate
from twisted_tyk.cli.outcome import outcome
from twisted_tyk.cli.output import bad, good, printable, refuse, say, say_json, time_of
from twisted_tyk.native.functions import known
from twisted_tyk.native.manifest import Function
from twisted_tyk.plugins.driver import LoadError

#: Lines of what a plugin prints that are shown; a crash of Go has hundreds.
_MOST = 20


@frozen
class Row:
    """:ivar name: of a function, or ``examine``, ``load`` and ``shut down``."""

    name: str
    ok: bool
    text: str
    seconds: float = 0.0


@define
class _Checks:
    """The checks of one library, told as they are made."""

    found: Candidate
    timeout: float
    quiet: bool
    rows: list[Row] = field(factory=list)
    _printed: int = 0

    def all(self, functions: list[Function]) -> None:
        """Call each; after a crash a new process goes on with the next."""
        left = list(functions)
        while self._round(left):
            pass

    def add(self, row: Row) -> None:
        """Print it, unless JSON was asked for."""
        self.rows.append(row)
        if not self.quiet:
            word = good("ok    ") if row.ok else bad("FAILED")
            click.echo(f"  {word}  {printable(row.name)}: {printable(row.text)}")

    def _round(self, left: list[Function]) -> bool:
        """:returns: whether there is more to do in another process."""
        asked = Asked()
        exchanges = [asked.exchange(function) for function in left]
        frames = [asked.frame(f, e) for f, e in zip(left, exchanges, strict=True)]
        calls = [call(f, frame) for f, frame in zip(left, frames, strict=True)]
        phase = "load"
        for event in events(self.found.job(calls=calls), self.timeout, self._print):
            what = event["event"]
            if what == "refused":
                self.add(Row("load", False, event["error"]))
            elif what == "loaded":
                if not any(row.name == "load" for row in self.rows):
                    seconds = event["seconds"]
                    self.add(Row("load", True, f"in {time_of(seconds)}", seconds))
            elif what == "calling":
                phase = event["name"]
            elif what == "called":
                self._called(left.pop(0), event, exchanges.pop(0))
            elif what == "closing":
                phase = "shut down"
            elif what == "ended" and event["crash"]:
                return self._crashed(phase, event["crash"], left)
        return False

    def _called(self, function: Function, event: dict[str, Any], exchange: Any) -> None:
        result = outcome(event, exchange)
        text = result.problem or f"{result.count()} in {time_of(result.seconds)}"
        row = Row(function.name, not result.problem, f"{function.kind}, {text}", result.seconds)
        self.add(row)

    def _crashed(self, phase: str, crash: str, left: list[Function]) -> bool:
        calling = bool(left) and phase == left[0].name
        self.add(Row(phase, False, f"{crash} in {phase}" if calling else crash))
        if calling:
            del left[0]
        return calling and bool(left)

    def _print(self, line: str) -> None:
        self._printed += 1
        if not self.quiet and self._printed <= _MOST:
            say(f"        | {line}", err=True)


@click.command()
@click.argument("file", type=Path)
@click.option("-s", "--symbol", help="Call this function alone.")
@click.option(
    "--timeout", default=10.0, show_default=True, help="Seconds that loading or a call may take."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all checks.")
def check(file: Path, symbol: str | None, timeout: float, as_json: bool) -> None:
    """Load a plugin and call each of its functions with an empty request.

    It runs in a process of its own, so a crash is a line of the report. Exit status 1
    when a check fails.
    """
    try:
        with candidate(file) as found:
            manifest = found.manifest
            functions = list(manifest.functions.values())
            if symbol is not None:
                functions = [known(manifest, symbol, found.shown)]
            checks = _Checks(found, timeout, as_json)
            if not as_json:
                say(found.shown)
            interface = f"interface {manifest.abi[0]}.{manifest.abi[1]}"
            checks.add(Row("examine", True, f"{manifest.language} plugin, {interface}"))
            checks.all(functions)
    except LoadError as error:
        refuse(str(error), as_json, file=str(file))
    ok = all(row.ok for row in checks.rows)
    if as_json:
        say_json({"file": str(file), "ok": ok, "checks": [asdict(row) for row in checks.rows]})
    if not ok:
        raise click.exceptions.Exit(1)
