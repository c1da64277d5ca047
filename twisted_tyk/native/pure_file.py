"""The file of a plugin, loaded through cffi without a compiler."""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import cffi
from attrs import frozen

from twisted_tyk.native import abi, not_loaded
from twisted_tyk.native.contract import Loading

#: Bytes of changes that a plugin need not find memory for.
CAPACITY: Final = 65536
_HEADER: Final = Path(__file__).resolve().parent.parent / "sdk" / "c" / "tyk_plugin.h"
_OWNED: Final = 1
#: What a result can say of its size at most.
_LARGEST: Final = 0xFFFFFFFF
_EXPORTS: Final = {
    "abi": "uint32_t tyk_plugin_abi(void);",
    "init": "int32_t tyk_plugin_init(const tyk_host *, const uint8_t *, uint64_t);",
    "describe": "const char *tyk_plugin_describe(void);",
    "call": "int32_t tyk_plugin_call(uint32_t, const uint8_t *, uint64_t, tyk_result *);",
    "control": "int32_t tyk_plugin_control(uint32_t, const uint8_t *, uint64_t);",
    "free": "void tyk_plugin_free(void *);",
    "shutdown": "int32_t tyk_plugin_shutdown(uint32_t);",
}


def make_ffi() -> cffi.FFI:
    """The interface of ``tyk_plugin.h``."""
    ffi = cffi.FFI()
    text = _HEADER.read_text(encoding="utf-8")
    ffi.cdef(text.partition("/* <interface> */")[2].partition("/* </interface> */")[0])
    ffi.cdef("\n".join(_EXPORTS.values()))
    return ffi


@frozen
class Room:
    """Where one thread has changes put.

    :ivar begin: the address of ``buffer``.
    """

    result: Any
    buffer: Any
    begin: int


class PluginFile:
    """One library. Its functions may be called in many threads at once."""

    def __init__(self, ffi: cffi.FFI, loading: Loading) -> None:
        self._ffi = ffi
        self._loading = loading
        self._library: Any = None
        self._functions: dict[str, Any] = {}

    def open(self, table: Any) -> None:
        """Load and initialise it. :raises LoadError: when that fails."""
        ffi, loading = self._ffi, self._loading
        try:
            self._library = ffi.dlopen(os.fsencode(loading.copy), ffi.RTLD_NOW | ffi.RTLD_LOCAL)
        except OSError as error:
            reason = str(error).replace(f"cannot load library '{loading.copy}': ", "")
            raise not_loaded.not_opened(loading, reason) from None
        for name in _EXPORTS:
            try:
                self._functions[name] = getattr(self._library, f"tyk_plugin_{name}")
            except AttributeError:
                raise not_loaded.no_symbol(loading, f"tyk_plugin_{name}") from None
        version = self._functions["abi"]()
        if version >> 16 != abi.ABI_MAJOR or version & 0xFFFF > abi.ABI_MINOR:
            raise not_loaded.other_version(loading, version)
        status = self._functions["init"](table, loading.config, len(loading.config))
        if status != abi.OK:
            raise not_loaded.init_failed(loading, status)

    def room(self) -> Room:
        buffer = self._ffi.new("uint8_t[]", CAPACITY)
        begin = int(self._ffi.cast("uintptr_t", buffer))
        return Room(self._ffi.new("tyk_result *"), buffer, begin)

    def call(self, function: int, frame: bytes, room: Room) -> tuple[int, bytes, float]:
        """Run a function: its status, changes and seconds."""
        result = room.result
        result.data, result.capacity = room.buffer, CAPACITY
        result.size = result.flags = 0
        begin = perf_counter()
        status = self._functions["call"](function, frame, len(frame), result)
        seconds = perf_counter() - begin
        size, data = result.size, result.data
        owned = bool(result.flags & _OWNED)
        at = int(self._ffi.cast("uintptr_t", data)) - room.begin
        foreign = bool(data) and not 0 <= at < CAPACITY
        sane = abi.E_MEMORY <= status <= abi.OK and size <= _LARGEST
        if owned:
            sane = sane and foreign
        elif size:
            sane = sane and at == 0 and size <= CAPACITY
        changes = b""
        try:
            if sane and size:
                changes = self._ffi.buffer(data, size)[:]
        except MemoryError:
            status = abi.E_MEMORY
        finally:
            if owned and foreign:
                self._functions["free"](data)
        return (status, changes, seconds) if sane else (abi.E_ARGUMENT, b"", seconds)

    def control(self, control: int, strings: bytes) -> int:
        return int(self._functions["control"](control, strings, len(strings)))

    def shutdown(self, milliseconds: int) -> int:
        return int(self._functions["shutdown"](milliseconds))

    def unload(self) -> bool:
        """Whether nothing of it is left in memory; Go's libraries stay for ever."""
        if self._library is None:
            return True
        self._functions.clear()
        self._ffi.dlclose(self._library)
        self._library = None
        try:
            still = self._ffi.dlopen(
                os.fsencode(self._loading.copy), self._ffi.RTLD_LAZY | os.RTLD_NOLOAD
            )
        except OSError:
            return True
        self._ffi.dlclose(still)
        return False
