"""Build the Go plugins of Tyk's documents, straight out of their pages.

    python tools/check_seeds.py [FOLDER]

FOLDER holds the pages as text files; by default ``../shared/seeds`` beside this checkout.
Two of the snippets lack closing parentheses, which are put in; nothing else is changed.
The status is 1 when a snippet does not build.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import frozen

from twisted_tyk._version import TYK_VERSION
from twisted_tyk.build.contract import BuildError
from twisted_tyk.build.folder import build

DEFAULT: Final = Path(__file__).resolve().parents[2] / "shared" / "seeds"
#: How a line at the left edge of Go code begins; everything else there is prose again.
CODE: Final = re.compile(r"(?:package|import|func|var|const|type)\b|//|[)}]")
#: A call of a print function that nothing closes.
OPEN: Final = re.compile(r"^\s*fmt\.Println\((?:[^()]|\([^()]*\))*$")


@frozen
class Snippet:
    """:ivar page: the file, and :ivar line: where in it the code begins.

    :ivar repaired: how many parentheses were put in.
    """

    page: str
    line: int
    code: str
    repaired: int


def snippets(folder: Path) -> Iterator[Snippet]:
    """The Go programs on all pages of the folder."""
    for page in sorted(folder.glob("*.txt")):
        lines = page.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            if line == "package main":
                yield _snippet(page.name, number, lines)


def _snippet(page: str, start: int, lines: list[str]) -> Snippet:
    code, repaired = [lines[start]], 0
    for line in lines[start + 1 :]:
        if (line[:1].strip() and not CODE.match(line)) or line.startswith("package "):
            break
        if OPEN.match(line):
            line += ")"
            repaired += 1
        code.append(line)
    return Snippet(page, start + 1, "\n".join(code).strip() + "\n", repaired)


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else DEFAULT
    if not folder.is_dir():
        print(f"{folder}: no such folder; name the one with the pages")
        return 2
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        for number, snippet in enumerate(snippets(folder)):
            place = Path(work, f"{number:02}")
            place.mkdir()
            (place / "plugin.go").write_text(snippet.code, encoding="utf-8")
            failed += not _built(snippet, place)
    print(f"{failed} failed" if failed else "all build")
    return min(failed, 1)


def _built(snippet: Snippet, place: Path) -> bool:
    title = f"{snippet.page}:{snippet.line}"
    if snippet.repaired:
        title += f" ({snippet.repaired} parentheses put in)"
    try:
        built = build(place, gateway_version=TYK_VERSION, progress=lambda line: print("   ", line))
    except BuildError as error:
        print(f"FAILED  {title}: {error}")
        for line in error.lines:
            print("   ", line)
        return False
    names = ", ".join(built.manifest.functions)
    print(f"built   {title}: {names} ({built.seconds:.1f} s)")
    for warning in built.warnings:
        print("    warning:", warning)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
