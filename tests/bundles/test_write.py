"""Archives are written: checked, signed, the same every time, and whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import time
from base64 import b64decode
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from bundle_files import HOOK, bundle_of, folder_of, keys_of
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from twisted_tyk.bundles.draft import Draft, loose
from twisted_tyk.bundles.manifest import BundleManifest
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.sign import Signer
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.bundles.unpack import unpack
from twisted_tyk.bundles.write import write

FILES = {"lib/deep/b.py": "b = 2\n" * 1000, "add.py": HOOK.format("1"), "lib/a.txt": "ä"}


@pytest.fixture(scope="module", params=["rsa", "ed25519"])
def signer(request: pytest.FixtureRequest) -> Signer:
    if request.param == "rsa":
        return Signer(rsa.generate_private_key(65537, 2048))
    return Signer(Ed25519PrivateKey.generate())


def manifest_of(archive: Path) -> Any:
    with ZipFile(archive) as opened:
        return json.loads(opened.read("manifest.json"))


class TestWrite:
    def test_what_is_written_can_be_unpacked(self, tmp_path: Path) -> None:
        archive = bundle_of(folder_of(tmp_path / "in", FILES), tmp_path / "b.zip")
        manifest = unpack(archive, tmp_path / "out", BundleManifest, Trust())
        assert manifest.middleware.pre[0].name == "Add"
        for name, text in FILES.items():
            assert (tmp_path / "out" / name).read_text() == text

    def test_other_programs_can_read_it(self, tmp_path: Path) -> None:
        """Tyk makes no folder but those that are members, each before what is in it."""
        archive = bundle_of(folder_of(tmp_path / "in", FILES), tmp_path / "b.zip")
        with ZipFile(archive) as opened:
            assert opened.testzip() is None
            assert opened.namelist() == [
                "lib/", "lib/deep/", "lib/deep/b.py", "add.py", "lib/a.txt", "manifest.json",
            ]  # fmt: skip

    def test_the_same_input_gives_the_same_bytes(self, tmp_path: Path, signer: Signer) -> None:
        first = bundle_of(folder_of(tmp_path / "in", FILES), tmp_path / "1.zip", signer)
        for name in FILES:
            os.utime(tmp_path / "in" / name, (1, 1))
            (tmp_path / "in" / name).chmod(0o700)
        second = bundle_of(folder_of(tmp_path / "in", FILES), tmp_path / "2.zip", signer)
        assert first.read_bytes() == second.read_bytes()

    def test_sums_of_before_are_made_anew(self, tmp_path: Path, signer: Signer) -> None:
        first = bundle_of(folder_of(tmp_path / "in", FILES), tmp_path / "1.zip", signer)
        stale = manifest_of(first)
        (tmp_path / "in" / "add.py").write_text("new = 1\n")
        fresh = {"CHECKSUM": "0", **{key: stale[key] for key in ("sha256", "signature")
                                     if key in stale}}  # fmt: skip
        folder = folder_of(tmp_path / "other", FILES, **fresh)
        assert manifest_of(bundle_of(folder, tmp_path / "2.zip")) == {
            key: value
            for key, value in stale.items()
            if key not in ("signature", "manifest_signature")
        }

    def test_signed(self, tmp_path: Path, signer: Signer) -> None:
        archive = bundle_of(folder_of(tmp_path / "in", FILES), tmp_path / "b.zip", signer)
        written = manifest_of(archive)
        is_rsa = isinstance(signer.key, rsa.RSAPrivateKey)
        assert ("signature" in written) is is_rsa, "Tyk knows RSA alone"
        assert written["manifest_signature"]
        unpack(archive, tmp_path / "out", BundleManifest, signer.trust)
        with pytest.raises(BundleError, match=r"signature|isn't signed"):
            unpack(
                archive,
                tmp_path / "other",
                BundleManifest,
                Signer(Ed25519PrivateKey.generate()).trust,
            )

    def test_the_signature_is_tyks(self, tmp_path: Path) -> None:
        """As ``openssl`` sees it: RSA over the SHA-256 of all contents in the order listed."""
        key = rsa.generate_private_key(65537, 2048)
        _, public = keys_of(tmp_path, key)
        archive = bundle_of(folder_of(tmp_path / "in", FILES), tmp_path / "b.zip", Signer(key))
        contents = tmp_path / "contents"
        contents.write_bytes("".join(FILES.values()).encode())
        signature = tmp_path / "signature"
        signature.write_bytes(b64decode(manifest_of(archive)["signature"]))
        subprocess.run(
            ["openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, contents],
            check=True,
            capture_output=True,
        )

    def test_uncompressed(self, tmp_path: Path) -> None:
        folder = folder_of(tmp_path / "in", FILES)
        draft = Draft.read(folder, folder / "manifest.json")
        sizes = []
        for compress in (True, False):
            written = write(folder, draft.value, draft.manifest, tmp_path / "b.zip", None, compress)
            sizes.append(written.size)
            assert written.file.stat().st_size == written.size
        with ZipFile(tmp_path / "b.zip") as opened:
            assert {info.compress_type for info in opened.infolist()} == {0}
        assert sizes[0] < sizes[1]

    def test_the_driver_is_where_tyk_reads_it(self, tmp_path: Path) -> None:
        hooks = {"pre": [{"name": "Add", "path": "add.py"}]}
        folder = folder_of(tmp_path / "in", driver="twisted", custom_middleware=hooks)
        written = manifest_of(bundle_of(folder, tmp_path / "b.zip"))
        assert written["custom_middleware"]["driver"] == "twisted"

    def test_what_could_not_be_unpacked_is_not_written(self, tmp_path: Path) -> None:
        folder = folder_of(tmp_path / "in", {"add.py": "#" * (4 << 20)})
        (tmp_path / "b.zip").write_text("as it was")
        with pytest.raises(BundleError, match=r"b\.zip: \"add\.py\" grows from"):
            bundle_of(folder, tmp_path / "b.zip")
        assert (tmp_path / "b.zip").read_text() == "as it was"
        assert sorted(os.listdir(tmp_path)) == ["b.zip", "in"]

    def test_nowhere_to_write_it(self, tmp_path: Path) -> None:
        folder = folder_of(tmp_path / "in")
        draft = Draft.read(folder, folder / "manifest.json")
        output = tmp_path / "none" / "b.zip"
        with pytest.raises(
            BundleError, match=r"none.*: cannot be written: No such file or directory"
        ):
            write(folder, draft.value, draft.manifest, output, None)
        (tmp_path / "b.zip").mkdir()
        (tmp_path / "b.zip" / "kept").write_text("")
        with pytest.raises(BundleError, match=r"b\.zip: cannot be written: Is a directory"):
            write(folder, draft.value, draft.manifest, tmp_path / "b.zip", None)

    def test_it_does_not_take_the_time_from_the_clock(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = folder_of(tmp_path / "in")
        first = bundle_of(folder, tmp_path / "1.zip").read_bytes()
        monkeypatch.setattr(time, "time", lambda: 4_000_000_000.0)
        assert bundle_of(folder, tmp_path / "2.zip").read_bytes() == first


class TestDraft:
    def refused(self, folder: Path) -> str:
        with pytest.raises(BundleError) as refused:
            Draft.read(folder, folder / "manifest.json")
        return str(refused.value)

    def test_no_manifest(self, tmp_path: Path) -> None:
        assert self.refused(tmp_path) == (
            f"Couldn't load manifest file: {tmp_path}/manifest.json: cannot be read: "
            "No such file or directory"
        )

    def test_a_manifest_that_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "manifest.json").write_text("{")
        assert self.refused(tmp_path).startswith(f"{tmp_path}/manifest.json:1:")

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        folder = folder_of(tmp_path, file_list=["add.py", "b.py"])
        assert self.refused(folder) == "Referencing a nonexistent file: b.py"

    def test_a_folder_where_a_file_is_expected(self, tmp_path: Path) -> None:
        (tmp_path / "lib").mkdir()
        folder = folder_of(tmp_path, file_list=["add.py", "lib"])
        assert self.refused(folder) == f"{tmp_path}/lib: expected a file, found something else"

    @pytest.mark.parametrize("name", ["../x.py", "/etc/passwd", "manifest.json", ""])
    def test_a_file_that_no_bundle_can_have(self, tmp_path: Path, name: str) -> None:
        folder = folder_of(tmp_path, file_list=[name])
        assert f"{tmp_path}/manifest.json:1: file_list" in self.refused(folder).replace(
            ":1:16:", ":1:"
        ).replace(":1:2:", ":1:")

    def test_no_hooks(self, tmp_path: Path) -> None:
        empty = {"driver": "twisted", "auth_check": {}, "pre": []}
        folder = folder_of(tmp_path, custom_middleware=empty)
        assert self.refused(folder) == f"{tmp_path}/manifest.json: No hooks defined"

    def test_no_driver(self, tmp_path: Path) -> None:
        hooks = {"pre": [{"name": "Add", "path": "add.py"}]}
        folder = folder_of(tmp_path, custom_middleware=hooks)
        assert self.refused(folder) == f"{tmp_path}/manifest.json: No driver specified"

    def test_two_drivers(self, tmp_path: Path) -> None:
        assert "driver: is " in self.refused(folder_of(tmp_path, driver="native"))

    @pytest.mark.parametrize(
        ("path", "files", "is_loose"),
        [
            ("add.py", {"add.py": ""}, False),
            ("./add.py", {"add.py": ""}, False),
            ("/add.py", {"add.py": ""}, False),
            ("sub.py", {"add.py": ""}, True),
            ("lib/p.so", {"lib/p_v5.3.0_linux_amd64.so": ""}, False),
            ("lib/p.so", {"p_v5.3.0_linux_amd64.so": ""}, True),
            ("lib/p.so", {"lib/p_v5.3.0_linux_amd64.py": ""}, True),
            ("package.module", {"add.py": ""}, False),
        ],
    )
    def test_hooks_whose_files_are_not_in_it(
        self, tmp_path: Path, path: str, files: dict[str, str], is_loose: bool
    ) -> None:
        hooks = {"driver": "native", "pre": [{"name": "Add", "path": path}]}
        folder = folder_of(tmp_path, files, custom_middleware=hooks)
        found = list(loose(Draft.read(folder, folder / "manifest.json").manifest))
        note = f"the hook 'Add' is in {path}, which is not in file_list"
        assert found == ([note] if is_loose else [])


class TestSigner:
    def test_a_key_of_a_file(self, tmp_path: Path, signer: Signer) -> None:
        private, public = keys_of(tmp_path, signer.key)
        loaded = Signer.load(private)
        assert loaded.of_manifest(b"x") == signer.of_manifest(b"x")
        assert Trust.load(public).key == loaded.trust.key
        assert "PrivateKey" not in repr(loaded)

    def test_what_is_no_key(self, tmp_path: Path) -> None:
        file = tmp_path / "k.pem"
        with pytest.raises(BundleError, match="the key cannot be read: No such file"):
            Signer.load(file)
        file.write_text("hello")
        with pytest.raises(BundleError, match="expected a private key in PEM form"):
            Signer.load(file)

    def test_other_kinds(self, tmp_path: Path) -> None:
        file = tmp_path / "k.pem"
        key = ec.generate_private_key(ec.SECP256R1())
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        with pytest.raises(BundleError, match="expected an RSA or Ed25519 key"):
            Signer.load(file)
        locked = BestAvailableEncryption(b"password")
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
        with pytest.raises(BundleError, match="the key is encrypted"):
            Signer.load(file)
