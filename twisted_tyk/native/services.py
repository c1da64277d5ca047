"""What plugins may ask of the gateway, by the numbers of enum tyk_service."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import ceil
from typing import Final

from twisted.logger import Logger

from twisted_tyk.native import abi
from twisted_tyk.native.contract import Answer
from twisted_tyk.native.packed import PackedError, pack, unpack
from twisted_tyk.native.sessions import Sessions
from twisted_tyk.native.shelf import StoreFull
from twisted_tyk.native.store import Store

#: Bytes of a key.
LONGEST_KEY: Final = 4096
_SECONDS: Final = re.compile(rb"[0-9]{1,12}(\.[0-9]{1,9})?")
_WHOLE: Final = re.compile(rb"[+-]?[0-9]{1,19}")


class PluginServices:
    """A :data:`~twisted_tyk.native.contract.Services`: called in the reactor thread.

    It answers before it returns. What it is asked in a wrong way is answered
    ``E_ARGUMENT``, whatever it is.
    """

    log = Logger()

    def __init__(self, store: Store, sessions: Sessions) -> None:
        self._store = store
        self._sessions = sessions
        #: How many strings each takes, and what serves them.
        self._table: Mapping[int, tuple[int, Callable[..., tuple[int, list[bytes]]]]] = {
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
        try:
            status, strings = self._serve(service, asked)
        except Exception:
            # Somebody's thread waits for an answer, whatever went wrong here.
            self.log.failure("service {service} failed", service=service)
            status, strings = abi.E_FAILED, []
        answer(status, pack(strings))

    def _serve(self, service: int, asked: bytes) -> tuple[int, list[bytes]]:
        if service not in self._table:
            return abi.E_FUNCTION, []
        takes, serve = self._table[service]
        try:
            strings = unpack(asked)
            if len(strings) != takes:
                return abi.E_ARGUMENT, []
            return serve(*strings)
        except (PackedError, ValueError):
            return abi.E_ARGUMENT, []
        except StoreFull:
            return abi.E_MEMORY, []

    def _get(self, key: bytes) -> tuple[int, list[bytes]]:
        return _found(self._store.get(_key(key)))

    def _set(self, key: bytes, value: bytes, seconds: bytes) -> tuple[int, list[bytes]]:
        self._store.set(_key(key), value, _seconds(seconds))
        return abi.OK, []

    def _set_new(self, key: bytes, value: bytes, seconds: bytes) -> tuple[int, list[bytes]]:
        new = self._store.set_new(_key(key), value, _seconds(seconds))
        return abi.OK if new else abi.E_EXISTS, []

    def _delete(self, key: bytes) -> tuple[int, list[bytes]]:
        return _there(self._store.delete(_key(key)))

    def _increment(self, key: bytes, by: bytes, seconds: bytes) -> tuple[int, list[bytes]]:
        if not _WHOLE.fullmatch(by):
            raise ValueError("not a whole number")
        number = self._store.increment(_key(key), int(by), _seconds(seconds))
        return abi.OK, [b"%d" % number]

    def _expire(self, key: bytes, seconds: bytes) -> tuple[int, list[bytes]]:
        return _there(self._store.expire(_key(key), _seconds(seconds)))

    def _ttl(self, key: bytes) -> tuple[int, list[bytes]]:
        left = self._store.ttl(_key(key))
        # Up, so that 0 is not said of what is still there.
        return _found(None if left is None else b"%d" % ceil(left))

    def _keys(self, beginning: bytes) -> tuple[int, list[bytes]]:
        return abi.OK, self._store.keys(beginning)

    def _session(self, key: bytes) -> tuple[int, list[bytes]]:
        return _found(self._sessions.get(_key(key)))


def _found(value: bytes | None) -> tuple[int, list[bytes]]:
    return (abi.E_MISSING, []) if value is None else (abi.OK, [value])


def _there(there: bool) -> tuple[int, list[bytes]]:
    return abi.OK if there else abi.E_MISSING, []


def _key(key: bytes) -> bytes:
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError("a key has 1 to 4096 bytes")
    return key


def _seconds(text: bytes) -> float:
    if not _SECONDS.fullmatch(text):
        raise ValueError("not a number of seconds")
    return float(text)
