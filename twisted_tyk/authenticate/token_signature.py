"""Signatures of plain keys, as Mashery's clients make them [signature_validator].

A client that has a key and a secret shows that it knows both: beside the key it sends the
hash of key, secret and the time in seconds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import partial
from hmac import compare_digest
from typing import Any, Final

from attrs import frozen

from twisted_tyk.apidef.auth import Signature
from twisted_tyk.authenticate.credentials import parameter
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.octets import octets
from twisted_tyk.session.state import SessionState
from twisted_tyk.session.tokens import key_id_of

_META: Final = re.compile(r"\$tyk_meta\.([A-Za-z0-9_\-.]+)")
#: Hashes by their names in definitions. MD5 is what the name says; it was not ours to choose.
_HASHES: Final[Mapping[str, Callable[..., Any]]] = {
    "MasheryMD5": partial(hashlib.md5, usedforsecurity=False),
    "MasherySHA256": hashlib.sha256,
}


@frozen
class TokenSignature:
    """:ivar seconds: Unix time."""

    config: Signature
    seconds: Callable[[], float]

    def check(self, exchange: Exchange, session: SessionState) -> None:
        """:raises Refusal: when the request is not signed as it should be."""
        try:
            given = bytes.fromhex(self._given(exchange))
        except ValueError:
            given = b""
        secret = _META.sub(lambda name: _text(session.meta_data.get(name[1])), self.config.secret)
        if not given or not secret or not self._matches(given, session, secret):
            raise Refusal(
                self.config.error_code or 401,
                self.config.error_message or "Request signature verification failed",
            )

    def _given(self, exchange: Exchange) -> str:
        config = self.config
        value = exchange.headers.get(config.header) or "" if config.header else ""
        if config.use_param or config.param_name:
            value = parameter(exchange, config.param_name or config.header) or value
        return value

    def _matches(self, given: bytes, session: SessionState, secret: str) -> bool:
        now, skew = int(self.seconds()), self.config.allowed_clock_skew
        new = _HASHES[self.config.algorithm]
        for key in _keys(session):
            begun = new(octets(key + secret))
            for moment in range(now - skew, now + skew + 1):
                whole = begun.copy()
                whole.update(b"%d" % moment)
                if compare_digest(whole.digest(), given):
                    return True
        return False


def _keys(session: SessionState) -> list[str]:
    """What of a key its client may have signed: its id, or all of it."""
    key = session.key_id
    forms = [key.removeprefix(session.org_id), key_id_of(key), key]
    return [form for form in dict.fromkeys(forms) if form]


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:f}".rstrip("0").rstrip(".")
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
