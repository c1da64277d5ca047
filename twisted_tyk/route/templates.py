"""Paths and hosts with variables, ``{name}`` or ``{name:regex}``, as gorilla/mux has them."""

from __future__ import annotations

import re

from twisted_tyk.apidef.expressions import Expression, literal, of_bytes
from twisted_tyk.message.octets import octets

_VARIABLE = re.compile(r"\{([^{}:]+)(?::((?:[^{}]|\{[^{}]*\})+))?\}")


def is_template(text: str) -> bool:
    """Whether there may be a variable in it."""
    return "{" in text


def without_variables(template: str) -> str:
    """What of it stands in every path or host that fits."""
    return _VARIABLE.sub("", template)


def of_path(template: str) -> Expression:
    """What fits the bytes of a path; a variable ends with its segment.

    :raises ValueError: when the expression of a variable is none.
    """
    return of_bytes(_pattern(template, b"[^/]+"))


def of_host(template: str) -> Expression:
    """What fits a host in any case; a variable ends at the next dot.

    :raises ValueError: as :func:`of_path` does.
    """
    return of_bytes(b"(?i)" + _pattern(template, b"[^.]+"))


def _pattern(template: str, segment: bytes) -> bytes:
    """A regular expression of the bytes of UTF-8."""
    found, position = b"", 0
    for variable in _VARIABLE.finditer(template):
        found += literal(octets(template[position : variable.start()]))
        found += b"(?:" + (octets(variable[2]) if variable[2] else segment) + b")"
        position = variable.end()
    return found + literal(octets(template[position:]))
