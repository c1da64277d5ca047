"""Where the process of a plugin begins: a script, for ``python begin.py SOCKET PARENT``.

As ``python -m`` it would look for modules in the working directory first, and
import all that ``twisted_tyk`` offers to authors of hooks, Twisted with it:
three times the memory and the time that a plugin's process needs.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType


def find_package() -> None:
    """Let this process import the package it is part of, without running its ``__init__``."""
    folder = os.path.dirname(os.path.abspath(__file__))
    package = os.path.dirname(os.path.dirname(folder))
    sys.path[:] = [path for path in sys.path if path != folder]
    sys.path.append(os.path.dirname(package))
    module = ModuleType("twisted_tyk")
    module.__path__ = [package]
    sys.modules["twisted_tyk"] = module


if __name__ == "__main__":
    find_package()
    from twisted_tyk.native.process.helper import main

    main(int(sys.argv[1]), int(sys.argv[2]))
