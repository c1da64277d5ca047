"""Given a library, its copy is ours alone, named by its content, and goes when nobody uses it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from twisted_tyk.native import copies as module
from twisted_tyk.native import locked, own_folder
from twisted_tyk.native.copies import Copies
from twisted_tyk.native.own_folder import default_directory
from twisted_tyk.plugins import identity
from twisted_tyk.plugins.driver import LoadError


@pytest.fixture
def library(tmp_path: Path) -> Path:
    file = tmp_path / "plugin.so"
    file.write_bytes(b"\x7fELF, more or less")
    return file


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "run" / "cache"


@pytest.fixture
def gateway(cache: Path) -> Iterator[Callable[[], Copies]]:
    """Makes gateways that share a cache."""
    made: list[Copies] = []

    def make() -> Copies:
        made.append(Copies(cache))
        return made[-1]

    yield make
    for copies in made:
        copies.close()


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(LoadError) as refused:
        call()
    return str(refused.value)


def test_the_copy_has_the_content_and_is_named_by_it(
    gateway: Callable[[], Copies], library: Path, cache: Path
) -> None:
    digest, copy = gateway().copy(library)
    assert digest == hashlib.sha256(library.read_bytes()).hexdigest()
    assert copy == cache / f"{digest}.so"
    assert copy.read_bytes() == library.read_bytes()


def test_nobody_else_can_write_to_it(
    gateway: Callable[[], Copies], library: Path, cache: Path
) -> None:
    _, copy = gateway().copy(library)
    assert copy.stat().st_mode & 0o7777 == 0o500
    assert cache.stat().st_mode & 0o7777 == 0o700


def test_the_same_content_has_one_copy(
    gateway: Callable[[], Copies], library: Path, cache: Path, tmp_path: Path
) -> None:
    copies = gateway()
    _, first = copies.copy(library)
    inode = first.stat().st_ino
    other = tmp_path / "other.so"
    other.write_bytes(library.read_bytes())
    assert copies.copy(other)[1].stat().st_ino == inode
    assert gateway().copy(library)[1].stat().st_ino == inode
    assert [file.name for file in cache.iterdir()] == [first.name]


def test_a_file_that_changes_gets_another_copy(
    gateway: Callable[[], Copies], library: Path, cache: Path
) -> None:
    copies = gateway()
    first = copies.copy(library)
    library.write_bytes(b"other")
    second = copies.copy(library)
    assert first != second
    assert first[1].read_bytes() == b"\x7fELF, more or less"


def test_what_is_known_of_files_has_a_bound(
    gateway: Callable[[], Copies], library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what is not known any more is read again."""
    monkeypatch.setattr(identity, "_SETTLED", -1)
    monkeypatch.setattr(identity, "_KNOWN", 2)
    copies = gateway()
    names = [library.with_name(f"{number}.so") for number in range(4)]
    for name in names:
        name.write_bytes(library.read_bytes())
    assert len({copies.copy(name) for name in (*names, *names)}) == 1
    assert len(copies._sources._digests) == 2


@pytest.mark.parametrize("harm", ["content", "mode", "link"])
def test_a_copy_that_is_not_what_its_name_says_is_replaced(
    gateway: Callable[[], Copies], library: Path, cache: Path, tmp_path: Path, harm: str
) -> None:
    _, copy = gateway().copy(library)
    if harm == "link":
        copy.unlink()
        copy.symlink_to(library)
    else:
        copy.chmod(0o700)
        if harm == "content":
            copy.write_bytes(b"bad")
            copy.chmod(0o500)
    _, again = gateway().copy(library)
    assert again.read_bytes() == library.read_bytes()
    assert again.lstat().st_mode & 0o170777 == 0o100500


def test_a_file_that_was_not_written_since_is_not_read_again(
    gateway: Callable[[], Copies], library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "_SETTLED", -1)
    copies = gateway()
    digest, copy = copies.copy(library)
    monkeypatch.setattr(module, "hash_of", None)
    assert copies.copy(library) == (digest, copy)
    monkeypatch.undo()
    copies.drop(digest)
    assert copies.copy(library)[1].exists()


def test_a_file_that_was_just_written_is_read_again(
    gateway: Callable[[], Copies], library: Path
) -> None:
    """Its times may not show the next change."""
    copies = gateway()
    first, _ = copies.copy(library)
    times = library.stat()
    library.write_bytes(library.read_bytes().swapcase())
    os.utime(library, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert copies.copy(library)[0] != first


def test_a_copy_goes_when_the_last_gateway_drops_it(
    gateway: Callable[[], Copies], library: Path, cache: Path
) -> None:
    one, other = gateway(), gateway()
    digest, copy = one.copy(library)
    other.copy(library)
    one.drop(digest)
    assert copy.exists()
    other.close()
    assert not copy.exists()


def test_dropping_what_is_not_there_is_nothing(
    gateway: Callable[[], Copies], library: Path, cache: Path
) -> None:
    copies = gateway()
    digest, _ = copies.copy(library)
    copies.drop(digest)
    copies.drop(digest)
    copies.drop("0" * 64)
    assert list(cache.iterdir()) == []


def test_what_a_dead_gateway_left_is_swept(
    gateway: Callable[[], Copies], library: Path, cache: Path
) -> None:
    mine = gateway()
    digest, copy = mine.copy(library)
    left = [cache / f"{'0' * 64}.so", cache / "new-abc"]
    foreign = cache / "notes.txt"
    for file in (*left, foreign):
        file.write_bytes(b"x")
    assert gateway().sweep() == left
    assert copy.exists()
    assert foreign.exists()
    assert mine.sweep() == []
    mine.drop(digest)


def test_a_cache_that_is_not_there_has_nothing_to_sweep(
    gateway: Callable[[], Copies], cache: Path
) -> None:
    assert gateway().sweep() == []


def test_sweeping_beside_a_gateway_that_copies_harms_nobody(
    gateway: Callable[[], Copies], library: Path, cache: Path
) -> None:
    copies, sweeper = gateway(), gateway()
    stopped: list[bool] = []

    def sweep() -> None:
        while not stopped:
            sweeper.sweep()

    thread = Thread(target=sweep)
    thread.start()
    try:
        for _ in range(300):
            digest, copy = copies.copy(library)
            assert copy.read_bytes() == library.read_bytes()
            copies.drop(digest)
    finally:
        stopped.append(True)
        thread.join()


def test_a_file_that_is_written_meanwhile_is_read_again(
    gateway: Callable[[], Copies], library: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = library.read_bytes()
    changed: list[bool] = []
    read = module.hash_of

    def hash_while_it_changes(source: object, target: object = None) -> str:
        if target is not None and not changed:
            changed.append(True)
            library.write_bytes(whole + b" and a new version")
        return read(source, target)  # type: ignore[arg-type]

    library.write_bytes(whole)
    monkeypatch.setattr(module, "hash_of", hash_while_it_changes)
    _, copy = gateway().copy(library)
    assert copy.read_bytes() == library.read_bytes()
    assert len(list(cache.iterdir())) == 1


def test_a_file_that_is_always_written_is_refused(
    gateway: Callable[[], Copies], library: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = module.hash_of

    def hash_while_it_changes(source: object, target: object = None) -> str:
        if target is not None:
            with library.open("ab") as file:
                file.write(b"more")
        return read(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "hash_of", hash_while_it_changes)
    said = refusal(lambda: gateway().copy(library, "plugin.so"))
    assert said == "plugin.so: changes while it is read; try again when it is written"
    assert list(cache.iterdir()) == []


def test_a_folder_that_keeps_no_copies_is_refused(
    gateway: Callable[[], Copies], library: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems forget modes."""
    monkeypatch.setattr(module.os, "fchmod", lambda number, mode: None)
    said = refusal(lambda: gateway().copy(library, "plugin.so"))
    assert said == (
        f"plugin.so: its copies in {cache} are changed or removed by others; name another with "
        "plugin_cache_path in tyk.conf, or with TMPDIR"
    )


def test_a_library_beyond_all_measure_is_refused(
    gateway: Callable[[], Copies], library: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locked, "LIMIT", 4)
    said = refusal(lambda: gateway().copy(library, "plugin.so"))
    assert said == f"plugin.so: cannot be copied to {cache}: it has more than 4 bytes"
    assert list(cache.iterdir()) == []


def test_no_such_library(gateway: Callable[[], Copies], cache: Path, tmp_path: Path) -> None:
    assert refusal(lambda: gateway().copy(tmp_path / "no.so", "no.so")) == "no.so: no such file"


def test_a_folder_that_others_can_write_to_is_refused(
    gateway: Callable[[], Copies], library: Path, cache: Path
) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o755)
    said = refusal(lambda: gateway().copy(library))
    assert said == (
        f"{cache}: has mode 0755, so others could change the plugin copies in it; "
        f"type `chmod 700 {cache}`"
    )


def test_a_link_is_refused(
    gateway: Callable[[], Copies], library: Path, cache: Path, tmp_path: Path
) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    cache.parent.mkdir()
    cache.symlink_to(tmp_path / "real")
    assert "is a link, expected a folder of our own" in refusal(lambda: gateway().copy(library))


def test_a_file_in_its_place_is_refused(
    gateway: Callable[[], Copies], library: Path, cache: Path
) -> None:
    cache.parent.mkdir()
    cache.write_text("")
    assert "cannot be the folder for plugin copies" in refusal(lambda: gateway().copy(library))


def test_a_folder_of_another_user_is_refused(
    gateway: Callable[[], Copies], library: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.mkdir(mode=0o700, parents=True)
    owner = cache.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    said = refusal(lambda: gateway().copy(library))
    assert said == (
        f"{cache}: belongs to user {owner}, expected a folder for plugin copies of user "
        f"{owner + 1}; name another with plugin_cache_path in tyk.conf, or with TMPDIR"
    )


def test_a_file_system_that_does_not_execute_is_refused(
    gateway: Callable[[], Copies], library: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.statvfs

    class NoExec:
        f_flag = os.ST_NOEXEC

    monkeypatch.setattr(
        own_folder.os, "statvfs", lambda path: NoExec() if Path(path) == cache else real(path)
    )
    assert "mounted with noexec" in refusal(lambda: gateway().copy(library))


def test_the_default_folder_is_this_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert default_directory() == tmp_path / "twisted_tyk"
    for unset in ("", "relative", str(tmp_path / "none")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", unset)
        assert default_directory().name == f"twisted_tyk-{os.geteuid()}"


def test_the_default_folder_is_not_in_that_of_another_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After ``su``, say."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    assert default_directory().name == f"twisted_tyk-{os.geteuid()}"
