"""This gateway as it will be with the next minor version of the plugin interface.

A copy of the package whose header, numbers and frames have what a minor version may bring, all
of it appended: a slice that every frame has, a flag, a change and a service of new numbers, a
member at the end of the host's table. Its host in C is compiled anew.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from twisted_tyk.native import abi

#: Not what is installed: a wheel has no sources of the host.
PACKAGE: Final = Path(__file__).resolve().parent.parent / "twisted_tyk"
NEXT: Final = (abi.ABI_MAJOR, abi.ABI_MINOR + 1)
_BUILD: Final = """
import sys
from twisted_tyk.native._host_build import builder
builder().compile(tmpdir=".", verbose=False)
"""


def next_minor(folder: Path) -> Path:
    """Make it; the folder that stands for the root of the project."""
    shutil.copytree(
        PACKAGE,
        folder / "twisted_tyk",
        ignore=shutil.ignore_patterns("__pycache__", "_host.*.so", "target"),
    )
    _change(
        folder / "twisted_tyk" / "sdk" / "c" / "tyk_plugin.h",
        (rf"(#define TYK_ABI_MINOR) {abi.ABI_MINOR}\n", rf"\1 {NEXT[1]}\n"),
        (
            rf"TYK_SLICES = {abi.SLICES} ",
            rf"TYK_NEXT = {abi.SLICES},\n    TYK_SLICES = {abi.SLICES + 1} ",
        ),
        (r"(TYK_FLAG_RECORD = 4) ", r"\1, TYK_FLAG_NEXT = 1024 "),
        (r"(TYK_ERROR = 66) ", r"\1, TYK_SET_NEXT = 1067 "),
        (r"(TYK_SESSION_GET = 9) ", r"\1, TYK_NEXT_GET = 1010 "),
        (r"\} tyk_host;", "    uint64_t next;\n} tyk_host;"),
    )
    native = folder / "twisted_tyk" / "native"
    _change(
        native / "abi.py",
        (rf"ABI_MINOR: Final = {abi.ABI_MINOR}\n", f"ABI_MINOR: Final = {NEXT[1]}\n"),
        (rf"SLICES: Final = {abi.SLICES}\n", f"SLICES: Final = {abi.SLICES + 1}\n"),
    )
    _change(
        native / "frame.py",
        (
            r"( +)slices = len\(parts\)\n",
            rf'\1parts += [b""] * ({abi.SLICES} - len(parts)) + [b"something new"]\n'
            r"\1flags |= 1024\n"
            r"\1slices = len(parts)\n",
        ),
    )
    subprocess.run([sys.executable, "-c", _BUILD], cwd=folder, env=environ(folder), check=True)
    assert list(native.glob("_host.*.so")), "its host in C was not compiled"
    return folder


def environ(folder: Path) -> Mapping[str, str]:
    """Variables with which Python finds it instead of this one."""
    return {**os.environ, "PYTHONPATH": str(folder)}


def _change(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for pattern, new in changes:
        text, count = re.subn(pattern, new, text)
        assert count == 1, f"{file.name} has {pattern} {count} times"
    file.write_text(text, encoding="utf-8")
