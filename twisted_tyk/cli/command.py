"""``tyk`` itself: its version, its help, and where its parts are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from twisted_tyk._version import TYK_VERSION, __version__
from twisted_tyk.cli.lazy import LazyGroup

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_EPILOG = """\b
Exit status: 0 when all is well, 1 when not, 2 when the command was typed wrong.
Completion:  eval "$(tyk completion bash)"   (zsh, fish)
"""
#: Where the commands are, by their names.
_TOP: Final[Mapping[str, str]] = {
    "completion": "completion:completion",
    "import": "import_:import_command",
    "lint": "lint:lint",
    "schema": "schema:schema_command",
}
_PLUGIN: Final[Mapping[str, str]] = {
    "bench": "bench:bench",
    "build": "build:build",
    "check": "check:check",
    "inspect": "inspect:inspect",
    "load": "load:load",
    "new": "new:new",
    "run": "run:run",
    "symbols": "symbols:symbols",
}
_BUNDLE: Final[Mapping[str, str]] = {
    "build": "bundle:build",
    "list": "bundle_list:list_bundles",
    "verify": "bundle_verify:verify",
}

_PATCH: Final[Mapping[str, str]] = {"build": "patch:build"}


@click.group(cls=LazyGroup, places=_TOP, context_settings=_SETTINGS, epilog=_EPILOG)
@click.version_option(
    __version__,
    prog_name="twisted_tyk",
    message=f"%(prog)s %(version)s, follows Tyk {TYK_VERSION}",
)
def tyk() -> None:
    """Tools for the gateway, which itself is started with `twistd tyk`."""


@tyk.group(
    cls=LazyGroup,
    places=_PLUGIN,
    short_help="Make, look at and try native plugins.",
    epilog=_EPILOG,
)
def plugin() -> None:
    """Make, look at and try native plugins: shared libraries in Go, C, Rust and others.

    A Go plugin written for Tyk is built as it is:

    \b
      tyk plugin build FOLDER
      tyk plugin check FOLDER/plugin.so
    """


@tyk.group(
    cls=LazyGroup,
    places=_BUNDLE,
    short_help="Make and look at bundles of hooks.",
    epilog=_EPILOG,
)
def bundle() -> None:
    """Make and look at bundles: hooks and their files in one archive, signed if you like.

    \b
      tyk bundle build FOLDER -k private.pem
      tyk bundle verify bundle.zip -k public.pem
    """


@tyk.group(
    cls=LazyGroup,
    places=_PATCH,
    short_help="Make patches.",
    epilog=_EPILOG,
)
def patch() -> None:
    """Make patches: code in place of the gateway's own steps, signed if you like.

    \b
      tyk patch build FOLDER -k private.pem
    """
