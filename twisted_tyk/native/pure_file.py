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
#: Their names after ``tyk_plugin_``, and their types.
_EXPORTS: Final = {
    "abi": "uint32_t(*)(void)",
    "init": "int32_t(*)(const tyk_host *, const uint8_t *, uint64_t)",
    "describe": "const char *(*)(void)",
    "call": "int32_t(*)(uint32_t, const uint8_t *, uint64_t, tyk_result *)",
    "control": "int32_t(*)(uint32_t, const uint8_t *, uint64_t)",
    "free": "void(*)(void *)",
    "shutdown": "int32_t(*)(uint32_t)",
}
# cffi's own dlopen keeps something of every library for ever.
_SYSTEM: Final = """
void *dlopen(const char *file, int mode);
void *dlsym(void *library, const char *name);
int dlclose(void *library);
char *dlerror(void);
"""


@frozen
class System:
    """:ivar ffi: the interface of ``tyk_plugin.h``. :ivar loader: the system's loader."""

    ffi: cffi.FFI
    loader: Any

    @classmethod
    def make(cls) -> System:
        ffi = cffi.FFI()
        text = _HEADER.read_text(encoding="utf-8")
        ffi.cdef(text.partition("/* <interface> */")[2].partition("/* </interface> */")[0])
        ffi.cdef(_SYSTEM)
        loader: Any = ffi.dlopen(None)
        # cffi looks a function up when it is first used, and that clears the error.
        loader.dlerror()
        return cls(ffi, loader)


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

    def __init__(self, system: System, loading: Loading) -> None:
        self._ffi = system.ffi
        self._loader = system.loader
        self._loading = loading
        self._path = os.fsencode(loading.copy)
        self._library = system.ffi.NULL
        self._functions: dict[str, Any] = {}

    def open(self, table: Any) -> None:
        """Load and initialise it. :raises LoadError: when that fails."""
        ffi, loader, loading = self._ffi, self._loader, self._loading
        self._library = loader.dlopen(self._path, os.RTLD_NOW | os.RTLD_LOCAL)
        if not self._library:
            reason = loader.dlerror()
            raise not_loaded.not_opened(loading, os.fsdecode(ffi.string(reason)))
        for name, type in _EXPORTS.items():
            found = loader.dlsym(self._library, f"tyk_plugin_{name}".encode())
            if not found:
                raise not_loaded.no_symbol(loading, f"tyk_plugin_{name}")
            self._functions[name] = ffi.cast(type, found)
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
        library, self._library = self._library, self._ffi.NULL
        if not library:
            return True
        self._functions.clear()
        self._loader.dlclose(library)
        still = self._loader.dlopen(self._path, os.RTLD_LAZY | os.RTLD_NOLOAD)
        if still:
            self._loader.dlclose(still)
        return not still
