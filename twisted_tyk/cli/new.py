"""``tyk plugin new``."""

from __future__ import annotations

import re
from pathlib import Path

import click

import twisted_tyk.sdk
from twisted_tyk.cli.output import Refused, say, title_of

LANGUAGES = ("go", "c", "rust", "python")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_PLACE = "{{name}}"


@click.command(short_help="Make a folder with a plugin in it.")
@click.argument("name")
@click.option(
    "--lang",
    "-l",
    "language",
    type=click.Choice(LANGUAGES),
    required=True,
    help="What to write in.",
)
def new(name: str, language: str) -> None:
    """Make a folder with a plugin that can be built and run, to change as you like.

    NAME is the folder to make; its last part becomes the name of the plugin. A folder
    that has something in it is left alone.
    """
    folder = Path(name)
    plugin = folder.name or folder.absolute().name  # which "." has
    if not _NAME.fullmatch(plugin):
        raise click.UsageError(
            f"NAME: found {plugin!r}, expected letters, digits, - and _, a letter first"
        )
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Refused(f"{folder}: is there already, with something in it; choose another name")
        _write(Path(next(iter(twisted_tyk.sdk.__path__)), "templates", language), folder, plugin)
    except OSError as error:
        raise Refused(f"{error.filename or folder}: cannot be written: {error.strerror}") from None
    say(f"{folder}: made, a plugin in {title_of(language)}; go on with")
    for command in _next(language, folder):
        say(f"  {command}")


def _write(template: Path, folder: Path, plugin: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for item in template.iterdir():
        target = folder / item.name.replace(_PLACE, plugin)
        if item.is_dir():
            if item.name != "__pycache__":
                _write(item, target, plugin)
        else:
            target.write_text(item.read_text(encoding="utf-8").replace(_PLACE, plugin), "utf-8")


def _next(language: str, folder: Path) -> tuple[str, ...]:
    if language == "python":
        hook = next((file.name for file in sorted(folder.glob("*.py"))), "hook.py")
        return (f"tyk plugin check {folder / hook}",)
    return f"tyk plugin build {folder}", f"tyk plugin check {folder / 'plugin.so'}"
