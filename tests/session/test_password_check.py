"""Whether a password is that of a user, and at what cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bcrypt
import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from twisted_tyk.errors import Refusal
from twisted_tyk.session import password_check
from twisted_tyk.session.password_check import Passwords, matches
from twisted_tyk.session.passwords import hash_password
from twisted_tyk.session.state import BasicAuthData
from twisted_tyk.session.tokens import FUNCTIONS

CHEAP = BasicAuthData(bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode(), "bcrypt")


@pytest.mark.parametrize("kind", ["bcrypt", *FUNCTIONS])
def test_what_is_stored_lets_its_password_in_and_no_other(kind: str) -> None:
    data = hash_password("pässword", kind)
    assert data.hash_type == kind
    assert matches(data, "pässword")
    assert not matches(data, "password")
    assert not matches(data, "")
    assert not matches(data, data.password)


def test_no_password_is_none_even_where_its_hash_is_that_of_others() -> None:
    # Of what has less than four bytes Tyk's murmur32 takes nothing.
    data = hash_password("abc", "murmur32")
    assert data.password == "00000000"
    assert matches(data, "abc")
    assert not matches(data, "")


def test_passwords_that_tyk_has_stored() -> None:
    # Hashes of Go's bcrypt begin with $2a$.
    go = "$2a$04$" + CHEAP.password[7:]
    assert matches(BasicAuthData(go, "bcrypt"), "right")
    assert matches(BasicAuthData("right", ""), "right")
    assert matches(BasicAuthData("6f2a3d1c", "murmur32"), "x") is False
    # As in Tyk a kind that nobody knows is bcrypt.
    assert matches(BasicAuthData(CHEAP.password, "argon2"), "right")


@pytest.mark.parametrize("kind", ["bcrypt", "argon2", *FUNCTIONS])
@pytest.mark.parametrize("stored", ["", "x", "$2b$10$", "$2b$99$" + "a" * 53, "\udcff" * 60])
def test_what_is_no_hash_lets_nobody_in(kind: str, stored: str) -> None:
    for password in ("", "right", "$2b$10$", "\udcff"):
        assert not matches(BasicAuthData(stored, kind), password)


def test_bcrypt_looks_at_72_bytes() -> None:
    long = "x" * 72
    data = BasicAuthData(bcrypt.hashpw(long.encode(), bcrypt.gensalt(4)).decode(), "bcrypt")
    assert matches(data, long + "and more")
    assert not matches(data, long[:-1])


@given(st.text(), st.text(min_size=1))
@settings(max_examples=50, deadline=None)
def test_plain_ones_match_when_they_are_the_same(password: str, stored: str) -> None:
    assert matches(BasicAuthData(stored, ""), password) is (password == stored)


def test_what_is_cheap_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr(password_check, "compare_digest", lambda *both: bool(compared.append(both)))
    for kind in ("", *FUNCTIONS):
        matches(BasicAuthData("stored", kind), "a longer password")
    # Of the same length, whatever the passwords are.
    assert len(compared) == 5
    assert {len(each) for both in compared for each in both} == {64}


@define
class Threads:
    """Threads that return when they are told."""

    calls: list[tuple[Callable[[], Any], Deferred[Any]]] = field(factory=list)

    def run(self, call: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        waiting: Deferred[Any] = Deferred()
        self.calls.append((lambda: call(*arguments), waiting))
        return waiting

    def finish(self) -> None:
        """The one that was begun first."""
        call, waiting = self.calls.pop(0)
        try:
            waiting.callback(call())
        except ZeroDivisionError as error:
            waiting.errback(error)


@pytest.fixture
def threads() -> Threads:
    return Threads()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def passwords(threads: Threads, clock: Clock) -> Passwords:
    return Passwords(threads.run, clock.seconds, at_once=1, most=3)


def outcome(asked: bool | Deferred[bool]) -> list[Any]:
    """Filled when it is known."""
    known: list[Any] = []
    if isinstance(asked, Deferred):
        asked.addBoth(known.append)
    else:
        known.append(asked)
    return known


def test_what_was_right_is_right_for_a_while(
    passwords: Passwords, threads: Threads, clock: Clock
) -> None:
    first = outcome(passwords.check(CHEAP, "right", "a", 60))
    assert first == []
    threads.finish()
    assert first == [True]
    clock.advance(59)
    assert passwords.check(CHEAP, "right", "a", 60) is True
    # It does not become younger by being used.
    clock.advance(1)
    assert isinstance(passwords.check(CHEAP, "right", "a", 60), Deferred)


def test_what_is_held_is_held_for_that_password_and_that_hash_alone(
    passwords: Passwords, threads: Threads
) -> None:
    passwords.check(CHEAP, "right", "a", 60)
    threads.finish()
    other = BasicAuthData(bcrypt.hashpw(b"other", bcrypt.gensalt(4)).decode(), "bcrypt")
    for data, password in ((CHEAP, "wrong"), (CHEAP, ""), (other, "right")):
        asked = outcome(passwords.check(data, password, "a", 60))
        assert asked == []
        threads.finish()
        assert asked == [False]
    # And not where nothing is to be held.
    assert isinstance(passwords.check(CHEAP, "right", "a", 0), Deferred)


def test_what_was_wrong_is_asked_again(passwords: Passwords, threads: Threads) -> None:
    for _ in range(2):
        asked = outcome(passwords.check(CHEAP, "wrong", "a", 60))
        assert len(threads.calls) == 1
        threads.finish()
        assert asked == [False]


def test_only_so_many_are_held(threads: Threads, clock: Clock) -> None:
    passwords = Passwords(threads.run, clock.seconds, most_held=2)
    users = [
        BasicAuthData(bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode(), "bcrypt")
        for _ in range(3)
    ]
    for user in users:
        passwords.check(user, "right", "a", 60)
        threads.finish()
    known = [passwords.check(user, "right", "a", 60) is True for user in users]
    assert known == [False, True, True]


def test_no_password_is_in_memory(passwords: Passwords, threads: Threads) -> None:
    passwords.check(CHEAP, "right", "a", 60)
    threads.finish()
    assert "right" not in repr(passwords)
    assert b"right" not in b"".join(passwords._held)
    # Another process has other names for the same.
    other = Passwords(threads.run, lambda: 0.0)
    assert other._name(CHEAP, "right") != passwords._name(CHEAP, "right")


@pytest.mark.parametrize(
    ("data", "password"),
    [
        (None, "right"),
        (None, ""),
        (BasicAuthData(), ""),
        (BasicAuthData("right", ""), "wrong"),
        (hash_password("right", "sha256"), "wrong"),
        (CHEAP, "wrong"),
    ],
)
def test_every_failure_costs_one_comparison(
    passwords: Passwords, threads: Threads, data: BasicAuthData | None, password: str
) -> None:
    asked = outcome(passwords.check(data, password, "a", 60))
    assert (asked, len(threads.calls)) == ([], 1)
    threads.finish()
    assert asked == [False]


def test_nobody_has_the_password_of_nobody(
    passwords: Passwords, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password_check, "matches", lambda data, password: True)
    asked = outcome(passwords.check(None, "", "a", 60))
    threads.finish()
    assert asked == [False]


def test_cheap_ones_are_known_at_once(passwords: Passwords) -> None:
    assert passwords.check(hash_password("right", "sha256"), "right", "a", 60) is True
    assert passwords.check(BasicAuthData("right", ""), "right", "a") is True


def test_the_same_is_compared_once_for_all_who_wait(passwords: Passwords, threads: Threads) -> None:
    asked = [outcome(passwords.check(CHEAP, "right", asker, 60)) for asker in "abc"]
    threads.finish()
    assert asked == [[True]] * 3
    assert threads.calls == []


def test_who_tries_many_waits_for_himself(passwords: Passwords, threads: Threads) -> None:
    flood = [outcome(passwords.check(CHEAP, str(number), "a")) for number in range(6)]
    # One is being compared, three wait, and the rest is turned away.
    assert len(threads.calls) == 1
    refused = [each[0].value for each in flood if each]
    assert [(error.status, error.headers) for error in refused] == [
        (503, (("Retry-After", "1"),))
    ] * 2
    assert flood[:4] == [[]] * 4
    user = outcome(passwords.check(CHEAP, "right", "b"))
    assert isinstance(flood[3][0].value, Refusal)
    threads.finish()
    threads.finish()
    threads.finish()
    assert user == [True]
    assert flood[2] == []


def test_a_client_that_leaves_is_not_waited_for(passwords: Passwords, threads: Threads) -> None:
    passwords.check(CHEAP, "first", "a")
    waiting = passwords.check(CHEAP, "second", "a")
    other = outcome(passwords.check(CHEAP, "third", "a"))
    assert isinstance(waiting, Deferred)
    left = outcome(waiting)
    waiting.cancel()
    assert len(left) == 1
    threads.finish()
    threads.finish()
    assert (other, threads.calls) == ([False], [])
    # It can come again.
    again = outcome(passwords.check(CHEAP, "second", "a"))
    threads.finish()
    assert again == [False]


def test_a_client_that_leaves_does_not_take_others_with_it(
    passwords: Passwords, threads: Threads
) -> None:
    asked = [passwords.check(CHEAP, "right", "a") for _ in range(3)]
    seen = [outcome(each) for each in asked]
    assert isinstance(asked[0], Deferred)
    asked[0].cancel()
    threads.finish()
    assert seen[1:] == [[True], [True]]


def test_a_client_that_leaves_while_it_is_compared(passwords: Passwords, threads: Threads) -> None:
    asked = passwords.check(CHEAP, "right", "a", 60)
    seen = outcome(asked)
    assert isinstance(asked, Deferred)
    asked.cancel()
    late = outcome(passwords.check(CHEAP, "right", "b", 60))
    threads.finish()
    assert (len(seen), late) == (1, [True])


def test_what_goes_wrong_in_a_thread_is_told_and_holds_up_nobody(
    passwords: Passwords, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password_check, "matches", lambda data, password: 1 / 0)
    first = outcome(passwords.check(CHEAP, "right", "a", 60))
    second = outcome(passwords.check(CHEAP, "wrong", "a", 60))
    threads.finish()
    threads.finish()
    assert [each[0].check(ZeroDivisionError) for each in (first, second)] == [ZeroDivisionError] * 2
    assert isinstance(passwords.check(CHEAP, "right", "a", 60), Deferred)
