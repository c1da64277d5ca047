"""What plugins may ask of the gateway, by the numbers of enum tyk_service.

The store is the one that the gateway keeps its own things in, and the keys of plugins are
its keys, to the letter: a Go plugin that was written for Tyk gives them a prefix, hashes
them where Tyk does, and finds what Tyk has there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import ceil
from typing import Final

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.interfaces import IStore
from twisted_tyk.native import abi
from twisted_tyk.native.contract import Answer
from twisted_tyk.native.packed import PackedError, pack, unpack

#: Bytes of a key.
LONGEST_KEY: Final = 4096
_SECONDS: Final = re.compile(rb"[0-9]{1,12}(\.[0-9]{1,9})?")
_WHOLE: Final = re.compile(rb"[+-]?[0-9]{1,19}")

#: A status, and strings.
_Served = tuple[int, list[bytes]]
_DONE: Final[_Served] = (abi.OK, [])


class PluginServices:
    """A :data:`~twisted_tyk.native.contract.Services`: called in the reactor thread.

    The answer is there when the store has given it, perhaps at once. What is asked in a
    wrong way is answered ``E_ARGUMENT``, whatever it is, and ``E_FAILED`` while the store
    can not be reached.
    """

    log = Logger()

    def __init__(self, store: IStore, session: Callable[[bytes], Deferred[bytes | None]]) -> None:
        """:param session: JSON of the session that is stored for a client's key."""
        self._store = store
        self._session_of = session
        #: How many strings each takes, and what serves them.
        self._table: Mapping[int, tuple[int, Callable[..., Deferred[_Served]]]] = {
            abi.STORE_GET: (1, self._get),
            abi.STORE_SET: (3, self._set),
            abi.STORE_SET_NEW: (3, self._set_new),
            abi.STORE_DELETE: (1, self._delete),
            abi.STORE_INCREMENT: (3, self._increment),
            abi.STORE_EXPIRE: (2, self._expire),
            abi.STORE_TTL: (1, self._ttl),
            abi.STORE_KEYS: (1, self._keys),
            abi.SESSION_GET: (1, self._session),
        }

    def __call__(self, service: int, asked: bytes, answer: Answer) -> None:
        """Serve one request."""
        if service not in self._table:
            answer(abi.E_FUNCTION, pack([]))
            return
        served = maybeDeferred(self._serve, *self._table[service], asked)
        # Somebody's thread waits for an answer, whatever goes wrong here.
        served.addErrback(self._failed, service)
        served.addCallback(lambda outcome: answer(outcome[0], pack(outcome[1])))
        served.addErrback(self._unanswered, service)

    def _serve(
        self, takes: int, serve: Callable[..., Deferred[_Served]], asked: bytes
    ) -> Deferred[_Served]:
        strings = unpack(asked)
        if len(strings) != takes:
            raise ValueError("not as many strings as it takes")
        return serve(*strings)

    def _failed(self, failure: Failure, service: int) -> _Served:
        if failure.check(PackedError, ValueError):
            return abi.E_ARGUMENT, []
        if not failure.check(StoreUnavailable):
            # Of a store that is away its own log lines tell, once and not for each request.
            self.log.failure("service {service} failed", failure, service=service)
        return abi.E_FAILED, []

    def _unanswered(self, failure: Failure, service: int) -> None:
        self.log.failure("the answer of service {service} was not taken", failure, service=service)

    def _get(self, key: bytes) -> Deferred[_Served]:
        return self._store.get(_key(key)).addCallback(_found)

    def _set(self, key: bytes, value: bytes, seconds: bytes) -> Deferred[_Served]:
        return self._store.set(_key(key), value, _seconds(seconds)).addCallback(lambda _: _DONE)

    def _set_new(self, key: bytes, value: bytes, seconds: bytes) -> Deferred[_Served]:
        new = self._store.set_new(_key(key), value, _seconds(seconds))
        return new.addCallback(lambda is_new: _DONE if is_new else (abi.E_EXISTS, []))

    def _delete(self, key: bytes) -> Deferred[_Served]:
        return self._store.delete(_key(key)).addCallback(_there)

    def _increment(self, key: bytes, by: bytes, seconds: bytes) -> Deferred[_Served]:
        if not _WHOLE.fullmatch(by):
            raise ValueError("not a whole number")
        number = self._store.increment(_key(key), int(by), _seconds(seconds))
        return number.addCallback(lambda sum: (abi.OK, [b"%d" % sum]))

    def _expire(self, key: bytes, seconds: bytes) -> Deferred[_Served]:
        return self._store.expire(_key(key), _seconds(seconds)).addCallback(_there)

    def _ttl(self, key: bytes) -> Deferred[_Served]:
        # Up, so that 0 is not said of what is still there.
        return self._store.ttl(_key(key)).addCallback(
            lambda left: _found(None if left is None else b"%d" % ceil(left))
        )

    def _keys(self, beginning: bytes) -> Deferred[_Served]:
        return self._store.keys(beginning).addCallback(lambda keys: (abi.OK, sorted(keys)))

    def _session(self, key: bytes) -> Deferred[_Served]:
        return self._session_of(_key(key)).addCallback(_found)


def _found(value: bytes | None) -> _Served:
    return (abi.E_MISSING, []) if value is None else (abi.OK, [value])


def _there(there: object) -> _Served:
    return _DONE if there else (abi.E_MISSING, [])


def _key(key: bytes) -> bytes:
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError("a key has 1 to 4096 bytes")
    return key


def _seconds(text: bytes) -> float:
    if not _SECONDS.fullmatch(text):
        raise ValueError("not a number of seconds")
    return float(text)
