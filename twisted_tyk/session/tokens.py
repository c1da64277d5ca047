"""Tokens as Tyk makes them, and the hashes that they are stored under [internal/crypto]."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import mmh3
from attrs import frozen

from twisted_tyk.message.octets import octets

#: What the base64 of a JSON object begins with.
_JSON_BEGINS: Final = "ey"
#: Hexadecimal digits of an organisation's id in front of an old token.
_OLD_ORG: Final = 24
_32_BITS: Final = 0xFFFFFFFF
#: What undoes the two multiplications that MurmurHash3 ends with.
_UNDO: Final = tuple(pow(factor, -1, 1 << 32) for factor in (0xC2B2AE35, 0x85EBCA6B))


def murmur32(data: bytes) -> str:
    """What Tyk takes for MurmurHash3 with 32 bits, seed 0, in hexadecimal.

    It is the state after all whole groups of four bytes: the rest of them, the length and
    the last mixing are left out [TykTechnologies/murmur3, ``digest32.Sum``]. So data that
    differ in the last one to three bytes may have one hash.
    """
    whole = len(data) & ~3
    state = mmh3.hash(data[:whole], 0, signed=False)
    state ^= state >> 16
    state = state * _UNDO[0] & _32_BITS
    state ^= state >> 13 ^ state >> 26
    state = state * _UNDO[1] & _32_BITS
    state ^= state >> 16
    return f"{state ^ whole & _32_BITS:08x}"


def murmur64(data: bytes) -> str:
    """The first half of :func:`murmur128`."""
    return f"{mmh3.hash64(data, 0, signed=False)[0]:016x}"


def murmur128(data: bytes) -> str:
    """MurmurHash3 with 128 bits for 64-bit machines, seed 0, in hexadecimal."""
    first, second = mmh3.hash64(data, 0, signed=False)
    return f"{first:016x}{second:016x}"


def sha256(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


#: By the names of ``hash_key_function``.
FUNCTIONS: Final[Mapping[str, Callable[[bytes], str]]] = {
    "murmur32": murmur32,
    "murmur64": murmur64,
    "murmur128": murmur128,
    "sha256": sha256,
}


@frozen
class Tokens:
    """Makes tokens and knows what they are stored under.

    :ivar hash_keys: store hashes in place of tokens.
    :ivar function: ``hash_key_function``: written into new tokens. Without one they are
        the organisation's id and the key's id.
    :ivar fallback: ``hash_key_function_fallback``: what else a key may have been made with.
    :ivar by_name: a bare id stands for the token made of it, unless
        ``disable_key_actions_by_username``.
    :ivar unnamed: the function for tokens that name none. Tyk's gateways take murmur32.
    """

    hash_keys: bool = False
    function: str = ""
    fallback: Sequence[str] = ()
    by_name: bool = True
    unnamed: str = "murmur32"

    def generate(self, org_id: str, key_id: str = "", function: str | None = None) -> str:
        """A token.

        :param key_id: of a custom key, such as a user's name; without one it is a new UUID.
            The organisation's id in front of it is left out.
        :param function: in place of :attr:`function`.
        """
        key_id = key_id.removeprefix(org_id) or uuid4().hex
        name = self.function if function is None else function
        if not name:
            return org_id + key_id
        text = json.dumps(
            {"org": org_id, "id": key_id, "h": name}, separators=(",", ":"), ensure_ascii=False
        )
        return base64.b64encode(octets(text)).decode()

    def hashed(self, token: str) -> str:
        """What stands for a token in the keys of the store: its hash, or itself."""
        return self.hash(token) if self.hash_keys else token

    def hash(self, token: str) -> str:
        """By the function that the token names, if it is known, else by :attr:`unnamed`."""
        function = FUNCTIONS.get(str(_inside(token).get("h", ""))) or FUNCTIONS[self.unnamed]
        return function(octets(token))

    def candidates(self, token: str, org_id: str) -> list[str]:
        """The tokens that a client may mean by this one, most likely first.

        It is the token itself when it is one of the organisation's; else also those made
        of it as an id.
        """
        if org_of(token) == org_id:
            return [token]
        if not self.by_name:
            return [token]
        others = [self.generate(org_id, token, function) for function in self.fallback]
        return list(dict.fromkeys([self.generate(org_id, token), token, *others]))


def in_tyks_memory(token: str) -> str:
    """What a Tyk gateway that hashes keys holds a session under in memory.

    It is this hash whatever the key is stored under, so a message that names only the latter
    does not make it forget the key [gateway/middleware.go].
    """
    return murmur64(octets(token))


def org_of(token: str) -> str:
    """The organisation that a token names, ``""`` when it names none."""
    inside = _inside(token)
    if inside:
        return str(inside.get("org", ""))
    beginning = token[:_OLD_ORG]
    if len(token) > _OLD_ORG and all(digit in "0123456789abcdefABCDEF" for digit in beginning):
        return beginning
    return ""


def key_id_of(token: str) -> str:
    """The id inside a token that is not of the old form, else ``""``."""
    return str(_inside(token).get("id", ""))


def _inside(token: str) -> dict[str, Any]:
    if not token.startswith(_JSON_BEGINS):
        return {}
    try:
        value = json.loads(base64.b64decode(token, validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
