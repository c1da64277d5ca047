"""A plugin straight against ``tyk_plugin.h``, built with whichever version of that header."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from plugin_library import compiler

from twisted_tyk.testing import definition

HERE: Final = Path(__file__).parent / "interface"
MODES: Final = ("inline", "pool", "process")


def built(folder: Path, header: str) -> Path:
    """The plugin, with a header beside its source."""
    (folder / "tyk_plugin.h").write_text(header, encoding="utf-8")
    shutil.copy(HERE / "frozen.c", folder / "frozen.c")
    command = [compiler("gcc", "clang"), "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared",
               "-fPIC", "-fvisibility=hidden", "frozen.c", "-o", "frozen.so"]  # fmt: skip
    subprocess.run(command, cwd=folder, check=True)
    return folder / "frozen.so"


def api(name: str, mode: str, library: Path, **points: list[str]) -> dict[str, Any]:
    """A definition with functions of the plugin at these points."""
    entries = {
        point: [{"name": each, "path": str(library), "mode": mode} for each in names]
        for point, names in points.items()
    }
    return definition(name, **entries)
