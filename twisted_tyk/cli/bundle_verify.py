"""``tyk bundle verify``."""

from __future__ import annotations

from pathlib import Path

import click

from twisted_tyk.bundles.draft import entries
from twisted_tyk.bundles.manifest import BundleManifest
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.bundles.verify import verify as verify_bundle
from twisted_tyk.cli.completion import FILE
from twisted_tyk.cli.output import Refused, good, printable, say, say_json


@click.command(short_help="Say whether a gateway would take a bundle.")
@click.argument("path", metavar="FILE|FOLDER", type=FILE)
@click.option("-k", "--key", type=FILE, help="File with the public key it must be signed with.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with what was found.")
def verify(path: Path, key: Path | None, as_json: bool) -> None:
    """Say all that is wrong with a bundle, or with a FOLDER that one was unpacked to.

    Nothing of it is run. Without --key its signature is not looked at.

    Exit status 1 when anything is wrong.
    """
    try:
        trust = Trust.load(key) if key else Trust()
    except BundleError as error:
        raise Refused(str(error)) from None
    found = verify_bundle(path, trust)
    if as_json:
        say_json({"file": str(path), "ok": not found.problems, "problems": list(found.problems)})
    else:
        for problem in found.problems:
            say(f"tyk: {problem}", err=True)
        if found.manifest is not None and not found.problems:
            _print(path, found.manifest, key)
    if found.problems:
        raise click.exceptions.Exit(1)


def _print(path: Path, manifest: BundleManifest, key: Path | None) -> None:
    hooks = ", ".join(entry.name for entry in entries(manifest.custom_middleware))
    signed = f"signed, and the signature fits {key}" if key else _unchecked(manifest)
    click.echo(f"{printable(str(path))}: {good('ok')}")
    say(f"  files   {', '.join(manifest.file_list)}")
    say(f"  driver  {manifest.middleware.driver}")
    say(f"  hooks   {hooks}")
    say(f"  {signed}")


def _unchecked(manifest: BundleManifest) -> str:
    if manifest.signature or manifest.manifest_signature:
        return "signed; --key says with which key it has to be"
    return "not signed"
