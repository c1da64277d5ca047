"""A compiled plugin, called as the gateway calls it, but in this process and by hand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from attrs import field, frozen
from cffi import FFI

from twisted_tyk.native import abi, changes
from twisted_tyk.native.manifest import Function, Manifest
from twisted_tyk.native.packed import pack as packed
from twisted_tyk.native.packed import unpack

SDK = Path(str(files("twisted_tyk"))) / "sdk"
Pairs = Sequence[tuple[bytes, bytes]]


def compiler(*names: str) -> str:
    """The first of these programs that is there; a test that needs one is skipped without."""
    for name in names:
        if shutil.which(name):
            return name
    pytest.skip(f"install {' or '.join(names)} to run this")


def compile_c(output: Path, *sources: Path, flags: Sequence[str] = ()) -> Path:
    """A library from C or C++ files, which must not give a single warning."""
    plus = any(source.suffix == ".cpp" for source in sources)
    program = compiler("g++", "clang++") if plus else compiler("gcc", "clang")
    standard = "-std=c++17" if plus else "-std=c11"
    command = [program, standard, "-Wall", "-Wextra", "-pedantic", "-Werror", "-fPIC", "-shared",
               "-fvisibility=hidden", "-pthread", f"-I{SDK / 'c'}", *flags,
               *map(str, sources), "-o", str(output)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return output


@frozen
class Frame:
    """A frame, whole or with a lie in it."""

    slices: Mapping[int, bytes] = {}
    fields: Pairs = ()
    response_fields: Pairs = ()
    reply_fields: Pairs = ()
    flags: int = 0
    status: int = 0
    port: int = 0
    count: int = abi.SLICES

    def encode(self) -> bytes:
        parts = [self.slices.get(number, b"") for number in range(self.count)]
        for pairs in (self.fields, self.response_fields, self.reply_fields):
            parts += [part for pair in pairs for part in pair]
        size = 40 + 4 * len(parts) + sum(map(len, parts))
        head = pack(
            "=10I", abi.FRAME_MAGIC, size, self.flags, self.status, self.port, self.count,
            len(self.fields), len(self.response_fields), len(self.reply_fields), 0,
        )  # fmt: skip
        return head + pack(f"={len(parts)}I", *map(len, parts)) + b"".join(parts)


@frozen
class Gave:
    """What a call gave back: its status, its changes, and whether they were the plugin's own."""

    status: int
    changes: list[changes.Change]
    owned: bool

    def of(self, kind: int) -> list[changes.Change]:
        return [change for change in self.changes if change.kind == kind]

    def written(self) -> bytes:
        return b"".join(change.value for change in self.of(abi.REPLY_WRITE))

    def error(self) -> str:
        return self.of(abi.ERROR)[0].key.decode()


@frozen
class Told:
    lines: list[tuple[int, str, str]] = field(factory=list)
    metrics: list[tuple[int, str, float]] = field(factory=list)
    asked: list[tuple[int, list[bytes]]] = field(factory=list)


class PluginLibrary:
    """:ivar told: what came through the table of the host's functions.

    :ivar answers: what services answer, by their number.
    """

    def __init__(self, path: Path) -> None:
        self.ffi = FFI()
        self.ffi.cdef(_interface())
        self.lib: Any = self.ffi.dlopen(str(path), self.ffi.RTLD_NOW | self.ffi.RTLD_LOCAL)
        text = self.ffi.string(self.lib.tyk_plugin_describe()).decode()
        self.manifest = Manifest.parse(text)
        self.told = Told()
        self.answers: dict[int, tuple[int, list[bytes]]] = {}
        self.out: list[Any] = []
        self.host = self.ffi.new("tyk_host *")
        self.host.size = self.ffi.sizeof("tyk_host")
        self.host.abi_major = abi.ABI_MAJOR
        self.host.abi_minor = abi.ABI_MINOR
        calls = {"log": self._log, "metric": self._metric, "service": self._service}
        self._functions = [
            self._callback(name, call) for name, call in {**calls, "release": self._release}.items()
        ]

    def init(self, config: object = None) -> int:
        text = json.dumps({} if config is None else config).encode()
        return int(self.lib.tyk_plugin_init(self.host, text, len(text)))

    def function(self, name: str) -> Function:
        return self.manifest.functions[name]

    def call(self, name: str | int, frame: Frame | bytes = Frame(), room: int = 4096) -> Gave:
        """:param room: how large the host's buffer is."""
        number = name if isinstance(name, int) else self.function(name).number
        data = frame if isinstance(frame, bytes) else frame.encode()
        result = self.ffi.new("tyk_result *")
        # One byte off, since nothing promises that a frame or a buffer is aligned.
        held = self.ffi.new("uint8_t[]", b"-" + data)
        buffer = self.ffi.new("uint8_t[]", room + 1)
        result.data, result.capacity = buffer + 1, room
        status = self.lib.tyk_plugin_call(number, held + 1, len(data), result)
        assert result.size <= room or result.flags & 1
        owned = bool(result.flags & 1)
        given = bytes(self.ffi.buffer(result.data, result.size))
        if owned:
            self.lib.tyk_plugin_free(result.data)
        return Gave(status, changes.read(given), owned)

    def control(self, control: int, *strings: bytes) -> int:
        text = packed(strings)
        return int(self.lib.tyk_plugin_control(control, text, len(text)))

    def shutdown(self) -> int:
        return int(self.lib.tyk_plugin_shutdown(1000))

    def _callback(self, name: str, function: Any) -> Any:
        made = self.ffi.callback(self.ffi.typeof(getattr(self.host, name)), function)
        setattr(self.host, name, made)
        return made

    def _text(self, data: Any, size: int) -> str:
        return bytes(self.ffi.buffer(data, size)).decode() if size else ""

    def _log(self, _: Any, level: int, text: Any, size: int, more: Any, more_size: int) -> None:
        self.told.lines.append((level, self._text(text, size), self._text(more, more_size)))

    def _metric(self, _: Any, kind: int, name: Any, size: int, value: float) -> None:
        self.told.metrics.append((kind, self._text(name, size), value))

    def _service(self, _: Any, service: int, given: Any, size: int, out: Any, into: Any) -> int:
        self.told.asked.append((service, unpack(bytes(self.ffi.buffer(given, size)))))
        status, strings = self.answers.get(service, (abi.E_REFUSED, []))
        if status == abi.OK:
            text = packed(strings)
            self.out.append(self.ffi.new("uint8_t[]", text))
            out[0], into[0] = self.out[-1], len(text)
        return status

    def _release(self, _: Any, out: Any) -> None:
        self.out.remove(out)


def section(path: Path) -> str:
    """The manifest as binutils find it in the file, without loading it."""
    into = path.with_suffix(".section")
    subprocess.run(
        [compiler("objcopy"), "-O", "binary", "--only-section=.tyk_manifest", path, into],
        check=True,
        env=os.environ,
    )
    return into.read_bytes().rstrip(b"\0").decode()


def _interface() -> str:
    """What ``tyk_plugin.h`` declares, exported functions too, as cffi reads it."""
    text = (SDK / "c" / "tyk_plugin.h").read_text(encoding="utf-8")
    types = text.partition("/* <interface> */")[2].partition("/* </interface> */")[0]
    return "".join([types, *re.findall(r"^TYK_EXPORT ([^;]+;)", text, re.MULTILINE)])
