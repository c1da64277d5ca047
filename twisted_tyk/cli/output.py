"""What the commands print: lines for people, JSON for scripts, one sentence for a refusal."""

from __future__ import annotations

import json
from typing import IO, Any, Final, NoReturn

import click

_TITLES: Final = {"c": "C", "c++": "C++", "go": "Go", "python": "Python", "rust": "Rust"}


class Refused(click.ClickException):
    """What was asked for can not be done; the text is one sentence. Exit status 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"tyk: {printable(self.message)}", err=True, file=file)


def printable(text: str) -> str:
    """The text without what a terminal would obey and what it can not show."""
    text = text.expandtabs()
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def say(text: str, err: bool = False) -> None:
    """Print a line."""
    click.echo(printable(text), err=err)


def say_json(value: Any) -> None:
    """Print a value as one line of JSON."""
    click.echo(json.dumps(value))


def refuse(text: str, as_json: bool, **members: Any) -> NoReturn:
    """End with status 1, and say why in the form that was asked for."""
    if as_json:
        say_json({"ok": False, "error": text, **members})
        raise click.exceptions.Exit(1)
    raise Refused(text)


def good(text: str) -> str:
    """The word that all is well."""
    return click.style(text, fg="green")


def bad(text: str) -> str:
    """The word that it is not."""
    return click.style(text, fg="red", bold=True)


def columns(rows: list[tuple[str, ...]], right: bool = False) -> list[str]:
    """Lines in which the cells of each column stand below each other.

    :param right: all but the first column are figures.
    """
    cells = [tuple(map(printable, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for first, *others in cells:
        pad = str.rjust if right else str.ljust
        line = [first.ljust(widths[0]), *map(pad, others, widths[1:])]
        lines.append("  " + "  ".join(line).rstrip())
    return lines


def title_of(language: str) -> str:
    """What people call the language of a manifest."""
    return _TITLES.get(language, language)


def size_of(count: int) -> str:
    """Bytes for people."""
    if count < 10 * 1024:
        return f"{count} bytes"
    if count < 10 * 1024 * 1024:
        return f"{count / 1024:.0f} KiB"
    return f"{count / 1024 / 1024:.0f} MiB"


def time_of(seconds: float) -> str:
    """A duration for people."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.1f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()
