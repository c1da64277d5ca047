"""Patches as archives, and what proves them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bundle_files import keys_of
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from gateways import MakeGateway
from patch_files import SETTINGS, lay, listed, python, ready, reload
from tyk_command import tyk

from twisted_tyk.bundles.archive import Limits
from twisted_tyk.patches import contents
from twisted_tyk.testing import MemoryGateway, definition

ONE = definition("one", allowed_ips=["10.0.0.1"])
Patched = Callable[..., MemoryGateway]


def pack(tmp_path: Path, *options: str, status: int = 200, **keys: Any) -> Path:
    """Make ``patches/fix.zip`` of a patch that answers with this status."""
    folder = lay(tmp_path / "source", f"return Reply({status})", **keys)
    (tmp_path / "patches").mkdir(exist_ok=True)
    archive = tmp_path / "patches" / "fix.zip"
    said = tyk("patch", "build", str(folder), "-o", str(archive), *options)
    assert said.exit_code == 0, said.stderr
    return archive


@pytest.fixture(params=["rsa", "ed25519"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    """Files of a private key and its public one."""
    if request.param == "rsa":
        return keys_of(tmp_path, generate_private_key(65537, 2048))
    return keys_of(tmp_path, Ed25519PrivateKey.generate())


def status_of(running: MemoryGateway) -> int:
    return running.get("/one/x").status


def test_an_archive_is_unpacked(gateway: MakeGateway, tmp_path: Path) -> None:
    archive = pack(tmp_path, status=418)
    running = gateway(ONE, settings=SETTINGS)
    assert status_of(running) == 418
    shown = listed(running)["fix.zip"]
    assert (shown["state"], shown["signed"], len(shown["sha256"])) == ("applied", False, 64)
    pack(tmp_path, status=419, version="1.1")
    assert (reload(running), status_of(running)) == ("", 419)
    archive.unlink()
    assert (reload(running), status_of(running)) == ("", 403)


def test_the_next_version_may_be_in_another_archive(gateway: MakeGateway, tmp_path: Path) -> None:
    archive = pack(tmp_path, status=418)
    running = gateway(ONE, settings=SETTINGS)
    archive.unlink()
    archive = pack(tmp_path, status=419, version="1.1", symbol="Nothing")
    archive.rename(archive.with_name("fix-1.1.zip"))
    assert "there is no 'Nothing' in it" in reload(running)
    assert status_of(running) == 418
    assert listed(running)["fix-1.1.zip"]["in_force"] == "1.0"


def test_a_signed_archive(gateway: MakeGateway, tmp_path: Path, keys: tuple[Path, Path]) -> None:
    pack(tmp_path, "-k", str(keys[0]), status=418)
    running = gateway(ONE, settings={**SETTINGS, "public_key_path": str(keys[1])})
    assert (ready(running)[0], status_of(running)) == (200, 418)
    assert listed(running)["fix.zip"]["signed"]


def test_an_unpacked_one_is_checked_too(
    gateway: MakeGateway, tmp_path: Path, keys: tuple[Path, Path]
) -> None:
    archive = pack(tmp_path, "-k", str(keys[0]), status=418)
    folder = archive.with_suffix("")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    archive.unlink()
    running = gateway(ONE, settings={**SETTINGS, "public_key_path": str(keys[1])})
    assert status_of(running) == 418
    assert listed(running)["fix"]["signed"]
    text = (folder / "patch.py").read_text()
    (folder / "patch.py").write_text(text.replace("418", "419"))
    assert "invalid checksum" in reload(running)
    assert status_of(running) == 418
    (folder / "patch.py").write_text(text)
    (folder / "more.py").write_text("")
    assert '"more.py" is not in the file_list' in reload(running)


@pytest.mark.parametrize("change", ["config", "replaces", "apis", "on_error"])
def test_a_signature_covers_the_manifest(
    gateway: MakeGateway, tmp_path: Path, keys: tuple[Path, Path], change: str
) -> None:
    archive = pack(tmp_path, "-k", str(keys[0]), status=418)
    _change(
        archive,
        {change: {"config": {"a": 1}, "apis": ["one"], "on_error": "skip"}.get(change, "AuthKey")},
    )
    running = gateway(ONE, settings={**SETTINGS, "public_key_path": str(keys[1])})
    assert status_of(running) == 403
    assert "invalid signature" in ready(running)[1]


def test_tyk_s_signature_alone_will_not_do(gateway: MakeGateway, tmp_path: Path) -> None:
    private, public = keys_of(tmp_path, generate_private_key(65537, 2048))
    archive = pack(tmp_path, "-k", str(private))
    _change(archive, {"manifest_signature": None})
    running = gateway(ONE, settings={**SETTINGS, "public_key_path": str(public)})
    assert status_of(running) == 403
    text = ready(running)[1]
    assert "fix.zip/manifest.json:" in text
    assert "signature leaves too much out" in text


def test_with_a_key_all_must_be_signed(
    gateway: MakeGateway, tmp_path: Path, keys: tuple[Path, Path]
) -> None:
    pack(tmp_path)
    lay(tmp_path, "return None", "other", replaces="AuthKey")
    running = gateway(ONE, settings={**SETTINGS, "public_key_path": str(keys[1])})
    assert status_of(running) == 403
    reasons = [each["reason"] for each in listed(running).values()]
    assert "Bundle isn't signed" in reasons[0]
    assert "it is not signed, and public_key_path is there" in reasons[1]


def test_an_archive_needs_sums(gateway: MakeGateway, tmp_path: Path) -> None:
    archive = pack(tmp_path)
    _change(archive, {"checksum": None, "sha256": None})
    running = gateway(ONE, settings=SETTINGS)
    assert status_of(running) == 403
    assert "fix.zip/manifest.json:" in ready(running)[1]
    assert "invalid checksum" in ready(running)[1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "fix.zip: "), (b"PK", "fix.zip: "), (b"x" * 1000, "fix.zip: ")],
)
def test_what_is_no_archive(
    gateway: MakeGateway, tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "patches").mkdir()
    (tmp_path / "patches" / "fix.zip").write_bytes(content)
    running = gateway(ONE, settings={**SETTINGS, "plugin_cache_path": str(tmp_path / "cache")})
    assert status_of(running) == 403
    assert listed(running)["fix.zip"]["reason"].startswith(reason)
    assert len(list((tmp_path / "cache").glob("patches-*/*"))) == 0


def test_links_are_not_followed(gateway: MakeGateway, tmp_path: Path) -> None:
    folder = lay(tmp_path, "return None")
    (folder / "secret").symlink_to("/etc/passwd")
    running = gateway(ONE, settings=SETTINGS)
    assert status_of(running) == 403
    assert 'fix: "secret" is neither a file nor a folder' in ready(running)[1]


def test_a_folder_without_a_manifest(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "patches" / "fix").mkdir(parents=True)
    (tmp_path / "patches" / ".hidden").mkdir()
    (tmp_path / "patches" / "README").write_text("")
    running = gateway(ONE, settings=SETTINGS)
    assert list(listed(running)) == ["fix"]
    assert "fix: there is no manifest.json in it" in ready(running)[1]


@pytest.mark.parametrize("kind", ["many folders", "large", "no manifest"])
def test_a_folder_that_is_no_patch_is_not_read(
    gateway: MakeGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """``patches_path`` may be the root of a disk."""
    monkeypatch.setattr(contents, "LIMITS", Limits(members=3, total=1 << 40))
    monkeypatch.setattr(contents, "blocks", None)
    folder = lay(tmp_path, "return None")
    if kind == "large":
        with (folder / "disk").open("wb") as disk:
            disk.truncate((1 << 40) + 1)
    elif kind == "no manifest":
        (folder / "manifest.json").unlink()
    else:
        (folder / "a" / "b").mkdir(parents=True)
    says = "there is no manifest.json in it" if kind == "no manifest" else "is too large"
    assert f"fix: {says}" in ready(gateway(ONE, settings=SETTINGS))[1]


def test_helpers_beside_the_code_are_found(gateway: MakeGateway, tmp_path: Path) -> None:
    folder = lay(tmp_path, python("return Reply(STATUS)", "from .numbers_of_mine import STATUS"))
    (folder / "numbers_of_mine.py").write_text("STATUS = 418")
    running = gateway(ONE, settings=SETTINGS)
    assert status_of(running) == 418
    (folder / "numbers_of_mine.py").write_text("STATUS = 419")
    assert (reload(running), status_of(running)) == ("", 419)


def test_unknown_keys_are_warned_of(gateway: MakeGateway, tmp_path: Path) -> None:
    lay(tmp_path, "return None", replace="x")
    running = gateway(ONE, settings=SETTINGS)
    report = running.service.reloader.report
    assert report is not None
    assert [text for text in report.warnings if "fix/manifest.json" in text and "replace" in text]


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    folder = lay(tmp_path, "return None", replaces="IPWhiteList", gateway="1 or 2", path="no.py")
    said = tyk("patch", "build", str(folder), "-o", str(tmp_path / "out.zip"))
    assert said.exit_code == 1
    assert "no step is called" in said.stderr
    assert 'did you mean "IPWhiteListMiddleware"?' in said.stderr
    assert "expected versions such as" in said.stderr
    assert not (tmp_path / "out.zip").exists()


def test_what_is_missing_is_said_once(gateway: MakeGateway, tmp_path: Path) -> None:
    folder = lay(tmp_path, "return None", replaces="")
    said = tyk("patch", "build", str(folder), "-o", str(tmp_path / "out.zip"))
    assert said.exit_code == 1
    assert said.stderr.count("replaces: ") == 1
    running = gateway(ONE, settings=SETTINGS)
    assert listed(running)["fix"]["state"] == "refused"
    assert "a patch needs the name of the step" in listed(running)["fix"]["reason"]


def _change(archive: Path, members: dict[str, Any]) -> None:
    """Give members of the manifest other values; ``None`` takes them out."""
    with zipfile.ZipFile(archive) as opened:
        contents = {name: opened.read(name) for name in opened.namelist()}
    manifest = json.loads(contents["manifest.json"]) | members
    kept = {name: value for name, value in manifest.items() if value is not None}
    contents["manifest.json"] = json.dumps(kept, indent=1).encode()
    with zipfile.ZipFile(archive, "w") as opened:
        for name, content in contents.items():
            opened.writestr(name, content)
