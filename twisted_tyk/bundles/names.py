"""What the files of a bundle may be called.

A name is a path from the bundle's folder. What means something else on another
system is refused, so that a bundle is the same everywhere.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from twisted_tyk.jsonfile.problem import quoted

_DRIVE: Final = re.compile(r"[A-Za-z]:")
#: Controls, invisible formatting, halves of characters, and ends of lines and paragraphs.
_UNSEEN: Final = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
#: Bytes in UTF-8, as Linux has it; and folders in folders.
_PART: Final = 255
_WHOLE: Final = 1024
_DEEPEST: Final = 32
#: Characters of one in a message.
_LONGEST: Final = 60


def quoted_name(name: str) -> str:
    """A name for a message: what can not be seen, or told from others, is escaped."""
    whole = quoted(name)
    if whole.isprintable() and _composed(name) == name:
        return whole
    return json.dumps(name if len(name) <= _LONGEST else name[:_LONGEST] + "…")


def plain(name: str) -> str:
    """The same name without the ``./`` that it may start with."""
    while name.startswith("./"):
        name = name[2:]
    return name


def wrong_name(name: str) -> str:
    """Why a bundle can not have a file of this plain name; empty when it can."""
    if not name:
        return "it has no name"
    if "\0" in name:
        return "there is a null byte in it"
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        return "there is a control character in it"
    if "\\" in name:
        return "there is a backslash in it, expected /"
    if _DRIVE.match(name):
        return "it starts with the letter of a drive"
    if name.startswith("/"):
        return "it is absolute, expected a path from the bundle's folder"
    parts = name.split("/")
    if ".." in parts:
        return "it leaves the bundle's folder"
    if "." in parts or "" in parts:
        return "it has a part that is empty or a dot"
    if len(parts) > _DEEPEST:
        return f"it is more than {_DEEPEST} folders deep"
    if len(name.encode()) > _WHOLE or any(len(part.encode()) > _PART for part in parts):
        return f"it is too long, expected at most {_WHOLE} bytes, and {_PART} between slashes"
    return ""


def clash(files: Iterable[str], folders: Iterable[str] = ()) -> tuple[str, str]:
    """The first name that can not be beside an earlier one, and why; two empty ones when all can.

    :param folders: that are named themselves. Those that files are in count anyway.
    """
    seen: dict[str, tuple[str, bool]] = {}
    named: set[str] = set()
    for name, is_folder in [
        *((name, False) for name in files),
        *((name, True) for name in folders),
    ]:
        if name in named and seen[_folded(name)] == (name, is_folder):
            return name, "is in it twice"
        named.add(name)
        parts = name.split("/")
        for end in range(1, len(parts) + 1):
            here, folder = "/".join(parts[:end]), is_folder or end < len(parts)
            other, was_folder = seen.setdefault(_folded(here), (here, folder))
            if other != here:
                same = _composed(other) == _composed(here)
                how = "by Unicode normalisation" if same else "in case"
                return name, f"differs from {quoted_name(other)} only {how}"
            if folder != was_folder:
                return name, f"makes {quoted_name(other)} both a file and a folder"
    return "", ""


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _folded(name: str) -> str:
    """What a file system without regard to case and composition takes the name for."""
    return _composed(unicodedata.normalize("NFD", name).casefold())
