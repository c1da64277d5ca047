"""``tyk plugin check``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from attrs import asdict, define, field, frozen

from twisted_tyk.cli.asked import Asked
from twisted_tyk.cli.child import events
from twisted_tyk.cli.completion import FILE, functions
from twisted_tyk.cli.loading import Subject, subject
from twisted_tyk.cli.outcome import Outcome, outcome
from twisted_tyk.cli.output import bad, good, printable, refuse, say, say_json, time_of
from twisted_tyk.cli.timeout import timeout
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

    found: Subject
    timeout: float
    quiet: bool
    rows: list[Row] = field(factory=list)
    _printed: int = 0

    def all(self, names: list[str] | None) -> None:
        """Call each; after a crash a new process goes on with the next."""
        left = self._round(names)
        while left:
            left = self._round(left)

    def add(self, row: Row) -> None:
        """Print it, unless JSON was asked for."""
        self.rows.append(row)
        if not self.quiet:
            word = good("ok    ") if row.ok else bad("FAILED")
            click.echo(f"  {word}  {printable(row.name)}: {printable(row.text)}")

    def _round(self, names: list[str] | None) -> list[str]:
        """:returns: what is left to do in another process."""
        left: list[str] = []
        phase = "load"
        said: list[str] = []
        asked = Asked()
        for event in events(self.found.job(names, asked), self.timeout, self._print):
            what = event["event"]
            if what == "log" and phase == "load":
                said += event["text"].splitlines()
            elif what == "refused":
                for line in said:
                    self._print(line)
                self.add(Row("load", False, event["error"]))
            elif what == "loaded":
                left = list(event["functions"])
                if not any(row.name == "load" for row in self.rows):
                    self._loaded(event)
            elif what == "calling":
                phase = event["name"]
            elif what == "called":
                left.remove(event["name"])
                self._called(event, outcome(event, asked))
            elif what == "closing":
                phase = "shut down"
            elif what == "ended" and event["crash"]:
                return self._crashed(phase, event["crash"], left)
        return []

    def _loaded(self, event: dict[str, Any]) -> None:
        seconds = event["seconds"]
        self.add(Row("load", True, f"in {time_of(seconds)}", seconds))
        if not self.found.describes(event):
            self.add(
                Row("manifest", False, "tyk_plugin_describe gives another than the file has in it")
            )

    def _called(self, event: dict[str, Any], result: Outcome) -> None:
        text = result.problem or f"{result.count()} in {time_of(result.seconds)}"
        text = f"{event['kind']}, {text}"
        self.add(Row(event["name"], not result.problem, text, result.seconds))
        for line in result.stack.splitlines():
            self._print(line)

    def _crashed(self, phase: str, crash: str, left: list[str]) -> list[str]:
        calling = phase in left
        self.add(Row(phase, False, f"{crash} in {phase}" if calling else crash))
        return [name for name in left if name != phase] if calling else []

    def _print(self, line: str) -> None:
        self._printed += 1
        if not self.quiet and self._printed <= _MOST:
            say(f"        | {line}", err=True)


@click.command(short_help="Load a plugin and call its functions.")
@click.argument("file", type=FILE)
@click.option("-s", "--symbol", shell_complete=functions, help="Call this function alone.")
@timeout("Seconds that loading or a call may take.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all checks.")
def check(file: Path, symbol: str | None, timeout: float, as_json: bool) -> None:
    """Load a plugin and call each of its functions with an empty request.

    FILE is a plugin, or a .py with hooks in Python. It runs in a process of its own, so
    a crash is a line of the report. Exit status 1 when a check fails.
    """
    try:
        with subject(file) as found:
            names = None if symbol is None else [symbol]
            found.job(names, Asked())  # before anything is printed, if there is no such function
            checks = _Checks(found, timeout, as_json)
            if not as_json:
                say(found.shown)
            checks.add(Row("examine", True, found.what()))
            checks.all(names)
    except LoadError as error:
        refuse(str(error), as_json, file=str(file))
    ok = all(row.ok for row in checks.rows)
    if as_json:
        say_json({"file": str(file), "ok": ok, "checks": [asdict(row) for row in checks.rows]})
    if not ok:
        raise click.exceptions.Exit(1)
