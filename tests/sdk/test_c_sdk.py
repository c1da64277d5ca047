"""Plugins in C and C++, compiled with the header, called as the gateway calls them."""

from __future__ import annotations

import json
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from struct import pack, unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plugin_library import SDK, Frame, Gave, PluginLibrary, compile_c, compiler, section
from strange_frames import strange_frames

from twisted_tyk.native import abi

HERE = Path(__file__).parent / "c"

JSON = (
    b'{"a": "x", "b": {"a": "no", "c": ["]}"]}, "q\\"": 1, "last":"\\u20ac\\ud83d\\ude00\\n\\/" }'
)
bytes_of_any_kind = st.binary(max_size=40)
frames = strange_frames(bytes_of_any_kind, bytes_of_any_kind)


@pytest.fixture(scope="session")
def echo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("c") / "echo.so"
    return compile_c(output, HERE / "echo.c", HERE / "edit.c")


@pytest.fixture(scope="session")
def echo(echo_file: Path) -> PluginLibrary:
    library = PluginLibrary(echo_file)
    assert library.init() == abi.OK
    return library


@pytest.fixture(scope="session")
def throws(tmp_path_factory: pytest.TempPathFactory) -> PluginLibrary:
    output = tmp_path_factory.mktemp("cpp") / "throws.so"
    return PluginLibrary(compile_c(output, HERE / "throws.cpp"))


def heard(gave: Gave, what: str) -> list[bytes | None]:
    """What was told under this name; None for what was not there."""
    return [
        change.value if change.number else None
        for change in gave.of(abi.REPLY_WRITE)
        if change.key == what.encode()
    ]


def test_the_manifest_stands_in_the_file(echo_file: Path, echo: PluginLibrary) -> None:
    assert json.loads(section(echo_file)) == json.loads(echo.manifest.text)
    assert (echo.manifest.name, echo.manifest.version) == ("echo", "1.2.3")
    assert echo.manifest.language == "c"
    assert echo.manifest.abi == (abi.ABI_MAJOR, abi.ABI_MINOR)
    assert echo.manifest.toolchain.split()[0] in ("gcc", "clang")
    told = [(f.name, f.kind, f.mode, len(f.needs)) for f in echo.manifest.functions.values()]
    assert told == [
        ("echo", "request", "", 5),
        ("look", "request", "inline", 1),
        ("store", "request", "pool", 0),
        ("say", "response", "process", 2),
        ("refuse", "analytics", "", 0),
        ("too_large", "request", "", 3),
        ("keys", "request", "", 0),
        ("edit", "request", "", 4),
    ]
    assert echo.lib.tyk_plugin_abi() == abi.ABI_MAJOR << 16 | abi.ABI_MINOR


def test_it_exports_the_seven_and_nothing_else(echo_file: Path) -> None:
    listed = subprocess.run(
        [compiler("nm"), "-D", "--defined-only", echo_file], capture_output=True, text=True
    )
    found = {line.split()[-1] for line in listed.stdout.splitlines()}
    verbs = ("abi", "init", "describe", "call", "control", "free", "shutdown")
    assert found == {f"tyk_plugin_{verb}" for verb in verbs}


@given(frames)
def test_every_frame_reads_back_as_it_was_written(echo: PluginLibrary, frame: Frame) -> None:
    gave = echo.call("echo", frame)
    assert gave.status == abi.OK
    part = {n: frame.slices.get(n, b"") if n < frame.count else b"" for n in range(abi.SLICES)}
    for what, number in [
        ("method", abi.METHOD), ("target", abi.TARGET), ("host", abi.HOST), ("peer", abi.PEER),
        ("body", abi.BODY), ("token", abi.TOKEN), ("session", abi.SESSION), ("tls", abi.TLS),
        ("context", abi.CONTEXT), ("rewrite", abi.REWRITE), ("record", abi.RECORD),
        ("definition", abi.DEFINITION),
    ]:  # fmt: skip
        assert heard(gave, what) == [part[number]], what
    path, _, query = part[abi.TARGET].partition(b"?")
    assert (heard(gave, "path"), heard(gave, "query string")) == ([path], [query])
    assert heard(gave, "port") == [b"%d" % frame.port]
    assert heard(gave, "status") == [b"%d" % frame.status]
    assert heard(gave, "secure") == [b"yes" if frame.flags & abi.FLAG_SECURE else b"no"]
    assert heard(gave, "has session") == [b"yes" if frame.flags & abi.FLAG_SESSION else b"no"]
    for what, fields in [
        ("fields", frame.fields),
        ("response fields", frame.response_fields),
        ("reply fields", frame.reply_fields),
    ]:
        assert heard(gave, what) == [part for pair in fields for part in pair]
    values = {
        kind: [value for name, value in fields if name.lower() == b"x-name"]
        for kind, fields in enumerate((frame.fields, frame.response_fields, frame.reply_fields))
    }
    assert heard(gave, "headers") == values[0]
    for number, what in enumerate(("header", "response header", "reply header")):
        assert heard(gave, what) == (values[number][:1] or [None])


@pytest.mark.parametrize(
    ("target", "value"),
    [
        (b"/x?q=1", b"1"),
        (b"/x?a=b&q=one+two%21&q=3", b"one two!"),
        (b"/x?%71=%e2%82%AC", "€".encode()),
        (b"/x?q", b""),
        (b"/x?q=%4&b", b"%4"),
        (b"/x?q=%zz", b"%zz"),
        (b"/x?&&q=a=b", b"a=b"),
        (b"/x?qq=1&=q", None),
        (b"/q=1", None),
        (b"/x?", None),
    ],
)
def test_a_query_parameter_is_found_and_unescaped(
    echo: PluginLibrary, target: bytes, value: bytes | None
) -> None:
    assert heard(echo.call("echo", Frame({abi.TARGET: target})), "query") == [value]


@pytest.mark.parametrize(
    ("name", "value", "string"),
    [
        (b"a", b'"x"', b"x"),
        (b"b", b'{"a": "no", "c": ["]}"]}', None),
        (b'q\\"', b"1", None),
        (b"last", b'"\\u20ac\\ud83d\\ude00\\n\\/"', "€😀\n/".encode()),
        (b"c", None, None),
    ],
)
def test_json_is_looked_into(
    echo: PluginLibrary, name: bytes, value: bytes | None, string: bytes | None
) -> None:
    gave = echo.call("look", Frame({abi.METHOD: name, abi.CONTEXT: JSON}))
    assert heard(gave, "json") == [value]
    assert heard(gave, "string") == [string]
    (quoted,) = heard(gave, "quoted")
    assert quoted is not None
    assert json.loads(quoted) == (string or b"").decode()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
)


@given(st.dictionaries(st.text("ab", max_size=3), json_values), st.booleans())
def test_json_of_any_kind_is_looked_into(
    echo: PluginLibrary, members: dict[str, object], indented: bool
) -> None:
    text = json.dumps(members, indent=2 if indented else None).encode()
    for name, value in members.items():
        gave = echo.call("look", Frame({abi.METHOD: name.encode(), abi.CONTEXT: text}))
        (found,) = heard(gave, "json")
        assert found is not None
        assert json.loads(found) == value
        if isinstance(value, str) and value.isprintable():
            assert heard(gave, "string") == [value.encode()]


@given(st.binary(max_size=30), st.sampled_from([b"a", b""]))
def test_what_is_no_json_is_looked_into_without_harm(
    echo: PluginLibrary, text: bytes, name: bytes
) -> None:
    gave = echo.call("look", Frame({abi.METHOD: name, abi.CONTEXT: b'{"a":' + text}))
    assert gave.status == abi.OK


zero_ended = st.binary(max_size=300).map(lambda data: data.replace(b"\0", b"."))
KEYED = {
    abi.HEADER_SET, abi.HEADER_ADD, abi.HEADER_DELETE, abi.REPLY_HEADER_SET,
    abi.REPLY_HEADER_ADD, abi.REPLY_HEADER_DELETE, abi.RESPONSE_HEADER_SET,
    abi.RESPONSE_HEADER_ADD, abi.RESPONSE_HEADER_DELETE, abi.SET_SESSION, abi.SET_CONTEXT, abi.LOG,
}  # fmt: skip
NUMBERED = {abi.REPLY_STATUS, abi.RESPONSE_STATUS, abi.SET_SESSION, abi.LOG}
NO_VALUE = {
    abi.HEADER_DELETE, abi.REPLY_HEADER_DELETE, abi.RESPONSE_HEADER_DELETE, abi.REPLY_STATUS,
    abi.RESPONSE_STATUS,
}  # fmt: skip
KINDS = sorted({*range(1, 9), *range(16, 21), *range(32, 37), *range(48, 52), abi.LOG})


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 1), zero_ended, zero_ended)),
    st.sampled_from([0, 15, 100, 300, 4096]),
)
def test_any_edits_become_changes_in_their_order(
    echo: PluginLibrary, edits: list[tuple[int, int, bytes, bytes]], room: int
) -> None:
    body = b"".join(
        pack("=II", kind, n) + key + b"\0" + value + b"\0" for kind, n, key, value in edits
    )
    gave = echo.call("edit", Frame({abi.BODY: body}), room)
    assert gave.status == abi.OK
    assert [tuple(change) for change in gave.changes] == [
        (
            kind,
            number if kind in NUMBERED else 0,
            key if kind in KEYED else b"",
            b"" if kind in NO_VALUE else value,
        )
        for kind, number, key, value in edits
    ]


def test_no_edits_are_no_bytes_and_many_are_in_memory_of_the_plugin(echo: PluginLibrary) -> None:
    assert echo.call("edit", Frame()) == Gave(abi.OK, [], False)
    body = (pack("=II", abi.HEADER_ADD, 0) + b"X\0y\0") * 2000
    gave = echo.call("edit", Frame({abi.BODY: body}))
    assert gave.owned
    assert len(gave.changes) == 2000


def words(size: int, *counts: int) -> bytes:
    """A frame of a head, and of the lengths that follow the four counts."""
    return pack(f"={6 + len(counts)}I", abi.FRAME_MAGIC, size, 0, 0, 0, *counts[:4], 0, *counts[4:])


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (b"", "shorter than its head"),
        (Frame().encode()[:39], "shorter than its head"),
        (b"TYR2" + Frame().encode()[4:], "does not begin with TYR1"),
        (Frame().encode() + b"x", "another size"),
        (words(40, 1, 0, 0, 0), "its table of lengths"),
        (words(40, 0, 2**31, 2**31, 0), "its table of lengths"),
        (words(44, 1, 0, 0, 0, 1), "other bytes than its lengths"),
        (words(48, 2, 0, 0, 0, 2**32 - 1, 1), "other bytes than its lengths"),
    ],
)
def test_a_lie_in_a_frame_is_refused_and_named(echo: PluginLibrary, lie: bytes, said: str) -> None:
    gave = echo.call("echo", lie)
    assert gave.status == abi.E_ARGUMENT
    assert said in gave.error()


def test_no_frame_is_read_beyond_its_end(tmp_path: Path) -> None:
    """A thousand frames with lies in them, under the compiler's checks of memory."""
    program = tmp_path / "frames"
    checked = ["-fsanitize=address,undefined", "-fno-sanitize-recover", "-g"]
    command = [compiler("gcc", "clang"), *checked, "-pthread", f"-I{SDK / 'c'}"]
    sources = [HERE / "frames.c", HERE / "echo.c", HERE / "edit.c"]
    subprocess.run([*command, *map(str, sources), "-o", str(program)], check=True)
    dice = random.Random(7)
    whole = Frame(
        {n: b"part %d" % n for n in range(abi.SLICES)}
        | {abi.METHOD: b"last", abi.TARGET: b"/a?b=c&q=%41%", abi.CONTEXT: JSON},
        [(b"X-Name", b"one"), (b"Y", b"")], [(b"X-Name", b"two")], [(b"Z", b"three")],
    ).encode()  # fmt: skip
    told = [whole]
    for _ in range(1000):
        lie = bytearray(whole)
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(0, 40 + 4 * 21, 4)
            (number,) = unpack("=I", lie[at : at + 4])
            lies = [0, 1, number ^ 1, number ^ 2, 2**31, 2**32 - 1, len(whole)]
            lie[at : at + 4] = pack("=I", dice.choice(lies))
        told.append(bytes(lie[: dice.choice([len(lie), len(lie), dice.randrange(len(lie))])]))
    done = subprocess.run(
        [program], input=b"".join(pack("=I", len(each)) + each for each in told),
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    statuses = [int(line) for line in done.stdout.split()]
    assert len(statuses) == 2 * len(told)
    assert statuses[0] == abi.OK
    assert statuses.count(abi.E_ARGUMENT) > 1000
    assert set(statuses) == {abi.OK, abi.E_ARGUMENT}


def test_definitions_are_kept_by_their_key(echo: PluginLibrary) -> None:
    def seen(**more: bytes) -> list[bytes | None]:
        slices = {abi.API: b"one"} | ({abi.DEFINITION: more["set"]} if more else {})
        gave = echo.call("echo", Frame(slices))
        return heard(gave, "definition") + heard(gave, "kind")

    assert seen() == [b"", b""]
    assert echo.control(abi.DEFINE, b"one", b"classic", b'{"a":1}') == abi.OK
    assert echo.control(abi.DEFINE, b"two", b"oas", b"{}") == abi.OK
    assert seen() == [b'{"a":1}', b"classic"]
    assert seen(set=b"{}") == [b"{}", b"classic"]
    assert echo.control(abi.DEFINE, b"one", b"oas", b'{"a":2}') == abi.OK
    assert seen() == [b'{"a":2}', b"oas"]
    assert echo.control(abi.FORGET, b"one") == abi.OK
    assert echo.control(abi.FORGET, b"one") == abi.OK
    assert seen() == [b"", b""]


def test_definitions_may_change_while_they_are_read(echo: PluginLibrary) -> None:
    documents = [b"[%d]" % n * 1000 for n in range(4)]

    def announce(_: int) -> None:
        for document in documents * 50:
            echo.control(abi.DEFINE, b"busy", b"oas", document)
            echo.control(abi.FORGET, b"busy")

    def read(_: int) -> set[bytes | None]:
        frame = Frame({abi.API: b"busy"})
        return {heard(echo.call("echo", frame), "definition")[0] for _ in range(200)}

    with ThreadPoolExecutor(4) as threads:
        announced = threads.map(announce, range(2))
        seen = set().union(*threads.map(read, range(2)))
        assert list(announced) == [None, None]
    assert seen <= {b"", *documents}


def test_a_control_that_is_not_right_is_refused(echo: PluginLibrary) -> None:
    assert echo.control(abi.DEFINE, b"key", b"oas") == abi.E_ARGUMENT
    assert echo.control(abi.FORGET) == abi.E_ARGUMENT
    assert echo.lib.tyk_plugin_control(abi.FORGET, pack("=II", 1, 9) + b"x", 9) == abi.E_ARGUMENT
    assert echo.lib.tyk_plugin_control(abi.FORGET, echo.ffi.NULL, 0) == abi.E_ARGUMENT
    assert echo.control(99, b"of a newer version") == abi.OK


def test_services_are_asked_and_their_answers_handed_back(echo: PluginLibrary) -> None:
    echo.told.asked.clear()
    echo.answers = {
        abi.STORE_GET: (abi.OK, [b"kept\0here"]),
        abi.STORE_SET: (abi.OK, []),
        abi.STORE_SET_NEW: (abi.E_EXISTS, []),
        abi.STORE_DELETE: (abi.E_MISSING, []),
        abi.STORE_INCREMENT: (abi.OK, [b"-5"]),
        abi.STORE_EXPIRE: (abi.OK, []),
        abi.STORE_TTL: (abi.OK, [b"4"]),
    }
    gave = echo.call("store")
    assert echo.told.asked == [
        (abi.STORE_GET, [b"key"]),
        (abi.STORE_SET, [b"key", b"a\0b", b"60"]),
        (abi.STORE_SET_NEW, [b"key", b"value", b"0"]),
        (abi.STORE_DELETE, [b"key"]),
        (abi.STORE_INCREMENT, [b"key", b"-2", b"30"]),
        (abi.STORE_EXPIRE, [b"key", b"5"]),
        (abi.STORE_TTL, [b"key"]),
        (abi.SESSION_GET, [b"client"]),
    ]
    assert heard(gave, "value") == [b"kept\0here"]
    assert heard(gave, "number") == [b"-5 4"]
    wanted = [0, 0, abi.E_EXISTS, abi.E_MISSING, 0, 0, 0, abi.E_REFUSED, 1]
    assert heard(gave, "status") == [b"%d" % status for status in wanted]
    assert echo.out == [], "an answer was not released"


def test_keys_are_listed(echo: PluginLibrary) -> None:
    echo.answers = {abi.STORE_KEYS: (abi.OK, [b"be1", b"", b"be2"])}
    assert heard(echo.call("keys"), "key") == [b"be1", b"", b"be2"]
    echo.answers = {abi.STORE_KEYS: (abi.OK, [])}
    assert echo.call("keys") == Gave(abi.OK, [], False)
    echo.answers = {}
    assert echo.call("keys").status == abi.E_REFUSED
    assert echo.out == [], "an answer was not released"


def test_an_answer_that_cannot_be_right_is_an_error(echo: PluginLibrary) -> None:
    echo.answers = {abi.STORE_GET: (abi.OK, [])}
    gave = echo.call("store")
    assert heard(gave, "status")[0] == b"%d" % abi.E_FAILED
    assert heard(gave, "value") == [None]
    assert echo.out == []


def test_what_is_told_in_a_call_and_outside(echo: PluginLibrary) -> None:
    echo.told.lines.clear()
    gave = echo.call("say")
    assert echo.told.lines == [
        (abi.WARNING, "from a thread", ""),
        (abi.INFO, "with fields", '{"a":1}'),
        (abi.INFO, "with more", '{"b":"2"}'),
    ]
    assert echo.told.metrics[-1] == (abi.GAUGE, "depth", 2.5)
    assert [(c.number, c.key, c.value) for c in gave.of(abi.METRIC)] == [
        (abi.COUNTER, b"calls", pack("=d", 1)),
        (abi.TIMING, b"took", pack("=d", 0.25)),
    ]
    lines = [(c.number, json.loads(c.key or b"null"), c.value) for c in gave.of(abi.LOG)]
    assert lines == [
        (abi.DEBUG, None, b"plain"),
        (abi.INFO, {"user": 'J"o\n', "reason": ""}, b"refused"),
        (abi.SEVERE, {}, b"nothing more"),
    ]


def test_a_function_that_fails_says_why(echo: PluginLibrary) -> None:
    gave = echo.call("refuse")
    assert (gave.status, gave.error()) == (abi.E_FAILED, "no such user")
    assert [change.value for change in gave.of(abi.LOG)] == [b"before"]


def test_an_edit_that_nobody_looked_at_fails_the_call(echo: PluginLibrary) -> None:
    assert echo.call("too_large").status == abi.E_ARGUMENT


def test_what_cannot_be_called_is_refused(echo: PluginLibrary) -> None:
    assert echo.call(99).status == abi.E_FUNCTION
    assert echo.lib.tyk_plugin_call(0, b"", 0, echo.ffi.NULL) == abi.E_ARGUMENT


def test_a_host_that_is_too_old_is_refused(echo_file: Path) -> None:
    library = PluginLibrary(echo_file)
    assert library.lib.tyk_plugin_init(library.ffi.NULL, b"{}", 2) == abi.E_ARGUMENT
    library.host.size -= 1
    assert library.init() == abi.E_VERSION
    library.host.size += 1
    library.host.abi_major = abi.ABI_MAJOR + 1
    assert library.init() == abi.E_VERSION


def test_a_plugin_begins_with_its_settings_and_ends(tmp_path: Path, echo_file: Path) -> None:
    # A copy, since the library of this path is one for the whole process.
    copy = tmp_path / "copy.so"
    copy.write_bytes(echo_file.read_bytes())
    library = PluginLibrary(copy)
    assert library.init({"fail": True}) == abi.E_INIT
    assert library.init() == abi.OK
    assert library.told.lines[-1] == (abi.INFO, "begins", "{}")
    assert library.control(abi.DEFINE, b"key", b"oas", b"{}") == abi.OK
    assert library.shutdown() == abi.OK
    assert library.told.metrics == [(abi.GAUGE, "ends", 1000.0)]


def test_what_is_thrown_in_cpp_stays_in_the_call(throws: PluginLibrary) -> None:
    assert throws.manifest.language == "c++"
    assert throws.init({"no": 1}) == abi.E_PANIC
    assert throws.told.lines == [(abi.SEVERE, "a setting that is none", "")]
    assert throws.init() == abi.OK
    gave = throws.call("broken")
    assert (gave.status, gave.error()) == (abi.E_PANIC, "not here")
    assert throws.call("odd").status == abi.E_PANIC
    assert "not a std::exception" in throws.call("odd").error()
    assert throws.call("fine").written() == b"from C++"
    assert throws.shutdown() == abi.E_PANIC


@pytest.mark.parametrize("standard", ["c11", "gnu11", "c17", "c++17", "c++20"])
def test_the_header_compiles_without_a_warning(tmp_path: Path, standard: str) -> None:
    source = HERE / ("throws.cpp" if "+" in standard else "echo.c")
    compile_c(tmp_path / "any.so", source, flags=[f"-std={standard}", "-fsyntax-only"])


def test_a_word_that_is_none_is_the_compilers_to_tell(tmp_path: Path) -> None:
    source = tmp_path / "wrong.c"
    source.write_text(
        "#include <tyk_hook.h>\n"
        "static int32_t f(tyk_call *call) { return tyk_reply_status(call, 204); }\n"
        'TYK_PLUGIN("wrong", "1", (f, request, inline, bodies));\n'
    )
    with pytest.raises(AssertionError, match="TYK_NEED_bodies"):
        compile_c(tmp_path / "wrong.so", source)


def many(functions: int) -> str:
    """A plugin of so many functions; each answers with its number."""
    body = "{ return tyk_reply_status(call, %d); }"
    lines = [f"static int32_t f{n}(tyk_call *call) {body % n}" for n in range(functions)]
    named = ", ".join(f"(f{n}, request, any)" for n in range(functions))
    return "\n".join(["#include <tyk_hook.h>", *lines, f'TYK_PLUGIN("many", "1", {named});\n'])


def test_a_plugin_has_up_to_64_functions(tmp_path: Path) -> None:
    source = tmp_path / "many.c"
    source.write_text(many(64))
    library = PluginLibrary(compile_c(tmp_path / "many.so", source))
    assert [f.number for f in library.manifest.functions.values()] == list(range(64))
    assert library.call("f63").of(abi.REPLY_STATUS)[0].number == 63
    source.write_text(many(65))
    with pytest.raises(AssertionError, match="TYK_EACH_IS_FOR_64_AT_MOST"):
        compile_c(tmp_path / "more.so", source)
