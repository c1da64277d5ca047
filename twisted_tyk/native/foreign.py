"""What a file is that is no plugin library, by how it begins, and what to do about it."""

from __future__ import annotations

import re
from typing import Final

#: So much of a file is looked at.
BEGINNING: Final = 4096

_BUILD: Final = "build it: type `tyk plugin build` with the name of its folder"
_REBUILD: Final = "rebuild its sources for this system with `tyk plugin build`"

_BEGINNINGS: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"PK\x03\x04", "a zip archive", "if it is a plugin bundle, unpack it and name the .so in it"),
    (b"\xcf\xfa\xed\xfe", "a library or program for macOS", _REBUILD),
    (b"\xce\xfa\xed\xfe", "a library or program for macOS", _REBUILD),
    (b"\xca\xfe\xba\xbe", "a library or program for macOS, or a Java class", _REBUILD),
    (b"MZ", "a library or program for Windows", _REBUILD),
    (b"!<arch>\n", "a static archive", "link it as a shared library: `tyk plugin build` does"),
    (b"!<thin>\n", "a static archive", "link it as a shared library: `tyk plugin build` does"),
    (b"\x1f\x8b", "compressed with gzip", "unpack it with `tar -xzf` or `gunzip`"),
    (b"\xfd7zXZ", "compressed with xz", "unpack it with `tar -xJf` or `unxz`"),
    (b"BZh", "compressed with bzip2", "unpack it with `tar -xjf` or `bunzip2`"),
    (b"(\xb5/\xfd", "compressed with zstd", "unpack it with `unzstd`"),
    (b"\0asm", "a WebAssembly module", _REBUILD),
    (b"BC\xc0\xde", "LLVM bitcode", _REBUILD),
    (b"version https://git-lfs", "a Git LFS pointer", "fetch the file itself with `git lfs pull`"),
    (b"#!", "a script", "name the library that was built"),
)
_GO: Final = re.compile(rb"^package [a-z]\w*\s*(//.*)?$", re.MULTILINE | re.ASCII)
_C: Final = re.compile(rb"^\s*#\s*include\s*[<\"]", re.MULTILINE)
_RUST: Final = re.compile(rb"^\s*(use \w+(::[\w{}*, ]+)*;|(pub )?fn \w+)", re.MULTILINE)
_PYTHON: Final = re.compile(rb"^(import \w+|from [\w.]+ import |def \w+\(|class \w+)", re.MULTILINE)


def what_it_is(head: bytes) -> str:
    """The middle of a sentence: what was found, what was expected, what to type.

    :param head: the first :data:`BEGINNING` bytes of a file.
    """
    found, advice = _recognise(head)
    return f"is {found}, expected a plugin library; {advice}"


def _recognise(head: bytes) -> tuple[str, str]:
    for beginning, found, advice in _BEGINNINGS:
        if head.startswith(beginning):
            return found, advice
    if not _is_text(head):
        return f"no library: it begins with {head[:8].hex(' ')}", "was it copied whole?"
    if _GO.search(head):
        return "Go source", _BUILD
    if _C.search(head):
        return "C source", _BUILD
    if _PYTHON.search(head):
        return "Python source", "hooks in Python are not built, and their names end in .py"
    if _RUST.search(head):
        return "Rust source", _BUILD
    return "a text file", "name the library that was built"


def _is_text(head: bytes) -> bool:
    try:
        # A character may be cut in two where the beginning ends.
        text = head.decode() if len(head) < BEGINNING else head[:-4].decode("utf-8", "ignore")
    except UnicodeDecodeError:
        return False
    return "\0" not in text and len(text.encode()) >= len(head) - 8
