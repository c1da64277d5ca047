"""The crate by its own tests, and a plugin made with it, called as the gateway calls it."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from pathlib import Path
from struct import pack, unpack, unpack_from

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plugin_library import SDK, Frame, Gave, PluginLibrary, compiler, section
from strange_frames import strange_frames

from twisted_tyk.build.folder import build
from twisted_tyk.native import abi

HERE = Path(__file__).parent / "rust"

frames = strange_frames(st.text(max_size=20).map(str.encode), st.binary(max_size=30))


@pytest.fixture(scope="session")
def echo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler("cargo")
    folder = tmp_path_factory.mktemp("rust")
    environ = {**os.environ, "XDG_CACHE_HOME": str(folder), "RUST_BACKTRACE": "1"}
    built = build(
        HERE, folder / "echo.so", gateway_version="v5.3.0", progress=print, environ=environ
    )
    assert built.warnings == ()
    return built.file


@pytest.fixture(scope="session")
def echo(echo_file: Path) -> PluginLibrary:
    library = PluginLibrary(echo_file)
    assert library.init() == abi.OK
    return library


def heard(gave: Gave, what: str) -> list[bytes | None]:
    """What was told under this name; None for what was not there."""
    text, at = gave.written(), 0
    found: list[bytes | None] = []
    while at < len(text):
        end = text.index(b"\0", at)
        (size,) = unpack_from("=i", text, end + 1)
        value = text[end + 5 : end + 5 + max(size, 0)]
        if text[at:end] == what.encode():
            found.append(None if size < 0 else value)
        at = end + 5 + max(size, 0)
    return found


@pytest.mark.parametrize(
    "command",
    [
        ["test", "--offline"],
        ["fmt", "--check"],
        ["clippy", "--offline", "--all-targets", "--", "-D", "warnings"],
    ],
    ids=lambda command: command[0],
)
def test_the_crate_by_its_own_tools(
    tmp_path_factory: pytest.TempPathFactory, command: list[str]
) -> None:
    compiler("cargo")
    there = subprocess.run(["cargo", command[0], "--version"], capture_output=True)
    if command[0] != "test" and there.returncode:
        pytest.skip(f"install it to run this: rustup component add {command[0]}")
    target = tmp_path_factory.getbasetemp() / "crate"
    environ = {**os.environ, "CARGO_TARGET_DIR": str(target)}
    done = subprocess.run(
        ["cargo", *command], cwd=SDK / "rust", env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_numbers_of_the_crate_are_those_of_the_interface() -> None:
    text = (SDK / "rust" / "src" / "abi.rs").read_text(encoding="utf-8")
    found = dict(re.findall(r"pub const (\w+): \w+ = (-?[0-9A-Fa-fx_]+);", text))
    assert found.pop("OWNED") == "1"
    assert len(found) > 60
    for name, value in found.items():
        assert int(value.replace("_", ""), 0) == getattr(abi, name), name


def test_the_manifest_stands_in_the_file(echo_file: Path, echo: PluginLibrary) -> None:
    assert json.loads(section(echo_file)) == json.loads(echo.manifest.text)
    assert (echo.manifest.name, echo.manifest.version) == ("echo", "1.2.3")
    assert echo.manifest.language == "rust"
    assert re.fullmatch(r"rustc \d+\.\d+\.\d+\S*", echo.manifest.toolchain)
    told = [(f.name, f.kind, f.mode, len(f.needs)) for f in echo.manifest.functions.values()]
    assert told == [
        ("echo", "request", "", 5),
        ("echo_response", "response", "inline", 1),
        ("record", "analytics", "", 0),
        ("services", "request", "pool", 0),
        ("say", "request", "process", 0),
        ("fails", "request", "", 0),
        ("definition", "request", "", 1),
        ("write_all", "request", "", 0),
        ("edit", "response", "", 1),
    ]
    assert echo.lib.tyk_plugin_abi() == abi.ABI_MAJOR << 16 | abi.ABI_MINOR


@given(frames)
def test_every_frame_reads_back_as_it_was_written(echo: PluginLibrary, frame: Frame) -> None:
    gave = echo.call("echo", frame)
    assert gave.status == abi.OK
    part = {n: frame.slices.get(n, b"") if n < frame.count else b"" for n in range(abi.SLICES)}
    path, _, query = part[abi.TARGET].partition(b"?")
    values = [value for name, value in frame.fields if name.lower() == b"x-name"]
    first = values[0].decode("utf-8", "replace").encode() if values else None
    wanted = {
        "method": part[abi.METHOD],
        "target": part[abi.TARGET],
        "path": path,
        "query string": query,
        "host": part[abi.HOST],
        "peer": part[abi.PEER],
        "port": b"%d" % frame.port,
        "secure": b"yes" if frame.flags & abi.FLAG_SECURE else b"no",
        "body": part[abi.BODY],
        "token": part[abi.TOKEN],
        "has session": b"yes" if frame.flags & abi.FLAG_SESSION else b"no",
        "session": part[abi.SESSION] or None,
        "context": part[abi.CONTEXT] or b"{}",
        "rewrite": part[abi.REWRITE] or None,
        "tls": part[abi.TLS] or None,
        "header": first,
        "count": b"%d" % len(frame.fields),
    }
    assert {what: heard(gave, what) for what in wanted} == {w: [v] for w, v in wanted.items()}
    assert heard(gave, "headers") == values
    assert heard(gave, "fields") == [part for pair in frame.fields for part in pair]
    assert heard(gave, "reply fields") == [part for pair in frame.reply_fields for part in pair]


@given(frames)
def test_a_response_reads_back(echo: PluginLibrary, frame: Frame) -> None:
    gave = echo.call("echo_response", frame)
    body = frame.slices.get(abi.BODY, b"") if frame.count > abi.BODY else b""
    assert heard(gave, "status") == [b"%d" % frame.status]
    assert heard(gave, "body") == [body]
    assert heard(gave, "request body") == [b""]
    fields = frame.response_fields
    assert heard(gave, "response fields") == [part for pair in fields for part in pair]


def test_a_record_is_read_and_put_back(echo: PluginLibrary) -> None:
    gave = echo.call("record", Frame({abi.RECORD: b'{"path": "before"}'}, flags=abi.FLAG_RECORD))
    assert [change.value for change in gave.of(abi.SET_RECORD)] == [b'{"path": "after"}']


NO_KEY = {4, 5, 6, 7, 8, 16, 17, 32, 36, 49}
NUMBERED = {16, 32, 48}
NO_VALUE = {3, 16, 20, 32, 35}
KINDS = sorted({*range(1, 9), *range(16, 21), *range(32, 37), 48, 49, 50, 64})
long_texts = st.text(max_size=200).map(str.encode)


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 1), long_texts, long_texts)),
    st.sampled_from([0, 15, 100, 300, 4096]),
)
def test_any_edits_become_changes_in_their_order(
    echo: PluginLibrary, edits: list[tuple[int, int, bytes, bytes]], room: int
) -> None:
    body = b"".join(
        pack("=4I", kind, number, len(key), len(value)) + key + value
        for kind, number, key, value in edits
    )
    gave = echo.call("edit", Frame({abi.BODY: body}), room)
    assert gave.status == abi.OK
    assert [tuple(change) for change in gave.changes] == [
        (
            kind,
            number if kind in NUMBERED else 0,
            b"" if kind in NO_KEY else key,
            b"" if kind in NO_VALUE else value,
        )
        for kind, number, key, value in edits
    ]


def test_what_does_not_fit_is_in_memory_of_the_plugin(echo: PluginLibrary) -> None:
    body = pack("=4I", abi.SET_BODY, 0, 0, 5000) + bytes(5000)
    gave = echo.call("edit", Frame({abi.BODY: body}))
    assert gave.owned
    assert gave.changes[0].value == bytes(5000)
    assert not echo.call("edit", Frame({abi.BODY: body}), 8000).owned
    assert echo.call("edit") == Gave(abi.OK, [], False)


def test_lies_in_a_frame_are_refused(echo: PluginLibrary) -> None:
    dice = random.Random(7)
    whole = Frame(
        {n: b"part %d" % n for n in range(abi.SLICES)},
        [(b"X-Name", b"one"), (b"Y", b"")], [(b"X-Name", b"two")], [(b"Z", b"three")],
    ).encode()  # fmt: skip
    statuses = []
    for _ in range(500):
        lie = bytearray(whole)
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(0, 40 + 4 * 21, 4)
            (number,) = unpack("=I", lie[at : at + 4])
            lies = [0, 1, number ^ 1, number ^ 2, 2**31, 2**32 - 1, len(whole)]
            lie[at : at + 4] = pack("=I", dice.choice(lies))
        cut = dice.choice([len(lie), len(lie), dice.randrange(len(lie))])
        statuses.append(echo.call("echo", bytes(lie[:cut])).status)
    assert set(statuses) == {abi.OK, abi.E_ARGUMENT}
    assert statuses.count(abi.E_ARGUMENT) > 250
    assert "shorter than its head" in echo.call("echo", b"").error()
    assert "not UTF-8" in echo.call("echo", Frame({abi.SESSION: b"\xff"})).error()


def test_definitions_are_found_by_their_key(echo: PluginLibrary) -> None:
    frame = Frame({abi.API: b"one"})
    assert echo.call("definition", frame).error() == "there is none"
    assert echo.control(abi.DEFINE, b"one", b"classic", b'{"a":1}') == abi.OK
    assert echo.call("definition", frame).written() == b'classic {"a":1}'
    assert echo.control(abi.DEFINE, b"one", b"oas", b"{}") == abi.OK
    assert echo.call("definition", frame).written() == b"oas {}"
    changed = Frame({abi.API: b"one", abi.DEFINITION: b"[]"})
    assert echo.call("definition", changed).written() == b"oas []"
    assert echo.control(abi.FORGET, b"one") == abi.OK
    assert echo.call("definition", frame).status == abi.E_FAILED
    assert echo.call("definition", changed).written() == b"unknown []"
    assert echo.lib.tyk_plugin_control(abi.FORGET, echo.ffi.NULL, 4) == abi.E_ARGUMENT


def test_services_are_asked_and_their_answers_handed_back(echo: PluginLibrary) -> None:
    echo.told.asked.clear()
    echo.answers = {
        abi.STORE_GET: (abi.OK, [b"kept"]),
        abi.STORE_SET: (abi.OK, []),
        abi.STORE_SET_NEW: (abi.E_EXISTS, []),
        abi.STORE_DELETE: (abi.E_MISSING, []),
        abi.STORE_INCREMENT: (abi.OK, [b"-5"]),
        abi.STORE_EXPIRE: (abi.OK, []),
        abi.STORE_TTL: (abi.OK, [b"never"]),
        abi.STORE_KEYS: (abi.OK, [b"be1", b"be2"]),
        abi.SESSION_GET: (abi.E_MISSING, []),
    }
    assert echo.call("services").written().decode().splitlines() == [
        f"Ok(Some({list(b'kept')}))",
        "Ok(())",
        "Err(Exists)",
        "Ok(false)",
        "Ok(-5)",
        "Ok(())",
        f"Err(Failed({abi.E_FAILED}))",
        'Ok(["be1", "be2"])',
        "Ok(None)",
    ]
    assert echo.told.asked[1] == (abi.STORE_SET, [b"key", b"a\0b", b"60"])
    assert echo.told.asked[4] == (abi.STORE_INCREMENT, [b"key", b"-2", b"30"])
    assert echo.out == [], "an answer was not released"
    echo.answers = {}
    gave = echo.call("services")
    assert gave.status == abi.E_FAILED
    assert gave.error() == "services cannot be had in an inline function"


def test_what_is_told_in_a_call_and_in_threads(echo: PluginLibrary) -> None:
    echo.told.lines.clear()
    gave = echo.call("say")
    lines = [(c.number, json.loads(c.key or b"null"), c.value) for c in gave.of(abi.LOG)]
    assert lines == [
        (abi.DEBUG, None, b"plain"),
        (abi.INFO, {"user": 'J"o\n', "reason": ""}, b"refused"),
        (abi.SEVERE, None, b"last"),
    ]
    assert [(c.number, c.key, c.value) for c in gave.of(abi.METRIC)] == [
        (abi.COUNTER, b"calls", pack("=d", 1)),
        (abi.TIMING, b"took", pack("=d", 0.25)),
    ]
    assert echo.told.lines[0] == (abi.WARNING, "from a thread", "")
    level, text, _ = echo.told.lines[1]
    assert level == abi.SEVERE
    assert text.startswith("panicked outside a call: in a thread at src/lib.rs:")
    assert echo.told.metrics[-1] == (abi.GAUGE, "depth", 2.5)


def test_an_error_is_told_and_a_panic_is_contained(echo: PluginLibrary) -> None:
    gave = echo.call("fails")
    assert (gave.status, gave.error()) == (abi.E_FAILED, "no such user")
    assert [change.value for change in gave.of(abi.LOG)] == [b"before"]
    gave = echo.call("fails", Frame({abi.METHOD: b"PANIC"}))
    assert gave.status == abi.E_PANIC
    assert re.match(r"PANIC on demand at src/lib\.rs:\d+$", gave.error())
    gave = echo.call("fails", Frame({abi.METHOD: b"ODD"}))
    assert gave.status == abi.E_PANIC
    assert gave.error().startswith("a panic without a message at src/lib.rs:")
    assert echo.call("fails", Frame({abi.METHOD: b"TWICE"})).status == abi.E_PANIC
    assert echo.call("write_all").written() == b"1-2"


def test_what_cannot_be_called_is_refused(echo: PluginLibrary) -> None:
    assert echo.call(99).status == abi.E_FUNCTION
    assert echo.lib.tyk_plugin_call(0, b"", 0, echo.ffi.NULL) == abi.E_ARGUMENT


def test_it_begins_with_its_settings_and_ends(tmp_path: Path, echo_file: Path) -> None:
    # A copy, since the library of this path is one for the whole process.
    copy = tmp_path / "copy.so"
    copy.write_bytes(echo_file.read_bytes())
    library = PluginLibrary(copy)
    assert library.lib.tyk_plugin_init(library.ffi.NULL, b"{}", 2) == abi.E_ARGUMENT
    library.host.abi_major += 1
    assert library.init() == abi.E_VERSION
    library.host.abi_major -= 1
    library.host.size -= 1
    assert library.init() == abi.E_VERSION
    library.host.size += 1
    assert library.lib.tyk_plugin_init(library.host, b"\xff", 1) == abi.E_ARGUMENT
    assert library.init({"fail": True}) == abi.E_INIT
    assert library.told.lines[-1] == (abi.SEVERE, "as it was told", "")
    assert library.init({"panic": True}) == abi.E_PANIC
    assert "as it was told at src/lib.rs:" in library.told.lines[-1][1]
    assert library.init() == abi.OK
    assert library.told.lines[-1] == (abi.INFO, "begins with {}", "")
    assert library.shutdown() == abi.OK
    assert library.told.metrics == [(abi.GAUGE, "ends", 1.0)]
