"""The file of the SQLite store, and what can be wrong with it."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from contextlib import contextmanager
from errno import ENOSPC
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor as _reactor
from twisted.internet.task import Clock
from waiting import until

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.storage.sqlite.opening import open_file
from twisted_tyk.storage.sqlite.operations import Operations
from twisted_tyk.storage.sqlite.store import SWEEP_INTERVAL, SWEPT, SqliteStore

reactor: Any = _reactor
inline = pytest_twisted.inlineCallbacks
MakeStore = Callable[..., SqliteStore]


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.advance(1.7e9)
    return clock


@pytest.fixture
def start(tmp_path: Path, clock: Clock) -> Iterator[MakeStore]:
    """Starts a store on ``tyk.db``."""
    stores: list[SqliteStore] = []

    def make(file: Path = tmp_path / "tyk.db") -> SqliteStore:
        store = SqliteStore(reactor, file, clock.seconds)
        store._sweeping.clock = clock
        store.start()
        stores.append(store)
        return store

    yield make
    for store in stores:
        pytest_twisted.blockon(store.stop())


def why_not(file: Path) -> str:
    """The sentence with which the store does not start."""
    with pytest.raises(ValueError, match=str(file)) as refused:
        open_file(file)
    return str(refused.value).removeprefix(f"{file}: ")


@contextmanager
def open_to_all() -> Iterator[Path]:
    """A folder that everybody may look at and nobody may write to."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def nobody() -> Iterator[None]:
    """The superuser may write everywhere, and becomes somebody else for that."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


class TestOutliving:
    @inline
    def test_all_is_there_after_a_restart(self, start: MakeStore) -> Any:
        store = start()
        store.set(b"a", b"1")
        store.set(b"b", b"1", 100)
        store.append(b"list", b"x", b"y")
        store.add_member(b"set", b"m", 1.5)
        yield store.stop()
        again = start()
        assert (yield again.get(b"a")) == b"1"
        assert (yield again.ttl(b"b")) == 100
        assert (yield again.items(b"list")) == [b"x", b"y"]
        assert (yield again.members(b"set")) == [(b"m", 1.5)]

    @inline
    def test_stopping_waits_for_what_was_asked(self, start: MakeStore) -> Any:
        store = start()
        last = [store.increment(b"n") for _ in range(5000)][-1]
        yield store.stop()
        assert last.result == 5000
        with pytest.raises(StoreUnavailable):
            yield store.get(b"n")
        assert (yield start().get(b"n")) == b"5000"

    def test_killed_while_it_writes(self, tmp_path: Path) -> None:
        """The child tells of each key when its Deferred has fired, and is killed meanwhile."""
        file = tmp_path / "tyk.db"
        dice = random.Random(7)
        told: list[int] = []
        for _ in range(12):
            child = subprocess.Popen(
                [sys.executable, Path(__file__).with_name("sqlite_writer.py"), file,
                 str(told[-1] + 1 if told else 0)],
                stdout=subprocess.PIPE,
            )  # fmt: skip
            assert child.stdout is not None
            for _ in range(dice.randrange(1, 400)):
                told.append(int(child.stdout.readline()))
            child.kill()
            # What it managed to say before it died counts as well.
            told += [
                int(line) for line in child.stdout.read().splitlines(True) if line[-1:] == b"\n"
            ]
            child.wait()
            child.stdout.close()
            connection = open_file(file)
            there = Operations(connection, lambda: 0.0).get_many([b"%d" % n for n in told])
            connection.close()
            assert [n for n, value in zip(told, there, strict=True) if value is None] == []
        assert len(told) == len(set(told)) > 1000

    @inline
    def test_two_processes_on_one_file(self, start: MakeStore) -> Any:
        one, two = start(), start()
        for _ in range(200):
            one.increment(b"n")
            last = two.increment(b"n")
        yield last
        yield one.get(b"n")
        assert (yield two.get(b"n")) == b"400"


class TestMaking:
    """A gateway that keeps nothing needs no file, and no place for one."""

    @inline
    def test_it_is_made_when_something_is_asked(
        self, start: MakeStore, tmp_path: Path, clock: Clock
    ) -> Any:
        store = start()
        clock.advance(3 * SWEEP_INTERVAL)
        yield store.stop()
        assert store.problem == ""
        assert list(tmp_path.iterdir()) == []
        assert (yield start().get(b"a")) is None
        assert (tmp_path / "tyk.db").exists()

    @inline
    def test_nobody_else_may_look_at_keys(self, start: MakeStore, tmp_path: Path) -> Any:
        yield start().set(b"a", b"1")
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
        assert modes == dict.fromkeys(("tyk.db", "tyk.db-wal", "tyk.db-shm"), 0o600)

    @inline
    def test_two_make_it_at_once(self, start: MakeStore) -> Any:
        one, two = start(), start()
        writes = [one.set(b"a", b"1"), two.set(b"b", b"2")]
        yield writes[0]
        yield writes[1]
        assert (yield one.get_many([b"a", b"b"])) == [b"1", b"2"]

    @inline
    def test_there_is_no_place_for_it(
        self, start: MakeStore, tmp_path: Path, clock: Clock, events: Any
    ) -> Any:
        store = start(tmp_path / "none" / "tyk.db")
        assert store.problem == ""
        for _ in range(2):
            with pytest.raises(StoreUnavailable) as refused:
                yield store.get(b"a")
            assert "can not be made (no such file or directory)" in refused.value.reason
        assert "is its folder there" in store.problem
        (tmp_path / "none").mkdir()
        clock.advance(SWEEP_INTERVAL)
        yield until(lambda: store.problem == "")
        assert (yield store.set_new(b"a", b"1"))
        told = [text for text in events.texts() if "tyk.db" in text]
        assert len(told) == 2, "once that it fails, once that it works"
        assert "storage.path of tyk.conf" in told[0]

    @inline
    def test_the_place_is_full(self, start: MakeStore, monkeypatch: pytest.MonkeyPatch) -> Any:
        def full(*_: Any) -> int:
            raise OSError(ENOSPC, os.strerror(ENOSPC))

        store = start()
        monkeypatch.setattr("twisted_tyk.storage.sqlite.opening.os.open", full)
        with pytest.raises(StoreUnavailable) as refused:
            yield store.set(b"a", b"1")
        assert "no room left" in refused.value.reason

    def test_one_that_is_there_is_looked_at_before_anything_is_served(
        self, start: MakeStore, tmp_path: Path
    ) -> None:
        (tmp_path / "tyk.db").write_bytes(b"something else " * 1000)
        with pytest.raises(ValueError, match="it is damaged or no store"):
            start()


class TestBeginning:
    def test_while_another_process_has_the_lock(self, tmp_path: Path) -> None:
        other = sqlite3.connect(tmp_path / "tyk.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor() as pool:
            opening = pool.submit(open_file, tmp_path / "tyk.db")
            with pytest.raises(TimeoutError):
                opening.result(0.05)
            other.execute("COMMIT")
            opening.result(20).close()
        other.close()

    def test_a_lock_that_does_not_end(self, tmp_path: Path, monkeypatch: Any) -> None:
        monkeypatch.setattr("twisted_tyk.storage.sqlite.opening.BUSY_TIMEOUT", 0.05)
        other = sqlite3.connect(tmp_path / "tyk.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert why_not(tmp_path / "tyk.db") == "another process has locked it"
        other.close()

    def test_several_at_the_same_time(self, tmp_path: Path) -> None:
        with ThreadPoolExecutor(8) as pool:
            for number in range(10):
                files = [tmp_path / f"{number}.db"] * 8
                for connection in pool.map(open_file, files):
                    connection.close()


class TestEnds:
    @inline
    def test_what_is_over_leaves_the_file(self, start: MakeStore, clock: Clock) -> Any:
        store = start()
        for number in range(2 * SWEPT + 10):
            store.set(b"%d" % number, b"", 50)
        yield store.set(b"stays", b"")
        clock.advance(60)

        def rows() -> int:
            connection = sqlite3.connect(store._file)
            count: int = connection.execute("SELECT count(*) FROM entry").fetchone()[0]
            connection.close()
            return count

        clock.advance(SWEEP_INTERVAL)
        yield until(lambda: rows() == 1)
        assert (yield store.keys(b"")) == [b"stays"]


class TestTheReactorIsFree:
    @inline
    def test_while_another_process_has_the_lock(self, start: MakeStore, tmp_path: Path) -> Any:
        store = start()
        other = sqlite3.connect(tmp_path / "tyk.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        writing = store.set(b"a", b"1")
        turns: list[int] = []
        reactor.callLater(0, turns.append, 1)
        yield until(lambda: bool(turns))
        assert not writing.called
        other.execute("COMMIT")
        other.close()
        yield writing
        assert (yield store.get(b"a")) == b"1"

    @inline
    def test_what_waits_is_committed_together(self, start: MakeStore) -> Any:
        store = start()
        yield store.get(b"a")
        statements: list[str] = []
        assert store._worker is not None
        store._worker._connection.set_trace_callback(statements.append)
        begun, gate = Event(), Event()
        held = store._worker.do(False, lambda: begun.set() or gate.wait())
        assert begun.wait(10)
        writes = [store.set(b"%d" % number, b"") for number in range(100)]
        gate.set()
        yield held
        yield writes[-1]
        assert statements.count("COMMIT") == 2


class TestFailing:
    @inline
    def test_full(self, start: MakeStore, events: Any) -> Any:
        store = start()
        yield store.set(b"old", b"there")
        assert store._worker is not None
        pages = yield store._worker.do(
            False,
            lambda: store._worker._connection.execute("PRAGMA page_count").fetchone()[0],  # type: ignore[union-attr]
        )
        store._worker._connection.execute(f"PRAGMA max_page_count = {pages}")
        for _ in range(2):
            with pytest.raises(StoreUnavailable) as full:
                yield store.set(b"new", b"x" * 100_000)
            assert "no room left" in full.value.reason
        assert "no room left" in store.problem
        assert (yield store.get(b"old")) == b"there"
        assert store.problem, "that it can be read says nothing of writing"
        store._worker._connection.execute("PRAGMA max_page_count = 1000000")
        yield store.set(b"new", b"x" * 100_000)
        assert store.problem == ""
        told = [text for text in events.texts() if "tyk.db" in text]
        assert len(told) == 2, "once that it fails, once that it works again"

    @inline
    def test_one_wrong_call_does_not_harm_the_others(self, start: MakeStore) -> Any:
        store = start()
        store.append(b"list", b"x")
        before, wrong, after = (
            store.set(b"a", b"1"),
            store.increment(b"list"),
            store.set(b"b", b"2"),
        )
        with pytest.raises(ValueError, match="kind"):
            yield wrong
        yield before
        yield after
        assert (yield store.get_many([b"a", b"b"])) == [b"1", b"2"]
        assert store.problem == ""

    @inline
    def test_damaged_while_it_runs(self, start: MakeStore, tmp_path: Path) -> Any:
        store = start()
        for number in range(2000):
            store.set(b"key-%d" % number, b"x" * 500)
        yield store.stop()
        file = tmp_path / "tyk.db"
        data = bytearray(file.read_bytes())
        data[4096 * 4 :] = os.urandom(len(data) - 4096 * 4)
        file.write_bytes(data)
        again = start()
        with pytest.raises(StoreUnavailable) as damaged:
            yield again.get_many([b"key-%d" % number for number in range(2000)])
        assert "damaged" in damaged.value.reason
        assert "damaged" in again.problem

    @inline
    def test_before_the_start(self, tmp_path: Path) -> Any:
        store = SqliteStore(reactor, tmp_path / "tyk.db", lambda: 0.0)
        assert "not open" in store.problem
        with pytest.raises(StoreUnavailable):
            yield store.get(b"a")
        yield store.stop()


class TestNotStarting:
    def test_another_kind_of_file(self, tmp_path: Path) -> None:
        file = tmp_path / "tyk.db"
        file.write_bytes(b"something else " * 1000)
        assert why_not(file).startswith("it is damaged or no store of this gateway")

    def test_another_programs_database(self, tmp_path: Path) -> None:
        file = tmp_path / "tyk.db"
        connection = sqlite3.connect(file)
        connection.execute("CREATE TABLE theirs (x)")
        connection.close()
        assert why_not(file) == "it is a database of another program"

    def test_a_later_layout(self, tmp_path: Path) -> None:
        file = tmp_path / "tyk.db"
        connection = open_file(file)
        connection.execute("PRAGMA user_version = 2")
        connection.close()
        assert "it has layout 2, expected 1" in why_not(file)

    def test_an_end_is_missing(self, tmp_path: Path) -> None:
        file = tmp_path / "tyk.db"
        connection = open_file(file)
        connection.execute(
            "INSERT INTO entry (key, kind, value) VALUES (x'61', 0, zeroblob(90000))"
        )
        connection.close()
        os.truncate(file, file.stat().st_size // 2)
        assert "damaged" in why_not(file)

    def test_no_such_folder(self, tmp_path: Path) -> None:
        assert "is its folder there" in why_not(tmp_path / "none" / "tyk.db")

    def test_a_folder(self, tmp_path: Path) -> None:
        assert "can not be opened" in why_not(tmp_path)

    def test_a_read_only_folder(self) -> None:
        with open_to_all() as folder:
            if os.geteuid():
                folder.chmod(0o555)
            with nobody():
                assert "may it be written to" in why_not(folder / "tyk.db")

    def test_a_read_only_file(self) -> None:
        with open_to_all() as folder:
            file = folder / "tyk.db"
            open_file(file).close()
            file.chmod(0o444)
            with nobody():
                assert why_not(file) == "it can not be written to"

    def test_locked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("twisted_tyk.storage.sqlite.opening.BUSY_TIMEOUT", 0.01)
        file = tmp_path / "tyk.db"
        open_file(file).close()
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert why_not(file) == "another process has locked it"
        other.close()
