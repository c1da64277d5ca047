"""The services of plugins: what is asked in a frame, and answered in one."""

from __future__ import annotations

from typing import Any

import pytest
from gateways import Events
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.native import abi
from twisted_tyk.native.packed import pack, unpack
from twisted_tyk.native.services import LONGEST_KEY, PluginServices
from twisted_tyk.storage.memory import MemoryStore


class Plugin:
    """Asks as a plugin does."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.store = MemoryStore(self.clock)
        self.services = PluginServices(self.store, lambda key: self.store.get(b"apikey-" + key))

    def ask(self, service: int, *strings: bytes) -> tuple[int, list[bytes]]:
        return self.ask_raw(service, pack(strings))

    def ask_raw(self, service: int, asked: bytes) -> tuple[int, list[bytes]]:
        answers: list[tuple[int, bytes]] = []
        self.services(service, asked, lambda *answer: answers.append(answer))
        ((status, answer),) = answers
        return status, unpack(answer)


@pytest.fixture
def plugin() -> Plugin:
    return Plugin()


def test_a_value_is_stored_and_found(plugin: Plugin) -> None:
    assert plugin.ask(abi.STORE_SET, b"a", b"value", b"0") == (abi.OK, [])
    assert plugin.ask(abi.STORE_GET, b"a") == (abi.OK, [b"value"])
    assert plugin.ask(abi.STORE_GET, b"b") == (abi.E_MISSING, [])


def test_only_the_first_sets_what_is_new(plugin: Plugin) -> None:
    assert plugin.ask(abi.STORE_SET_NEW, b"a", b"1", b"0") == (abi.OK, [])
    assert plugin.ask(abi.STORE_SET_NEW, b"a", b"2", b"0") == (abi.E_EXISTS, [])
    assert plugin.ask(abi.STORE_GET, b"a") == (abi.OK, [b"1"])


def test_a_value_is_deleted_once(plugin: Plugin) -> None:
    plugin.ask(abi.STORE_SET, b"a", b"1", b"0")
    assert plugin.ask(abi.STORE_DELETE, b"a") == (abi.OK, [])
    assert plugin.ask(abi.STORE_DELETE, b"a") == (abi.E_MISSING, [])


def test_a_number_is_counted(plugin: Plugin) -> None:
    assert plugin.ask(abi.STORE_INCREMENT, b"n", b"3", b"60") == (abi.OK, [b"3"])
    assert plugin.ask(abi.STORE_INCREMENT, b"n", b"-5", b"1") == (abi.OK, [b"-2"])
    assert plugin.ask(abi.STORE_TTL, b"n") == (abi.OK, [b"60"])


def test_a_lifetime_is_given_and_told_in_whole_seconds_until_it_is_over(plugin: Plugin) -> None:
    plugin.ask(abi.STORE_SET, b"a", b"1", b"0")
    assert plugin.ask(abi.STORE_TTL, b"a") == (abi.OK, [b"-1"])
    assert plugin.ask(abi.STORE_EXPIRE, b"a", b"1.5") == (abi.OK, [])
    assert plugin.ask(abi.STORE_TTL, b"a") == (abi.OK, [b"2"])
    plugin.clock.advance(1.4)
    assert plugin.ask(abi.STORE_TTL, b"a") == (abi.OK, [b"1"])
    plugin.clock.advance(0.1)
    assert plugin.ask(abi.STORE_TTL, b"a") == (abi.E_MISSING, [])
    assert plugin.ask(abi.STORE_EXPIRE, b"a", b"1") == (abi.E_MISSING, [])


def test_keys_by_their_beginning(plugin: Plugin) -> None:
    for key in (b"x:1", b"x:2", b"y"):
        plugin.ask(abi.STORE_SET, key, b"", b"0")
    assert plugin.ask(abi.STORE_KEYS, b"x:") == (abi.OK, [b"x:1", b"x:2"])
    assert plugin.ask(abi.STORE_KEYS, b"z") == (abi.OK, [])


def test_a_session_that_was_stored(plugin: Plugin) -> None:
    plugin.store.set(b"apikey-key", b'{"alias":"ann"}', 10)
    assert plugin.ask(abi.SESSION_GET, b"key") == (abi.OK, [b'{"alias":"ann"}'])
    assert plugin.ask(abi.SESSION_GET, b"other") == (abi.E_MISSING, [])


def test_keys_are_those_of_the_store(plugin: Plugin) -> None:
    # As Tyk's plugins have them, who say their prefix themselves.
    plugin.ask(abi.STORE_SET, b"my-plugin:a", b"1", b"0")
    assert plugin.store.get(b"my-plugin:a").result == b"1"


def test_what_is_no_string_is_an_argument_error(plugin: Plugin) -> None:
    plugin.store.append(b"list", b"1")
    for service, more in ((abi.STORE_GET, []), (abi.STORE_INCREMENT, [b"1", b"0"])):
        assert plugin.ask(service, b"list", *more) == (abi.E_ARGUMENT, [])


SERVICES = range(abi.STORE_GET, abi.SESSION_GET + 1)


@given(st.sampled_from(SERVICES), st.binary())
def test_garbage_is_an_argument_error(service: int, asked: bytes) -> None:
    try:
        unpack(asked)
    except ValueError:
        assert Plugin().ask_raw(service, asked) == (abi.E_ARGUMENT, [])


@given(st.sampled_from(SERVICES), st.lists(st.binary(max_size=5), max_size=4))
def test_whatever_is_asked_is_answered(service: int, strings: list[bytes]) -> None:
    status, _ = Plugin().ask(service, *strings)
    assert status in (abi.OK, abi.E_ARGUMENT, abi.E_MISSING)


@pytest.mark.parametrize(
    ("service", "strings"),
    [
        (abi.STORE_GET, []),
        (abi.STORE_GET, [b"a", b"b"]),
        (abi.STORE_GET, [b""]),
        (abi.SESSION_GET, [b""]),
        (abi.STORE_DELETE, [b"x" * (LONGEST_KEY + 1)]),
        (abi.STORE_SET, [b"a", b"1"]),
        *[
            (abi.STORE_SET, [b"a", b"1", seconds])
            for seconds in (b"", b"-1", b"1e3", b"nan", b" 1", b"x", b"9" * 13, b"1.")
        ],
        *[
            (abi.STORE_INCREMENT, [b"a", by, b"0"])
            for by in (b"", b"1.5", b"x", b"1_0", b"9" * 19, b"1" * 5000)
        ],
        (abi.STORE_INCREMENT, [b"text", b"1", b"0"]),
        (abi.STORE_EXPIRE, [b"text", b"soon"]),
    ],
)
def test_a_wrong_argument(plugin: Plugin, service: int, strings: list[bytes]) -> None:
    plugin.ask(abi.STORE_SET, b"text", b"no number", b"0")
    assert plugin.ask(service, *strings) == (abi.E_ARGUMENT, [])
    assert plugin.ask(abi.STORE_KEYS, b"") == (abi.OK, [b"text"])


@pytest.mark.parametrize("service", [0, 10, 2**31])
def test_a_service_that_there_is_not(plugin: Plugin, service: int) -> None:
    assert plugin.ask(service, b"a") == (abi.E_FUNCTION, [])


class Later:
    """A plugin whose store answers when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plugin = Plugin()
        self.pending: Deferred[bytes | None] = Deferred()
        monkeypatch.setattr(self.plugin.store, "get", lambda key: self.pending)
        self.answers: list[tuple[int, bytes]] = []

    def ask(self) -> None:
        services = self.plugin.services
        services(abi.STORE_GET, pack([b"a"]), lambda *answer: self.answers.append(answer))


def test_an_answer_can_come_later(monkeypatch: pytest.MonkeyPatch) -> None:
    later = Later(monkeypatch)
    later.ask()
    assert later.answers == []
    later.pending.callback(b"1")
    assert later.answers == [(abi.OK, pack([b"1"]))]


def test_a_store_that_is_away(monkeypatch: pytest.MonkeyPatch, events: Events) -> None:
    later = Later(monkeypatch)
    later.ask()
    later.pending.errback(StoreUnavailable("refused"))
    assert later.answers == [(abi.E_FAILED, pack([]))]
    assert events.texts() == []


def test_an_answer_that_nobody_takes_is_told(
    plugin: Plugin, events: Events, logged_failures: Any
) -> None:
    def gone(status: int, data: bytes) -> None:
        raise OSError("gone")

    plugin.services(abi.STORE_GET, pack([b"a"]), gone)
    assert len(logged_failures.flush(OSError)) == 1
    assert "the answer of service 1 was not taken" in events.texts()[-1]


def test_an_error_of_ours_leaves_nobody_waiting(
    plugin: Plugin, monkeypatch: pytest.MonkeyPatch, events: Events, logged_failures: Any
) -> None:
    def broken(key: bytes) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(plugin.store, "get", broken)
    assert plugin.ask(abi.STORE_GET, b"a") == (abi.E_FAILED, [])
    assert len(logged_failures.flush(RuntimeError)) == 1
