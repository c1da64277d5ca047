"""Keys: found, held for a while, changed, and lost from sight."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from gateways import Events
from outcomes import outcome
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.task import Clock

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.session.keys import CHANGED, TELL_INTERVAL, Keys
from twisted_tyk.session.reading import SessionReader
from twisted_tyk.session.state import SessionState
from twisted_tyk.session.stored import PREFIX
from twisted_tyk.session.tokens import FUNCTIONS, Tokens
from twisted_tyk.storage.memory import MemoryStore
from twisted_tyk.storage.notifications import LocalNotifications


class Store(MemoryStore):
    """One that counts its reads, can be away, and can take its time."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.reads = 0
        self.away = False
        self.slow: Deferred[None] | None = None

    def get_many(self, keys: Any) -> Any:
        self.reads += 1
        if self.away:
            return fail(StoreUnavailable("away"))
        got = super().get_many(keys)
        if self.slow is not None:
            waiting: Deferred[None] = Deferred()
            self.slow.addCallback(lambda _: waiting.callback(None))
            return waiting.addCallback(lambda _: got)
        return got


class Policies:
    """Put a tag on each session; none of them has an id, so that keys can not name any."""

    revision = 0

    def apply(self, session: SessionState, org_id: str) -> None:
        if session.apply_policies or session.apply_policy_id:
            raise ValueError("none of its policies gives the key a right")
        session.tags = [f"revision {self.revision}"]


@pytest.fixture(scope="module")
def read_json() -> SessionReader:
    return SessionReader()


class Setup:
    def __init__(self, read_json: SessionReader, tokens: Tokens) -> None:
        self.clock = Clock()
        self.store = Store(self.clock)
        self.store.start()
        self.notifications = LocalNotifications(self.clock)
        self.policies = Policies()
        self.keys = Keys(
            self.store, self.notifications, tokens, self.policies, read_json, self.clock.seconds
        )

    def find(self, token: str) -> Any:
        self.clock.advance(0)  # a node hears of its own changes, too
        return outcome(self.keys.find(token, "org"))


@pytest.fixture
def setup(read_json: SessionReader) -> Setup:
    return Setup(read_json, Tokens(hash_keys=True, function="sha256"))


def test_a_key_that_was_written_is_found(setup: Setup) -> None:
    token = setup.keys.tokens.generate("org", "me")
    outcome(setup.keys.write(token, SessionState(alias="Me")))
    found = setup.find(token)
    assert (found.alias, found.key_id, found.tags) == ("Me", token, ["revision 0"])
    assert found.key_hash == setup.keys.tokens.hash(token)
    assert setup.find("me") == found
    assert setup.find("you") is None


def test_what_is_stored_has_tyks_key_and_no_token_in_it(setup: Setup) -> None:
    token = setup.keys.tokens.generate("org", "me")
    outcome(setup.keys.write(token, SessionState(alias="Me"), 60))
    (key,) = outcome(setup.store.keys(b""))
    assert key == PREFIX + setup.keys.tokens.hash(token).encode()
    assert outcome(setup.store.get(key)) == b'{"alias":"Me"}'
    assert outcome(setup.store.ttl(key)) == 60


def test_the_store_is_asked_once_in_ten_seconds(setup: Setup) -> None:
    outcome(setup.keys.write("orgme", SessionState()))
    first = setup.find("orgme")
    setup.clock.advance(9.9)
    assert setup.keys.find("orgme", "org") is first
    assert setup.store.reads == 1
    setup.clock.advance(0.2)
    setup.find("orgme")
    assert setup.store.reads == 2


def test_a_key_that_is_not_there_is_asked_for_each_time(setup: Setup) -> None:
    assert (setup.find("x"), setup.find("x"), setup.store.reads) == (None, None, 2)


def test_requests_that_come_together_ask_once(setup: Setup) -> None:
    outcome(setup.keys.write("orgme", SessionState()))
    setup.clock.advance(0)
    setup.store.slow = Deferred()
    waiting = [setup.keys.find("orgme", "org") for _ in range(3)]
    waiting[1].cancel()
    setup.store.slow.callback(None)
    found = [outcome(each) for each in waiting]
    assert found[0] is found[2]
    assert isinstance(found[1], CancelledError)
    assert setup.store.reads == 1


def test_a_changed_key_counts_at_once(setup: Setup) -> None:
    outcome(setup.keys.write("orgme", SessionState(alias="old")))
    setup.find("orgme")
    outcome(setup.keys.write("orgme", SessionState(alias="new")))
    assert setup.find("orgme").alias == "new"
    assert outcome(setup.keys.remove("orgme", "org"))
    assert setup.find("orgme") is None
    assert not outcome(setup.keys.remove("orgme", "org"))


def test_a_key_that_changes_while_it_is_read_is_not_held(setup: Setup) -> None:
    outcome(setup.keys.write("orgme", SessionState(alias="old")))
    setup.store.slow = Deferred()
    waiting = setup.keys.find("orgme", "org")
    outcome(setup.keys.write("orgme", SessionState(alias="new")))
    setup.store.slow.callback(None)
    setup.store.slow = None
    assert outcome(waiting).alias == "old"
    assert setup.find("orgme").alias == "new"


@pytest.mark.parametrize("hashed", [True, False])
def test_another_node_says_that_a_key_has_changed(setup: Setup, hashed: bool) -> None:
    outcome(setup.keys.write("orgme", SessionState()))
    setup.find("orgme")
    setup.clock.advance(0)
    name = setup.keys.tokens.hash("orgme") if hashed else "orgme"
    setup.notifications.publish(CHANGED, f"other,{name}:hashed")
    setup.clock.advance(0)
    setup.find("orgme")
    assert setup.store.reads == 2


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (Tokens(), "orgme"),
        (Tokens(hash_keys=True), "a90b0002,{murmur64}"),
        (Tokens(hash_keys=True, function="sha256"), "{sha256},{murmur64}"),
        (Tokens(hash_keys=True, function="murmur64"), "{murmur64}"),
    ],
)
def test_a_tyk_gateway_is_told_what_it_holds_a_key_under(
    read_json: SessionReader, tokens: Tokens, told: str
) -> None:
    setup = Setup(read_json, tokens)
    heard: list[str] = []
    setup.notifications.subscribe(CHANGED, heard.append)
    token = tokens.generate("org", "me")
    outcome(setup.keys.write(token, SessionState()))
    outcome(setup.keys.remove(token, "org"))
    setup.clock.advance(0)
    hashes = {name: FUNCTIONS[name](token.encode()) for name in ("murmur64", "sha256")}
    assert heard == [told.format(**hashes)] * 2


def test_what_is_known_by_its_hash_only_is_told_by_it(read_json: SessionReader) -> None:
    setup = Setup(read_json, Tokens(hash_keys=True))
    heard: list[str] = []
    setup.notifications.subscribe(CHANGED, heard.append)
    outcome(setup.keys.write("a90b0002", SessionState(), hashed=True))
    outcome(setup.keys.remove("a90b0002", "org", hashed=True))
    setup.clock.advance(0)
    assert heard == ["a90b0002"] * 2


def test_changed_policies_count_at_once(setup: Setup) -> None:
    outcome(setup.keys.write("orgme", SessionState()))
    setup.find("orgme")
    setup.policies.revision = 1
    assert setup.find("orgme").tags == ["revision 1"]


def test_a_key_whose_policies_are_not_there_is_none(setup: Setup, events: Events) -> None:
    outcome(setup.keys.write("orgme", SessionState(apply_policies=["p"])))
    assert setup.find("orgme") is None
    assert "none of its policies" in events.texts()[-1]


def test_what_is_stored_and_no_session_is_none_and_said(setup: Setup, events: Events) -> None:
    name = setup.keys.tokens.hash("orgme").encode()
    outcome(setup.store.set(PREFIX + name, b'{"rate":"fast"}'))
    assert setup.find("orgme") is None
    assert "session: rate" in events.texts()[-1]


def test_while_the_store_is_away_what_was_known_counts(setup: Setup) -> None:
    outcome(setup.keys.write("orgme", SessionState()))
    known = setup.find("orgme")
    setup.store.away = True
    setup.clock.advance(60)
    assert setup.find("orgme") is known
    assert isinstance(setup.find("unknown"), StoreUnavailable)


def test_a_fault_of_the_store_is_not_swallowed(setup: Setup) -> None:
    setup.store.get_many = lambda keys: fail(RuntimeError("broken"))  # type: ignore[assignment]
    assert isinstance(setup.find("orgme"), RuntimeError)


def test_the_cache_has_an_end(setup: Setup) -> None:
    setup.keys._cache.most = 2
    for name in ("orga", "orgb", "orgc"):
        outcome(setup.keys.write(name, SessionState()))
        setup.find(name)
    assert len(setup.keys._cache) == 2
    setup.find("orgc")
    assert setup.store.reads == 3
    setup.find("orga")
    assert setup.store.reads == 4


def test_keys_are_read_listed_and_removed_by_their_hashes(setup: Setup) -> None:
    token = setup.keys.tokens.generate("org", "me")
    name = setup.keys.tokens.hash(token)
    outcome(setup.keys.write(name, SessionState(alias="Me"), hashed=True))
    outcome(setup.store.set(PREFIX + b"quota-x", b"1"))
    assert outcome(setup.keys.listed()) == [name]
    assert outcome(setup.keys.listed("zzz")) == []
    assert outcome(setup.keys.read(name, "org", hashed=True)).alias == "Me"
    assert outcome(setup.keys.read("me", "org")).alias == "Me"
    assert outcome(setup.keys.remove(name, "org", hashed=True))
    assert outcome(setup.keys.read("me", "org")) is None


def test_a_node_that_can_not_tell_the_others_says_so(setup: Setup, events: Events) -> None:
    setup.notifications.publish = (  # type: ignore[method-assign]
        lambda *_: fail(StoreUnavailable("away"))
    )
    outcome(setup.keys.write("orgme", SessionState()))
    assert "may use the old one for 10 s" in events.texts()[-1]


def test_a_session_that_is_no_json_is_not_stored(setup: Setup) -> None:
    strange = evolve(SessionState(), meta_data={"x": object()})
    assert isinstance(outcome(setup.keys.write("orgme", strange)), TypeError)
    assert outcome(setup.keys.listed()) == []


def test_why_a_key_is_of_no_use_is_told_once_a_minute(setup: Setup, events: Events) -> None:
    """A client that goes on asking does not fill the log."""
    session = SessionState(apply_policies=["gone"])
    outcome(setup.keys.write("ann", session))
    for _ in range(50):
        assert setup.find("ann") is None
    assert len([text for text in events.texts() if "of no use" in text]) == 1
    setup.clock.advance(TELL_INTERVAL)
    assert setup.find("ann") is None
    told = [text for text in events.texts() if "of no use" in text]
    assert told == 2 * [
        "a key of organisation org is of no use: none of its policies gives the key a right"
    ]
