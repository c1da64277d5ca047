"""Given what happens in real folders, this is what is told of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from select import select
from typing import Any

import pytest
from gateways import Events
from twisted.internet.testing import MemoryReactorClock

pytest.importorskip("twisted.internet.inotify", exc_type=ImportError)

from twisted.internet.inotify import INotifyError

from twisted_tyk.watch import notifier as notifier_module
from twisted_tyk.watch.folders import Event, Folders
from twisted_tyk.watch.notifier import Notifier
from twisted_tyk.watch.problem import WatchError
from twisted_tyk.watch.wanted import Interest

JSON = Interest(suffixes=(".json",))
ALL = Interest(suffixes=("",), deep=True)


class Watched:
    """Folders that are watched by the real inotify, in a reactor in memory."""

    def __init__(self) -> None:
        self.reactor = MemoryReactorClock()
        self._changed: list[str] = []
        self._writing: list[str] = []
        self.folders = Folders(self.reactor, self._changed.append, self._writing.append)
        self.notifier = Notifier(self.reactor, self.folders.told)
        self.folders.start(self.notifier)

    def _read(self) -> None:
        while select([self.notifier], [], [], 0)[0]:
            self.notifier.doRead()
        self.reactor.advance(0)

    def changed(self) -> set[str]:
        """The files and folders that changed since the last time, by their last names."""
        self._read()
        found = {os.path.basename(path) for path in self._changed}
        self._changed.clear()
        return found

    def writing(self) -> set[str]:
        """The files that were begun."""
        self._read()
        found = {os.path.basename(path) for path in self._writing}
        self._writing.clear()
        return found


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    yield made
    made.folders.stop()
    made.reactor.advance(0)


def test_files_that_are_written_moved_and_removed_are_told(
    watched: Watched, tmp_path: Path
) -> None:
    assert watched.folders.want({str(tmp_path): JSON}) >= {str(tmp_path)}
    (tmp_path / "a.json").write_text("1")
    assert watched.changed() == {"a.json"}
    (tmp_path / "beside").write_text("2")
    (tmp_path / "beside").replace(tmp_path / "b.json")
    assert watched.changed() == {"b.json"}
    (tmp_path / "b.json").rename(tmp_path / "c.json")
    assert watched.changed() == {"b.json", "c.json"}
    (tmp_path / "c.json").unlink()
    assert watched.changed() == {"c.json"}
    (tmp_path / "a.json").read_text()
    (tmp_path / "a.json").chmod(0o600)
    assert watched.changed() == set()


@pytest.mark.parametrize(
    "name",
    [".a.json", ".a.json.swp", "a.json~", "a.json.tmp", "#a.json#", ".#a.json", "4913", "a.txt"],
)
def test_what_editors_leave_for_a_while_is_nothing(
    watched: Watched, tmp_path: Path, name: str
) -> None:
    watched.folders.want({str(tmp_path): JSON})
    (tmp_path / name).write_text("1")
    assert watched.changed() == set()
    assert watched.writing() == set()


def test_a_file_is_whole_when_it_is_closed(watched: Watched, tmp_path: Path) -> None:
    watched.folders.want({str(tmp_path): JSON})
    with (tmp_path / "a.json").open("w") as file:
        assert watched.writing() == {"a.json"}
        file.write("half")
        file.flush()
        assert watched.writing() == {"a.json"}
        assert watched.changed() == set()
    assert watched.changed() == {"a.json"}
    with (tmp_path / "a.json").open("a") as file:
        file.write(" more")
        file.flush()
        assert watched.writing() == {"a.json"}
    assert watched.changed() == {"a.json"}


def test_a_link_is_whole_at_once(watched: Watched, tmp_path: Path) -> None:
    apps = tmp_path / "apps"
    apps.mkdir()
    (tmp_path / "one").write_text("1")
    watched.folders.want({str(apps): JSON})
    (apps / "a.json").symlink_to(tmp_path / "one")
    (apps / "b.json").hardlink_to(tmp_path / "one")
    assert watched.changed() == {"a.json", "b.json"}
    assert watched.writing() == set()


def test_a_folder_may_come_later_and_again(watched: Watched, tmp_path: Path) -> None:
    apps = tmp_path / "etc" / "apps"
    watched.folders.want({str(apps): JSON})
    (tmp_path / "other").mkdir()
    assert watched.changed() == set()
    (tmp_path / "etc").mkdir()
    assert watched.changed() == {"etc"}
    apps.mkdir()
    assert watched.changed() == {"apps"}
    for _ in range(3):
        (apps / "a.json").write_text("1")
        assert watched.changed() == {"a.json"}
        (apps / "a.json").unlink()
        apps.rmdir()
        assert watched.changed() >= {"apps"}
        (tmp_path / "etc").rename(tmp_path / "gone")
        assert watched.changed() >= {"etc"}
        (tmp_path / "gone").rename(tmp_path / "etc")
        apps.mkdir()
        assert watched.changed() >= {"etc"}


def test_a_folder_that_is_replaced_is_watched_and_the_old_one_is_not(
    watched: Watched, tmp_path: Path
) -> None:
    old, new, apps = tmp_path / "old", tmp_path / "new", tmp_path / "apps"
    for folder in (apps, new):
        folder.mkdir()
    watched.folders.want({str(apps): JSON})
    apps.rename(old)
    new.rename(apps)
    assert "apps" in watched.changed()
    (old / "a.json").write_text("1")
    assert watched.changed() == set()
    (apps / "b.json").write_text("1")
    assert watched.changed() == {"b.json"}


def test_so_is_what_lies_in_one_that_is_replaced(watched: Watched, tmp_path: Path) -> None:
    for name in ("now", "next"):
        (tmp_path / name / "apps").mkdir(parents=True)
    watched.folders.want({str(tmp_path / "now" / "apps"): JSON})
    (tmp_path / "now").rename(tmp_path / "before")
    (tmp_path / "next").rename(tmp_path / "now")
    assert "now" in watched.changed()
    (tmp_path / "before" / "apps" / "a.json").write_text("1")
    assert watched.changed() == set()
    (tmp_path / "now" / "apps" / "b.json").write_text("1")
    assert watched.changed() == {"b.json"}


@pytest.mark.parametrize("absolute", [True, False])
def test_a_link_that_is_switched_leads_elsewhere(
    watched: Watched, tmp_path: Path, absolute: bool
) -> None:
    for number in (1, 2):
        (tmp_path / f"release-{number}" / "apps").mkdir(parents=True)
    current = tmp_path / "current"

    def switch(number: int) -> None:
        target = Path(f"release-{number}")
        (tmp_path / "link").symlink_to(tmp_path / target if absolute else target)
        (tmp_path / "link").replace(current)

    switch(1)
    watched.folders.want({str(current / "apps"): JSON})
    (tmp_path / "release-1" / "apps" / "a.json").write_text("1")
    assert watched.changed() == {"a.json"}
    switch(2)
    assert watched.changed() == {"current"}
    (current / "apps" / "b.json").write_text("1")
    assert watched.changed() == {"b.json"}
    (tmp_path / "release-1" / "apps" / "a.json").write_text("2")
    assert watched.changed() == set()


def test_links_that_lead_nowhere_are_no_harm(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "file").write_text("")
    watched.folders.want({str(tmp_path / "a" / "x"): JSON, str(tmp_path / "file" / "x"): JSON})
    (tmp_path / "a").unlink()
    (tmp_path / "a").mkdir()
    (tmp_path / "file").unlink()
    assert watched.changed() == {"a", "file"}
    (tmp_path / "a" / "x").mkdir()
    (tmp_path / "a" / "x" / "a.json").write_text("1")
    assert watched.changed() >= {"x"}


def test_the_switch_of_a_mounted_folder_is_a_change(watched: Watched, tmp_path: Path) -> None:
    """As Kubernetes does it: the names in the folder stay as they are."""
    watched.folders.want({str(tmp_path): JSON})
    (tmp_path / "..data_tmp").symlink_to("..2024")
    (tmp_path / "..data_tmp").replace(tmp_path / "..data")
    assert watched.changed() == {"..data"}


def test_folders_below_are_watched_where_they_matter(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    watched.folders.want({str(tmp_path): ALL})
    (tmp_path / "one" / "code.py").write_text("1")
    assert watched.changed() == {"code.py"}
    (tmp_path / "two").mkdir()
    assert watched.changed() == {"two"}
    (tmp_path / "two" / "three").mkdir()
    assert watched.changed() == {"three"}
    (tmp_path / "two" / "three" / "code.py").write_text("1")
    assert watched.changed() == {"code.py"}
    for name in ("__pycache__", ".git"):
        (tmp_path / "two" / name).mkdir()
        (tmp_path / "two" / name / "code.py").write_text("1")
    assert watched.changed() == set()
    (tmp_path / "two").rename(tmp_path / "four")
    assert watched.changed() >= {"two", "four"}
    (tmp_path / "four" / "three" / "code.py").write_text("2")
    assert watched.changed() == {"code.py"}


def test_what_does_not_matter_any_more_is_let_go(watched: Watched, tmp_path: Path) -> None:
    watched.folders.want({str(tmp_path): JSON})
    assert watched.folders.want({str(tmp_path): JSON}) == set()
    watched.folders.want({})
    (tmp_path / "a.json").write_text("1")
    assert watched.changed() == set()


def test_when_the_queue_was_full_all_is_looked_at(
    watched: Watched, tmp_path: Path, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.folders.want({str(tmp_path): JSON})
    # What the kernel writes then.
    watched.notifier._received(b"\xff\xff\xff\xff" + b"\x00\x40\x00\x00" + bytes(8))
    assert watched.changed() == {"something"}
    assert "more has changed at once than the kernel keeps" in events.texts()
    (tmp_path / "a.json").write_text("1")
    assert watched.changed() == {"a.json"}


def limited(*arguments: Any, **keywords: Any) -> Any:
    raise INotifyError("no space left on device")


def test_a_limit_of_the_system_is_named_once(
    watched: Watched, tmp_path: Path, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched.notifier, "watch", limited)
    monkeypatch.setattr(notifier_module, "_LIMITS", tmp_path)
    (tmp_path / "max_user_watches").write_text("7\n")
    for _ in range(2):
        watched.folders.want({str(tmp_path): JSON})
    told = [text for text in events.texts() if "not watched" in text]
    assert told == [
        f"{tmp_path}: is not watched, the limit fs.inotify.max_user_watches (7) is reached"
    ]


def test_a_folder_that_may_not_be_read_is_named(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched.notifier, "watch", limited)
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(WatchError, match="it may not be read"):
        watched.notifier.begin(str(tmp_path), True)
    watched.notifier.begin(str(tmp_path / "gone"), True)


def test_too_many_watchers_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twisted.internet.inotify._inotify.init", limited)
    with pytest.raises(WatchError, match="max_user_instances"):
        Notifier(MemoryReactorClock(), lambda folder, name, event, is_folder: None)


def test_when_it_is_stopped_nothing_is_told_and_nothing_is_open(tmp_path: Path) -> None:
    watched = Watched()
    watched.folders.want({str(tmp_path): JSON})
    number = watched.notifier.fileno()
    watched.folders.told(str(tmp_path), "", Event.GONE, True)
    watched.folders.stop()
    watched.folders.stop()
    watched.reactor.advance(0)
    assert not watched.reactor.readers
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)
