"""Bundles made for tests, with sums and signatures worked out here and not by what is tested."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

Key = RSAPrivateKey | Ed25519PrivateKey

HOOKS = {"driver": "goplugin", "post": [{"name": "AddFooBarHeader", "path": "AddFooBarHeader.so"}]}
FILES = {"AddFooBarHeader.so": b"\x7fELF, more or less"}


@cache
def rsa_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@cache
def other_rsa_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@cache
def ed25519_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def public_pem(key: Key) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signature(key: Key, content: bytes) -> str:
    if isinstance(key, RSAPrivateKey):
        signed = key.sign(content, PKCS1v15(), SHA256())
    else:
        signed = key.sign(content)
    return base64.b64encode(signed).decode()


def tyk_manifest(files: Mapping[str, bytes], key: RSAPrivateKey | None = None, **more: Any) -> Any:
    """The manifest that Tyk's ``bundle build`` makes: its checksum, and its signature."""
    together = b"".join(files.values())
    manifest = {"file_list": list(files), "custom_middleware": HOOKS, **more}
    manifest["checksum"] = hashlib.md5(together).hexdigest()
    manifest["signature"] = signature(key, together) if key else ""
    return manifest


def our_manifest(files: Mapping[str, bytes], key: Key | None = None, **more: Any) -> Any:
    """The manifest that ours makes: SHA-256 as well, and what is signed is the manifest."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    signed = {"file_list": list(files), "custom_middleware": HOOKS, "sha256": sums, **more}
    manifest = dict(signed, checksum=hashlib.md5(b"".join(files.values())).hexdigest())
    if key is not None:
        text = json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        manifest["manifest_signature"] = signature(key, text.encode())
    if isinstance(key, RSAPrivateKey):
        manifest["signature"] = signature(key, b"".join(files.values()))
    return manifest


def zipped(members: Iterable[tuple[str | ZipInfo, bytes]]) -> bytes:
    """A ZIP archive with these members, in this order."""
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for member, content in members:
            archive.writestr(member, content)
    return stream.getvalue()


def bundle(files: Mapping[str, bytes] = FILES, manifest: Any = None) -> bytes:
    """A bundle of these files; the manifest last, as Tyk has it, and by default as Tyk makes it."""
    manifest = tyk_manifest(files) if manifest is None else manifest
    return zipped([*files.items(), ("manifest.json", json.dumps(manifest).encode())])


def laid_down(folder: Path, files: Mapping[str, bytes] = FILES, manifest: Any = None) -> Path:
    """The same unpacked, as by hand."""
    manifest = tyk_manifest(files) if manifest is None else manifest
    for name, content in {**files, "manifest.json": json.dumps(manifest).encode()}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
