"""JSON web key sets: the keys of who makes tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from attrs import field, frozen

from twisted_tyk.jose.keys import VerifyingKey, key_of_jwk
from twisted_tyk.jose.methods import Method

#: Keys of one set; what comes after them is left out.
MOST: Final = 200


@frozen(eq=False)
class KeySet:
    """The usable keys of a set.

    :ivar keys: by what they are called (``kid``), ``""`` for those with no name.
    :ivar left_out: why others are not among them, in sentences.
    """

    keys: Mapping[str, Sequence[VerifyingKey]] = field(repr=False)
    left_out: Sequence[str] = ()

    @classmethod
    def read(cls, document: bytes) -> KeySet:
        """:raises ValueError: with a sentence, when it is no key set."""
        try:
            value = json.loads(document)
        except (ValueError, RecursionError):
            raise ValueError("it is not JSON") from None
        listed = value.get("keys") if isinstance(value, dict) else None
        if not isinstance(listed, list):
            raise ValueError('it has no list "keys"')
        keys: dict[str, list[VerifyingKey]] = {}
        left_out = []
        for index, each in enumerate(listed[:MOST]):
            try:
                if not isinstance(each, dict):
                    raise ValueError("not an object")
                kid = each.get("kid", "")
                if not isinstance(kid, str):
                    raise ValueError("kid is not a text")
                keys.setdefault(kid, []).append(key_of_jwk(each))
            except ValueError as error:
                left_out.append(f"key {index}: {error}")
        return cls(keys, left_out)

    def find(self, kid: str | None, method: Method) -> VerifyingKey | None:
        """The key of that name that tokens of ``method`` can be verified with.

        :param kid: ``None`` is the only key that fits, if there is just one.
        """
        if kid is not None:
            return next((key for key in self.keys.get(kid, ()) if key.fits(method)), None)
        fitting = [key for keys in self.keys.values() for key in keys if key.fits(method)]
        return fitting[0] if len(fitting) == 1 else None
