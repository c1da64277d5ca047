"""Whether a password is that of a user, without keeping the reactor or other users waiting."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from hashlib import blake2b
from hmac import compare_digest
from typing import Any, Final

import bcrypt
from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twisted_tyk.errors import Refusal
from twisted_tyk.message.octets import octets
from twisted_tyk.session.state import BasicAuthData
from twisted_tyk.session.tokens import FUNCTIONS
from twisted_tyk.session.turns import Turns

#: What bcrypt looks at of a password, in bytes.
_LONGEST: Final = 72
#: Costs as much to compare with as a user's own hash, and is that of no password.
_NOBODY: Final = BasicAuthData("$2b$10$" + "C" * 21 + "." + "C" * 31, "bcrypt")


def matches(data: BasicAuthData, password: str) -> bool:
    """Whether this is the password that is stored; with bcrypt it takes long.

    It is not when it is empty or none is stored, nor when what is stored is no hash.
    """
    text, stored = octets(password), octets(data.password)
    if not stored or not text:
        return False
    if not _is_slow(data):
        if data.hash_type:
            text = FUNCTIONS[data.hash_type](text).encode()
        # As hashes, for how long a password is shall not show either.
        return compare_digest(blake2b(text).digest(), blake2b(stored).digest())
    try:
        return bcrypt.checkpw(text[:_LONGEST], stored)
    except ValueError:
        return False


def _is_slow(data: BasicAuthData) -> bool:
    # As in Tyk a hash of an unknown kind is taken for bcrypt's.
    return data.hash_type != "" and data.hash_type not in FUNCTIONS


@define(eq=False)
class _Check:
    """:ivar asker: in whose line it waits. :ivar waiting: for what comes out of it."""

    data: BasicAuthData
    password: str = field(repr=False)
    name: bytes
    asker: str
    waiting: list[Deferred[bool]] = field(factory=list, init=False)


@define(eq=False)
class Passwords:
    """One for a gateway; called in the reactor thread.

    Comparing with bcrypt is slow by design, so it is done in threads, and what was right is
    remembered for a while. Those who try many passwords wait for themselves: each address
    has its own line. All failures take at least as long as one comparison with bcrypt.

    :ivar in_thread: calls something with arguments in a thread.
    :ivar now: seconds of a clock that does not jump.
    :ivar at_once: comparisons at a time.
    :ivar most: comparisons that may wait.
    :ivar most_held: passwords that are remembered.
    """

    in_thread: Callable[..., Deferred[Any]]
    now: Callable[[], float]
    at_once: int = 2
    most: int = 128
    most_held: int = 10_000
    _turns: Turns[_Check] = field(init=False)
    _checks: dict[bytes, _Check] = field(factory=dict, init=False)
    _running: int = field(default=0, init=False)
    #: When each was found to be right. By hashes with a secret of this process, so that
    #: neither memory nor the time of a look-up tells of a password.
    _held: dict[bytes, float] = field(factory=dict, init=False, repr=False)
    _secret: bytes = field(factory=lambda: secrets.token_bytes(32), init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._turns = Turns(self.most)

    def check(
        self, data: BasicAuthData | None, password: str, asker: str, hold: float = 0.0
    ) -> bool | Deferred[bool]:
        """Whether a password is right.

        :param data: of the user; ``None`` when there is no such user, which takes as long.
        :param asker: whose line it waits in, such as a client's address.
        :param hold: seconds for which it may have been found right before.
        :returns: a Deferred when a thread is asked; it fails with a 503 when too many wait.
        """
        if data is not None and not _is_slow(data):
            if matches(data, password):
                return True
            data = None
        data = data or _NOBODY
        name = self._name(data, password)
        if hold and data is not _NOBODY and self.now() - self._held.get(name, -hold) < hold:
            return True
        return self._ask(data, password, name, asker, hold)

    def _name(self, data: BasicAuthData, password: str) -> bytes:
        stored = octets(data.password)
        text = len(stored).to_bytes(8, "big") + stored + octets(password)
        return blake2b(text, key=self._secret, digest_size=32).digest()

    def _ask(
        self, data: BasicAuthData, password: str, name: bytes, asker: str, hold: float
    ) -> Deferred[bool]:
        check, pushed_out = self._checks.get(name), None
        if check is None:
            check = self._checks[name] = _Check(data, password, name, asker)
            pushed_out = self._turns.add(asker, check)
        joined = check
        outcome: Deferred[bool] = Deferred(lambda waiting: self._left(joined, waiting))
        check.waiting.append(outcome)
        if pushed_out is not None:
            self._over(pushed_out, Failure(_too_many()))
        self._begin()
        return outcome.addCallback(self._found, name, hold) if hold else outcome

    def _begin(self) -> None:
        while self._running < self.at_once and (check := self._turns.next()) is not None:
            self._running += 1
            compared = self.in_thread(matches, check.data, check.password)
            compared.addBoth(self._compared, check)

    def _compared(self, outcome: bool | Failure, check: _Check) -> None:
        self._running -= 1
        self._begin()
        if check.data is _NOBODY and outcome is True:
            outcome = False
        self._over(check, outcome)

    def _over(self, check: _Check, outcome: bool | Failure) -> None:
        del self._checks[check.name]
        waiting, check.waiting = check.waiting, []
        for each in waiting:
            if not each.called:
                each.callback(outcome)

    def _left(self, check: _Check, waiting: Deferred[bool]) -> None:
        """The client of one that waits has left."""
        if waiting in check.waiting:
            check.waiting.remove(waiting)
            if not check.waiting and self._turns.drop(check.asker, check):
                del self._checks[check.name]

    def _found(self, right: bool, name: bytes, hold: float) -> bool:
        if right:
            self._held.pop(name, None)
            while len(self._held) >= self.most_held:
                del self._held[next(iter(self._held))]
            self._held[name] = self.now()
        return right


def _too_many() -> Refusal:
    return Refusal(503, "Too many passwords are being checked", headers=[("Retry-After", "1")])
