"""What comes of the bundles that APIs want: the newest, the last good one, or a sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bundle_files import made
from fetching import Fetching, Hands, Open, Response
from gateways import Events
from lost_failures import LoggedFailures
from outcomes import outcome
from twisted.internet.defer import Deferred, maybeDeferred, succeed

from twisted_tyk.bundles.bringing import Arrived
from twisted_tyk.bundles.bundles import Bundles
from twisted_tyk.bundles.problem import BundleError, NotYet
from twisted_tyk.bundles.shelf import Shelf, Unpacked
from twisted_tyk.bundles.trust import Trust


class Server:
    """Archives by their names, with ETags, and what was asked."""

    def __init__(self) -> None:
        self.has: dict[str, tuple[str, bytes]] = {}
        self.asked: list[tuple[str, str]] = []
        self.held: list[Deferred[Any]] | None = None

    def request(self, method: str, url: str, headers: Any, **options: Any) -> Deferred[Any]:
        name = url.rpartition("/")[2]
        known = headers.getRawHeaders("If-None-Match", [""])[0]
        self.asked.append((name, known))
        if self.held is not None:
            self.held.append(Deferred())
            return self.held[-1].addCallback(lambda _: self.answer(name, known))
        return succeed(self.answer(name, known))

    def answer(self, name: str, known: str) -> Response:
        if name not in self.has:
            return Response(404)
        etag, content = self.has[name]
        return Response(304) if etag == known else Response(200, content, ETag=etag)


class Given:
    """A folder, a server and the bundles of a gateway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Server()
        self.shelf = Shelf(folder / "shelf", Trust())
        self.bundles = self.make()

    def make(
        self, fetches: bool = True, in_thread: Callable[..., Deferred[Any]] = maybeDeferred
    ) -> Bundles:
        fetcher = Fetching(self.folder, web=self.server, in_thread=in_thread).fetcher
        return Bundles(self.shelf, fetcher if fetches else None, in_thread)

    def serve(self, name: str, value: str) -> None:
        archive = made(self.folder / f"made-{value}", self.folder / "made.zip", value)
        self.server.has[name] = (f'"{value}"', archive.read_bytes())

    def wanted(self, *names: str, used: tuple[Path, ...] = ()) -> dict[str, Arrived]:
        """All are put to work. ``used``: what is used beside them."""
        outcome(self.bundles.ask(names))
        found = all_of(self.bundles, *names)
        at_work = {each.unpacked.folder for each in found.values() if each.unpacked}
        outcome(self.bundles.settle(at_work, at_work | set(used)))
        return found

    def one(self, name: str = "a.zip", used: tuple[Path, ...] = ()) -> Arrived:
        return self.wanted(name, used=used)[name]


def all_of(bundles: Bundles, *names: str) -> dict[str, Arrived]:
    """Each of them must have come, or be known not to."""
    found = bundles.arrived(names)
    return {name: each for name, each in found.items() if isinstance(each, Arrived)}


@pytest.fixture
def given(tmp_path: Path) -> Given:
    return Given(tmp_path)


def text(arrived: Arrived | Unpacked | BundleError) -> str:
    """The hook's file."""
    found = arrived.unpacked if isinstance(arrived, Arrived) else arrived
    assert isinstance(found, Unpacked)
    return (found.folder / "add.py").read_text()


def test_all_are_asked_for_at_once_and_each_one_once(given: Given) -> None:
    given.serve("a.zip", "1")
    given.serve("b.zip", "2")
    given.server.held = []
    names = ["a.zip", "b.zip", "a.zip"]
    asked = given.bundles.ask(names)
    assert [name for name, _ in given.server.asked] == ["a.zip", "b.zip"]
    for held in reversed(given.server.held):
        assert not asked.called
        held.callback(None)
    assert asked.called
    arrived = given.bundles.arrived(names)
    assert list(arrived) == ["a.zip", "b.zip"]
    assert '"1"' in text(arrived["a.zip"])
    assert '"2"' in text(arrived["b.zip"])
    assert [getattr(each, "problem", None) for each in arrived.values()] == ["", ""]
    assert os.listdir(given.folder / "fetched") == []


def test_what_is_the_newest_is_not_fetched_again(given: Given) -> None:
    given.serve("a.zip", "1")
    first, again = given.one(), given.one()
    assert again == first
    assert [known for _, known in given.server.asked] == ["", '"1"']


def test_what_was_fetched_before_a_restart_counts(given: Given) -> None:
    given.serve("a.zip", "1")
    given.one()
    given.bundles = given.make()
    assert '"1"' in text(given.one())
    assert given.server.asked[-1] == ("a.zip", '"1"')


def test_a_newer_one_takes_its_place(given: Given, events: Events) -> None:
    given.serve("a.zip", "1")
    before = given.one()
    assert before.unpacked is not None
    given.serve("a.zip", "2")
    after = given.one(used=(before.unpacked.folder,))
    assert '"1"' in text(before), "what runs from it goes on"
    assert '"2"' in text(after)
    assert after.unpacked is not None
    assert events.texts()[-1] == (f"bundle a.zip: {after.unpacked.sha256[:12]} has arrived")


def test_the_last_good_one_goes_on_when_there_is_no_newer_one(given: Given) -> None:
    given.serve("a.zip", "1")
    good = given.one()
    del given.server.has["a.zip"]
    kept = given.one()
    assert kept.unpacked == good.unpacked
    assert kept.problem == (
        "bundle a.zip: Couldn't fetch bundle: HTTP Error, got status code 404 (https://bundles.test/abc/a.zip)"
    )


def test_the_last_good_one_goes_on_when_the_newer_one_is_bad(given: Given) -> None:
    given.serve("a.zip", "1")
    good = given.one()
    given.server.has["a.zip"] = ('"2"', b"no archive")
    kept = given.one()
    assert kept.unpacked == good.unpacked
    assert "is not a ZIP archive" in kept.problem
    assert "a.zip" in kept.problem
    assert os.listdir(given.folder / "fetched") == []
    given.serve("a.zip", "3")
    assert given.one().problem == ""


def test_without_a_good_one_there_is_a_sentence(given: Given) -> None:
    assert given.one() == Arrived(
        None,
        "bundle a.zip: Couldn't fetch bundle: HTTP Error, got status code 404 (https://bundles.test/abc/a.zip)",
    )


def test_one_that_fails_stops_no_other(given: Given) -> None:
    given.serve("b.zip", "1")
    arrived = given.wanted("a.zip", "b.zip")
    assert arrived["a.zip"].unpacked is None
    assert arrived["b.zip"].problem == ""


def test_what_was_changed_on_disk_is_fetched_again(given: Given) -> None:
    given.serve("a.zip", "1")
    good = given.one().unpacked
    assert good is not None
    (good.folder / "add.py").write_text("changed")
    mended = given.one()
    assert mended.problem == ""
    assert '"1"' in text(mended)
    assert given.server.asked[-1] == ("a.zip", "")


class TestWithoutDownloads:
    def test_what_is_on_disk_is_used(self, given: Given) -> None:
        given.serve("a.zip", "1")
        given.one()
        given.bundles = given.make(fetches=False)
        assert '"1"' in text(given.one())
        assert len(given.server.asked) == 1

    def test_what_is_not_there_is_not_there(self, given: Given) -> None:
        given.bundles = given.make(fetches=False)
        assert given.one() == Arrived(None, "bundle a.zip: Bundle downloader is disabled")

    def test_what_was_changed_on_disk_is_not_used(self, given: Given) -> None:
        given.serve("a.zip", "1")
        good = given.one().unpacked
        assert good is not None
        (good.folder / "add.py").write_text("changed")
        given.bundles = given.make(fetches=False)
        assert given.one().unpacked is None
        assert "invalid checksum" in given.one().problem


class TestAtHand:
    def test_what_is_on_disk(self, given: Given) -> None:
        given.serve("a.zip", "1")
        given.one()
        found = given.make().at_hand(["a.zip", "b.zip", "a.zip"])
        assert list(found) == ["a.zip", "b.zip"]
        assert '"1"' in text(found["a.zip"])
        assert str(found["b.zip"]) == "bundle b.zip: it has not been fetched yet"
        assert len(given.server.asked) == 1

    def test_what_was_changed_on_disk(self, given: Given) -> None:
        given.serve("a.zip", "1")
        good = given.one().unpacked
        assert good is not None
        (good.folder / "more.py").write_text("")
        found = given.make().at_hand(["a.zip"])["a.zip"]
        assert isinstance(found, BundleError)
        assert "more.py" in str(found)


class TestAskedAgain:
    """While it is still being waited for."""

    def test_it_is_asked_for_once_more_for_all_of_them(self, given: Given) -> None:
        given.serve("a.zip", "1")
        given.server.held = []
        over: list[int] = []
        for turn in range(3):
            given.bundles.ask(["a.zip"]).addCallback(lambda _, turn=turn: over.append(turn))
        assert len(given.server.held) == 1
        given.serve("a.zip", "2")
        given.server.held[0].callback(None)
        assert over == [0]
        given.serve("a.zip", "3")
        given.server.held[1].callback(None)
        assert over == [0, 1, 2]
        assert '"3"' in text(given.bundles.arrived(["a.zip"])["a.zip"])
        assert len(given.server.held) == 2

    def test_others_are_not_waited_for(self, given: Given) -> None:
        given.serve("b.zip", "1")
        given.server.held = []
        given.bundles.ask(["a.zip"])
        given.server.held = None
        both = given.bundles.ask(["a.zip", "b.zip"])
        assert not both.called
        found = given.bundles.arrived(["a.zip", "b.zip"])
        assert str(found["a.zip"]) == "bundle a.zip: it is being fetched"
        assert '"1"' in text(found["b.zip"])

    def test_what_came_before_does_not_count(self, given: Given) -> None:
        given.serve("a.zip", "1")
        given.one()
        given.server.held = []
        given.bundles.ask(["a.zip"])
        assert isinstance(given.bundles.arrived(["a.zip"])["a.zip"], NotYet)

    def test_a_name_that_comes_and_goes_is_fetched_once_at_a_time(self, given: Given) -> None:
        """Two of one name could come in the wrong order, and take the connections of others."""
        given.server.held = []
        over: list[int] = []
        for turn in range(3):
            given.bundles.ask(["a.zip"]).addCallback(lambda _, turn=turn: over.append(turn))
            given.bundles.ask([])
        assert len(given.server.held) == 1
        given.serve("a.zip", "1")
        given.server.held[0].callback(None)
        given.serve("a.zip", "2")
        given.server.held[1].callback(None)
        assert over == [0, 1, 2]
        assert '"2"' in text(given.bundles.arrived(["a.zip"])["a.zip"])
        given.bundles.ask([])
        assert given.bundles._turns == given.bundles._arrived == {}

    def test_what_came_last_is_told_of_to_who_wants_that(self, given: Given) -> None:
        given.serve("a.zip", "1")
        given.one()
        given.server.held = []
        given.bundles.ask(["a.zip", "b.zip"])
        names = ["a.zip", "b.zip"]
        assert all_of(given.bundles, *names) == {}
        older = given.bundles.arrived(names, older=True)
        assert '"1"' in text(older["a.zip"])
        assert isinstance(older["b.zip"], NotYet)

    def test_what_nobody_asks_for_any_more_is_forgotten(self, given: Given) -> None:
        given.serve("a.zip", "1")
        given.one()
        given.wanted("b.zip")
        assert str(given.bundles.arrived(["a.zip"])["a.zip"]).endswith("it is being fetched")


def test_an_error_of_our_own_is_told_and_stops_no_other(
    given: Given, monkeypatch: pytest.MonkeyPatch, logged_failures: LoggedFailures
) -> None:
    given.serve("a.zip", "1")
    monkeypatch.setattr(given.shelf, "put", lambda *_: 1 / 0)
    arrived = given.one()
    assert arrived == Arrived(None, "bundle a.zip: ZeroDivisionError: division by zero")
    assert len(logged_failures.flush(ZeroDivisionError)) == 1
    assert os.listdir(given.folder / "fetched") == []


def test_what_is_long_is_done_in_threads(given: Given) -> None:
    hands = Hands()
    given.serve("a.zip", "1")
    given.bundles = given.make(in_thread=hands)
    asked = given.bundles.ask(["a.zip"])
    steps = 0
    while hands.waiting:
        hands.work()
        steps += 1
    assert steps == 3, "the shelf was looked at, the file written, and unpacked"
    assert asked.called
    assert all_of(given.bundles, "a.zip")["a.zip"].problem == ""


class TestStop:
    def test_what_is_under_way_is_given_up(self, given: Given) -> None:
        fetching = Fetching(given.folder, Open(200, b"x"))
        bundles = Bundles(given.shelf, fetching.fetcher, maybeDeferred)
        asked = bundles.ask(["a.zip"])
        bundles.stop()
        assert asked.called
        assert all_of(bundles, "a.zip")["a.zip"] == Arrived(
            None, "bundle a.zip: Couldn't fetch bundle: given up (https://bundles.test/abc/a.zip)"
        )
        assert fetching.left() == []
        assert fetching.clock.getDelayedCalls() == []

    def test_waits_are_given_up(self, given: Given) -> None:
        fetching = Fetching(given.folder, Response(500))
        bundles = Bundles(given.shelf, fetching.fetcher, maybeDeferred)
        asked = bundles.ask(["a.zip"])
        bundles.stop()
        assert asked.called
        assert all_of(bundles, "a.zip")["a.zip"].problem.endswith("given up")
        assert fetching.clock.getDelayedCalls() == []

    def test_nothing_is_begun_after_it(self, given: Given) -> None:
        given.serve("a.zip", "1")
        given.bundles.stop()
        assert given.one().problem.endswith("given up")
        assert given.server.asked == []

    def test_whoever_asked_may_give_up(self, given: Given) -> None:
        given.serve("a.zip", "1")
        given.server.held = []
        gone = given.bundles.ask(["a.zip"])
        gone.addErrback(lambda _: None).cancel()
        given.server.held[0].callback(None)
        assert '"1"' in text(given.bundles.arrived(["a.zip"])["a.zip"]), "it comes all the same"
        given.server.held = None
        assert given.one().problem == ""


class TestSettle:
    def test_what_was_not_put_to_work_is_no_good_one(self, given: Given) -> None:
        given.serve("a.zip", "1")
        good = given.one().unpacked
        assert good is not None
        given.serve("a.zip", "2")
        for _ in range(2):
            outcome(given.bundles.ask(["a.zip"]))
            tried = all_of(given.bundles, "a.zip")["a.zip"].unpacked
            assert tried is not None
            assert '"2"' in text(tried)
            outcome(given.bundles.settle({good.folder}, {good.folder}))
            assert tried.folder.exists(), "until a newer one has come"
            assert given.make().at_hand(["a.zip"])["a.zip"] == good
        given.serve("a.zip", "3")
        given.one()
        assert not tried.folder.exists()

    def test_what_not_all_have_at_work_is_no_good_one(self, given: Given) -> None:
        given.serve("a.zip", "1")
        good = given.one().unpacked
        assert good is not None
        given.serve("a.zip", "2")
        outcome(given.bundles.ask(["a.zip"]))
        new = all_of(given.bundles, "a.zip")["a.zip"].unpacked
        assert new is not None
        both = {good.folder, new.folder}
        outcome(given.bundles.settle(both, both))
        assert given.make().at_hand(["a.zip"])["a.zip"] == good
        outcome(given.bundles.settle({new.folder}, both))
        assert given.make().at_hand(["a.zip"])["a.zip"] == new

    def test_what_is_tried_again_later_may_be_a_good_one(self, given: Given) -> None:
        """Another definition may have made it one."""
        given.serve("a.zip", "1")
        outcome(given.bundles.ask(["a.zip"]))
        outcome(given.bundles.settle((), ()))
        tried = all_of(given.bundles, "a.zip")["a.zip"].unpacked
        assert tried is not None
        outcome(given.bundles.settle({tried.folder}, {tried.folder}))
        assert given.make().at_hand(["a.zip"])["a.zip"] == tried

    def test_what_is_on_its_way_stays(self, given: Given) -> None:
        """It is swept around while the server is silent, and while a version is being put."""
        given.serve("a.zip", "1")
        good = given.one().unpacked
        assert good is not None
        given.server.held = []
        given.bundles.ask(["a.zip"])
        outcome(given.bundles.settle((), ()))
        given.server.held[0].callback(None)
        assert good.folder.is_dir(), "it is still the newest"

        hands = Hands()
        bundles = given.make(in_thread=hands)
        given.server.held = None
        given.serve("a.zip", "2")
        asked = bundles.ask(["a.zip"])
        for _ in range(2):
            hands.work()  # it is looked for, and written
        settled = bundles.settle((), ())
        while hands.waiting:
            hands.work()
        assert settled.called
        assert asked.called
        new = all_of(bundles, "a.zip")["a.zip"].unpacked
        assert new is not None
        assert new.folder.is_dir()

    def test_what_came_to_work_while_it_waited_for_the_shelf_stays(self, given: Given) -> None:
        hands = Hands()
        bundles = given.make(in_thread=hands)
        given.serve("a.zip", "1")
        first = bundles.ask(["a.zip"])
        for _ in range(2):
            hands.work()  # it is looked for, and written
        others = bundles.ask(["a.zip", "b.zip"])  # they look at the shelf after it was put
        settled = [bundles.settle((), ())]
        hands.work()
        assert first.called
        new = bundles.arrived(["a.zip"], older=True)["a.zip"]
        assert isinstance(new, Arrived)
        assert new.unpacked is not None
        folder = new.unpacked.folder
        settled.append(bundles.settle({folder}, {folder}))
        bundles.ask(["b.zip"])  # a.zip is wanted no more, but requests are on its chain
        while not settled[0].called:
            hands.work()
        assert folder.is_dir()
        while hands.waiting:
            hands.work()
        assert settled[1].called
        assert folder.is_dir()
        del others

    def test_what_cannot_be_noted_is_told(
        self, given: Given, monkeypatch: pytest.MonkeyPatch, events: Events
    ) -> None:
        def no(unpacked: Any) -> None:
            raise BundleError("a.zip: there is no space left")

        monkeypatch.setattr(given.shelf, "keep", no)
        given.serve("a.zip", "1")
        given.one()
        assert events.texts()[-1] == (
            "the next start finds an older version: a.zip: there is no space left"
        )

    def test_what_nobody_uses_is_removed(self, given: Given) -> None:
        given.serve("a.zip", "1")
        old = given.one().unpacked
        assert old is not None
        given.serve("a.zip", "2")
        new = given.one(used=(old.folder,)).unpacked
        assert new is not None
        assert old.folder.is_dir()
        outcome(given.bundles.settle({new.folder}, {new.folder}))
        assert not old.folder.exists()
        assert new.folder.is_dir()

    def test_so_is_what_a_crash_left(self, given: Given) -> None:
        """The fetcher's clock says 2033."""
        fetched = given.folder / "fetched"
        fetched.mkdir()
        for name, time in (("left.part", 1_999_990_000), ("new.part", 1_999_999_999)):
            (fetched / name).write_text("")
            os.utime(fetched / name, (time, time))
        outcome(given.bundles.settle((), ()))
        assert os.listdir(fetched) == ["new.part"]

    def test_what_cannot_be_removed_is_told(
        self, given: Given, monkeypatch: pytest.MonkeyPatch, events: Events
    ) -> None:
        def no(used: Any) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(given.shelf, "sweep", no)
        outcome(given.bundles.settle((), ()))
        assert events.texts() == ["old bundles could not be removed: [Errno 13] Permission denied"]
