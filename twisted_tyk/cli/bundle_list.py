"""``tyk bundle list``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from attrs import frozen

from twisted_tyk.apidef.load import load_directory
from twisted_tyk.bundles.asked import bundles_of, shelf_of
from twisted_tyk.bundles.draft import entries
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.shelf import Shelf
from twisted_tyk.bundles.source import Version
from twisted_tyk.cli.completion import FILE
from twisted_tyk.cli.output import Refused, columns, say, say_json, size_of
from twisted_tyk.jsonfile import ConfigError
from twisted_tyk.settings import Loaded, load


@frozen
class _Row:
    """One bundle. :ivar problem: why it cannot be used, empty when it can."""

    name: str
    sha256: str = ""
    etag: str = ""
    hooks: tuple[str, ...] = ()
    size: int = 0
    apis: tuple[str, ...] = ()
    problem: str = ""

    def cells(self) -> tuple[str, ...]:
        return (
            self.name,
            self.sha256[:12] or "by hand",
            self.etag or "-",
            ", ".join(self.hooks),
            size_of(self.size),
            ", ".join(self.apis) or "-",
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name, "ok": not self.problem, "error": self.problem,
            "sha256": self.sha256, "etag": self.etag, "hooks": list(self.hooks),
            "size": self.size, "apis": list(self.apis),
        }  # fmt: skip


@click.command("list", short_help="Show the bundles that a gateway has on disk.")
@click.option(
    "--config", type=FILE, default="tyk.conf", help="The gateway's settings; ./tyk.conf without it."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object in a line for each bundle.")
def list_bundles(config: Path, as_json: bool) -> None:
    """Show the bundles that a gateway has on disk: the last good version of each, what the
    server calls it, its hooks, and the APIs that use it.

    All are checked, and none is fetched. Exit status 1 when one cannot be used.
    """
    try:
        loaded = load(config, os.environ)
        shelf = shelf_of(loaded.settings)
        used = _used(loaded)
    except (ConfigError, BundleError) as error:
        raise Refused(str(error)) from None
    try:
        names = sorted({*shelf.names(), *used})
        rows = [_row(shelf, name, tuple(used.get(name, ()))) for name in names]
    except BundleError as error:
        raise Refused(str(error)) from None
    finally:
        shelf.close()
    if as_json:
        for row in rows:
            say_json(row.as_dict())
    else:
        _print(rows)
    if any(row.problem for row in rows):
        raise click.exceptions.Exit(1)


def _used(loaded: Loaded) -> Mapping[str, list[str]]:
    """The APIs that name each bundle."""
    used: dict[str, list[str]] = {}
    report = load_directory(loaded.settings.app_path, references=loaded.references)
    for problem in report.problems:
        say(f"tyk: {problem}", err=True)
    for each in report.definitions:
        for name in bundles_of(each.definition):
            used.setdefault(name, []).append(each.definition.api_id)
    return used


def _row(shelf: Shelf, name: str, apis: tuple[str, ...]) -> _Row:
    try:
        found = shelf.current(name)
    except BundleError as error:
        return _Row(name, apis=apis, problem=str(error))
    if found is None:
        return _Row(name, apis=apis, problem=f"bundle {name}: it is not on disk")
    version = Version.parse(found.etag)
    return _Row(
        name,
        found.sha256,
        version.value if version and version.kind != "file" else "",
        tuple(entry.name for entry in entries(found.manifest.custom_middleware)),
        sum((found.folder / file).stat().st_size for file in found.manifest.file_list),
        apis,
    )


def _print(rows: list[_Row]) -> None:
    good = [row.cells() for row in rows if not row.problem]
    if good:
        for line in columns([("bundle", "sha256", "etag", "hooks", "size", "used by"), *good]):
            say(line)
    elif not rows:
        say("there are no bundles on disk, and no API names one")
    for row in rows:
        if row.problem:
            say(f"tyk: {row.problem}", err=True)
