"""Build the Go plugins of Tyk's documents, straight out of their pages, and run them.

    python tools/check_seeds.py [FOLDER]

FOLDER holds the pages as text files; by default ``../shared/seeds`` beside this checkout.
Two of the snippets lack closing parentheses, which are put in; nothing else is changed.
Each is then called through a gateway by HTTP, and what comes back compared with the page.
The status is 1 when a snippet does not build or does something else.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from attrs import frozen
from seed_gateway import differences, differences_alone, gateway
from seed_plays import Play, play_of

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

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


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
    with tempfile.TemporaryDirectory() as work:
        found = list(snippets(folder))
        built = {}
        for number, snippet in enumerate(found):
            library = _built(snippet, Path(work, f"{number:02}"))
            if library:
                built[f"{number:02}"] = snippet, library
        failed = len(found) - len(built)
        failed += _played(built, Path(work))
    print(f"{failed} failed" if failed else "all is as the pages say")
    return min(failed, 1)


def _built(snippet: Snippet, place: Path) -> Path | None:
    place.mkdir()
    (place / "plugin.go").write_text(snippet.code, encoding="utf-8")
    repaired = f"; {snippet.repaired} parentheses put in" if snippet.repaired else ""
    try:
        built = build(place, gateway_version=TYK_VERSION, progress=lambda line: print("   ", line))
    except BuildError as error:
        print(f"FAILED  {snippet}: {error}", *error.lines, sep="\n    ")
        return None
    names = ", ".join(built.manifest.functions)
    print(f"built   {snippet}: {names} ({built.seconds:.1f} s{repaired})")
    for warning in built.warnings:
        print("    warning:", warning)
    return built.file


def _played(built: Mapping[str, tuple[Snippet, Path]], work: Path) -> int:
    """Play them all behind one gateway; how many did not do what their page says."""
    plays = {api: play_of(snippet.code) for api, (snippet, _) in built.items()}
    definitions = {
        api: _definition(play, api, built) for api, play in plays.items() if play and play.hook
    }
    failed = 0
    with gateway(work, definitions) as running:
        for api, play in plays.items():
            snippet, library = built[api]
            if play is None:
                print(f"UNKNOWN {snippet}: what it is to do is not in seed_plays.py")
                failed += 1
                continue
            if play.hook:
                wrong = list(differences(running, api, play))
                how = f"{play.function} at {play.hook}, {len(play.asks)} requests"
            else:
                wrong = list(differences_alone(library, play))
                how = f"{play.function}, called alone"
            failed += bool(wrong)
            print(f"{'FAILED' if wrong else 'played'}  {snippet}: {how}")
            for line in wrong:
                print("   ", line)
    return failed


def _definition(
    play: Play, api: str, built: Mapping[str, tuple[Snippet, Path]]
) -> dict[str, object]:
    entry = {"name": play.function, "path": str(built[api][1])}
    hooks: dict[str, object] = {"driver": "goplugin"}
    hooks[play.hook] = entry if play.hook == "auth_check" else [entry]
    if play.needs:
        library = next(file for snippet, file in built.values() if play.needs in snippet.code)
        hooks["auth_check"] = {"name": play.needs, "path": str(library)}
    return {"custom_middleware": hooks, **play.keys}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
