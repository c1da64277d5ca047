"""Tokens in, claims out: what one API believes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

from attrs import define, field, frozen
from twisted.internet.defer import Deferred, inlineCallbacks

from twisted_tyk.jose.keys import VerifyingKey
from twisted_tyk.jose.methods import Method
from twisted_tyk.jose.remote import RemoteKeys
from twisted_tyk.jose.sets import KeySets
from twisted_tyk.jose.signed import BadToken, Claims, Signed
from twisted_tyk.jose.source import read_source
from twisted_tyk.message.octets import octets

#: Verified tokens of one API that are remembered.
REMEMBERED: Final = 4096


@define(eq=False)
class Verified:
    """A token that was found good. Its times are to be looked at each time.

    :ivar memo: what a step has worked out of its claims alone.
    """

    claims: Claims = field(repr=False)
    kid: str | None = field(repr=False)
    key: VerifyingKey
    memo: Any = None


@frozen(eq=False)
class FixedKey:
    """The key that a definition gives; it has every name."""

    key: VerifyingKey

    def held(self, kid: str | None, method: Method) -> VerifyingKey:
        return self.key

    find = held


def verifier(
    sets: KeySets,
    api_id: str,
    method: Method,
    source: str,
    more: Iterable[tuple[str, float]] = (),
) -> Verifier:
    """What verifies the tokens of an API.

    :param source: as ``jwt_source``, see :func:`~twisted_tyk.jose.source.read_source`.
    :param more: URLs of key sets with the seconds that they count; they go before it.
    :raises ValueError: when ``source`` is nothing that could be used.
    """
    sources: list[FixedKey | RemoteKeys] = [sets.at(url, api_id, age) for url, age in more]
    if not sources:
        found = read_source(source, method)
        sources = [sets.at(found, api_id) if isinstance(found, str) else FixedKey(found)]
    return Verifier(method, sources)


@define(eq=False)
class Verifier:
    """Called in the reactor thread.

    A good token is remembered, so that the next request with it costs no cryptography: by
    its digest, and as long as its key is among those that count.

    :ivar sources: where keys are, the first one that has a key decides.
    :ivar needs_kid: a token must name its key when that is in a key set.
    """

    method: Method
    sources: Sequence[FixedKey | RemoteKeys]
    needs_kid: bool = True
    _remembered: dict[bytes, Verified] = field(factory=dict, init=False)

    def verify(self, text: str) -> Verified | Deferred[Verified]:
        """What a token says, if it is signed as it must be.

        :raises BadToken: when it is not; the Deferred fails with it, too.
        """
        digest = _digest(text)
        known = self._good(digest)
        if known is not None:
            return known
        signed = Signed.read(text, self.method)
        if signed.kid is None and self.needs_kid and not self._fixed:
            raise BadToken("does not name its key")
        key = self._held(signed.kid) or self._find(signed.kid)
        if isinstance(key, Deferred):
            return key.addCallback(self._verified, signed, digest)
        return self._verified(key, signed, digest)

    def remembered(self, text: str) -> Verified | None:
        """A token that was found good before, and still is."""
        return self._good(_digest(text))

    def _good(self, digest: bytes) -> Verified | None:
        known = self._remembered.get(digest)
        if known is not None and self._held(known.kid) is known.key:
            return known
        return None

    @property
    def _fixed(self) -> bool:
        return isinstance(self.sources[0], FixedKey)

    def _held(self, kid: str | None) -> VerifyingKey | None:
        for source in self.sources:
            key = source.held(kid, self.method)
            if key is not None:
                return key
        return None

    def _find(self, kid: str | None) -> Any:
        for index, source in enumerate(self.sources):
            key = source.find(kid, self.method)
            if isinstance(key, Deferred):
                return self._found(key, kid, self.sources[index + 1 :])
            if key is not None:
                return key
        return None

    @inlineCallbacks
    def _found(self, key: Any, kid: str | None, others: Sequence[Any]) -> Any:
        found = yield key
        for source in others:
            if found is not None:
                break
            found = yield source.find(kid, self.method)
        return found

    def _verified(self, key: VerifyingKey | None, signed: Signed, digest: bytes) -> Verified:
        if key is None:
            raise BadToken("its key is not known")
        verified = Verified(signed.verified(key, self.method), signed.kid, key)
        while len(self._remembered) >= REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[digest] = verified
        return verified


def _digest(text: str) -> bytes:
    return hashlib.sha256(octets(text)).digest()
