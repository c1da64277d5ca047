"""What is asked of claims: times, identities, scopes [gateway/mw_jwt.go]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isfinite
from typing import Any, Final

from attrs import frozen

from twisted_tyk.jose.signed import Claims

EXPIRED: Final = "token has expired"
EARLY: Final = "token used before issued"
NOT_YET: Final = "token is not valid yet"
#: The end of the year 9999.
LATEST: Final = 253402300799


@frozen
class Skews:
    """By how many seconds the clock of who made a token may be off."""

    expires_at: int = 0
    issued_at: int = 0
    not_before: int = 0


NO_SKEWS: Final = Skews()


def wrong_time(claims: Claims, skews: Skews, now: float) -> str:
    """Why the token does not count now, in Tyk's words; ``""`` when it does.

    A claim that is missing, ``null`` or 0 says nothing; one that is no number is wrong.

    :param now: Unix time; its whole seconds count.
    """
    seconds = int(now)
    # Added up as window does it: fractions may be lost in that.
    # Of several reasons Tyk gives the last.
    if not _holds(claims.get("nbf"), lambda at: at - skews.not_before <= seconds):
        return NOT_YET
    if not _holds(claims.get("iat"), lambda at: at - skews.issued_at <= seconds):
        return EARLY
    if not _holds(claims.get("exp"), lambda at: seconds < at + skews.expires_at):
        return EXPIRED
    return ""


def _holds(value: Any, test: Any) -> bool:
    if value is None:
        return True
    return _is_number(value) and (value == 0 or bool(test(value)))


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def window(claims: Claims, skews: Skews) -> tuple[float, float]:
    """The same once for all: the whole seconds from the first number on and before the second
    are those at which :func:`wrong_time` has nothing to say.
    """
    times = [claims.get(name) for name in ("nbf", "iat", "exp")]
    if not all(_holds(value, lambda at: True) for value in times):
        return inf, -inf
    begin, issued, end = times
    return (
        max(
            begin - skews.not_before if begin else -inf,
            issued - skews.issued_at if issued else -inf,
        ),
        end + skews.expires_at if end else inf,
    )


def expiry(claims: Claims) -> int:
    """When the token ends, in Unix seconds and no later than :data:`LATEST`; 0 when it does
    not say.
    """
    value: Any = claims.get("exp")
    return int(min(value, LATEST)) if _is_number(value) else 0


def text_at(claims: Claims, name: str) -> str:
    """A claim that is a text, ``""`` when it is none.

    ``a.b`` is a claim of that name or, when there is none, ``b`` inside ``a``.
    """
    value = claims.get(name)
    if not (isinstance(value, str) and value) and "." in name:
        value = nested(claims, name)
    return value if isinstance(value, str) else ""


def nested(claims: Claims, path: str) -> Any:
    """What stands at ``a.b.c``, ``None`` when nothing does."""
    value: Any = claims
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def scopes(claims: Claims, path: str) -> Sequence[str]:
    """The scopes of a token: a text with blanks between, or a list of texts in any depth."""
    value = nested(claims, path)
    if isinstance(value, str):
        return value.split(" ")
    found: list[str] = []
    _collect(value, found)
    return found


def _collect(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, list):
        for item in value:
            _collect(item, found)


class NoIdentity(Exception):
    """No claim says who the client is. The text is Tyk's message."""


def identity(claims: Claims, name: str) -> str:
    """Who the client is: the claim of that name, or else ``sub``.

    :raises NoIdentity: when neither says it, or one is empty.
    """
    if name:
        found = text_at(claims, name)
        if found:
            return found
        if claims.get(name) == "" or ("." in name and nested(claims, name) == ""):
            raise NoIdentity(f"found an empty user ID in predefined base claim, claim: {name}")
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise NoIdentity("no suitable claims for user ID were found")
    if not subject:
        raise NoIdentity("found an empty user ID in sub claim")
    return subject
