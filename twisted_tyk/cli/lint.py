"""``tyk lint``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from twisted_tyk._version import __version__
from twisted_tyk.chain.order import ORDER
from twisted_tyk.cli.completion import a_file
from twisted_tyk.cli.hook_check import ApartHooks
from twisted_tyk.cli.output import say, say_json
from twisted_tyk.cli.timeout import timeout
from twisted_tyk.jsonfile import References
from twisted_tyk.lint import FORMATS
from twisted_tyk.lint.as_json import as_json
from twisted_tyk.lint.context import Context
from twisted_tyk.lint.found import Found
from twisted_tyk.lint.kinds import KINDS, kind_of
from twisted_tyk.lint.sarif import sarif
from twisted_tyk.lint.single import check_file
from twisted_tyk.lint.text import lines
from twisted_tyk.lint.whole import check_config, context_of
from twisted_tyk.settings import Settings
from twisted_tyk.settings.load import examine

_CONFIG = "tyk.conf"


@click.command(short_help="Check tyk.conf, definitions, policies, bundles, plugins and patches.")
@click.argument("files", nargs=-1, shell_complete=a_file)
@click.option(
    "-c", "--config", "--conf", "config", shell_complete=a_file,
    help="The settings file; tyk.conf unless FILES are given.",
)  # fmt: skip
@click.option("--kind", type=click.Choice(KINDS), help="What FILES are, where it cannot be seen.")
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="For people, for scripts, for hosts of code.",
)
@click.option("--strict", is_flag=True, help="Warnings count as errors for the exit status.")
@timeout("Seconds that loading a file with hooks in Python may take.")
def lint(
    files: tuple[str, ...],
    config: str | None,
    kind: str | None,
    form: str,
    strict: bool,
    timeout: float,
) -> None:
    """Tell everything that is wrong with a configuration, without serving it.

    Without FILES it is the tyk.conf of the working directory, or the one that --config
    names, and all that it leads to: definitions, policies, hooks, bundles, plugins and
    patches. With FILES it is those; the settings that they are checked against are in the
    file that --config names, else in the nearest tyk.conf above each of them.

    Native plugins are looked at and not run. Hooks in Python are loaded, in a process of
    their own. Exit status 1 when there are errors.
    """
    python = ApartHooks(timeout)
    steps = tuple(place.name for place in ORDER)
    every = Found()
    for given in files or (config or _CONFIG,):
        found = Found()
        conf = _conf(given) if not files or (kind or kind_of(given)) in ("config", "folder") else ""
        if conf:
            check_config(conf, os.environ, python, found, steps)
        else:
            check_file(given, kind or "", _context(given, config, python, steps, found), found)
        found = found.shown_from(os.getcwd())
        every.add(found)
        if form == "text":
            for line in lines(given, found):
                say(line)
    failed = bool(every.count("error") or (strict and every.findings))
    if form == "json":
        say_json(as_json(every, not failed))
    elif form == "sarif":
        say_json(sarif(every, __version__, Path.cwd()))
    if failed:
        raise click.exceptions.Exit(1)


def _conf(given: str) -> str:
    """The settings file that is meant: the ``tyk.conf`` of a folder; ``""`` if it has none."""
    if not os.path.isdir(given):
        return given
    inside = os.path.join(given, _CONFIG)
    return inside if os.path.isfile(inside) else ""


def _context(
    file: str, config: str | None, python: ApartHooks, steps: tuple[str, ...], found: Found
) -> Context:
    """The settings that a file is for; without any, the default ones and this folder."""
    conf = config or _nearest(file)
    if conf:
        loaded, problems = examine(conf, os.environ)
        if config and (problems or loaded is None):
            found.errors(problems)
        if loaded is not None:
            return context_of(conf, loaded, python, steps)
    folder = Path.cwd()
    references = References(os.environ, folder=str(folder))
    return Context(Settings(), folder, python, references, steps)


def _nearest(file: str) -> str:
    """The ``tyk.conf`` of the folder that a file is in, or of one above it."""
    for folder in Path(file).absolute().parents:
        if (folder / _CONFIG).is_file():
            return str(folder / _CONFIG)
    return ""
