"""Given hooks in Python whose files change, a load has all of them as they are now."""

from __future__ import annotations

import gc
import json
import linecache
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
from gateways import MakeGateway
from hook_modules import hook_modules

from twisted_tyk.plugins.driver import LoadError, Places
from twisted_tyk.plugins.fresh import FreshModules
from twisted_tyk.plugins.lives import HookLife
from twisted_tyk.plugins.python import PythonHooks
from twisted_tyk.testing import MemoryGateway, definition

HOOK = "def hook(rw, request):\n    request.headers.set('Said', {what})\n"


def hook(path: str) -> list[dict[str, str]]:
    return [{"name": "hook", "path": path}]


def said(gateway: MemoryGateway, target: str = "/one/x") -> str | None:
    """What the upstream is told by the hook."""
    assert gateway.get(target).status == 200
    return gateway.upstream.requests[-1].headers.get("Said")


def reload(gateway: MemoryGateway) -> str:
    answer = gateway.control("/tyk/reload")
    assert answer.status == 200
    message: str = json.loads(answer.body)["message"]
    return message


def ours() -> set[str]:
    """The names in ``sys.modules`` that loads of hooks have put there."""
    gc.collect()
    return {name for name in sys.modules if name.startswith("twisted_tyk_hooks_")}


def files_of(gateway: MemoryGateway) -> dict[str, str]:
    """The files that the API was made from, by their names, with their digests."""
    (api,) = gateway.service.root.table.apis
    return {Path(name).name: digest for name, digest in api.stamps if name != "definition"}


HELPED = {
    "from .helper import name": "from .helper import WHAT\n" + HOOK.format(what="WHAT"),
    "from . import helper": "from . import helper\n" + HOOK.format(what="helper.WHAT"),
    "in a function": (
        "def hook(rw, request):\n"
        "    from .helper import WHAT\n    request.headers.set('Said', WHAT)\n"
        "from . import helper\n"
    ),
    "by way of another": "from .other import helper\n" + HOOK.format(what="helper.WHAT"),
    "from a package below": "from .below.deep import WHAT\n" + HOOK.format(what="WHAT"),
    "from a folder below": "from .plain.deep import WHAT\n" + HOOK.format(what="WHAT"),
}


@pytest.mark.parametrize("source", HELPED.values(), ids=HELPED)
def test_a_change_in_a_helper_alone_is_picked_up(
    gateway: MakeGateway, tmp_path: Path, source: str
) -> None:
    folder = tmp_path / "hooks"
    for name in ("below", "plain"):
        (folder / name).mkdir(parents=True)
        (folder / name / "deep.py").write_text("from ..helper import WHAT\n")
    (folder / "below" / "__init__.py").write_text("")
    (folder / "other.py").write_text("from . import helper\n")
    (folder / "hook.py").write_text(source)
    helper = folder / "helper.py"
    helper.write_text("WHAT = 'old'\n")
    running = gateway(definition("one", pre=hook("hooks/hook.py")))
    assert said(running) == "old"
    assert "helper.py" in files_of(running)
    helper.write_text("WHAT = 'new'\n")  # as long as before, and within the same second
    assert said(running) == "old"
    reload(running)
    assert said(running) == "new"


def test_what_did_not_change_is_not_executed_again(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hook.py").write_text("from .helper import WHAT\n" + HOOK.format(what="WHAT"))
    (tmp_path / "helper.py").write_text("WHAT = 'same'\n")
    running = gateway(definition("one", pre=hook("hook.py")))
    module = hook_modules("one", "hook")[-1]
    reload(running)
    assert said(running) == "same"
    assert hook_modules("one", "hook")[-1] is module


def test_helpers_are_each_apis_own_and_shared_by_its_hooks(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    (tmp_path / "helper.py").write_text("seen = []\n")
    count = (
        "from .helper import seen\n"
        "def hook(rw, request):\n"
        "    seen.append(1)\n    request.headers.set('Said', str(len(seen)))\n"
    )
    (tmp_path / "a.py").write_text(count)
    (tmp_path / "b.py").write_text(count)
    both = [*hook("a.py"), *hook("b.py")]
    running = gateway(definition("one", pre=both), definition("two", pre=both))
    assert (said(running), said(running), said(running, "/two/x")) == ("2", "4", "2")


def test_a_hook_may_be_anothers_helper(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from . import b\nhook = lambda rw, request: None\n")
    (tmp_path / "b.py").write_text("hook = lambda rw, request: None\n")
    hooks = PythonHooks(Places(tmp_path), "api")
    assert hooks.module("a.py").b is hooks.module("b.py")


def test_files_whose_names_are_no_identifiers_have_modules_of_their_own(tmp_path: Path) -> None:
    for name in ("my-hook", "my.hook", "my_hook"):
        (tmp_path / f"{name}.py").write_text(f"hook = lambda rw, request: {name!r}\n")
    hooks = PythonHooks(Places(tmp_path), "a.b/c")
    assert [
        hooks.request_hook("hook", f"{name}.py").hook.hook(None, None)  # type: ignore[attr-defined]
        for name in ("my-hook", "my.hook", "my_hook")
    ] == ["my-hook", "my.hook", "my_hook"]


def test_there_is_no_way_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "helper.py").write_text("WHAT = 1\n")
    (tmp_path / "below" / "hook.py").write_text("from ..helper import WHAT\n")
    with pytest.raises(LoadError, match="beyond top-level package"):
        PythonHooks(Places(tmp_path), "api").request_hook("hook", "below/hook.py")


def test_a_helper_that_is_not_there_is_named_and_waited_for(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    optional = "try:\n    from .helper import WHAT\nexcept ImportError:\n    WHAT = 'none'\n"
    (tmp_path / "hook.py").write_text(optional + HOOK.format(what="WHAT"))
    running = gateway(definition("one", pre=hook("hook.py")))
    assert said(running) == "none"
    assert files_of(running)["helper.py"] == ""
    reload(running)
    assert said(running) == "none"
    (tmp_path / "helper.py").write_text("WHAT = 'there'\n")
    reload(running)
    assert said(running) == "there"


@pytest.mark.parametrize(
    ("broken", "told"),
    [("WHAT = ", "SyntaxError"), ("1 / 0", r"ZeroDivisionError.*helper\.py:1"), ("", "WHAT")],
)
def test_what_is_wrong_with_a_helper_is_told_and_leaves_nothing(
    tmp_path: Path, broken: str, told: str
) -> None:
    (tmp_path / "hook.py").write_text("from .helper import WHAT\n")
    (tmp_path / "helper.py").write_text(broken)
    before = ours()
    hooks = PythonHooks(Places(tmp_path), "api")
    with pytest.raises(LoadError, match=told):
        hooks.request_hook("hook", "hook.py")
    assert ours() == before


@pytest.fixture
def importable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Writes a file that can be imported."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))

    def write(name: str, text: str) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    return write


Write = Callable[[str, str], None]


def test_a_module_that_is_imported_by_name_is_loaded_anew(
    gateway: MakeGateway, importable: Write
) -> None:
    importable("hooks_of_test_a.py", HOOK.format(what="'old'"))
    running = gateway(definition("one", pre=hook("hooks_of_test_a")))
    assert said(running) == "old"
    importable("hooks_of_test_a.py", HOOK.format(what="'new'"))
    reload(running)
    assert said(running) == "new"
    assert "hooks_of_test_a" not in sys.modules, "Python's own is not touched"


def test_so_are_its_packages_and_what_it_imports_from_them(
    gateway: MakeGateway, importable: Write
) -> None:
    importable("hooks_of_test_b/__init__.py", "FIRST = 'a'\n")
    importable("hooks_of_test_b/below/__init__.py", "from .. import FIRST\n")
    importable("hooks_of_test_b/below/second.py", "SECOND = 'b'\n")
    importable(
        "hooks_of_test_b/below/hooks.py",
        "from . import FIRST, second\nfrom .. import FIRST as SAME\n"
        + HOOK.format(what="FIRST + SAME + second.SECOND"),
    )
    running = gateway(definition("one", pre=hook("hooks_of_test_b.below.hooks")))
    assert said(running) == "aab"
    importable("hooks_of_test_b/below/second.py", "SECOND = 'c'\n")
    reload(running)
    assert said(running) == "aac"
    importable("hooks_of_test_b/__init__.py", "FIRST = 'd'\n")
    reload(running)
    assert said(running) == "ddc"


def test_what_is_imported_by_its_full_name_stays(gateway: MakeGateway, importable: Write) -> None:
    importable("pool_of_test_c.py", "import os\nPOOL = [1]\n")
    text = "from pool_of_test_c import POOL\n" + HOOK.format(what="str(id(POOL))")
    importable("hooks_of_test_c.py", text)
    running = gateway(definition("one", pre=hook("hooks_of_test_c")))
    before = said(running)
    importable("hooks_of_test_c.py", text + "# changed\n")
    reload(running)
    assert said(running) == before


def test_a_package_without_a_file_of_its_own_will_do(importable: Write) -> None:
    importable("names_of_test_d/hooks.py", HOOK.format(what="'x'"))
    assert PythonHooks(Places(Path("/nowhere")), "api").request_hook(
        "hook", "names_of_test_d.hooks"
    )


def test_what_has_no_source_is_the_one_that_python_has(importable: Write) -> None:
    hooks = PythonHooks(Places(Path("/nowhere")), "api")
    assert hooks.module("_json") is sys.modules["_json"]
    importable("mixed_of_test_e/__init__.py", "from . import compiled\n")
    importable("mixed_of_test_e/hooks.py", "from .compiled import VALUE\n")
    importable("compiled.py", "VALUE = 5\n")
    import py_compile

    folder = Path(sys.path[0]) / "mixed_of_test_e"
    py_compile.compile(str(folder.parent / "compiled.py"), cfile=str(folder / "compiled.pyc"))
    module = hooks.module("mixed_of_test_e.hooks")
    assert module.VALUE == 5
    assert sys.modules["mixed_of_test_e.compiled"].VALUE == 5


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("no_such_module", "No module named 'no_such_module'"),
        ("mixed_of_test_f.missing", "No module named 'missing' in mixed_of_test_f"),
        ("mixed_of_test_f.sideways", "cannot import name 'json'"),
        ("mixed_of_test_f.broken", "ZeroDivisionError"),
    ],
)
def test_a_module_that_does_not_load_leaves_nothing(
    importable: Write, name: str, told: str
) -> None:
    importable("mixed_of_test_f/__init__.py", "")
    importable("mixed_of_test_f/sideways.py", "from .. import json\n")
    importable("mixed_of_test_f/broken.py", "1 / 0\n")
    before = ours()
    with pytest.raises(LoadError, match=told):
        PythonHooks(Places(Path("/nowhere")), "api").request_hook("hook", name)
    assert ours() == before


def test_a_module_with_an_error_keeps_what_runs(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hook.py").write_text(HOOK.format(what="'good'"))
    running = gateway(definition("one", pre=hook("hook.py")))
    (tmp_path / "hook.py").write_text("def hook(rw, request)\n    pass\n")
    assert "SyntaxError" in reload(running)
    assert said(running) == "good"
    assert running.control("/ready").status in (200, 503)
    (tmp_path / "hook.py").write_text(HOOK.format(what="'mended'"))
    assert reload(running) == ""
    assert said(running) == "mended"


WAITS = """\
from twisted.internet.defer import Deferred
from . import helper

waiting = []

async def hook(rw, request):
    waiting.append(Deferred())
    await waiting[-1]
    from .late import WHAT
    request.headers.set("Said", helper.WHAT + WHAT)
"""


def test_a_request_on_the_old_chain_goes_on_with_old_modules_and_they_go_with_it(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    before = ours()
    (tmp_path / "hook.py").write_text(WAITS)
    (tmp_path / "helper.py").write_text("WHAT = 'old '\n")
    (tmp_path / "late.py").write_text("WHAT = 'late'\n")
    running = gateway(definition("one", pre=hook("hook.py")))
    client = running.connect()
    running.send(client, b"GET /one/held HTTP/1.1\r\nHost: gateway.test\r\n\r\n")
    old = hook_modules("one", "hook")[-1]
    (tmp_path / "hook.py").write_text(HOOK.format(what="'new'"))
    reload(running)
    assert said(running) == "new"
    assert old in hook_modules("one", "hook"), "what it has to look up is there"
    old.waiting.pop().callback(None)
    running.settle()
    assert [answer.status for answer in client.answers] == [200]
    assert running.upstream.requests[-1].headers.get("Said") == "old late"
    del old
    running.records.hits.clear()  # a test's own: they know their API
    assert len({name.partition(".")[0] for name in ours() - before}) == 1, "the new one's"


def code_in_memory() -> int:
    """How many modules, functions and classes there are, of whomever."""
    gc.collect()
    kinds = (ModuleType, FunctionType, type, HookLife, FreshModules)
    return sum(isinstance(each, kinds) for each in gc.get_objects())


@pytest.mark.parametrize("broken", [False, True], ids=["good", "every other one broken"])
def test_hundreds_of_reloads_leave_no_more_behind_than_one(
    gateway: MakeGateway, tmp_path: Path, importable: Write, broken: bool
) -> None:
    (tmp_path / "hook.py").write_text("from .helper import WHAT\n" + HOOK.format(what="WHAT"))
    running = gateway(definition("one", pre=[*hook("hook.py"), *hook("many_of_test_g.hooks")]))
    importable("many_of_test_g/__init__.py", "")

    def round_of(number: int) -> None:
        bad = broken and number % 2
        (tmp_path / "helper.py").write_text("oops(" if bad else f"WHAT = '{number}'\n")
        importable("many_of_test_g/hooks.py", f"from . import a\n{HOOK.format(what='a.WHAT')}")
        importable("many_of_test_g/a.py", f"WHAT = 'module {number}'\n")
        reload(running)
        assert said(running) == f"module {number - bool(bad)}"
        running.upstream.requests.clear()
        running.records.hits.clear()

    for number in range(4):
        round_of(number)
    names = ours()
    code, modules = code_in_memory(), len(sys.modules)
    for number in range(4, 204):
        round_of(number)
    assert ours() == names
    assert len(sys.modules) == modules
    assert code_in_memory() <= code


def test_the_files_of_a_bundle_are_beside_each_other(tmp_path: Path) -> None:
    """Two versions of it that lie side by side have nothing in common."""
    for version in ("1", "2"):
        folder = tmp_path / version
        (folder / "hooks").mkdir(parents=True)
        (folder / "hooks" / "hook.py").write_text("from .helper import WHAT\n")
        (folder / "hooks" / "helper.py").write_text(f"WHAT = {version}\n")
    old, new = (
        PythonHooks(Places(Path("/nowhere"), {"plans.zip": tmp_path / version}), "api")
        for version in ("1", "2")
    )
    assert old.module("plans.zip/hooks/hook.py").WHAT == 1
    assert new.module("plans.zip/hooks/hook.py").WHAT == 2


def test_what_was_read_of_the_code_for_tracebacks_is_let_go_of(tmp_path: Path) -> None:
    (tmp_path / "hook.py").write_text("def fail():\n    raise KeyError\n")
    modules = FreshModules("api")
    loaded = modules.of_file(tmp_path / "hook.py")
    with pytest.raises(KeyError) as failed:
        loaded.fail()
    lines = [frame.line for frame in traceback.extract_tb(failed.tb)]
    assert lines[-1] == "raise KeyError"
    assert loaded.__file__ in linecache.cache
    modules.close()
    assert loaded.__file__ not in linecache.cache
