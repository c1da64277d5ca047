"""There is a session, and its key is active and not past its date (``KeyExpired``)."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen
from zope.interface import implementer

from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import ICheck


@implementer(ICheck)
@frozen
class Expiry:
    """:ivar seconds: Unix time."""

    seconds: Callable[[], float]
    name: str = "KeyExpired"

    def process(self, exchange: Exchange) -> None:
        """:raises Refusal: 400 without a session, 403 inactive, 401 expired."""
        session = exchange.session
        if session is None:
            raise Refusal(
                400,
                "Session state is missing or unset! "
                "Please make sure that auth headers are properly applied",
            )
        if session.is_inactive:
            raise Refusal(403, "Key is inactive, please renew", "KeyExpired")
        if 1 <= session.expires < self.seconds():
            raise Refusal(401, "Key has expired, please renew", "KeyExpired")
