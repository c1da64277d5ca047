"""Requests from files: JSON, or as they would go over the wire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from twisted_tyk.cli.asked import Asked, header
from twisted_tyk.message.headers import Pair, encode_name, encode_value

_TEXTS = ("method", "url", "token")
_OBJECTS = ("session", "definition", "record")


def from_file(file: Path) -> Asked:
    """A request from ``*.json`` or, whatever else its name, from an HTTP message.

    :raises ValueError: saying what is wrong with it. :raises OSError: when it can not be read.
    """
    data = file.read_bytes()
    if file.suffix == ".json":
        return from_json(data)
    return from_http(data)


def from_json(data: bytes) -> Asked:
    """The names are those of the options."""
    value = json.loads(data)
    if not isinstance(value, dict):
        raise ValueError(f"found a {type(value).__name__}, expected an object")
    asked = Asked()
    for name, member in value.items():
        if name in _TEXTS:
            setattr(asked, name, _text(name, member))
        elif name in _OBJECTS:
            setattr(asked, name, json.dumps(_object(name, member)))
        elif name == "headers":
            asked.headers = _headers(name, member)
        elif name == "body":
            asked.body = _text(name, member).encode()
        elif name == "context":
            asked.context = _object(name, member)
        elif name == "response":
            _response(asked, _object(name, member))
        else:
            known = (*_TEXTS, *_OBJECTS, "headers", "body", "context", "response")
            raise ValueError(f"{name}: unknown; known are {', '.join(sorted(known))}")
    return asked


def from_http(data: bytes) -> Asked:
    """A request line, fields, an empty line, a body; lines may end as they like."""
    head, _, body = data.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")
    if b"\r\n\r\n" in data:
        body = data.partition(b"\r\n\r\n")[2]
    try:
        text = head.decode()
    except UnicodeDecodeError:
        raise ValueError("it is no text, expected METHOD URL HTTP/1.1 in its first line") from None
    first, *lines = [line for line in text.split("\n") if not line.startswith("#")]
    words = first.split()
    if len(words) not in (2, 3) or (len(words) == 3 and not words[2].startswith("HTTP/")):
        raise ValueError(f"line 1: found {first!r}, expected METHOD URL HTTP/1.1")
    return Asked(words[0], words[1], [header(line) for line in lines if line.strip()], body)


def _response(asked: Asked, value: dict[str, Any]) -> None:
    for name, member in value.items():
        if name == "status":
            if type(member) is not int:
                raise ValueError(f"response.status: found {member!r}, expected a number")
            asked.status = member
        elif name == "headers":
            asked.response_headers = _headers("response.headers", member)
        elif name == "body":
            asked.response_body = _text("response.body", member).encode()
        else:
            raise ValueError(f"response.{name}: unknown; known are body, headers, status")


def _headers(where: str, value: Any) -> list[Pair]:
    """An object of texts or lists of texts."""
    pairs: list[Pair] = []
    for name, texts in _object(where, value).items():
        for text in texts if isinstance(texts, list) else [texts]:
            pairs.append((encode_name(name), encode_value(_text(f"{where}.{name}", text))))
    return pairs


def _object(where: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: found {value!r}, expected an object")
    return value


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{where}: found {value!r}, expected text")
    return value
