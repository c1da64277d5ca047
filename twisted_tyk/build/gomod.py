"""The ``go.mod`` of a build: the user's, with our modules in the place of Tyk's.

The user's own file stays as it is. Modules that are required only because Tyk
requires them would all have to be downloaded; so what is marked ``// indirect``
is not required any more, but when something else needs it, it comes in the
version that the user's file names.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from twisted_tyk.build.contract import BuildError
from twisted_tyk.build.toolchain import Go

LOGRUS: Final = "github.com/sirupsen/logrus"
#: Tyk's documents have people replace it so that Tyk itself compiles; plugins do not use it.
DROPPED: Final = ("github.com/jensneuse/graphql-go-tools",)
TYK: Final = "github.com/TykTechnologies/tyk"
OWN: Final = "v0.0.0-00010101000000-000000000000"


@frozen
class Vendored:
    """A module in ``vendor/``: its folder and what its ``go.mod`` would say of Go."""

    path: str
    version: str
    folder: Path
    language: str


@frozen
class Module:
    """The user's module, or one that is made up for a folder without.

    :ivar root: the folder with ``go.mod``, or where it would be.
    :ivar file: the user's ``go.mod``.
    :ivar said: its contents as ``go mod edit -json`` tells them.
    :ivar vendored: what is in ``vendor/``.
    """

    root: Path
    file: Path | None
    said: Mapping[str, Any] = field(repr=False)
    vendored: tuple[Vendored, ...] = field(repr=False)

    @property
    def path(self) -> str:
        return str(self.said["Module"]["Path"])

    def names_logrus(self) -> bool:
        """Whether the real logrus could be had in a version that the user chose."""
        return any(each["Path"] == LOGRUS for each in self.said.get("Require") or ())

    def wants_logrus(self) -> bool:
        """Whether the user's own code is known to use the real one."""
        required = self.said.get("Require") or ()
        direct = any(each["Path"] == LOGRUS and not each.get("Indirect") for each in required)
        return direct or any(each.path == LOGRUS for each in self.vendored)


def read_module(folder: Path, go: Go) -> Module:
    """:raises BuildError: when the ``go.mod`` is wrong; it points at the line."""
    for root in (folder, *folder.parents):
        file = root / "go.mod"
        if file.is_file():
            break
    else:
        # The name that Tyk's compiler gives it.
        said = {"Module": {"Path": "tyk.internal/tyk_plugin"}, "Go": go.language}
        return Module(folder, None, said, tuple(_vendored(folder)))
    answer = subprocess.run(
        [go.command, "mod", "edit", "-json", str(file)],
        capture_output=True,
        encoding="utf-8",
        env=dict(go.environ),
        cwd=folder,
    )
    if answer.returncode:
        lines = [line.removeprefix("go: ") for line in answer.stderr.splitlines() if line.strip()]
        if any("must be of the form v1.2.3" in line for line in lines):
            raise BuildError(
                f"{file}: a version in it is not looked up yet; type `go mod tidy` in its folder",
                lines,
            )
        raise BuildError(f"{file}: not a valid go.mod", lines)
    return Module(root, file, json.loads(answer.stdout), tuple(_vendored(root)))


def _vendored(root: Path) -> Iterator[Vendored]:
    try:
        text = (root / "vendor" / "modules.txt").read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        head, _, rest = part.partition("\n")
        path, _, version = head.partition(" => ")[0].partition(" ")
        folder = root / "vendor" / path
        # What stands behind a module without packages was not needed, and the same
        # module may be named once more, for its replacement alone.
        if version and folder.is_dir():
            language = re.search(r"^## .*?go (\d+\.\d+\S*)", rest, flags=re.MULTILINE)
            yield Vendored(path, version.strip(), folder, language[1] if language else "1.16")


def written(module: Module, own: Mapping[str, Path]) -> str:
    """The text of the ``go.mod`` to build with.

    :param own: the folders of our modules by the paths that they stand for.
    """
    said = module.said
    requires = dict.fromkeys(own, OWN)
    folders = dict(own)
    for each in module.vendored:
        if each.path not in folders:
            requires[each.path] = each.version
            folders[each.path] = each.folder
    replaces = [f"{path} => {_quoted(folder)}" for path, folder in folders.items()]
    settled = {*folders, *DROPPED}
    for each in said.get("Replace") or ():
        old, new = each["Old"], each["New"]
        if old["Path"] not in settled and not _is_tyk(old["Path"]):
            target = new["Path"] if new.get("Version") else _quoted(module.root / new["Path"])
            replaces.append(f"{_versioned(old)} => {_versioned({**new, 'Path': target})}")
    settled |= {each["Old"]["Path"] for each in said.get("Replace") or ()}
    required = said.get("Require") or ()
    through_tyk = any(_is_tyk(each["Path"]) for each in required)
    for each in required:
        path = each["Path"]
        if path in requires or path in DROPPED or _is_tyk(path):
            continue
        if not (through_tyk and each.get("Indirect")):
            requires[path] = each["Version"]
        elif path not in settled:
            replaces.append(f"{path} => {_versioned(each)}")
    excludes = [_versioned(each) for each in said.get("Exclude") or ()]
    lines = [f"module {module.path}", "", f"go {said.get('Go') or '1.16'}", ""]
    lines += [f"require {path} {version}" for path, version in requires.items()]
    lines += [f"replace {each}" for each in replaces]
    lines += [f"exclude {each}" for each in excludes]
    return "\n".join(lines) + "\n"


def _is_tyk(path: str) -> bool:
    return path == TYK or path.startswith(f"{TYK}/")


def _versioned(each: Mapping[str, Any]) -> str:
    return f"{each['Path']} {each['Version']}" if each.get("Version") else str(each["Path"])


def _quoted(path: Path) -> str:
    return json.dumps(str(path.resolve()))
