"""The names of counters, as Tyk has them in Redis [internal/rate, gateway/session_manager.go]."""

from __future__ import annotations

from typing import Final

import mmh3

from twisted_tyk.message.octets import octets

RATE: Final = "rate-limit"
QUOTA: Final = "quota-"
#: Behind the name of a rate: while this key is there the client is locked out.
BLOCKED: Final = ".BLOCKED"
#: Behind the name of a rate: how far smoothing has moved it.
ALLOWANCE: Final = "-allowance"


def rate_name(*parts: str) -> str:
    """``rate-limit-`` and the parts that are not empty, joined by dashes."""
    trimmed = [part.strip("-") for part in (RATE, *parts)]
    return "-".join(part for part in trimmed if part)


def quota_name(scope: str, identity: str) -> str:
    """:param scope: ``allowance_scope`` of the access right, ``""`` for the key as a whole."""
    return f"{QUOTA}{scope}-{identity}" if scope else QUOTA + identity


def in_store(name: str) -> bytes:
    """A name as a key of the store."""
    return octets(name)


def short(name: str) -> str:
    """MurmurHash3 of a name: 32 bits in hexadecimal.

    Tyk's leaves out some of the last bytes (:func:`~twisted_tyk.session.tokens.murmur32`),
    and has one counter for ``/a`` and ``/b``.
    """
    return f"{mmh3.hash(octets(name), 0, signed=False):08x}"


def endpoint_suffix(method: str, path: str) -> str:
    """What stands for an endpoint in names."""
    return short(f"{method}:{path}")


def api_name(org_id: str, api_id: str, endpoint: str = "") -> str:
    """Whom Tyk takes for the client of limits that an API has for all of its callers."""
    return f"apilimiter-{org_id}{api_id}" + (f"-{endpoint}" if endpoint else "")
