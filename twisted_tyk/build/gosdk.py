"""The modules of ours that stand for Tyk's."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from twisted_tyk.build.contract import BuildError


def check_imports(folder: Path, imports: Mapping[str, str], own: Mapping[str, Path]) -> None:
    """Find imports of Tyk's packages that are not among ours; Go would ask the network for them.

    :param imports: path: place of the import in the user's files.
    :param own: the folders of our modules by the paths that they stand for.
    :raises BuildError: naming the packages that there are.
    """
    for path, place in imports.items():
        for module, root in own.items():
            inner = path.removeprefix(module)
            if inner == path or inner[:1] not in ("", "/"):
                continue
            if not any((root / inner[1:]).glob("*.go")):
                raise BuildError(
                    f"{folder}: the SDK has no package {path};"
                    f" of {module} there are {', '.join(packages(root))}",
                    [f"{place}: {path}"],
                )


def sdk() -> Path:
    """The folder of the SDKs."""
    return Path(str(files("twisted_tyk") / "sdk"))


def own_modules() -> dict[str, Path]:
    """Our modules: folders by the paths that they stand for."""
    found = {}
    for file in sorted((sdk() / "go").glob("*/go.mod")):
        path = file.read_text(encoding="utf-8").split()[1]
        found[path] = file.parent
    return found


def packages(folder: Path) -> list[str]:
    """What a plugin can import of a module, by folders."""
    found = {file.parent.relative_to(folder) for file in folder.rglob("*.go")}
    return sorted(
        path.as_posix() for path in found if path.parts and path.parts[0] not in ("internal", "rt")
    )
