"""What the source says about a class and its fields, as plain text for editors.

A field is told of by the ``#:`` lines above it, or by ``:ivar name:`` in the docstring
of its class. Where there is no source, as in a program that was frozen, nothing is told.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping
from textwrap import dedent
from typing import Final

_COMMENT: Final = "#:"
_IVAR: Final = re.compile(r":ivar (\w+):(.*?)(?=:ivar |\n\s*\n|\Z)", re.DOTALL)
_ROLE: Final = re.compile(r":\w+:`~?(?:[\w.]*\.)?(\w+)`")


def of_fields(kind: type) -> Mapping[str, str]:
    """What is said of each field of a class and of those it inherits from, by its name."""
    told: dict[str, str] = {}
    for base in reversed(kind.__mro__[:-1]):
        for name, text in _IVAR.findall(base.__doc__ or ""):
            told[name] = _plain(text)
        told.update(_comments(base))
    return told


def of_class(kind: type) -> str:
    """The first paragraph of its docstring."""
    text = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0]
    return "" if text.startswith(":ivar") else _plain(text)


def _comments(kind: type) -> dict[str, str]:
    try:
        source = dedent(inspect.getsource(kind))
    except (OSError, TypeError):
        return {}
    lines = [line.strip() for line in source.splitlines()]
    [body] = [node.body for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    told: dict[str, str] = {}
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            first = last = node.lineno - 1
            while first and lines[first - 1].startswith(_COMMENT):
                first -= 1
            if first < last:
                words = (line.removeprefix(_COMMENT) for line in lines[first:last])
                told[node.target.id] = _plain(" ".join(words))
    return told


def _plain(text: str) -> str:
    """The text without reStructuredText; names stay in backquotes, as in Markdown."""
    text = _ROLE.sub(r"`\1`", text).replace("``", "`")
    return " ".join(text.split())
