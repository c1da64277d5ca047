"""Given a good archive, its files are there under their names; given a bad disk, nothing is."""

from __future__ import annotations

import errno
import io
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from bundle_archives import FILES, bundle, laid_down, our_manifest, tyk_manifest, zipped

from twisted_tyk.bundles.disk import Disk
from twisted_tyk.bundles.manifest import BundleManifest
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.bundles.unpack import checked, unpack

MANY = {
    "middleware.py": b"import helper",
    "lib/helper.py": b"",
    "lib/deep/data.bin": bytes(300_000),
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "foo.zip"


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "disk" / "foo"


@pytest.fixture(autouse=True)
def disk(into: Path) -> Path:
    into.parent.mkdir()
    return into.parent


def unpacked(archive: Path, into: Path, content: bytes) -> BundleManifest:
    archive.write_bytes(content)
    return unpack(archive, into, BundleManifest, Trust())


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "manifest.json"
    }


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(BundleError) as refused:
        call()
    return str(refused.value)


def test_a_bundle_of_tyk_is_unpacked(archive: Path, into: Path, disk: Path) -> None:
    manifest = unpacked(archive, into, bundle())
    assert manifest.middleware.driver == "goplugin"
    assert files_of(into) == FILES
    assert json.loads((into / "manifest.json").read_bytes())["file_list"] == list(FILES)
    assert list(disk.iterdir()) == [into]


def test_one_written_as_tyk_does_it(archive: Path, into: Path) -> None:
    """In one go, so that sizes stand after each content, and without modes."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise io.UnsupportedOperation

    stream = Pipe()
    with ZipFile(stream, "w", ZIP_DEFLATED) as made:
        for name, content in [*MANY.items(), ("manifest.json", json.dumps(tyk_manifest(MANY)))]:
            made.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    unpacked(archive, into, stream.getvalue())
    assert files_of(into) == MANY


def test_folders_need_no_entries_of_their_own(archive: Path, into: Path) -> None:
    unpacked(archive, into, bundle(MANY))
    assert files_of(into) == MANY


def test_and_may_have_some(archive: Path, into: Path) -> None:
    manifest = ("manifest.json", json.dumps(our_manifest(MANY)).encode())
    unpacked(archive, into, zipped([("lib/deep/", b""), *MANY.items(), ("lib/", b""), manifest]))
    assert files_of(into) == MANY


def test_files_may_be_stored_as_they_are(archive: Path, into: Path) -> None:
    info = ZipInfo("a.so")
    info.compress_type = ZIP_STORED
    manifest = json.dumps(tyk_manifest({"a.so": b"x" * 9})).encode()
    unpacked(archive, into, zipped([(info, b"x" * 9), ("manifest.json", manifest)]))
    assert files_of(into) == {"a.so": b"x" * 9}


def test_names_may_start_with_a_dot_and_a_slash(archive: Path, into: Path) -> None:
    assert unpacked(archive, into, bundle({"./a.py": b"1"})).file_list == ("a.py",)
    assert files_of(into) == {"a.py": b"1"}


def test_names_may_be_of_any_script(archive: Path, into: Path) -> None:
    unpacked(archive, into, bundle({"größe/Ж.py": b"1"}))
    assert files_of(into) == {"größe/Ж.py": b"1"}


def test_a_bundle_may_have_no_files(archive: Path, into: Path) -> None:
    """One of hooks in a gRPC server says only where they are called."""
    assert unpacked(archive, into, bundle({})).file_list == ()


def test_nobody_else_can_read_it(archive: Path, into: Path) -> None:
    unpacked(archive, into, bundle(MANY))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (into, *into.rglob("*"))}
    assert modes == {0o700, 0o600}
    assert stat.S_IMODE((into / "lib").stat().st_mode) == 0o700
    assert stat.S_IMODE((into / "lib/helper.py").stat().st_mode) == 0o600


def test_what_is_there_stays(archive: Path, into: Path, disk: Path) -> None:
    into.mkdir()
    sentence = refusal(lambda: unpacked(archive, into, bundle()))
    assert sentence == f"foo.zip: cannot be unpacked to {into}: there is something already"
    assert list(into.iterdir()) == []


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
def test_an_archive_that_is_no_file(archive: Path, into: Path, kind: str) -> None:
    if kind == "folder":
        archive.mkdir()
    elif kind == "pipe":
        os.mkfifo(archive)
    sentence = refusal(lambda: unpack(archive, into, BundleManifest, Trust()))
    expected = "no such file" if kind == "missing" else "expected a file, found something else"
    assert sentence == f"foo.zip: {expected}"


class BadDisk(Disk):
    """One where this step goes wrong in this way."""

    def __init__(self, step: str, number: int) -> None:
        def fail(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        setattr(self, step, fail)


STEPS = ["temporary", "folder", "create", "settle", "settle_folder", "rename"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "there is no space left"),
        (errno.EDQUOT, "there is no space left"),
        (errno.EACCES, f"user {os.geteuid()} may not write there"),
        (errno.EROFS, "its file system can only be read"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_disk_that_fails_is_told_in_one_sentence(
    archive: Path, into: Path, disk: Path, step: str, number: int, reason: str
) -> None:
    archive.write_bytes(bundle(MANY))
    bad = BadDisk(step, number)
    sentence = refusal(lambda: unpack(archive, into, BundleManifest, Trust(), disk=bad))
    assert sentence == f"foo.zip: cannot be unpacked to {into}: {reason}"
    assert list(disk.iterdir()) == []


def test_so_is_one_that_is_full_while_a_file_is_written(
    archive: Path, into: Path, disk: Path
) -> None:
    """The file itself says so, when it is closed."""

    class Full(Disk):
        def create(self, file: Path) -> BinaryIO:
            file.touch()
            return open("/dev/full", "wb")

    archive.write_bytes(bundle(MANY))
    sentence = refusal(lambda: unpack(archive, into, BundleManifest, Trust(), disk=Full()))
    assert sentence.endswith("there is no space left")
    assert list(disk.iterdir()) == []


def test_an_unpacked_folder_is_checked_like_an_archive(archive: Path, into: Path) -> None:
    assert unpacked(archive, into, bundle(MANY)) == checked(into, BundleManifest, Trust())


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (
            lambda folder: (folder / "lib/helper.py").unlink(),
            '"lib/helper.py" is in file_list, but',
        ),
        (lambda folder: (folder / "more.py").touch(), '"more.py" is not in the file_list'),
        (lambda folder: (folder / "lib/helper.py").write_bytes(b"x"), "invalid checksum"),
        (lambda folder: (folder / "lib/l").symlink_to("/etc"), '"lib/l" is neither a file nor a'),
        (lambda folder: os.mkfifo(folder / "p"), '"p" is neither a file nor a folder'),
        (lambda folder: (folder / "manifest.json").unlink(), "manifest.json: cannot be read: No"),
        (
            lambda folder: (folder / "manifest.json").write_bytes(b"{"),
            "manifest.json:1:2: not JSON",
        ),
        (
            lambda folder: (folder / "manifest.json").write_bytes(bytes(1024 * 1024 + 1)),
            "manifest.json: has more than 1048576 bytes",
        ),
    ],
)
def test_a_folder_that_changed_is_refused(
    into: Path, harm: Callable[[Path], None], says: str
) -> None:
    harm(laid_down(into, MANY))
    sentence = refusal(lambda: checked(into, BundleManifest, Trust()))
    assert sentence.startswith(str(into))
    assert says in sentence


def test_what_python_compiled_is_in_the_way(into: Path) -> None:
    """Nothing vouches for it, and Python would rather run it than what is signed."""
    cache = laid_down(into, MANY) / "lib/__pycache__"
    cache.mkdir()
    (cache / "helper.cpython-311.pyc").write_bytes(b"anything")
    assert "helper.cpython-311.pyc" in refusal(lambda: checked(into, BundleManifest, Trust()))
    checked(into, BundleManifest, Trust(), tidy=True)
    assert list(cache.iterdir()) == []


def test_what_is_listed_stays_when_it_is_tidied(into: Path) -> None:
    files = {"a.py": b"", "__pycache__/a.cpython-311.pyc": b"compiled by its maker"}
    checked(laid_down(into, files), BundleManifest, Trust(), tidy=True)
    assert files_of(into) == files
