"""Values of options that describe a request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from twisted_tyk.cli.asked import Asked, header, json_object

_T = TypeVar("_T")


def apply(asked: Asked, options: dict[str, Any]) -> None:
    """Let what was given on the command line go before the rest.

    :raises UsageError: naming the option that is wrong.
    """
    for name in ("method", "url", "token", "status"):
        if options[name] is not None:
            setattr(asked, name, options[name])
    for name in ("session", "definition", "record"):
        if options[name] is not None:
            setattr(asked, name, given(name, options[name], document))
    asked.headers += [given("header", text, header) for text in options["headers"]]
    asked.response_headers += [
        given("response-header", text, header) for text in options["response_headers"]
    ]
    if options["body"] is not None:
        asked.body = given("body", options["body"], content)
        asked.method = options["method"] or ("POST" if asked.method == "GET" else asked.method)
    if options["response_body"] is not None:
        asked.response_body = given("response-body", options["response_body"], content)


def given(name: str, text: str, read: Callable[[str], _T]) -> _T:
    """The value of an option. :raises UsageError: when it is none."""
    try:
        return read(text)
    except OSError as error:
        raise click.UsageError(f"--{name}: {error.filename}: {error.strerror}") from None
    except ValueError as error:
        raise click.UsageError(f"--{name}: {error}") from None


def document(text: str) -> str:
    """JSON, or a file with it."""
    if not text.lstrip().startswith(("{", "[", '"')):
        text = Path(text.removeprefix("@")).read_text("utf-8")
    return json_object(text)


def content(text: str) -> bytes:
    """Text, or ``@`` and a file."""
    return Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
