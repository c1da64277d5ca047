"""The numbers Python uses are those of the header."""

from __future__ import annotations

from importlib.resources import files

import cffi

from twisted_tyk.native import abi


def header() -> str:
    text = (files("twisted_tyk") / "sdk" / "c" / "tyk_plugin.h").read_text(encoding="utf-8")
    return text.partition("/* <interface> */")[2].partition("/* </interface> */")[0]


def test_every_number_of_the_header_is_known_under_its_name() -> None:
    ffi = cffi.FFI()
    ffi.cdef(header())
    enums = ["status", "flag", "slice", "change_kind", "level", "metric", "service", "control"]
    found = {}
    for enum in enums:
        found |= ffi.typeof(f"enum tyk_{enum}").relements
    named = {name.removeprefix("TYK_"): number for name, number in found.items()}
    assert {name: getattr(abi, name) for name in named} == named


def test_the_defines_are_the_same() -> None:
    for line in header().splitlines():
        if line.startswith("#define"):
            _, name, value, *_ = line.split()
            name = name.removeprefix("TYK_")
            if name != "OWNED":
                assert getattr(abi, name) == int(value, 0), name
