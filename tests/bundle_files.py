"""Bundles for tests: made from a few files, as their authors would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from twisted_tyk.bundles.draft import Draft
from twisted_tyk.bundles.sign import Signer
from twisted_tyk.bundles.write import write

#: A hook that adds a field; ``{}`` is its value.
HOOK: Final = """
from zope.interface import implementer
from twisted_tyk.interfaces import IRequestHook

@implementer(IRequestHook)
class Add:
    def hook(self, rw, request):
        request.headers.add("X-Bundle", "{}")
"""


def folder_of(folder: Path, files: Mapping[str, str] = {}, **manifest: Any) -> Path:
    """A folder with these files, and a manifest with all of them and a ``pre`` hook.

    :param manifest: members that count instead.
    """
    files = files or {"add.py": HOOK.format("1")}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    hooks = {"driver": "twisted", "pre": [{"name": "Add", "path": next(iter(files))}]}
    written = {"file_list": list(files), "custom_middleware": hooks, **manifest}
    (folder / "manifest.json").write_text(json.dumps(written))
    return folder


def bundle_of(folder: Path, output: Path, signer: Signer | None = None) -> Path:
    """The archive of a folder."""
    output.parent.mkdir(parents=True, exist_ok=True)
    draft = Draft.read(folder, folder / "manifest.json")
    return write(folder, draft.value, draft.manifest, output, signer).file


def made(folder: Path, output: Path, value: str = "1", **manifest: Any) -> Path:
    """An archive with a hook that adds ``X-Bundle: value``."""
    return bundle_of(folder_of(folder, {"add.py": HOOK.format(value)}, **manifest), output)


def keys_of(folder: Path, key: RSAPrivateKey | Ed25519PrivateKey) -> tuple[Path, Path]:
    """The files of a private key and its public one."""
    private, public = folder / "private.pem", folder / "public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public
