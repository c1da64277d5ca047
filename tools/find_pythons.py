"""Find the interpreters on this machine that really run.

A name on PATH proves little: a version manager's shim may stand there and refuse.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SUPPORTED = ((3, 10), (3, 11), (3, 12), (3, 13))

_ASK = (
    "import sys; print(sys.implementation.name, sys.version_info[0], sys.version_info[1],"
    " sys.executable)"
)


def find_pythons() -> dict[tuple[int, int], str]:
    """Map each supported version, and the running one, to an interpreter of it."""
    running = sys.version_info[:2]
    found = {running: sys.executable}
    for version in SUPPORTED:
        for candidate in _candidates(version):
            if version in found:
                break
            real = _ask(candidate, version)
            if real is not None:
                found[version] = real
    return dict(sorted(found.items()))


def _candidates(version: tuple[int, int]) -> Iterator[Path]:
    dotted = f"{version[0]}.{version[1]}"
    names = (f"python{dotted}", "python3")
    for entry in os.environ.get("PATH", os.defpath).split(os.pathsep):
        for name in names:
            yield Path(entry, name)
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for folder in sorted(root.glob(f"versions/{dotted}*/bin")):
        yield folder / f"python{dotted}"


def _ask(candidate: Path, version: tuple[int, int]) -> str | None:
    """The path of the real interpreter behind ``candidate``, if it is CPython ``version``."""
    if not os.access(candidate, os.X_OK):
        return None
    try:
        answer = subprocess.run(
            [str(candidate), "-c", _ASK], capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = answer.stdout.strip().split(" ", 3)
    if answer.returncode or words[:3] != ["cpython", *map(str, version)]:
        return None
    return words[3]


def main(arguments: list[str]) -> int:
    """Print the interpreter of the version asked for, such as 3.10, or fail without a word."""
    for version, python in find_pythons().items():
        if [".".join(map(str, version))] == arguments:
            print(python)
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
