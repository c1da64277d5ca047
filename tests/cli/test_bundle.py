"""``tyk bundle``: made, looked at, and what is on disk."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from bundle_files import HOOK, bundle_of, folder_of, keys_of, made
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tyk_command import tyk

from twisted_tyk.bundles.shelf import Shelf
from twisted_tyk.bundles.sign import Signer
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.cli.command import tyk as command
from twisted_tyk.testing import definition


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answering(answer: str, *words: str) -> Result:
    return CliRunner().invoke(command, list(words), input=answer, catch_exceptions=False)


class TestBuild:
    def test_of_this_folder(self, here: Path) -> None:
        folder_of(here)
        said = tyk("bundle", "build", "-y")
        size = (here / "bundle.zip").stat().st_size
        assert said.exit_code == 0
        assert said.stdout.splitlines()[0] == f"Wrote 'bundle.zip' ({size} bytes)"
        assert said.stderr.splitlines() == [
            "Building bundle using 'manifest.json'",
            "Using default bundle path 'bundle.zip'",
            "The bundle will be unsigned",
        ]

    def test_of_another_folder(self, here: Path) -> None:
        folder_of(here / "in")
        (here / "in" / "manifest.json").rename(here / "in" / "m.json")
        said = tyk("bundle", "build", "in", "--manifest", "m.json", "--output", "b.zip", "-y")
        assert said.exit_code == 0
        assert (here / "b.zip").is_file()
        assert "Building bundle using 'in/m.json'" in said.stderr
        assert "default" not in said.stderr

    @pytest.mark.parametrize(("answer", "built"), [("y\n", True), ("yes\n", True), ("n\n", False),
                                                   ("\n", False), ("", False)])  # fmt: skip
    def test_whoever_does_not_sign_is_asked(self, here: Path, answer: str, built: bool) -> None:
        folder_of(here)
        said = answering(answer, "bundle", "build")
        assert 'The bundle will be unsigned, type "y" or "yes" to confirm:' in said.output
        assert (said.exit_code == 0, (here / "bundle.zip").exists()) == (built, built)
        assert ("Aborting" in said.output) is not built

    @pytest.mark.parametrize("kind", ["rsa", "ed25519"])
    def test_signed(self, here: Path, kind: str) -> None:
        key = (
            rsa.generate_private_key(65537, 2048) if kind == "rsa" else Ed25519PrivateKey.generate()
        )
        keys_of(here, key)
        folder_of(here)
        said = tyk("bundle", "build", "-k", "private.pem")
        assert said.exit_code == 0
        assert "Signing bundle with key 'private.pem'" in said.stderr
        assert tyk("bundle", "verify", "bundle.zip", "--key", "public.pem").exit_code == 0

    def test_what_is_wrong(self, here: Path) -> None:
        said = tyk("bundle", "build", "-y")
        assert said.exit_code == 1
        assert "tyk: Couldn't load manifest file: manifest.json" in said.stderr
        folder_of(here)
        assert "k.pem: the key cannot be read" in tyk("bundle", "build", "-k", "k.pem").stderr
        (here / "add.py").unlink()
        said = tyk("bundle", "build", "-y")
        assert said.stderr.splitlines()[-1] == "tyk: Referencing a nonexistent file: add.py"
        assert not (here / "bundle.zip").exists()

    def test_warnings(self, here: Path) -> None:
        hooks = {"driver": "twisted", "pre": [{"name": "Add", "path": "gone.py"}]}
        folder_of(here, custom_middleware=hooks, fil_list=[])
        said = tyk("bundle", "build", "-y")
        assert said.exit_code == 0
        assert "warning: manifest.json:1" in said.stderr
        assert "warning: the hook 'Add' is in gone.py, which is not in file_list" in said.stderr

    def test_uncompressed(self, here: Path) -> None:
        folder_of(here)
        tyk("bundle", "build", "-y", "--uncompressed")
        with ZipFile(here / "bundle.zip") as opened:
            assert {info.compress_type for info in opened.infolist()} == {0}


def changed(archive: Path, members: dict[str, str | None]) -> None:
    """Write it again with other members, ``None`` for none."""
    with ZipFile(archive) as old:
        contents: dict[str, Any] = {name: old.read(name) for name in old.namelist()}
    contents.update(members)
    with ZipFile(archive, "w") as new:
        for name, content in contents.items():
            if content is not None:
                new.writestr(name, content)


class TestVerify:
    def test_a_good_one(self, here: Path) -> None:
        made(here / "in", here / "b.zip")
        said = tyk("bundle", "verify", "b.zip")
        assert said.exit_code == 0
        assert said.stdout.splitlines() == [
            "b.zip: ok", "  files   add.py", "  driver  twisted", "  hooks   Add", "  not signed",
        ]  # fmt: skip
        assert json.loads(tyk("bundle", "verify", "b.zip", "--json").stdout) == {
            "file": "b.zip", "ok": True, "problems": [],
        }  # fmt: skip

    def test_a_signed_one(self, here: Path) -> None:
        key = rsa.generate_private_key(65537, 2048)
        keys_of(here, key)
        bundle_of(folder_of(here / "in"), here / "b.zip", Signer(key))
        said = tyk("bundle", "verify", "b.zip", "-k", "public.pem")
        assert said.stdout.splitlines()[-1] == "  signed, and the signature fits public.pem"
        assert "signed; --key says" in tyk("bundle", "verify", "b.zip").stdout

    def test_a_folder(self, here: Path) -> None:
        made(here / "in", here / "b.zip")
        with ZipFile(here / "b.zip") as opened:
            opened.extractall(here / "out")
        assert tyk("bundle", "verify", "out").exit_code == 0
        (here / "out" / "more.txt").write_text("")
        said = tyk("bundle", "verify", "out")
        assert said.exit_code == 1
        assert said.stderr == 'tyk: out: "more.txt" is not in the file_list of manifest.json\n'

    def test_all_that_is_wrong_is_told(self, here: Path) -> None:
        files = {"add.py": HOOK.format(1), "gone.py": "", "other.py": ""}
        bundle_of(folder_of(here / "in", files), here / "b.zip")
        changed(here / "b.zip", {"gone.py": None, "more.py": "", "other.py": "x"})
        said = tyk("bundle", "verify", "b.zip")
        assert said.exit_code == 1
        lines = said.stderr.splitlines()
        assert lines[:2] == [
            'tyk: b.zip: "gone.py" is in file_list, but not there',
            'tyk: b.zip: "more.py" is not in the file_list of manifest.json',
        ]
        assert 'sha256["other.py"]: invalid checksum' in lines[2]
        assert len(lines) == 3

    def test_another_checksum(self, here: Path) -> None:
        made(here / "in", here / "b.zip")
        manifest = json.loads(ZipFile(here / "b.zip").read("manifest.json"))
        del manifest["sha256"]
        changed(here / "b.zip", {"add.py": "x", "manifest.json": json.dumps(manifest)})
        said = json.loads(tyk("bundle", "verify", "b.zip", "--json").stdout)
        assert not said["ok"]
        assert ["checksum: invalid checksum" in text for text in said["problems"]] == [True]

    def test_another_key(self, here: Path) -> None:
        keys_of(here, Ed25519PrivateKey.generate())
        made(here / "in", here / "b.zip")
        said = tyk("bundle", "verify", "b.zip", "-k", "public.pem")
        assert said.exit_code == 1
        assert "Bundle isn't signed" in said.stderr
        assert "holds a private key" in tyk("bundle", "verify", "b.zip", "-k", "private.pem").stderr

    @pytest.mark.parametrize(
        ("members", "why"),
        [
            ({"manifest.json": None}, "there is no manifest.json in it"),
            ({"manifest.json": '{"file_list": 5, "checksum": 5}'}, "file_list: expected a list"),
            ({"../x": "x"}, "invalid file path in archive"),
        ],
    )
    def test_what_is_no_bundle(self, here: Path, members: dict[str, str | None], why: str) -> None:
        made(here / "in", here / "b.zip")
        changed(here / "b.zip", members)
        said = tyk("bundle", "verify", "b.zip")
        assert said.exit_code == 1
        assert why in said.stderr

    def test_a_hook_that_is_not_in_it(self, here: Path) -> None:
        hooks = {"driver": "twisted", "pre": [{"name": "Add", "path": "gone.py"}]}
        bundle_of(folder_of(here / "in", custom_middleware=hooks), here / "b.zip")
        said = tyk("bundle", "verify", "b.zip")
        assert said.exit_code == 1
        assert "b.zip/manifest.json: the hook 'Add' is in gone.py" in said.stderr

    def test_no_file(self, here: Path) -> None:
        assert tyk("bundle", "verify", "b.zip").stderr == "tyk: b.zip: no such file\n"

    def test_a_file_that_cannot_be_read(self, here: Path) -> None:
        made(here / "in", here / "b.zip")
        with ZipFile(here / "b.zip") as opened:
            opened.extractall(here / "out")
        (here / "out" / "add.py").unlink()
        (here / "out" / "add.py").symlink_to("gone")
        said = tyk("bundle", "verify", "out")
        assert said.exit_code == 1
        assert "tyk: out/add.py: cannot be read: No such file or directory" in said.stderr


class TestList:
    @pytest.fixture(autouse=True)
    def configured(self, here: Path) -> None:
        (here / "apps").mkdir()
        (here / "tyk.conf").write_text(json.dumps({"storage": {"type": "memory"}}))

    def api(self, here: Path, api_id: str, bundle: str) -> None:
        document = definition(api_id, custom_middleware_bundle=bundle)
        (here / "apps" / f"{api_id}.json").write_text(json.dumps(document))

    def on_disk(self, here: Path, name: str, etag: str) -> Path:
        shelf = Shelf(here / "middleware" / "bundles", Trust())
        unpacked = shelf.put(name, made(here / "in", here / "b.zip"), etag)
        shelf.keep(unpacked)
        shelf.close()
        return unpacked.folder

    def test_nothing(self) -> None:
        said = tyk("bundle", "list")
        assert (said.exit_code, said.stdout) == (
            0, "there are no bundles on disk, and no API names one\n",
        )  # fmt: skip

    def test_what_is_there(self, here: Path) -> None:
        self.on_disk(here, "a.zip", '0123456789abcdef etag "v1"')
        self.on_disk(here, "b.zip", "")
        self.api(here, "one", "a.zip")
        self.api(here, "two", "a.zip, b.zip")
        said = tyk("bundle", "list", "--config", "tyk.conf")
        assert said.exit_code == 0, said.stderr
        head, first, second = (line.split() for line in said.stdout.splitlines())
        assert head == ["bundle", "sha256", "etag", "hooks", "size", "used", "by"]
        assert [first[0], *first[2:4], *first[6:]] == ["a.zip", '"v1"', "Add", "one,", "two"]
        assert [second[0], *second[2:4], *second[6:]] == ["b.zip", "-", "Add", "two"]
        one, two = map(json.loads, tyk("bundle", "list", "--json").stdout.splitlines())
        assert one["sha256"].startswith(first[1])
        assert (one["etag"], one["hooks"], one["apis"]) == ('"v1"', ["Add"], ["one", "two"])
        assert (two["name"], two["ok"], two["size"]) == (
            "b.zip", True, len(HOOK.format("1")),
        )  # fmt: skip

    def test_what_cannot_be_used(self, here: Path) -> None:
        (self.on_disk(here, "a.zip", "") / "more.py").write_text("")
        self.api(here, "one", "gone.zip")
        said = tyk("bundle", "list")
        assert said.exit_code == 1
        assert '"more.py" is not in the file_list' in said.stderr
        assert "tyk: bundle gone.zip: it is not on disk" in said.stderr

    def test_settings_that_cannot_be_used(self, here: Path) -> None:
        (here / "tyk.conf").write_text('{"public_key_path": "gone.pem"}')
        said = tyk("bundle", "list")
        assert said.exit_code == 1
        assert "gone.pem: the key for bundles cannot be read" in said.stderr
        assert "none.conf: cannot be read" in tyk("bundle", "list", "--config", "none.conf").stderr

    def test_a_definition_that_cannot_be_read(self, here: Path) -> None:
        (here / "apps" / "a.json").write_text("{")
        said = tyk("bundle", "list")
        assert said.exit_code == 0
        assert "a.json:1" in said.stderr


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_folder_with_something_else_in_it_is_not_read_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    manifest = {"file_list": ["h.py"], "checksum": "0" * 32}
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text(json.dumps(manifest))
    if kind == "pipe":
        os.mkfifo("out/h.py")
    else:
        (tmp_path / "out" / "h.py").symlink_to("/dev/zero")
    said = tyk("bundle", "verify", "out")
    assert said.exit_code == 1
    assert said.stderr == 'tyk: out: "h.py" is neither a file nor a folder\n'
