"""How tokens are turned away, in Tyk's words, and what the log says of it."""

from __future__ import annotations

from typing import Final

from twisted_tyk.errors import Refusal
from twisted_tyk.jose.claims import NoIdentity, Skews, wrong_time
from twisted_tyk.jose.signed import BadToken, Claims, OtherAlgorithm

_NOT_AUTHORIZED: Final = "Key not authorized"
_EVENT: Final = "AuthFailure"


def missing() -> Refusal:
    """There is no token."""
    return Refusal(400, "Authorization field missing", _EVENT)


def bad(error: BadToken) -> Refusal:
    """Nobody that this API believes has signed it."""
    other = isinstance(error, OtherAlgorithm)
    message = f"{_NOT_AUTHORIZED}: Unexpected signing method" if other else _NOT_AUTHORIZED
    # A client that forges tokens must not learn why.
    return Refusal(403, message, _EVENT, reason=str(error))


def unknown() -> Refusal:
    """There is no key of a client by that name."""
    return Refusal(403, _NOT_AUTHORIZED, _EVENT)


def nobody(error: NoIdentity) -> Refusal:
    """It does not say who the client is."""
    return Refusal(403, str(error), _EVENT)


def check_times(claims: Claims, skews: Skews, now: float) -> None:
    """:raises Refusal: 401 when the token does not count now. As in Tyk it is no event."""
    wrong = wrong_time(claims, skews, now)
    if wrong:
        raise Refusal(401, f"{_NOT_AUTHORIZED}: {wrong}")
