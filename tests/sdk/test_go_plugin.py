"""A Go plugin, built and called as the gateway calls it."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from building import BuildPlugin
from certificates import self_signed
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from plugin_library import Frame, Gave, PluginLibrary

from twisted_tyk.native import abi

HERE = Path(__file__).parent / "go"
CONFIG = {"gateway": {"version": "5"}, "settings": {"hash_keys": True, "xff_depth": 1}}


@pytest.fixture(scope="session")
def built(build_plugin: BuildPlugin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_plugin(HERE / "behaves", tmp_path_factory.mktemp("go") / "behaves.so").file


@pytest.fixture(scope="session")
def plugin(built: Path) -> PluginLibrary:
    library = PluginLibrary(built)
    assert library.init(CONFIG) == abi.OK
    return library


@pytest.fixture
def fresh(built: Path, tmp_path: Path) -> PluginLibrary:
    """One of the same plugin with state of its own."""
    copy = tmp_path / "copy.so"
    shutil.copy(built, copy)
    return PluginLibrary(copy)


def asking(target: str = "/a", slices: dict[int, bytes] | None = None, **fields: str) -> Frame:
    known = {abi.METHOD: b"GET", abi.TARGET: target.encode(), abi.HOST: b"gateway.test",
             abi.PEER: b"192.0.2.7"}  # fmt: skip
    pairs = [(name.replace("_", "-").encode(), text.encode()) for name, text in fields.items()]
    return Frame({**known, **(slices or {})}, pairs, port=99)


def told(gave: Gave) -> list[tuple[int, int, str, str]]:
    return [
        (each.kind, each.number, each.key.decode(), each.value.decode()) for each in gave.changes
    ]


def test_a_request_is_edited(plugin: PluginLibrary) -> None:
    frame = asking("/a?b=c", {abi.BODY: b"body"}, x_set="0", x_both="1", x_gone="1", x_kept="1")
    gave = plugin.call("Edit", frame)
    assert gave.status == abi.OK
    assert told(gave) == [
        (abi.HEADER_SET, 0, "X-Set", "1"),
        (abi.HEADER_ADD, 0, "X-Both", "2"),
        (abi.HEADER_DELETE, 0, "X-Gone", ""),
        (abi.SET_METHOD, 0, "", "PUT"),
        (abi.SET_TARGET, 0, "", "/new%20path?q=1"),
        (abi.SET_HOST, 0, "", "other.test"),
        (abi.SET_BODY, 0, "", "BODY"),
        (abi.REPLY_HEADER_SET, 0, "X-Reply", "first second"),
    ]


def test_a_body_is_read_twice_and_the_client_found(plugin: PluginLibrary) -> None:
    frame = asking("/p?q=1", {abi.BODY: b"x" * 1000}, x_forwarded_for="10.0.0.1, 10.0.0.2")
    gave = plugin.call("Look", frame)
    assert gave.written() == b"GET /p?q=1 10.0.0.2 1000 true"
    assert gave.of(abi.REPLY_STATUS)[0].number == 200


@pytest.mark.parametrize("room", [0, 100, 1 << 22])
def test_an_answer_of_any_size_arrives(plugin: PluginLibrary, room: int) -> None:
    body = bytes(range(256)) * 4096
    gave = plugin.call("Double", asking(slices={abi.BODY: body}), room=room)
    assert gave.written() == body * 2
    assert gave.owned == (room < 2 * len(body))


def test_a_session_is_given_and_edited(plugin: PluginLibrary) -> None:
    (change,) = plugin.call("Admit", asking()).changes
    assert (change.kind, change.number, change.key) == (abi.SET_SESSION, 1, b"key of old sources")
    assert json.loads(change.value) == {"rate": 1}
    slices = {abi.TOKEN: b"someone", abi.SESSION: b'{"rate": 4, "alias": "a"}'}
    (change,) = plugin.call("Admit", asking(slices=slices)).changes
    assert (change.kind, change.number, change.key) == (abi.SET_SESSION, 0, b"someone")
    assert json.loads(change.value) == {"rate": 5, "alias": "a"}


def test_definitions_are_announced_and_forgotten(plugin: PluginLibrary) -> None:
    classic = {"name": "One", "api_id": "1", "proxy": {"listen_path": "/", "of_ours": 1}}
    document = {"openapi": "3.0.3", "info": {"title": "Two", "version": "1"}, "paths": {}}
    assert plugin.control(abi.DEFINE, b"a", b"classic", json.dumps(classic).encode()) == abi.OK
    assert plugin.control(abi.DEFINE, b"b", b"oas", json.dumps(document).encode()) == abi.OK
    gave = plugin.call("Name", asking(slices={abi.API: b"a"}))
    changed, name = gave.changes
    assert (name.key, name.value) == (b"X-Name", b"One")
    told = json.loads(changed.value)
    assert (changed.kind, told["name"], told["proxy"]["of_ours"]) == (
        abi.SET_DEFINITION,
        "changed",
        1,
    )
    again = plugin.call("Name", asking(slices={abi.API: b"a", abi.DEFINITION: changed.value}))
    assert again.of(abi.REPLY_HEADER_SET)[0].value == b"changed"
    (title,) = plugin.call("Name", asking(slices={abi.API: b"b"})).changes
    assert (title.key, title.value) == (b"X-Title", b"Two")
    assert plugin.control(abi.FORGET, b"a") == abi.OK
    assert plugin.call("Name", asking(slices={abi.API: b"a"})).changes == []


def test_the_upstream_is_asked_elsewhere(plugin: PluginLibrary) -> None:
    rewrite, handle = plugin.call("Elsewhere", asking()).changes
    assert (rewrite.kind, rewrite.value) == (abi.SET_REWRITE, b"http://elsewhere.test/x")
    assert handle.kind == abi.SET_CONTEXT


@pytest.mark.parametrize(
    ("how", "text", "frame"),
    [
        ("map", "assignment to entry in nil map", "main.Panic\n"),
        ("abort", "net/http: abort Handler", "main.Panic\n"),
        ("fatal", "the plugin logged a fatal error", "main.Panic\n"),
        ("deep", "invalid memory address or nil pointer dereference", "main.inner"),
    ],
)
def test_a_panic_is_told_with_the_frames_of_the_plugin(
    plugin: PluginLibrary, how: str, text: str, frame: str
) -> None:
    gave = plugin.call("Panic", asking(f"/?{how}"))
    assert gave.status == abi.E_PANIC
    (error,) = gave.changes
    assert error.kind == abi.ERROR
    said = error.key.decode()
    assert text in said
    assert not said.startswith("panic")  # the gateway says so
    stack = error.value.decode()
    assert frame in stack
    assert "plugin.go:" in stack
    assert "internal/call" not in stack
    assert "runtime." not in stack


def test_the_store_is_asked(plugin: PluginLibrary) -> None:
    plugin.answers.update({abi.STORE_SET: (abi.OK, []), abi.STORE_GET: (abi.OK, [b"kept"])})
    assert plugin.call("Keep", asking()).written() == b"kept <nil>"
    assert plugin.told.asked == [
        (abi.STORE_SET, [b"test-a", b"1", b"60"]),
        (abi.STORE_GET, [b"test-a"]),
    ]
    assert plugin.out == []
    plugin.answers.clear()
    gave = plugin.call("Keep", asking())
    assert gave.of(abi.REPLY_STATUS)[0].number == 503
    assert b"inline call" in gave.written()


def test_lines_and_metrics_are_told(plugin: PluginLibrary) -> None:
    gave = plugin.call("Tell", asking())
    assert told(gave) == [(abi.LOG, abi.WARNING, '{"n":1}', "with its request")]
    assert plugin.told.lines[0] == (abi.INFO, "ready", '{"hash_keys":true}')
    assert plugin.told.lines[-1] == (abi.SEVERE, "alone", '{"error":"EOF"}')
    assert plugin.told.metrics == [(abi.TIMING, "took", 1.5)]


def test_a_certificate_is_seen(plugin: PluginLibrary) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    der = self_signed(key, "somebody").public_bytes(Encoding.DER)
    encoded = b64encode(der).decode()
    tls = json.dumps({"server_name": "sni.test", "peer_certificates": [encoded]}).encode()
    assert (
        plugin.call("Certificate", asking(slices={abi.TLS: tls})).written() == b"sni.test somebody"
    )


def test_a_response_is_changed(plugin: PluginLibrary) -> None:
    slices = {abi.METHOD: b"GET", abi.TARGET: b"/", abi.BODY: b"body"}
    frame = Frame(slices, response_fields=[(b"Server", b"x"), (b"A", b"b")], status=404)
    assert told(plugin.call("Answer", frame)) == [
        (abi.RESPONSE_HEADER_DELETE, 0, "Server", ""),
        (abi.RESPONSE_HEADER_SET, 0, "X-Status", "404 Not Found"),
        (abi.RESPONSE_STATUS, 202, "", ""),
        (abi.RESPONSE_BODY, 0, "", "<body>"),
    ]


def test_a_record_is_changed(plugin: PluginLibrary) -> None:
    record = json.dumps({"path": "/a", "tags": [], "of_ours": True}).encode()
    gave = plugin.call("Record", Frame({abi.RECORD: record}, flags=abi.FLAG_RECORD))
    (change,) = gave.of(abi.SET_RECORD)
    changed = json.loads(change.value)
    assert (changed["tags"], changed["of_ours"]) == (["/a"], True)


def test_what_cannot_be_right_is_refused(plugin: PluginLibrary) -> None:
    gave = plugin.call("Look", b"no frame at all")
    assert gave.status == abi.E_ARGUMENT
    assert "shorter than its head" in gave.error()
    assert plugin.call(1000, asking()).status == abi.E_FUNCTION
    assert plugin.control(99, b"a") == abi.E_ARGUMENT
    assert plugin.control(abi.FORGET, b"a", b"b") == abi.E_ARGUMENT
    assert int(plugin.lib.tyk_plugin_control(abi.FORGET, b"x", 1)) == abi.E_ARGUMENT


def test_many_threads_call_at_once(plugin: PluginLibrary) -> None:
    def one(number: int) -> bytes:
        return plugin.call("Double", asking(slices={abi.BODY: b"%d" % number})).written()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(one, range(400))) == [b"%d" % number * 2 for number in range(400)]


def test_a_gateway_of_another_version_is_refused(fresh: PluginLibrary) -> None:
    fresh.host.abi_major = abi.ABI_MAJOR + 1
    assert fresh.init() == abi.E_VERSION
    fresh.host.size = 8
    assert fresh.init() == abi.E_ARGUMENT


def test_a_panic_in_init_is_told(fresh: PluginLibrary) -> None:
    assert fresh.init({"settings": {"hash_key_function": "panic"}}) == abi.E_INIT
    level, text, _ = fresh.told.lines[-1]
    assert level == abi.SEVERE
    assert text.startswith("the plugin's init panicked: not today\n")
    assert "plugin.go:" in text


def test_after_shutdown_nothing_reaches_the_gateway(fresh: PluginLibrary) -> None:
    assert fresh.init() == abi.OK
    assert fresh.shutdown() == abi.OK
    count = len(fresh.told.lines)
    fresh.call("Tell", asking())
    assert len(fresh.told.lines) == count
    assert fresh.told.metrics == []


def test_the_end_of_a_goroutine_is_an_error(
    build_plugin: BuildPlugin, tmp_path_factory: pytest.TempPathFactory
) -> None:
    output = tmp_path_factory.mktemp("ends") / "ends.so"
    library = PluginLibrary(build_plugin(HERE / "ends", output).file)
    assert library.init() == abi.OK
    for _ in range(3):
        gave = library.call("End", asking("/?end"))
        assert gave.status == abi.E_PANIC
        assert "runtime.Goexit" in gave.error()
        assert told(library.call("End", asking())) == [(abi.REPLY_HEADER_SET, 0, "X-Still", "here")]
    library.shutdown()
