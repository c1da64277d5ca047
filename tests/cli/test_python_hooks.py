"""Hooks in Python are checked and run like plugins, without being built."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tyk_command import Tyk

HOOKS = """\
import os
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.logger import Logger
from zope.interface import implementer
from twisted_tyk import IRequestHook, Refusal, SessionState, ctx

@implementer(IRequestHook)
class Change:
    def hook(self, rw, request):
        Logger().warn("changing {path}", path=request.url.path)
        request.method = "PUT"
        request.url = "/other?x"
        request.host = "b.example"
        request.headers.set("A", "1")
        request.headers.delete("B")
        request.headers.add("C", "3")
        request.body = "new"

async def waits(rw, request):
    await deferLater(reactor, 0.01)
    rw.headers.set("X-API", ctx.get_definition(request).name)
    rw.write("done")

def late(rw, response, request):
    response.status = 404
    response.headers.delete("A")
    response.body = b"gone"

def count(record):
    record["tags"] = ["seen"]

def login(rw, request):
    ctx.set_session(request, SessionState(alias="x", key_id="k"), True)

def refuse(rw, request):
    raise Refusal(401, "who are you?", headers=[("WWW-Authenticate", "Basic")])

def raises(rw, request):
    raise ValueError("no database")

def leaves(rw, request):
    os._exit(4)

def helper(a, b):
    raise AssertionError
"""


@pytest.fixture
def hooks(folder: Path) -> str:
    (folder / "hooks.py").write_text(HOOKS)
    return "hooks.py"


def test_each_hook_of_a_file_is_checked(tyk: Tyk, hooks: str) -> None:
    said = tyk("check", hooks, "--json")
    assert said.exit_code == 1
    rows = {row["name"]: row for row in json.loads(said.stdout)["checks"]}
    assert list(rows) == [
        "examine", "load", "Change", "waits", "late", "count", "login", "refuse", "raises", "leaves"
    ]  # fmt: skip
    assert rows["examine"]["text"] == "hooks in Python"
    assert rows["late"]["text"].startswith("response, 2 changes in ")
    assert [name for name, row in rows.items() if not row["ok"]] == ["raises", "leaves"]
    assert rows["raises"]["text"] == "request, failed: ValueError: no database"
    assert rows["leaves"]["text"] == "exit with status 4 in leaves"


RUNS: dict[str, tuple[list[str], str]] = {
    "Change": (
        ["-H", "B: 2", "-H", "C: 1"],
        "log warning: changing /\n"
        'request header A: set to "1"\n'
        'request header C: added "3"\n'
        "request header b: removed\n"
        'request method: set to "PUT"\n'
        'request URL: set to "/other?x"\n'
        'request host: set to "b.example"\n'
        'request body: set to "new"\n',
    ),
    "waits": (
        [],
        'reply status: 200\nreply body: "done"\nreply header X-API: set to "cli"\n',
    ),
    "late": (
        ["--response-header", "A: b"],
        'response status: set to 404\nresponse header a: removed\nresponse body: set to "gone"\n',
    ),
    "count": (["--record", '{"tags": []}'], 'record: set to {"tags": ["seen"]}\n'),
    "login": ([], 'session: set to {"alias": "x"}, key "k", to be stored\n'),
    "refuse": (
        [],
        'reply status: 401\nreply body: "{\\"error\\": \\"who are you?\\"}"\n'
        'reply header WWW-Authenticate: added "Basic"\n',
    ),
}


@pytest.mark.parametrize(("name", "options", "printed"), [(n, *r) for n, r in RUNS.items()])
def test_what_a_hook_changes(
    tyk: Tyk, hooks: str, name: str, options: list[str], printed: str
) -> None:
    said = tyk("run", hooks, "-s", name, *options)
    assert (said.exit_code, sorted(said.stdout.splitlines())) == (0, sorted(printed.splitlines()))


def test_a_hook_that_raises_shows_its_own_lines(tyk: Tyk, hooks: str, folder: Path) -> None:
    said = tyk("run", hooks, "-s", "raises")
    assert said.exit_code == 1
    lines = said.stderr.splitlines()
    assert lines[0] == "tyk: hooks.py: raises failed: ValueError: no database"
    assert lines[2].strip().startswith(f'File "{folder}/hooks.py", line ')
    assert "twisted" not in said.stderr


DEFINITION = {
    "name": "mine",
    "api_id": "a",
    "use_keyless": True,
    "active": True,
    "version_data": {"not_versioned": True, "versions": {"Default": {"name": "Default"}}},
    "proxy": {"listen_path": "/", "target_url": "http://localhost/"},
}


def test_a_definition_is_what_hooks_find(tyk: Tyk, hooks: str, folder: Path) -> None:
    (folder / "api.json").write_text(json.dumps(DEFINITION))
    said = tyk("run", hooks, "-s", "waits", "--definition", "api.json")
    assert 'reply header X-API: set to "mine"' in said.stdout


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["-s", "nothing"], "tyk: hooks.py: there is no 'nothing' in it\n"),
        (["-s", "waits", "--definition", "{}"], "tyk: definition.json:1: api_id: an API needs"),
        (
            ["-s", "waits", "--definition", '{"active": false, "api_id": "a"}'],
            "tyk: the definition is not active\n",
        ),
    ],
)
def test_what_can_not_be_run(tyk: Tyk, hooks: str, options: list[str], problem: str) -> None:
    said = tyk("run", hooks, *options)
    assert said.exit_code == 1
    assert said.stderr.startswith(problem)


def test_a_file_without_hooks(tyk: Tyk, folder: Path) -> None:
    (folder / "empty.py").write_text("import json\n")
    said = tyk("check", "empty.py")
    assert said.exit_code == 1
    assert "  FAILED  load: empty.py: there is no hook in it; see IRequestHook" in said.stdout


def test_a_file_that_does_not_compile(tyk: Tyk, folder: Path) -> None:
    (folder / "bad.py").write_text("def hook(\n")
    said = tyk("check", "bad.py")
    assert said.exit_code == 1
    assert "  FAILED  load: bad.py: loading it raised SyntaxError: " in said.stdout


def test_no_such_file(tyk: Tyk, folder: Path) -> None:
    said = tyk("check", "none.py")
    assert (said.exit_code, said.stderr) == (1, "tyk: none.py: no such file\n")
