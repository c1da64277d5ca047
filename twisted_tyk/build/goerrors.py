"""What ``go`` says of a build that failed, as sentences about the user's files."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from twisted_tyk.build.contract import BuildError

#: Of what ``go`` tells, the parts that are not about an error.
NOISE: Final = ("go: downloading ", "go: finding module ", "go: found ", "go: added ", "# ")
PLACE: Final = re.compile(
    r"^(?!In file )(?P<lead>\s*)(?P<file>[^\s:][^:]*\.go):(?P<rest>\d+(?::\d+)?:.*)"
)
#: How the messages begin that are about an import which nothing provides.
MISSING: Final = re.compile(
    r".*?\.go:\d+:\d+: (?:no required module provides package|cannot find module providing package"
    r"|package|module) "
)


def explained(
    folder: Path, said: str, imports: Mapping[str, str], copies: Mapping[str, str]
) -> BuildError:
    """:param folder: as the user wrote it; the lines begin with it.

    :param copies: files that the compiler saw: those of the user's that they stand for.
    :param imports: path: place of the import in the user's files.
    """
    lines = [
        pointing(folder, line, copies)
        for line in said.splitlines()
        if line and not line.startswith(NOISE)
    ]
    text = "\n".join(lines)
    if re.search(r"C compiler .* not found", text):
        return BuildError(
            f"{folder}: Go needs a C compiler to make a plugin; install gcc or clang,"
            " or set CC to one",
            lines,
        )
    if found := re.search(r"requires go >= (\S+) \(running go (\S+);", text):
        return BuildError(
            f"{folder}: its modules need Go {found[1]}, and this is Go {found[2]};"
            " install a newer one from https://go.dev/dl, or set GO to one",
            lines,
        )
    places = [line for line in lines if MISSING.match(line)]
    missing = [path for path, at in imports.items() if any(x.startswith(f"{at}: ") for x in places)]
    if missing:
        return BuildError(
            f"{folder}: nothing provides the import {', '.join(missing)};"
            f" type `go get {' '.join(missing)}` there, or, where there is no network, bring a"
            " folder `vendor` made by `go mod vendor`, name a mirror in GOPROXY, or a folder"
            " in a `replace` of go.mod",
            lines,
        )
    return BuildError(f"{folder}: it does not compile", lines)


def pointing(folder: Path, line: str, copies: Mapping[str, str]) -> str:
    """The line with the file as the user would name it, where it is one of the user's."""
    found = PLACE.match(line)
    if not found:
        return line
    resolved = folder.resolve()
    seen = os.path.normpath(resolved / found["file"])
    file = Path(copies.get(seen, seen))
    if file.is_relative_to(resolved):
        file = folder / file.relative_to(resolved)
    return f"{found['lead']}{file}:{found['rest']}"
