"""A token as it came, and what it says once its signature is verified."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from attrs import field, frozen
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from twisted_tyk.jose.keys import VerifyingKey
from twisted_tyk.jose.methods import Method

#: Characters of a token; longer ones are not even split.
LONGEST: Final = 16 * 1024
#: Characters of its header.
LONGEST_HEADER: Final = 4 * 1024

Claims = Mapping[str, Any]


class BadToken(Exception):
    """It must not be believed. The text says why, for the log, and shows none of it."""


class OtherAlgorithm(BadToken):
    """It names an algorithm that the definition does not allow."""


class _Registry(JWSRegistry):
    """Knows the algorithms that a definition allows, and no other."""

    max_header_length = LONGEST_HEADER

    def __init__(self, algorithms: Collection[str]) -> None:
        # Headers that nobody asks for, such as nonce, do no harm.
        super().__init__(algorithms=algorithms, strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        """Without joserfc's own list of what it recommends, and its warnings."""
        if name not in (self.allowed or ()) or name not in self.algorithms:
            raise OtherAlgorithm("not an algorithm of the definition")
        return self.algorithms[name]


@frozen(eq=False)
class Signed:
    """A token whose signature nobody has verified yet.

    :ivar kid: what it calls its key, ``None`` when it does not; it may be anything.
    """

    header: Mapping[str, Any] = field(repr=False)
    kid: str | None = field(repr=False)
    _parts: jws.CompactSignature = field(repr=False)
    _registry: _Registry = field(repr=False)

    @classmethod
    def read(cls, text: str, method: Method) -> Signed:
        """Take a token apart.

        :raises BadToken: when it is not one that ``method`` could have signed.
        """
        if len(text) > LONGEST:
            raise BadToken(f"longer than {LONGEST} characters")
        registry = _Registry(method.algorithms)
        try:
            parts = jws.extract_compact(text.encode("ascii"), registry=registry)
            header = _json(urlsafe_b64decode(parts.segments["header"]))
        except Exception as error:
            # It was made to find out what we do not expect.
            raise BadToken(f"malformed ({type(error).__name__})") from None
        algorithm = header.get("alg")
        if not isinstance(algorithm, str):
            raise BadToken("alg is not a text")
        if algorithm not in method.algorithms:
            raise OtherAlgorithm(f"not signed with {method.name}")
        if "crit" in header or "b64" in header:
            # Who does not understand what is critical has to refuse it (RFC 7515, 4.1.11).
            raise BadToken("has critical headers")
        kid = header.get("kid")
        if kid is not None and not isinstance(kid, str):
            raise BadToken("kid is not a text")
        return cls(header, kid, parts, registry)

    def unverified(self) -> Claims:
        """What it says, when nobody knows whether that is true: only to choose a key.

        :raises BadToken: when it says nothing that makes sense.
        """
        try:
            return _json(self._parts.payload)
        except (ValueError, RecursionError):
            raise BadToken("its claims are not a JSON object") from None

    def verified(self, key: VerifyingKey, method: Method) -> Claims:
        """What it says, which ``key`` has signed.

        :raises BadToken: when it has not.
        """
        algorithm = self.header["alg"]
        if not key.fits(method) or (key.algorithm and key.algorithm != algorithm):
            raise BadToken("its key is for other signatures")
        try:
            good = jws.validate_compact(self._parts, key.key, registry=self._registry)
        except (JoseError, ValueError, TypeError) as error:
            raise BadToken(f"cannot be verified ({type(error).__name__})") from None
        if not good:
            raise BadToken("its signature is not that of its key")
        return self.unverified()


def _json(data: bytes) -> dict[str, Any]:
    text = data.decode("utf-8")
    value = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_number)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    if "\\ud" in text.lower():
        # Half a pair of surrogates is no text that could be stored or sent on.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        # Two who read it might believe different ones.
        raise ValueError("a member is there twice")
    return value


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")
