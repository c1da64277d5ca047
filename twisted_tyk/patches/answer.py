"""Whether what a patch answers with can be sent."""

from __future__ import annotations

from twisted_tyk.message.headers import encode_name, encode_value


def flaw_of(status: object, headers: object, body: object) -> str:
    """What is wrong with these of a ``Reply``, or ``""``. Nobody has checked their types."""
    if not isinstance(status, int):
        return f"it returned a Reply with a status of type {type(status).__name__}, expected int"
    if not 200 <= status <= 599:
        return f"it returned a Reply with the status {status}, expected 200 to 599"
    if not isinstance(body, bytes):
        return f"it returned a Reply with a body of type {type(body).__name__}, expected bytes"
    flaw = _flaw_of_headers(headers)
    return flaw and f"it returned a Reply whose headers can not be sent: {flaw}"


def _flaw_of_headers(headers: object) -> str:
    if not isinstance(headers, (list, tuple)):
        return f"expected a list of pairs, found {type(headers).__name__}"
    for pair in headers:
        if not isinstance(pair, (list, tuple)) or [type(each) for each in pair] != [bytes, bytes]:
            return f'expected pairs of bytes such as (b"X-A", b"1"), found {_types(pair)}'
        name, value = pair
        try:
            encode_name(name)
        except ValueError as error:
            return str(error)
        try:
            encode_value(value)
        except ValueError:
            return f"control character in the value of {name.decode()}"
    return ""


def _types(pair: object) -> str:
    """What it is, without a value that may be a secret."""
    if not isinstance(pair, (list, tuple)):
        return type(pair).__name__
    return f"({', '.join(type(each).__name__ for each in pair)})"
