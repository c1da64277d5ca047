"""``tyk bundle build``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from twisted_tyk.bundles.draft import Draft, loose
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.sign import Signer
from twisted_tyk.bundles.write import write
from twisted_tyk.cli.completion import FILE
from twisted_tyk.cli.output import Refused, say

_OUTPUT = "bundle.zip"


@click.command(short_help="Make a bundle of a folder and its manifest.json.")
@click.argument("folder", type=FILE, default=".")
@click.option("-m", "--manifest", default="manifest.json", help="The manifest, in FOLDER.")
@click.option("-o", "--output", type=FILE, help=f"The file to make; {_OUTPUT} without it.")
@click.option("-k", "--key", type=FILE, help="File with the private key to sign it with.")
@click.option("-y", "--skip-signing", is_flag=True, help="Do not ask whether to go without.")
@click.option(
    "--uncompressed",
    is_flag=True,
    help="Larger, and the same bytes whatever the release of zlib.",
)
def build(
    folder: Path,
    manifest: str,
    output: Path | None,
    key: Path | None,
    skip_signing: bool,
    uncompressed: bool,
) -> None:
    """Make a bundle of the files in FOLDER, by default this one, that manifest.json lists.

    Its checksums and signatures are put into the manifest of the bundle. The same files
    always give the same bytes. The key is in PEM form: RSA, which Tyk knows too, or
    Ed25519.

    Exit status 1 when it can not be made; what there was is then left alone.
    """
    file = folder / manifest
    say(f"Building bundle using '{file}'", err=True)
    try:
        draft = Draft.read(folder, file)
        for warning in (*draft.manifest.warnings, *loose(draft.manifest)):
            say(f"warning: {warning}", err=True)
        if output is None:
            say(f"Using default bundle path '{_OUTPUT}'", err=True)
        signer = _signer(key, skip_signing)
        written = write(
            folder, draft.value, draft.manifest, output or Path(_OUTPUT), signer, not uncompressed
        )
    except BundleError as error:
        raise Refused(str(error)) from None
    say(f"Wrote '{written.file}' ({written.size} bytes)")
    say(f"  sha256 {written.sha256}")


def _signer(key: Path | None, skip_signing: bool) -> Signer | None:
    """:raises BundleError: when there is no key in the file."""
    if key is not None:
        signer = Signer.load(key)
        say(f"Signing bundle with key '{key}'", err=True)
        return signer
    if skip_signing:
        say("The bundle will be unsigned", err=True)
        return None
    say('The bundle will be unsigned, type "y" or "yes" to confirm:', err=True)
    if not sys.stdin.readline().startswith("y"):
        raise Refused("Aborting")
    return None
