"""``twistd tyk``: what it takes, what it checks, and what it says when it can not start."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from twisted.application.service import Application
from twisted.internet.testing import MemoryReactorClock
from twisted.python.log import ILogObserver
from twisted.python.logfile import LogFile
from twisted.python.usage import UsageError

from twisted_tyk.service import Gateway
from twisted_tyk.tap import Options, makeService
from twisted_tyk.testing import definition


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TYK_INSTRUMENTATION", raising=False)


def write(folder: Path, *definitions: dict[str, Any], **settings: Any) -> Path:
    """A folder with ``tyk.conf`` and definitions; the path of the former."""
    (folder / "apps").mkdir(exist_ok=True)
    for each in definitions:
        (folder / "apps" / f"{each['api_id']}.json").write_text(json.dumps(each))
    conf = folder / "tyk.conf"
    conf.write_text(json.dumps({"secret": "x", **settings}))
    return conf


def options(*arguments: str, **of_twistd: Any) -> Options:
    made: Any = Options()
    made.parent = of_twistd
    made.parseOptions(list(arguments))
    assert isinstance(made, Options)
    return made


def service(*arguments: str, **of_twistd: Any) -> Gateway:
    made = makeService(options(*arguments, **of_twistd), MemoryReactorClock())
    assert isinstance(made, Gateway)
    return made


def ended(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    """Exit status, standard output and error of a start that ends at once."""
    with pytest.raises(SystemExit) as caught:
        service(*arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return caught.value.code, out, err


def test_a_check_of_what_is_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hooks.py").write_text("def hook(rw, request):\n    pass\n")
    pre = [{"name": "hook", "path": "hooks.py"}]
    conf = write(tmp_path, definition("one", pre=pre), definition("two"))
    assert ended(capsys, "--config", str(conf), "--check") == (
        0,
        f"found no issues in {conf}\n"
        "API one at /one/: GoPluginMiddleware:hooks.py:hook → ReverseProxy\n"
        "API two at /two/: ReverseProxy\n"
        "APIs: 2, errors: 0, warnings: 0\n",
        "",
    )


def test_a_check_finds_what_is_bad_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pre = [{"name": "hook", "path": "missing.py"}]
    conf = write(tmp_path, definition("one", pre=pre), definition("two"), no_such_key=1)
    (tmp_path / "apps" / "bad.json").write_text('{\n  "api_id":')
    status, out, err = ended(capsys, "--config", str(conf), "--check")
    assert (status, err) == (1, "")
    first, warning, syntax, hook, *rest = out.splitlines()
    assert first == f"issues found in {conf}:"
    assert warning.startswith(f"{conf}:1:17: warning: no_such_key: ")
    assert syntax.startswith(f"{tmp_path}/apps/bad.json:2:12: error: not JSON: ")
    place = f"{tmp_path}/apps/one.json:1:"
    assert hook.startswith(place)
    assert "custom_middleware.pre[0].path: missing.py: there is no such file" in hook
    assert rest == [
        "API one at /one/: GoPluginMiddleware:missing.py:hook → ReverseProxy",
        "API two at /two/: ReverseProxy",
        "APIs: 2, errors: 2, warnings: 1",
    ]


def test_a_check_without_a_folder_of_definitions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    conf = write(tmp_path, app_path="nowhere")
    status, out, _ = ended(capsys, "--config", str(conf), "--check")
    assert status == 1
    _, error, total = out.splitlines()
    assert error.startswith(f"{tmp_path}/nowhere: error: ")
    assert total == "APIs: 0, errors: 1, warnings: 0"


def test_a_check_opens_no_port(tmp_path: Path) -> None:
    reactor = MemoryReactorClock()
    conf = write(tmp_path, definition("one"))
    with pytest.raises(SystemExit):
        makeService(options("--config", str(conf), "--check"), reactor)
    assert reactor.tcpServers == []
    assert reactor.getDelayedCalls() == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{\n "listen_port": "x"\n}', ":2: listen_port: expected "),
        ('{\n\n "listen_port": 70000}', ":3: listen_port: expected "),
        ('{\n "http_server_options": {\n  "read_timeout": []}}', ":3: http_server_options."),
        ("{\n oops", ":2:2: not JSON: "),
        ("[]", ":1: "),
    ],
)
def test_bad_settings_are_one_line_with_their_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, line: str
) -> None:
    conf = tmp_path / "tyk.conf"
    conf.write_text(text)
    status, out, err = ended(capsys, "--config", str(conf))
    assert (status, out) == (1, "")
    assert err.startswith(str(conf) + line)
    assert err.count("\n") == 1


def test_a_check_of_bad_settings_goes_on_to_the_definitions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    conf = write(tmp_path, {**definition("one"), "active": "yes"}, listen_port="x")
    status, out, err = ended(capsys, "--config", str(conf), "--check")
    assert (status, err) == (1, "")
    _, setting, value, total = out.splitlines()
    assert setting == (
        f'{conf}:1:17: error: listen_port: expected an integer, found the string "x" [wrong-type]'
    )
    assert "error: active: expected true or false" in value
    assert total == "APIs: 0, errors: 2, warnings: 0"


def test_a_hook_that_ends_the_process_is_not_loaded_by_the_check_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hooks.py").write_text("import os\nos._exit(3)\n")
    conf = write(tmp_path, definition("one", pre=[{"name": "hook", "path": "hooks.py"}]))
    status, out, _ = ended(capsys, "--config", str(conf), "--check")
    assert status == 1
    assert "hooks.py: loading it: exit with status 3 [hook-crashed]" in out
    assert "not loaded any further" in out


def test_ctrl_c_ends_a_check_that_waits_for_a_hook(tmp_path: Path) -> None:
    """In few words, as it ends ``tyk lint``, and the process that loads the hook with it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "slow.py").write_text(
        f"import time\nend = open({str(pipe)!r}, 'wb', 0)\nend.write(b'x')\ntime.sleep(600)\n"
    )
    hooks = {"driver": "twisted", "pre": [{"name": "hook", "path": "slow.py"}]}
    conf = write(tmp_path, definition("slow", custom_middleware=hooks))
    with subprocess.Popen(
        [sys.executable, "-c", "from twisted.scripts.twistd import run; run()",
         "-n", "--pidfile=", "tyk", "--config", str(conf), "--check"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as check, open(pipe, "rb") as end:  # fmt: skip
        assert end.read(1) == b"x"
        check.send_signal(signal.SIGINT)
        assert end.read() == b""
        said, _ = check.communicate()
    assert (check.returncode, said.strip()) == (1, "Aborted!")


def test_what_the_gateway_alone_finds_is_told_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "error.json").write_text("{{.Message}}\n{{.Other}}")
    conf = write(tmp_path, definition("one"))
    status, out, _ = ended(capsys, "--config", str(conf), "--check")
    assert status == 1
    assert "found {{.Other}}, expected {{.Message}} or {{.StatusCode}} [not-loaded]" in out


def test_a_check_in_json_lists_the_apis(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    conf = write(tmp_path, definition("one"))
    status, out, _ = ended(capsys, "--config", str(conf), "--check", "--format", "json")
    assert status == 0
    assert json.loads(out)["apis"] == [
        {"api_id": "one", "listen_path": "/one/", "steps": ["ReverseProxy"]}
    ]


def test_a_check_in_sarif_is_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hooks.py").write_text("print('loaded')\nclass hook: pass\n")
    conf = write(tmp_path, definition("one", pre=[{"name": "hook", "path": "hooks.py"}]))
    status, out, _ = ended(capsys, "--config", str(conf), "--check", "--format", "sarif")
    assert status == 1
    [result] = json.loads(out)["runs"][0]["results"]
    assert result["ruleId"] == "hook-interface"


def test_a_format_that_there_is_not() -> None:
    with pytest.raises(UsageError, match="--format: found 'xml', expected one of text, json"):
        options("--format", "xml")


def test_settings_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = ended(capsys, "--config", str(tmp_path / "none.conf"))
    assert status == 1
    assert err.startswith(str(tmp_path / "none.conf"))


def test_a_bad_template_ends_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "templates").mkdir()
    file = tmp_path / "templates" / "error.json"
    file.write_text("{{.Message}}\n{{.Other}}")
    status, _, err = ended(capsys, "--config", str(write(tmp_path)))
    assert (status, err) == (
        1,
        f"{file}:2: found {{{{.Other}}}}, expected {{{{.Message}}}} or {{{{.StatusCode}}}}\n",
    )


@pytest.mark.parametrize("address", ["", "stats.test", "stats.test:x"])
def test_instrumentation_without_an_address_ends_the_start_with_a_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
) -> None:
    monkeypatch.setenv("TYK_INSTRUMENTATION", "1")
    conf = write(tmp_path, statsd_connection_string=address)
    status, _, err = ended(capsys, "--config", str(conf))
    assert (status, err) == (
        1,
        f"TYK_INSTRUMENTATION: statsd_connection_string: expected host:port, found {address!r}\n",
    )


def test_without_instrumentation_an_address_is_not_asked_for(tmp_path: Path) -> None:
    service("--config", str(write(tmp_path)))


@pytest.mark.parametrize(("given", "port"), [([], 8181), (["--port", "0"], 0), (["-p", "81"], 81)])
def test_the_port_of_the_command_line_goes_before_that_of_the_settings(
    tmp_path: Path, given: list[str], port: int
) -> None:
    reactor = MemoryReactorClock()
    conf = write(tmp_path, listen_port=8181)
    made = makeService(options("--config", str(conf), *given), reactor)
    made.privilegedStartService()
    assert [server[0] for server in reactor.tcpServers] == [port]


@pytest.mark.parametrize("port", ["x", "-1", "65536", "80.5", ""])
def test_what_is_no_port(port: str) -> None:
    with pytest.raises(UsageError, match=r"--port: found .*, expected a number from 0 to 65535"):
        options("--port", port)


@pytest.mark.parametrize(
    ("of_twistd", "target"),
    [
        ({"nodaemon": True}, "-"),
        ({}, "twistd.log"),
        ({"logfile": "mine.log"}, "mine.log"),
        ({"logfile": "mine.log", "nodaemon": True}, "mine.log"),
        ({"logfile": "-"}, "-"),
        ({"syslog": True, "nodaemon": True}, None),
        ({"logger": "some.observer"}, None),
    ],
)
def test_where_the_log_goes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    of_twistd: dict[str, Any],
    target: str | None,
) -> None:
    opened: list[str] = []

    def open_log(path: str) -> io.StringIO:
        opened.append(path)
        return io.StringIO()

    monkeypatch.setattr(LogFile, "fromFullPath", open_log)
    application: Any = Application("test")
    service("--config", str(write(tmp_path)), **of_twistd).setServiceParent(application)
    observer = application.getComponent(ILogObserver)
    assert (observer is None) == (target is None)
    assert opened == ([] if target in (None, "-") else [target])


@pytest.mark.parametrize(
    ("chosen", "reactor"),
    [((), "LeanReactor"), (("--reactor", "epoll"), "EPollReactor")],
    ids=["ours", "the one that was chosen"],
)
def test_the_reactor(tmp_path: Path, chosen: tuple[str, ...], reactor: str) -> None:
    """Twisted says which it is when it starts; a taken port then ends it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (tmp_path / "tyk.conf").write_text(
            json.dumps({"listen_address": "127.0.0.1", "listen_port": taken.getsockname()[1]})
        )
        command = ["-n", "--pidfile=", *chosen, "tyk", "--config", str(tmp_path / "tyk.conf")]
        run = subprocess.run(
            [sys.executable, "-c", "from twisted.scripts.twistd import run; run()", *command],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert f".{reactor}" in run.stdout
    assert run.returncode == 1
    assert "cannot listen on port" in run.stdout


def test_in_the_background_it_is_told_of_too(tmp_path: Path) -> None:
    """Else ``twistd`` would wait for ever, and whoever started it as well."""
    conf = write(tmp_path, listen_address="127.0.0.1")
    (tmp_path / "tyk.db").write_text("something else")
    pid, log = tmp_path / "pid", tmp_path / "log"
    command = [f"--pidfile={pid}", f"--logfile={log}", "tyk", "--config", str(conf), "--port=0"]
    run = subprocess.run(
        [sys.executable, "-c", "from twisted.scripts.twistd import run; run()", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert "storage: " in run.stderr
    assert f"storage: {tmp_path / 'tyk.db'}: it is damaged" in log.read_text()
    assert "Traceback" not in run.stderr + log.read_text()
    while pid.exists():  # until the time of all tests is over: whoever has told it ends after that
        sleep(0.01)


LIVES = """\
import threading
from zope.interface import implementer
from twisted_tyk import IRequestHook, blocking

@blocking
@implementer(IRequestHook)
class Lives:
    def check(self):
        print("checked")

    def hook(self, rw, request):
        pass

    def shutdown(self):
        print("shut down", "elsewhere" * (threading.current_thread().name != "MainThread"))
"""


def test_a_check_has_hooks_check_themselves_and_shuts_them_down(tmp_path: Path) -> None:
    """By the gateway alone, and not by what looks at files before."""
    (tmp_path / "lives.py").write_text(LIVES)
    conf = write(tmp_path, definition("one", pre=[{"name": "Lives", "path": "lives.py"}]))
    run = subprocess.run(
        [sys.executable, "-c", "from twisted.scripts.twistd import run; run()",
         "-n", "--pidfile=", "tyk", "--config", str(conf), "--check"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[:2] == ["checked", "shut down elsewhere"]
