"""Where the key of an API is: given in the definition, or in a key set elsewhere."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final
from urllib.parse import urlsplit

from twisted_tyk.jose.keys import VerifyingKey, key_of
from twisted_tyk.jose.methods import Method

_HTTP: Final = re.compile(r"https?://", re.IGNORECASE)
#: One after the other, as Go writes durations: ``1h30m``.
_DURATION: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|ns)")
_SECONDS: Final = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def read_source(text: str, method: Method) -> str | VerifyingKey:
    """What ``jwt_source`` and its like say.

    It is the URL of a key set, or a key: the base64 of a secret, or of a public key or
    certificate in PEM, which may stand there as it is, too. The URL may be in base64.

    :returns: the URL, or the key.
    :raises ValueError: with a sentence that does not show it.
    """
    if _HTTP.match(text):
        return http_url(text)
    if not method.secret and text.lstrip().startswith("-----BEGIN "):
        return key_of(text.encode(), method)
    packed = text.replace("\n", "").replace("\r", "")
    try:
        if len(packed) % 4:
            raise ValueError("its padding is wrong")
        data = base64.b64decode(packed, validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("expected the URL of a key set, or a key in base64") from None
    decoded = data.decode("utf-8", "replace")
    return http_url(decoded) if _HTTP.match(decoded) else key_of(data, method)


def http_url(text: str) -> str:
    """:raises ValueError: when it is not the URL of an http or https server."""
    parts = urlsplit(text)
    try:
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in text):
        raise ValueError("expected an http or https URL with a host")
    return text


def seconds_of(duration: str) -> float:
    """Whole seconds of a Go duration such as ``5m``; ``""`` is 0.

    :raises ValueError: with a sentence, when it is none.
    """
    found = _DURATION.findall(duration)
    if "".join(number + unit for number, unit in found) != duration:
        raise ValueError("expected a duration such as 300s or 5m")
    return float(int(sum(float(number) * _SECONDS[unit] for number, unit in found)))
