"""``tyk`` itself: its version, its help, and where its parts are."""

from __future__ import annotations

import click

from twisted_tyk._version import TYK_VERSION, __version__
from twisted_tyk.cli.bench import bench
from twisted_tyk.cli.build import build
from twisted_tyk.cli.bundle import build as build_bundle
from twisted_tyk.cli.bundle_list import list_bundles
from twisted_tyk.cli.bundle_verify import verify
from twisted_tyk.cli.check import check
from twisted_tyk.cli.completion import completion
from twisted_tyk.cli.import_ import import_command
from twisted_tyk.cli.inspect import inspect
from twisted_tyk.cli.lint import lint
from twisted_tyk.cli.load import load
from twisted_tyk.cli.new import new
from twisted_tyk.cli.run import run
from twisted_tyk.cli.schema import schema_command
from twisted_tyk.cli.symbols import symbols

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_EPILOG = """\b
Exit status: 0 when all is well, 1 when not, 2 when the command was typed wrong.
Completion:  eval "$(tyk completion bash)"   (zsh, fish)
"""


@click.group(context_settings=_SETTINGS, epilog=_EPILOG)
@click.version_option(
    __version__,
    prog_name="twisted_tyk",
    message=f"%(prog)s %(version)s, follows Tyk {TYK_VERSION}",
)
def tyk() -> None:
    """Tools for the gateway, which itself is started with `twistd tyk`."""


@tyk.group(short_help="Make, look at and try native plugins.", epilog=_EPILOG)
def plugin() -> None:
    """Make, look at and try native plugins: shared libraries in Go, C, Rust and others.

    A Go plugin written for Tyk is built as it is:

    \b
      tyk plugin build FOLDER
      tyk plugin check FOLDER/plugin.so
    """


@tyk.group(short_help="Make and look at bundles of hooks.", epilog=_EPILOG)
def bundle() -> None:
    """Make and look at bundles: hooks and their files in one archive, signed if you like.

    \b
      tyk bundle build FOLDER -k private.pem
      tyk bundle verify bundle.zip -k public.pem
    """


for command in (new, build, load, inspect, symbols, check, run, bench):
    plugin.add_command(command)

for command in (build_bundle, verify, list_bundles):
    bundle.add_command(command)

for command in (completion, import_command, lint, schema_command):
    tyk.add_command(command)
