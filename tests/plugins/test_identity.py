"""A file is read once as long as it is the same; a file that has changed never passes for it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from twisted_tyk.plugins.identity import Digests


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def written(file: Path, content: bytes, ago: float = 0.0) -> str:
    """A file that was written so many seconds ago, as far as its times tell."""
    file.write_bytes(content)
    if ago:
        now = file.stat().st_mtime
        os.utime(file, (now - ago, now - ago))
    return str(file)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long each content was that was hashed."""
    sizes: list[int] = []

    def hashed(content: bytes) -> object:
        sizes.append(len(content))
        return real(content)

    real = hashlib.sha256
    monkeypatch.setattr("twisted_tyk.plugins.identity.hashlib.sha256", hashed)
    return sizes


def test_a_file_that_is_gone_has_none(tmp_path: Path) -> None:
    assert Digests().of(str(tmp_path / "gone")) == ""


def test_what_was_just_written_is_read_each_time(tmp_path: Path, reads: list[int]) -> None:
    digests = Digests()
    file = written(tmp_path / "file", b"one")
    assert [digests.of(file) for _ in range(2)] == [sha256(b"one")] * 2
    written(tmp_path / "file", b"two")
    assert digests.of(file) == sha256(b"two")
    assert reads[:2] == [3, 3]


def test_what_is_settled_is_read_once(
    tmp_path: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = Digests()
    file = written(tmp_path / "file", b"one")
    later = (tmp_path / "file").stat().st_ctime_ns + 5_000_000_000
    monkeypatch.setattr("twisted_tyk.plugins.identity.time.time_ns", lambda: later)
    assert [digests.of(file) for _ in range(3)] == [sha256(b"one")] * 3
    assert len(reads) == 1 + 1, "and once here"
    written(tmp_path / "file", b"two", ago=1000)
    assert digests.of(file) == sha256(b"two")


def test_a_file_put_in_its_place_is_another(tmp_path: Path) -> None:
    digests = Digests()
    file = written(tmp_path / "file", b"one", ago=1000)
    assert digests.of(file) == sha256(b"one")
    written(tmp_path / "beside", b"two", ago=1000)
    (tmp_path / "beside").replace(file)
    assert digests.of(file) == sha256(b"two")
