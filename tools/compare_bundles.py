"""Have a Tyk gateway and ours take each other's bundles.

    python tools/compare_bundles.py TYK REDIS_SERVER

TYK and REDIS_SERVER are programs; Tyk's templates are in the folder ``templates`` beside
TYK. The status is 1 when a bundle that is good is not taken, or one that was changed is.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from tyk_apis import definitions, policies
from tyk_pair import Row
from tyk_start import Programs, pair

OURS: Final = (sys.executable, "-m", "twisted_tyk.cli")
HOOK: Final = """
var hello = new TykJS.TykMiddleware.NewMiddleware({});
hello.NewProcessRequest(function(request, session, spec) {
    request.ReturnOverrides.ResponseCode = 299;
    return hello.ReturnData(request, {});
});
"""
MANIFEST: Final = {
    "file_list": ["lib/more.txt", "hello.js"],
    "custom_middleware": {"driver": "otto", "pre": [{"name": "hello", "path": "hello.js"}]},
}


def main() -> None:
    """Print what agrees and what does not."""
    parser = argparse.ArgumentParser(description="Have Tyk and ours take each other's bundles.")
    parser.add_argument("tyk", type=Path)
    parser.add_argument("redis_server", type=Path)
    given = parser.parse_args()
    tyk = given.tyk.absolute()
    programs = Programs(str(tyk), str(given.redis_server.resolve()), tyk.parent / "templates")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, found, wanted in _rows(programs, Path(folder)):
            failed += found != wanted
            print(f"{'agrees' if found == wanted else 'DIFFERS'}  {name}: {found}", flush=True)
    raise SystemExit(failed > 0)


def _rows(programs: Programs, folder: Path) -> Iterator[Row]:
    _written(folder)
    for program, name in (((programs.tyk,), "tyk"), (OURS, "ours")):
        for signing in (["-k", "private.pem"], ["-y"]):
            output = f"{name}{signing[0]}.zip"
            built = _run(folder, *program, "bundle", "build", *signing, "-o", output)
            yield f"{output} is built", built, 0
            key = ["-k", "public.pem"] if signing[0] == "-k" else []
            verified = _run(folder, *OURS, "bundle", "verify", output, *key)
            yield f"{output} is taken by ours", verified, 0
    yield "ours-y.zip, with a key", _run(
        folder, *OURS, "bundle", "verify", "ours-y.zip", "-k", "public.pem"
    ), 1  # fmt: skip
    _changed(folder / "ours-k.zip", folder / "changed.zip")
    # Tyk does not take its own: its archives lack the folders that its unpacking needs.
    bundles = {"ours-k.zip": 299, "ours-y.zip": 404, "changed.zip": 404}
    apis = [_api(index, name) for index, name in enumerate(bundles)]
    settings: dict[str, Any] = {
        "enable_jsvm": True, "enable_bundle_downloader": True,
        "bundle_base_url": f"file://{folder}", "public_key_path": str(folder / "public.pem"),
    }  # fmt: skip
    with pair(programs, folder / "run", [*definitions(), *apis], policies(), settings) as both:
        for index, (name, status) in enumerate(bundles.items()):
            yield f"{name}, asked for in Tyk", both.tyk.get(f"/bundle-{index}/").status, status


def _api(index: int, bundle: str) -> dict[str, Any]:
    name = f"bundle-{index}"
    return {
        "name": name, "api_id": name, "org_id": "default", "active": True, "use_keyless": True,
        "version_data": {"not_versioned": True, "versions": {"Default": {"name": "Default"}}},
        "proxy": {"listen_path": f"/{name}/"}, "custom_middleware_bundle": bundle,
    }  # fmt: skip


def _written(folder: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    (folder / "private.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    (folder / "public.pem").write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    (folder / "lib").mkdir()
    (folder / "lib" / "more.txt").write_text("more")
    (folder / "hello.js").write_text(HOOK)
    (folder / "manifest.json").write_text(json.dumps(MANIFEST))


def _changed(archive: Path, to: Path) -> None:
    with ZipFile(archive) as old, ZipFile(to, "w") as new:
        for info in old.infolist():
            more = b"//" if info.filename == "hello.js" else b""
            new.writestr(info, old.read(info) + more)


def _run(folder: Path, *command: str) -> int:
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return done.returncode


if __name__ == "__main__":
    main()
