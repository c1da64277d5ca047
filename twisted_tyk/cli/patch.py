"""``tyk patch build``."""

from __future__ import annotations

from pathlib import Path

import click

from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.sign import Signer
from twisted_tyk.chain.order import ORDER
from twisted_tyk.cli.completion import FILE
from twisted_tyk.cli.output import Refused, say
from twisted_tyk.patches.pack import pack


@click.command(short_help="Make an archive of a patch's folder.")
@click.argument("folder", type=FILE, default=".")
@click.option(
    "-o", "--output", type=FILE, help="The file to make; <name>-<version>.zip without it."
)
@click.option("-k", "--key", type=FILE, help="File with the private key to sign it with.")
def build(folder: Path, output: Path | None, key: Path | None) -> None:
    """Make an archive of the patch in FOLDER, by default this one.

    It holds the files that file_list of its manifest.json names, or else all. Their checksums
    and, with a key, a signature are put into the manifest of the archive. The key is in PEM
    form, RSA or Ed25519.

    Exit status 1 when it can not be made; what there was is then left alone.
    """
    try:
        signer = Signer.load(key) if key is not None else None
        written, warnings = pack(folder, output, signer, [place.name for place in ORDER])
    except BundleError as error:
        raise Refused(str(error)) from None
    for warning in warnings:
        say(f"warning: {warning}", err=True)
    say(f"Wrote '{written.file}' ({written.size} bytes)")
    say(f"  sha256 {written.sha256}")
    if signer is None:
        say("  not signed")
