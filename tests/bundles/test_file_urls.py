"""Bundles of ``file://``: copied when they are other ones than before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fetching import Fetching
from outcomes import outcome

#: Long ago, for a fetcher whose clock says 2033.
OLD = (1_000_000_000, 1_000_000_000)


def written(folder: Path, data: bytes, times: tuple[float, float] = OLD) -> Path:
    file = folder / "hooks.zip"
    file.write_bytes(data)
    os.utime(file, times)
    return file


def copying(folder: Path, base_url: str = "") -> Fetching:
    return Fetching(folder, base_url=base_url or f"file://{folder}")


def test_a_file_is_copied(tmp_path: Path) -> None:
    written(tmp_path, b"PK")
    found = copying(tmp_path).got()
    assert found.file.read_bytes() == b"PK"
    assert found.file.parent == tmp_path / "fetched"


@pytest.mark.parametrize("base_url", ["file://b c", "file://b%20c/", "FILE://./b c"])
def test_a_relative_path_starts_from_the_folder_of_tyk_conf(tmp_path: Path, base_url: str) -> None:
    (tmp_path / "b c").mkdir()
    written(tmp_path / "b c", b"PK")
    assert copying(tmp_path, base_url).got().file.read_bytes() == b"PK"


def test_the_same_file_is_not_copied_again(tmp_path: Path) -> None:
    written(tmp_path, b"1")
    fetching = copying(tmp_path)
    etag = fetching.got().etag
    assert outcome(fetching.fetcher.fetch("hooks.zip", etag)) is None
    assert len(fetching.left()) == 1


def test_the_same_content_is_not_copied_again(tmp_path: Path) -> None:
    written(tmp_path, b"1")
    fetching = copying(tmp_path)
    etag = fetching.got().etag
    written(tmp_path, b"1", (1_100_000_000, 1_100_000_000))
    assert outcome(fetching.fetcher.fetch("hooks.zip", etag)) is None
    assert len(fetching.left()) == 1


@pytest.mark.parametrize("data", [b"2", b"22"])
def test_another_content_is(tmp_path: Path, data: bytes) -> None:
    written(tmp_path, b"1")
    fetching = copying(tmp_path)
    etag = fetching.got().etag
    written(tmp_path, data, (1_100_000_000, 1_100_000_000))
    assert fetching.got(etag=etag).file.read_bytes() == data


def test_a_file_written_twice_within_a_moment_is_read_twice(tmp_path: Path) -> None:
    """File systems have times that are too coarse to tell."""
    now = (1_999_999_999.0, 1_999_999_999.0)
    written(tmp_path, b"1", now)
    fetching = copying(tmp_path)
    etag = fetching.got().etag
    written(tmp_path, b"2", now)
    assert fetching.got(etag=etag).file.read_bytes() == b"2"


def test_one_that_is_not_there(tmp_path: Path) -> None:
    assert copying(tmp_path).refused() == f"{tmp_path}/hooks.zip: No such file or directory"


def test_a_folder_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "hooks.zip").mkdir()
    assert copying(tmp_path).refused() == f"{tmp_path}/hooks.zip: Is a directory"


def test_too_large(tmp_path: Path) -> None:
    written(tmp_path, b"x" * 11)
    fetching = Fetching(tmp_path, base_url=f"file://{tmp_path}", largest=10)
    assert fetching.refused() == "it is larger than 10 bytes, see bundle_max_size"


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    at = tmp_path / "hooks.zip"
    if kind == "pipe":
        os.mkfifo(at)
    elif kind == "device":
        at.symlink_to("/dev/zero")
    else:
        at.mkdir()
    why = {"folder": f"{at}: Is a directory"}
    expected = why.get(kind, f"{at}: expected a file, found something else")
    assert copying(tmp_path).refused() == expected
