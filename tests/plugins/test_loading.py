"""Given entries that name hooks, this is what is loaded, and what is said when it is not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from gateways import MakeGateway

from twisted_tyk.plugins.driver import LoadError, Places
from twisted_tyk.plugins.python import PythonHooks
from twisted_tyk.testing import definition

PRELUDE = """\
from zope.interface import implementer
from twisted_tyk import IRequestHook, IResponseHook
"""


def load(tmp_path: Path, source: str, name: str = "hook", response: bool = False) -> object:
    (tmp_path / "hooks.py").write_text(PRELUDE + dedent(source))
    driver = PythonHooks(Places(tmp_path), "api")
    loads = driver.response_hook if response else driver.request_hook
    return loads(name, "hooks.py").hook


GOOD = {
    "function": "def hook(rw, request): pass",
    "async function": "async def hook(rw, request): pass",
    "function with defaults": "def hook(rw, request, times=1): pass",
    "lambda": "hook = lambda rw, request: None",
    "class": "@implementer(IRequestHook)\nclass hook:\n    def hook(self, rw, request): pass",
    "object": (
        "@implementer(IRequestHook)\nclass H:\n    def hook(self, rw, request): pass\nhook = H()"
    ),
}


@pytest.mark.parametrize("source", GOOD.values(), ids=GOOD)
def test_what_conforms_is_loaded(tmp_path: Path, source: str) -> None:
    assert callable(load(tmp_path, source).hook)  # type: ignore[attr-defined]


BAD = {
    "no such name": ("x = 1", "hooks.py: there is no 'hook' in it"),
    "too few arguments": ("def hook(rw): pass", "hooks.py:3: hook: does not conform to IReq"),
    "too many": (
        "def hook(rw, response, request): pass",
        "hooks.py:3: hook: does not conform to IRequestHook, "
        "which asks for hook(rw, request): "
        "'hook(rw, response, request)' requires too many arguments",
    ),
    "class that says nothing": (
        "class hook:\n    def hook(self, rw, request): pass",
        "which asks for hook(rw, request): it does not say @implementer(IRequestHook)",
    ),
    "class without the method": (
        "@implementer(IRequestHook)\nclass hook: pass",
        "which asks for hook(rw, request): it has no hook",
    ),
    "constructor that raises": (
        "@implementer(IRequestHook)\nclass hook:\n    def __init__(self): 1 / 0",
        "making it raised ZeroDivisionError",
    ),
    "not a hook at all": ("hook = 3", "does not conform to IRequestHook"),
    "module that raises": ("raise ValueError('no database')", "ValueError: no database"),
    "module that exits": ("raise SystemExit(2)", "loading it raised SystemExit"),
    "syntax error": ("def hook(", "loading it raised SyntaxError"),
}


@pytest.mark.parametrize(("source", "expected"), BAD.values(), ids=BAD)
def test_what_does_not_conform_is_named(tmp_path: Path, source: str, expected: str) -> None:
    """With file and line, and what the interface asks for."""
    with pytest.raises(LoadError) as caught:
        load(tmp_path, source)
    assert expected in str(caught.value)


def test_a_module_that_raises_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"hooks\.py:4\)$"):
        load(tmp_path, "x = 1\nraise ValueError('no database')")


def test_a_syntax_error_is_named_with_its_place_once(tmp_path: Path) -> None:
    """That of the file, or of whoever had Python read a text; a NUL byte has no line."""
    with pytest.raises(LoadError) as caught:
        load(tmp_path, "x = (")
    assert str(caught.value) == (
        f"hooks.py: loading it raised SyntaxError: '(' was never closed ({tmp_path}/hooks.py:3)"
    )
    with pytest.raises(LoadError, match=r"SyntaxError: .*hooks\.py:4\)$"):
        load(tmp_path, "x = 1\neval('1 +')")
    with pytest.raises(LoadError, match=r"null bytes$"):
        load(tmp_path, "x = 1\0")


def test_an_import_of_what_is_not_there_is_named_with_its_line(tmp_path: Path) -> None:
    """The line of whoever imports, which has to be mended, and not one of the gateway."""
    with pytest.raises(LoadError, match=r"No module named 'gone' in .*hooks\.py:3\)$"):
        load(tmp_path, "from .gone import it")


def test_a_response_hook_takes_three_arguments(tmp_path: Path) -> None:
    assert load(tmp_path, "def hook(rw, response, request): pass", response=True)
    with pytest.raises(LoadError, match="asks for hook\\(rw, response, request\\)"):
        load(tmp_path, "def hook(rw, request): pass", response=True)


def test_a_missing_file_is_named_with_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(LoadError) as caught:
        PythonHooks(Places(tmp_path), "api").request_hook("hook", "gone.py")
    assert str(caught.value) == (
        f"gone.py: there is no such file (looked for {tmp_path / 'gone.py'})"
    )


def test_an_absolute_path_and_a_module_name_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hooks_module_for_tests.py").write_text("def commonpath_of(rw, request): pass")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "abs.py").write_text("def hook(rw, request): pass")
    driver = PythonHooks(Places(Path("/nowhere")), "api")
    assert driver.request_hook("hook", str(tmp_path / "abs.py"))
    assert driver.request_hook("commonpath_of", "hooks_module_for_tests")
    with pytest.raises(LoadError, match="No module named"):
        driver.request_hook("hook", "no.such.module")


def test_an_api_whose_hook_did_not_load_answers_500_there(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    """The others are served; the gateway is alive, but not ready."""
    entry = [{"name": "gone", "path": "gone.py"}]
    gate = gateway(
        definition("bad", pre=entry), definition("good"), definition("back", response=entry)
    )
    assert gate.get("/bad/").status == 500
    assert gate.get("/back/").status == 500
    assert gate.get("/good/").status == 200
    assert gate.get("/hello").status == 200
    ready = gate.control("/ready")
    assert ready.status == 503
    assert b"gone.py: there is no such file" in ready.body


@pytest.mark.parametrize("driver", ["otto", "python", ""])
def test_a_driver_there_is_not_is_named(gateway: MakeGateway, tmp_path: Path, driver: str) -> None:
    bad = definition("api", pre=[{"name": "hook", "path": "plugin"}])
    bad["custom_middleware"]["driver"] = driver
    gate = gateway(bad)
    assert gate.get("/api/").status == 500
    assert f"there is no driver '{driver}'".encode() in gate.control("/ready").body


def test_an_auth_check_that_did_not_load_lets_nobody_in(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    gate = gateway(
        definition(
            "api",
            use_keyless=False,
            use_go_plugin_auth=True,
            auth_check={"name": "gone", "path": "gone.py"},
        )
    )
    assert gate.get("/api/", Authorization="abc").status == 500
    assert gate.upstream.requests == []


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"name": "hook"}, "an entry with the name 'hook' alone"),
        ({"path": "hooks.py"}, "an entry with the path 'hooks.py' alone"),
        ({"code": "bGV0"}, "an entry with code alone"),
    ],
)
@pytest.mark.parametrize("point", ["pre", "response"])
def test_half_an_entry_lets_nothing_pass(
    gateway: MakeGateway, point: str, entry: dict[str, str], told: str
) -> None:
    gate = gateway(definition("api", **{point: [entry]}))
    assert gate.get("/api/").status == 500
    assert told.encode() in gate.control("/ready").body


@pytest.mark.parametrize("entry", [{}, {"name": "", "path": ""}, {"name": "x", "disabled": True}])
def test_no_entry_at_all_is_none(gateway: MakeGateway, entry: dict[str, object]) -> None:
    assert gateway(definition("api", pre=[entry])).get("/api/").status == 200
