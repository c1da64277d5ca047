"""What every store does: memory, SQLite and Redis answer alike."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest
import pytest_twisted
from zope.interface.verify import verifyObject

from twisted_tyk.interfaces import IStore

inline = pytest_twisted.inlineCallbacks
ODD = bytes(range(256))


def everything(store: Any) -> Any:
    """All keys, but for what is written to a Redis to see whether it is well."""
    return store.keys(b"").addCallback(lambda keys: [k for k in keys if b"liveness" not in k])


def test_it_provides_the_interface(store: Any) -> None:
    assert verifyObject(IStore, store)


class TestStrings:
    @inline
    def test_what_is_set_is_there(self, store: Any) -> Any:
        assert (yield store.get(b"apikey-a")) is None
        assert (yield store.set(b"apikey-a", ODD)) is None
        assert (yield store.get(b"apikey-a")) == ODD
        yield store.set(b"apikey-a", b"")
        assert (yield store.get(b"apikey-a")) == b""

    @inline
    def test_keys_are_any_bytes(self, store: Any) -> Any:
        yield store.set(ODD, b"1")
        yield store.set(ODD[:-1], b"2")
        assert (yield store.get(ODD)) == b"1"

    @inline
    def test_several_at_once_in_the_order_asked_for(self, store: Any) -> Any:
        yield store.set(b"a", b"1")
        yield store.set(b"b", b"2")
        yield store.append(b"list", b"x")
        answer = yield store.get_many([b"b", b"none", b"a", b"list", b"b"])
        assert answer == [b"2", None, b"1", None, b"2"]
        assert (yield store.get_many([])) == []
        many = [b"%d" % number for number in range(1200)]
        assert (yield store.get_many([*many, b"a"])) == [None] * 1200 + [b"1"]

    @inline
    def test_only_when_new(self, store: Any) -> Any:
        assert (yield store.set_new(b"a", b"1")) is True
        assert (yield store.set_new(b"a", b"2")) is False
        assert (yield store.get(b"a")) == b"1"

    @inline
    def test_only_when_there(self, store: Any) -> Any:
        assert (yield store.replace(b"a", b"1")) is False
        assert (yield store.get(b"a")) is None
        yield store.set(b"a", b"1")
        assert (yield store.replace(b"a", b"2")) is True
        assert (yield store.get(b"a")) == b"2"

    @inline
    def test_deleting_counts_what_was_there(self, store: Any) -> Any:
        yield store.set(b"a", b"1")
        yield store.append(b"list", b"1", b"2")
        yield store.add_member(b"set", b"m", 1)
        assert (yield store.delete(b"a", b"none", b"list", b"set", b"a")) == 3
        assert (yield store.get(b"a")) is None
        assert (yield store.items(b"list")) == []
        assert (yield store.members(b"set")) == []
        assert (yield store.delete()) == 0

    @inline
    def test_calls_take_effect_in_their_order(self, store: Any) -> Any:
        for number in range(50):
            store.set(b"a", b"%d" % number)
            store.increment(b"n", number)
        assert (yield store.get(b"a")) == b"49"
        assert (yield store.get(b"n")) == b"1225"


class TestNumbers:
    @inline
    def test_new_ones_begin_at_nought(self, store: Any) -> Any:
        assert (yield store.increment(b"n")) == 1
        assert (yield store.increment(b"n", 41)) == 42
        assert (yield store.increment(b"n", -50)) == -8
        assert (yield store.get(b"n")) == b"-8"

    @inline
    def test_only_new_ones_get_the_lifetime(self, tested: Any) -> Any:
        store = tested.store
        assert (yield store.increment(b"n", 2, 100)) == 2
        assert (yield store.increment(b"n", 2, 5000)) == 4
        assert 99 < (yield store.ttl(b"n")) <= 100
        yield store.set(b"for ever", b"1")
        yield store.increment(b"for ever", 1, 100)
        assert (yield store.ttl(b"for ever")) == -1

    @inline
    def test_one_that_is_over_begins_anew(self, tested: Any) -> Any:
        store = tested.store
        yield store.increment(b"n", 7, 0.05)
        yield tested.advance(0.06)
        assert (yield store.increment(b"n", 1, 100)) == 1

    @pytest.mark.parametrize("seconds", [0, 100])
    @inline
    def test_64_bits(self, store: Any, seconds: float) -> Any:
        assert (yield store.increment(b"n", 2**63 - 1, seconds)) == 2**63 - 1
        with pytest.raises(ValueError, match=r"number|integer|overflow"):
            yield store.increment(b"n", 1, seconds)
        assert (yield store.get(b"n")) == b"9223372036854775807"
        assert (yield store.increment(b"m", -(2**63), seconds)) == -(2**63)
        with pytest.raises(ValueError, match=r"number|integer|overflow"):
            yield store.increment(b"m", -1, seconds)

    @pytest.mark.parametrize("text", [b"", b"x", b"1.5", b" 1", b"+1", b"01", b"-0", b"9" * 30])
    @pytest.mark.parametrize("seconds", [0, 100])
    @inline
    def test_no_number(self, store: Any, text: bytes, seconds: float) -> Any:
        yield store.set(b"a", text)
        with pytest.raises(ValueError, match=r"number|integer|overflow"):
            yield store.increment(b"a", 1, seconds)
        assert (yield store.get(b"a")) == text


class TestLifetimes:
    @inline
    def test_what_is_over_is_gone(self, tested: Any) -> Any:
        store = tested.store
        yield store.set(b"a", b"1", 0.05)
        yield store.set(b"b", b"1", 100)
        yield store.append(b"list", b"x")
        yield store.expire(b"list", 0.05)
        yield tested.advance(0.06)
        assert (yield store.get(b"a")) is None
        assert (yield store.get_many([b"a", b"b"])) == [None, b"1"]
        assert (yield store.ttl(b"a")) is None
        assert (yield everything(store)) == [b"b"]
        assert (yield store.items(b"list")) == []
        assert (yield store.delete(b"a")) == 0
        assert (yield store.replace(b"a", b"2")) is False
        assert (yield store.expire(b"a", 5)) is False
        assert (yield store.set_new(b"a", b"3")) is True
        yield store.append(b"list", b"y")
        assert (yield store.items(b"list")) == [b"y"]
        assert (yield store.ttl(b"list")) == -1

    @inline
    def test_seconds_left(self, store: Any) -> Any:
        yield store.set(b"a", b"1", 1.5)
        assert 1 < (yield store.ttl(b"a")) <= 1.5
        yield store.set(b"b", b"1")
        assert (yield store.ttl(b"b")) == -1
        assert (yield store.ttl(b"none")) is None

    @inline
    def test_a_new_lifetime(self, store: Any) -> Any:
        assert (yield store.expire(b"a", 10)) is False
        assert (yield store.expire(b"a", 0)) is False
        yield store.set(b"a", b"1", 5)
        assert (yield store.expire(b"a", 100)) is True
        assert (yield store.ttl(b"a")) > 99
        assert (yield store.expire(b"a", 0)) is True
        assert (yield store.ttl(b"a")) == -1
        assert (yield store.expire(b"a", 0)) is True

    @inline
    def test_setting_anew_forgets_the_old_one(self, store: Any) -> Any:
        yield store.set(b"a", b"1", 5)
        yield store.set(b"a", b"2")
        assert (yield store.ttl(b"a")) == -1
        yield store.replace(b"a", b"3", 100)
        assert (yield store.ttl(b"a")) > 99

    @inline
    def test_changing_keeps_it(self, store: Any) -> Any:
        yield store.append(b"list", b"1", b"2")
        yield store.expire(b"list", 100)
        yield store.append(b"list", b"3")
        yield store.remove_item(b"list", b"1")
        assert (yield store.ttl(b"list")) > 99

    @pytest.mark.parametrize("seconds", [-1, -0.001, nan, inf])
    @inline
    def test_no_lifetime(self, store: Any, seconds: float) -> Any:
        for call in (
            lambda: store.set(b"a", b"1", seconds),
            lambda: store.set_new(b"a", b"1", seconds),
            lambda: store.replace(b"a", b"1", seconds),
            lambda: store.increment(b"a", 1, seconds),
            lambda: store.expire(b"a", seconds),
        ):
            with pytest.raises(ValueError, match="lifetime"):
                yield call()
        assert (yield store.get(b"a")) is None

    @inline
    def test_very_short_and_very_long_ones(self, store: Any) -> Any:
        yield store.set(b"a", b"1", 1e300)
        assert (yield store.ttl(b"a")) > 1e10
        yield store.set(b"b", b"1", 1e-12)
        assert (yield store.ttl(b"b")) != -1


class TestKeys:
    @inline
    def test_of_every_kind_by_their_beginning(self, store: Any) -> Any:
        yield store.set(b"apikey-1", b"")
        yield store.append(b"apikey-2", b"x")
        yield store.add_member(b"apikey-3", b"x", 1)
        yield store.set(b"apikex", b"")
        yield store.set(b"apikey", b"")
        assert sorted((yield store.keys(b"apikey-"))) == [b"apikey-1", b"apikey-2", b"apikey-3"]
        assert len((yield everything(store))) == 5
        assert (yield store.keys(b"none")) == []

    @pytest.mark.parametrize(
        "prefix", [b"a*", b"a?", b"a[b]", b"a\\", b"a^-", b"\xff", b"a\xff\xff", b"\x00", b"a\n"]
    )
    @inline
    def test_a_beginning_is_no_pattern(self, store: Any, prefix: bytes) -> Any:
        for key in (b"ab", b"abb", b"a", b"b", prefix, prefix + b"x", prefix + b"\xff"):
            yield store.set(key, b"")
        found = yield store.keys(prefix)
        assert sorted(found) == sorted({prefix, prefix + b"x", prefix + b"\xff"})

    @inline
    def test_many(self, store: Any) -> Any:
        for number in range(3000):
            done = store.set(b"many-%d" % number, b"")
        yield done
        found = yield store.keys(b"many-")
        assert len(found) == len(set(found)) == 3000


class TestLists:
    @inline
    def test_values_stay_in_their_order(self, store: Any) -> Any:
        yield store.append(b"list", b"a", b"b")
        yield store.append(b"list", ODD, b"a")
        assert (yield store.items(b"list")) == [b"a", b"b", ODD, b"a"]
        yield store.append(b"list")
        assert (yield store.items(b"none")) == []

    @inline
    def test_every_occurrence_is_taken_out(self, store: Any) -> Any:
        yield store.append(b"list", b"a", b"b", b"a")
        assert (yield store.remove_item(b"list", b"a")) == 2
        assert (yield store.remove_item(b"list", b"a")) == 0
        yield store.append(b"list", b"c")
        assert (yield store.items(b"list")) == [b"b", b"c"]
        assert (yield store.remove_item(b"none", b"a")) == 0

    @inline
    def test_an_empty_one_is_not_there(self, store: Any) -> Any:
        yield store.append(b"list", b"a")
        yield store.remove_item(b"list", b"a")
        assert (yield everything(store)) == []
        yield store.append(b"none")
        assert (yield store.ttl(b"none")) is None
        yield store.set_new(b"list", b"a string now")
        assert (yield store.get(b"list")) == b"a string now"


class TestSortedSets:
    @inline
    def test_lowest_first(self, store: Any) -> Any:
        for member, score in ((b"c", 2), (b"a", 3.5), (b"b", 2), (ODD, -inf), (b"z", inf)):
            yield store.add_member(b"set", member, score)
        everything = [(ODD, -inf), (b"b", 2), (b"c", 2), (b"a", 3.5), (b"z", inf)]
        assert (yield store.members(b"set")) == everything
        assert (yield store.members(b"set", 2, 3.5)) == everything[1:4]
        assert (yield store.members(b"set", 2.1)) == everything[3:]
        assert (yield store.members(b"set", high=1)) == everything[:1]
        assert (yield store.members(b"none")) == []

    @inline
    def test_a_new_score(self, store: Any) -> Any:
        yield store.add_member(b"set", b"a", 1732094100.123456)
        assert (yield store.members(b"set")) == [(b"a", 1732094100.123456)]
        yield store.add_member(b"set", b"a", 1e-9)
        assert (yield store.members(b"set")) == [(b"a", 1e-9)]

    @inline
    def test_no_score(self, store: Any) -> Any:
        with pytest.raises(ValueError, match="score"):
            yield store.add_member(b"set", b"a", nan)
        assert (yield everything(store)) == []

    @inline
    def test_members_are_taken_out(self, store: Any) -> Any:
        for score in range(5):
            yield store.add_member(b"set", b"%d" % score, score)
        assert (yield store.remove_member(b"set", b"4")) is True
        assert (yield store.remove_member(b"set", b"4")) is False
        assert (yield store.remove_member(b"none", b"4")) is False
        assert (yield store.remove_scores(b"set", 1, 2)) == 2
        assert (yield store.members(b"set")) == [(b"0", 0), (b"3", 3)]
        assert (yield store.remove_scores(b"set", -inf, inf)) == 2
        assert (yield everything(store)) == []
        assert (yield store.remove_scores(b"set", -inf, inf)) == 0


class TestKinds:
    @inline
    def test_a_method_for_another_kind_changes_nothing(self, store: Any) -> Any:
        yield store.set(b"string", b"1")
        yield store.append(b"list", b"1")
        yield store.add_member(b"set", b"1", 1)
        for call in (
            lambda: store.get(b"list"),
            lambda: store.increment(b"set"),
            lambda: store.increment(b"list", 1, 5),
            lambda: store.append(b"string", b"2"),
            lambda: store.items(b"set"),
            lambda: store.remove_item(b"string", b"1"),
            lambda: store.add_member(b"list", b"2", 2),
            lambda: store.members(b"string"),
            lambda: store.remove_member(b"list", b"1"),
            lambda: store.remove_scores(b"string", 0, 9),
        ):
            with pytest.raises(ValueError, match="kind"):
                yield call()
        assert (yield store.get(b"string")) == b"1"
        assert (yield store.items(b"list")) == [b"1"]
        assert (yield store.members(b"set")) == [(b"1", 1)]

    @inline
    def test_setting_takes_the_place_of_any(self, store: Any) -> Any:
        yield store.append(b"list", b"1")
        yield store.add_member(b"set", b"1", 1)
        assert (yield store.set_new(b"list", b"s")) is False
        yield store.set(b"list", b"s")
        assert (yield store.replace(b"set", b"s")) is True
        assert (yield store.get_many([b"list", b"set"])) == [b"s", b"s"]
        yield store.delete(b"list")
        yield store.append(b"list", b"2")
        assert (yield store.items(b"list")) == [b"2"]
