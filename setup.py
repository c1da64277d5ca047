"""What setup.cfg cannot say: there is an extension in C, and it can be left out."""

from __future__ import annotations

import os

from setuptools import setup

# TWISTED_TYK_PURE=1 asks for the package without it, as it is without a compiler.
if os.environ.get("TWISTED_TYK_PURE"):
    setup()
else:
    setup(cffi_modules=["twisted_tyk/native/_host_build.py:builder"])
