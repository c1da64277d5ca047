"""Given versions of a bundle, the last good one is found again, and the others go in time."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bundle_archives import (
    FILES,
    bundle,
    laid_down,
    other_rsa_key,
    our_manifest,
    rsa_key,
    tyk_manifest,
)

from twisted_tyk.bundles import locks
from twisted_tyk.bundles.disk import Disk
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.shelf import Shelf, Unpacked
from twisted_tyk.bundles.trust import Trust

NAME = "FooBarBundle.zip"
KEY = Trust(rsa_key().public_key())
OTHER = Trust(other_rsa_key().public_key())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "middleware" / "bundles"


@pytest.fixture
def gateway(folder: Path) -> Iterator[Callable[..., Shelf]]:
    """Makes gateways that share a folder."""
    made: list[Shelf] = []

    def make(trust: Trust = Trust(), **more: bool) -> Shelf:  # noqa: B008
        made.append(Shelf(folder, trust, **more))
        return made[-1]

    yield make
    for shelf in made:
        shelf.close()


Gateway = Callable[..., Shelf]


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Unpacked]:
    """Puts a version on a shelf, and to work."""

    def version(shelf: Shelf, text: str = "1", name: str = NAME, **more: str) -> Unpacked:
        archive = tmp_path / "download"
        archive.write_bytes(bundle(FILES | {"version": text.encode()}))
        return kept(shelf, shelf.put(name, archive, f'"{text}"', **more))

    return version


Put = Callable[..., Unpacked]


def kept(shelf: Shelf, unpacked: Unpacked) -> Unpacked:
    shelf.keep(unpacked)
    return unpacked


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(BundleError) as refused:
        call()
    return str(refused.value)


def names(shelf: Shelf, name: str = NAME) -> set[str]:
    place = shelf.place(name)
    return {entry.name for entry in place.iterdir()} if place.exists() else set()


def version(unpacked: Unpacked | None) -> str:
    assert unpacked is not None
    return (unpacked.folder / "version").read_text()


def test_there_is_nothing_to_begin_with(gateway: Gateway) -> None:
    assert gateway().current(NAME) is None


def test_a_version_has_a_folder_of_its_own(gateway: Gateway, put: Put, folder: Path) -> None:
    unpacked = put(gateway(), url="http://bundles/FooBarBundle.zip")
    place = folder / hashlib.md5(NAME.encode()).hexdigest()
    assert unpacked.folder == place / unpacked.sha256
    assert {file.name for file in unpacked.folder.iterdir()} == {*FILES, "version", "manifest.json"}
    assert json.loads((place / "current.json").read_bytes()) == {
        "name": NAME,
        "sha256": unpacked.sha256,
        "etag": '"1"',
        "url": "http://bundles/FooBarBundle.zip",
    }


def test_the_sum_is_of_the_archive(gateway: Gateway, put: Put, tmp_path: Path) -> None:
    unpacked = put(gateway())
    assert unpacked.sha256 == hashlib.sha256((tmp_path / "download").read_bytes()).hexdigest()


def test_the_next_start_finds_it(gateway: Gateway, put: Put) -> None:
    unpacked = put(gateway())
    assert gateway().current(NAME) == unpacked


def test_bundles_do_not_mix(gateway: Gateway, put: Put) -> None:
    shelf = gateway()
    put(shelf, "1", "a.zip")
    put(shelf, "2", "b.zip")
    assert version(shelf.current("a.zip")) == "1"
    assert version(shelf.current("b.zip")) == "2"


def test_a_new_version_leaves_the_old_one_alone(gateway: Gateway, put: Put) -> None:
    shelf = gateway()
    old, new = put(shelf, "1"), put(shelf, "2")
    assert (version(old), version(new), version(shelf.current(NAME))) == ("1", "2", "2")
    assert names(shelf) == {"current.json", old.sha256, new.sha256}


def test_going_back_uses_what_is_there(gateway: Gateway, put: Put) -> None:
    shelf = gateway()
    first = put(shelf, "1")
    inode = first.folder.stat().st_ino
    put(shelf, "2")
    assert put(shelf, "1") == first
    assert first.folder.stat().st_ino == inode
    assert version(shelf.current(NAME)) == "1"


def test_one_that_was_put_and_not_kept_is_no_good_one(
    gateway: Gateway, put: Put, tmp_path: Path
) -> None:
    shelf = gateway()
    good = put(shelf, "1")
    (tmp_path / "next").write_bytes(bundle(FILES | {"version": b"2"}))
    tried = shelf.put(NAME, tmp_path / "next", '"2"')
    gateway().sweep([])
    assert version(tried) == "2", "whoever has put it may use it"
    assert shelf.current(NAME) == good
    shelf.sweep([good.folder])
    assert names(shelf) == {"current.json", good.sha256}


def test_what_a_power_cut_left_is_not_in_the_way_of_keeping(gateway: Gateway, put: Put) -> None:
    shelf = gateway()
    good = put(shelf)
    (good.folder.parent / "new-current").write_text("{")
    shelf.keep(good)
    assert names(shelf) == {"current.json", good.sha256}


def test_one_that_cannot_be_kept_leaves_the_one_before(
    gateway: Gateway, put: Put, folder: Path, tmp_path: Path
) -> None:
    class Full(Disk):
        def rename(self, old: Path, new: Path) -> None:
            if new.name == "current.json":
                raise OSError(28, "No space left on device")
            super().rename(old, new)

    good = put(gateway())
    full = Shelf(folder, Trust(), disk=Full())
    (tmp_path / "next").write_bytes(bundle(FILES | {"version": b"2"}))
    tried = full.put(NAME, tmp_path / "next", '"2"')
    assert "there is no space left" in refusal(lambda: full.keep(tried))
    full.close()
    assert gateway().current(NAME) == good


def test_a_version_that_was_harmed_is_unpacked_again(gateway: Gateway, put: Put) -> None:
    shelf = gateway()
    (put(shelf).folder / "version").write_text("harmed")
    assert version(put(shelf)) == "1"
    assert version(gateway().current(NAME)) == "1"
    assert names(shelf) == {"current.json", put(shelf).sha256}


def test_a_bad_version_changes_nothing(gateway: Gateway, put: Put, tmp_path: Path) -> None:
    shelf = gateway()
    good = put(shelf)
    (tmp_path / "bad").write_bytes(b"<html>")
    sentence = refusal(lambda: shelf.put(NAME, tmp_path / "bad", '"2"'))
    assert sentence == f"{NAME}: is not a ZIP archive"
    assert shelf.current(NAME) == good
    assert names(shelf) == {"current.json", good.sha256}


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda place, folder: (folder / "version").write_text("2"), "invalid checksum"),
        (lambda place, folder: (folder / "more").touch(), '"more" is not in the file_list'),
        (lambda place, folder: folder.rename(place / "x"), "current.json: the folder"),
        (lambda place, folder: (place / "current.json").write_text("{"), "current.json:1:2: not"),
        (lambda place, folder: (place / "current.json").write_text("{}"), "sha256: expected 64"),
        (
            lambda place, folder: (place / "current.json").write_text(
                json.dumps({"name": "b.zip", "sha256": folder.name})
            ),
            f"current.json: is of another bundle than {NAME}",
        ),
        (
            lambda place, folder: (place / "current.json").write_text(
                json.dumps({"name": NAME, "sha256": "../" * 21 + "a"})
            ),
            "sha256: expected 64 hexadecimal digits",
        ),
        (
            lambda place, folder: [
                (place / "current.json").unlink(),
                (place / "current.json").mkdir(),
            ],
            "current.json: cannot be read: Is a directory",
        ),
    ],
)
def test_what_changed_since_is_not_used(
    gateway: Gateway, put: Put, harm: Callable[[Path, Path], None], says: str
) -> None:
    unpacked = put(gateway())
    harm(unpacked.folder.parent, unpacked.folder)
    assert says in refusal(lambda: gateway().current(NAME))


def test_a_folder_that_cannot_be_opened_is_told(gateway: Gateway, folder: Path) -> None:
    folder.parent.mkdir()
    folder.symlink_to(folder)
    assert "Too many levels of symbolic links" in refusal(lambda: gateway().current(NAME))
    assert "cannot be unpacked to" in refusal(
        lambda: gateway().put(NAME, laid_archive(folder.parent), "")
    )
    assert "cannot be swept" in refusal(lambda: gateway().sweep([]))


def laid_archive(folder: Path) -> Path:
    (folder / "archive").write_bytes(bundle())
    return folder / "archive"


def test_one_laid_there_by_hand_counts_as_in_tyk(gateway: Gateway) -> None:
    shelf = gateway()
    laid_down(shelf.place(NAME))
    found = shelf.current(NAME)
    assert found is not None
    assert (found.folder, found.sha256, found.etag) == (shelf.place(NAME), "", "")
    shelf.sweep([])
    assert shelf.current(NAME) == found


def test_until_there_is_another(gateway: Gateway, put: Put) -> None:
    shelf = gateway()
    laid_down(shelf.place(NAME))
    assert shelf.current(NAME) is not None
    new = put(shelf)
    assert shelf.current(NAME) == new
    shelf.sweep([new.folder])
    assert names(shelf) == {"current.json", "manifest.json", *FILES, new.sha256}


def test_one_laid_there_by_hand_is_checked(gateway: Gateway) -> None:
    shelf = gateway()
    laid_down(shelf.place(NAME), manifest=tyk_manifest(FILES) | {"checksum": "0" * 32})
    assert "invalid checksum" in refusal(lambda: shelf.current(NAME))


def test_signatures_are_checked_again(gateway: Gateway, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(bundle(manifest=our_manifest(FILES, rsa_key())))
    shelf = gateway(KEY)
    put = kept(shelf, shelf.put(NAME, archive, ""))
    assert gateway(KEY).current(NAME) == put
    assert "invalid signature" in refusal(lambda: gateway(OTHER).current(NAME))


def test_unless_the_settings_say_otherwise(gateway: Gateway, put: Put) -> None:
    """But sums always are, and so is the signature of what is new."""
    unpacked = put(gateway())
    trusting = gateway(KEY, skip_verify=True)
    assert trusting.current(NAME) == unpacked
    assert "Bundle isn't signed" in refusal(lambda: put(trusting, "2"))
    (unpacked.folder / "version").write_text("2")
    assert "invalid checksum" in refusal(lambda: trusting.current(NAME))


def test_what_python_compiled_is_no_harm(gateway: Gateway, put: Put) -> None:
    unpacked = put(gateway())
    cache = unpacked.folder / "__pycache__"
    cache.mkdir()
    (cache / "hooks.cpython-311.pyc").write_bytes(b"anything")
    assert gateway().current(NAME) == unpacked
    assert list(cache.iterdir()) == []


def test_a_sweep_removes_what_nobody_uses(gateway: Gateway, put: Put) -> None:
    shelf = gateway()
    old, middle, new = (put(shelf, text) for text in "123")
    shelf.sweep([middle.folder, new.folder])
    assert names(shelf) == {"current.json", middle.sha256, new.sha256}
    shelf.sweep([])
    assert names(shelf) == {"current.json", new.sha256}
    assert not old.folder.exists()


def test_the_last_good_one_stays_for_the_next_start(gateway: Gateway, put: Put) -> None:
    put(gateway())
    gateway().sweep([])
    assert version(gateway().current(NAME)) == "1"


def test_a_sweep_leaves_what_others_use(gateway: Gateway, put: Put) -> None:
    one, other = gateway(), gateway()
    old = put(one, "1")
    assert other.current(NAME) == old
    new = put(one, "2")
    one.sweep([new.folder])
    assert version(old) == "1"
    other.sweep([new.folder])
    assert not old.folder.exists()
    assert version(new) == "2"


def test_a_gateway_that_ends_uses_nothing(gateway: Gateway, put: Put) -> None:
    one, other = gateway(), gateway()
    old = put(other, "1")
    new = put(one, "2")
    other.close()
    one.sweep([new.folder])
    assert not old.folder.exists()


def test_a_sweep_does_not_disturb_whoever_puts(gateway: Gateway, put: Put) -> None:
    shelf = gateway()
    put(shelf)
    half = shelf.place(NAME) / "new-abc"
    half.mkdir()
    with locks.alone_in(shelf.place(NAME), Disk().place):
        gateway().sweep([])
        assert half.exists()
    gateway().sweep([])
    assert not half.exists()


def test_a_sweep_leaves_what_is_not_ours(gateway: Gateway, put: Put, folder: Path) -> None:
    shelf = gateway()
    put(shelf)
    (folder / "notes").mkdir()
    (shelf.place(NAME) / "README").touch()
    shelf.sweep([])
    assert (folder / "notes").exists()
    assert (shelf.place(NAME) / "README").exists()


def test_without_a_good_file_nothing_is_swept(gateway: Gateway, put: Put) -> None:
    shelf = gateway()
    unpacked = put(shelf)
    (shelf.place(NAME) / "current.json").write_text("{")
    shelf.sweep([])
    assert unpacked.folder.exists()


def test_a_sweep_without_a_folder_is_none(gateway: Gateway, folder: Path) -> None:
    gateway().sweep([])
    assert not folder.exists()


def test_a_sweep_goes_on_after_what_it_cannot_remove(
    gateway: Gateway, put: Put, folder: Path
) -> None:
    class Stuck(Disk):
        def clear(self, path: Path) -> None:
            if path.parent == bad.parent:
                raise PermissionError(13, "Permission denied", str(path))
            super().clear(path)

    shelf = gateway()
    bad, good = (put(shelf, "1", name).folder for name in ("a.zip", "b.zip"))
    new = [put(shelf, "2", name).folder for name in ("a.zip", "b.zip")]
    shelf.close()
    stuck = Shelf(folder, Trust(), disk=Stuck())
    assert refusal(lambda: stuck.sweep(new)).endswith("cannot be removed: Permission denied")
    assert not good.exists()


def test_descriptors_do_not_grow(gateway: Gateway, put: Put) -> None:
    shelf = gateway()
    put(shelf, "0")
    before = len(os.listdir("/proc/self/fd"))
    for turn in range(5):
        new = put(shelf, str(turn))
        shelf.current(NAME)
        shelf.sweep([new.folder])
    assert len(os.listdir("/proc/self/fd")) == before


def test_gateways_that_put_at_once_agree(gateway: Gateway, tmp_path: Path) -> None:
    archives = [tmp_path / str(number) for number in range(4)]
    for number, archive in enumerate(archives):
        archive.write_bytes(bundle(FILES | {"version": b"%d" % (number % 2)}))
    made: list[Unpacked] = []
    failed: list[BaseException] = []

    def work(archive: Path) -> None:
        shelf = gateway()
        try:
            for _ in range(5):
                made.append(kept(shelf, shelf.put(NAME, archive, "")))
                shelf.sweep([made[-1].folder])
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(archive,)) for archive in archives]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len({unpacked.folder for unpacked in made}) == 2
    assert version(gateway().current(NAME)) in ("0", "1")
    assert not [name for name in names(gateway()) if name.startswith(("new-", "old-"))]


def test_a_gateway_that_hangs_while_it_puts_is_told_of(
    gateway: Gateway, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "_PAUSE", 0)
    monkeypatch.setattr(locks, "_TRIES", 3)
    shelf = gateway()
    with locks.alone_in(shelf.place(NAME), Disk().place):
        assert refusal(lambda: put(shelf)).endswith("another gateway does not end with it")


def rights_of(folder: Path, place: str) -> Path:
    """The folder that a test opens to everybody."""
    [generation] = folder.glob("*/*/manifest.json")
    found = {
        "middleware": folder.parent, "bundles": folder,
        "bundle": generation.parent.parent, "version": generation.parent,
    }  # fmt: skip
    return found[place]


@pytest.mark.parametrize("place", ["middleware", "bundles", "bundle", "version"])
def test_a_signature_proves_nothing_where_everybody_may_write(
    gateway: Gateway, folder: Path, tmp_path: Path, place: str
) -> None:
    archive = tmp_path / "download"
    archive.write_bytes(bundle(manifest=our_manifest(FILES, rsa_key())))
    shelf = gateway(KEY)
    kept(shelf, shelf.put(NAME, archive, ""))
    opened = rights_of(folder, place)
    opened.chmod(0o777)
    says = f"{opened}: everybody may write there, so its signature proves nothing"
    assert says in refusal(lambda: gateway(KEY).current(NAME))
    if place != "version":
        assert says in refusal(lambda: gateway(KEY).put(NAME, archive, ""))
    assert gateway().current(NAME), "without a key nothing is proved anyway"
    assert gateway(KEY, skip_verify=True).current(NAME)
    opened.chmod(0o770)
    assert gateway(KEY).current(NAME), "a group may deliver bundles"


def test_a_folder_like_tmp_may_be_above(gateway: Gateway, folder: Path, put: Put) -> None:
    put(gateway())
    folder.parent.chmod(0o1777)
    assert "isn't signed" in refusal(lambda: gateway(KEY).current(NAME))


def test_one_laid_by_hand_where_everybody_may_write(gateway: Gateway) -> None:
    place = gateway().place(NAME)
    laid_down(place, FILES, tyk_manifest(FILES, key=rsa_key()))
    assert gateway(KEY).current(NAME)
    place.chmod(0o777)
    assert "everybody may write there" in refusal(lambda: gateway(KEY).current(NAME))
