"""Make a virtual environment, and make it again only when its recipe changes.

Standard library only: these lines run before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# Written into the environment: the digest of its recipe, and whether it is ours to remove.
STAMP = "recipe.sha256"
MADE, FOUND = "made", "found"

NO_VENV = """\
{python} cannot make a virtual environment: its venv or ensurepip module is missing.
On Debian and Ubuntu this mends it:  sudo apt install python3-venv
Then run the same command again."""


def venv_python(folder: Path) -> Path:
    """The interpreter inside the environment at ``folder``."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure(folder: Path, install: Sequence[str], recipe: str, pythons: Sequence[str] = ()) -> Path:
    """Return the interpreter of the environment at ``folder``, made new if its recipe changed.

    An environment that was there before us is filled, but never removed.

    :param install: what follows ``pip install``.
    :param recipe: text that changes whenever the environment should be made again.
    :param pythons: interpreters to try in turn; the running one unless told.
    """
    python, stamp = venv_python(folder), folder / STAMP
    digest = _digest(folder, install, recipe)
    done, _, origin = stamp.read_text().partition(" ") if stamp.exists() else ("", "", "")
    if python.exists() and done == digest:
        return python
    print(f"Preparing {folder.name} (only this once)", flush=True)
    if folder.exists() and origin != MADE:
        origin, installer = FOUND, [str(python), "-m", "pip"]
    else:
        origin, installer = MADE, _create(folder, pythons or [sys.executable])
        stamp.write_text(f"unfinished {MADE}")
    if subprocess.run([*installer, "install", "--quiet", *install]).returncode:
        raise SystemExit(f"pip could not fill {folder.name}; its message is above.")
    stamp.write_text(f"{digest} {origin}")
    return python


def _digest(folder: Path, install: Sequence[str], recipe: str) -> str:
    # The folder takes part since an environment does not survive being moved.
    facts = [sys.version, str(folder), *install, recipe]
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()


def _create(folder: Path, pythons: Sequence[str]) -> list[str]:
    """Make the environment with the first interpreter that can; return its pip command."""
    inside = str(venv_python(folder))
    for python in pythons:
        shutil.rmtree(folder, ignore_errors=True)
        if _runs([python, "-m", "venv", str(folder)]):
            return [inside, "-m", "pip"]
        # Without ensurepip, a pip outside can still fill an environment that has none.
        shutil.rmtree(folder, ignore_errors=True)
        outside = [python, "-m", "pip", "--python", inside]
        if _runs([python, "-m", "venv", "--without-pip", str(folder)]) and _runs(
            [*outside, "--version"]
        ):
            return outside
    shutil.rmtree(folder, ignore_errors=True)
    raise SystemExit(NO_VENV.format(python=pythons[0]))


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False
