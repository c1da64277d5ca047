"""Builds the extension ``_host``; setup.py hands this file to cffi.

cffi runs it on its own, so it imports nothing of the package.
"""

from __future__ import annotations

from pathlib import Path

import cffi

# Compilers and sdists take paths from the root of the project.
NATIVE = Path("twisted_tyk", "native", "c")
SDK = Path("twisted_tyk", "sdk", "c")
ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = (
    "closing.c",
    "drain.c",
    "errand.c",
    "fork.c",
    "host.c",
    "library.c",
    "messages.c",
    "pool.c",
    "run.c",
    "services.c",
    "table.c",
)
HEADERS = (NATIVE / "native.h", NATIVE / "internal.h", SDK / "tyk_plugin.h")


def interface(header: Path) -> str:
    """What a header has between its two marks, which is all of it that cffi can read."""
    text = header.read_text(encoding="utf-8")
    return text.partition("/* <interface> */")[2].partition("/* </interface> */")[0]


def builder() -> cffi.FFI:
    ffi = cffi.FFI()
    ffi.cdef(interface(ROOT / SDK / "tyk_plugin.h"))
    ffi.cdef(interface(ROOT / NATIVE / "native.h"))
    ffi.set_source(
        "twisted_tyk.native._host",
        '#include "native.h"',
        sources=[str(NATIVE / name) for name in SOURCES],
        depends=[str(header) for header in HEADERS],
        include_dirs=[str(NATIVE), str(SDK)],
        libraries=["dl", "pthread"],
        define_macros=[("_GNU_SOURCE", "1")],
        extra_compile_args=["-std=gnu11", "-O2", "-fvisibility=hidden"],
        py_limited_api=True,
        # Without a compiler the package is installed all the same, and runs on pure.py.
        optional=True,
    )
    return ffi
