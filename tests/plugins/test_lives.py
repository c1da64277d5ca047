"""Given hooks that ask to be checked and to be told of their end, this is when they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway, in_the_end, stops_soon
from hook_modules import hook_modules

from twisted_tyk.plugins.driver import Places
from twisted_tyk.plugins.python import PythonHooks
from twisted_tyk.testing import MemoryGateway, definition

PRELUDE = """\
import builtins, threading
from twisted.internet.defer import Deferred
from zope.interface import implementer
from twisted_tyk import IRequestHook, blocking

told = []

"""
LIVES = """\
@implementer(IRequestHook)
class Lives:
    waiting = []
    remembered = []

    def check(self):
        told.append("checked")

    def hook(self, rw, request):
        self.remembered = [request]
        if "held" in request.url.path:
            self.waiting.append(Deferred())
            return self.waiting[-1]

    def shutdown(self):
        told.append("shut down")
"""
#: The first line of a file that is another than before.
OTHER = "# another\n"


def source(text: str = LIVES) -> str:
    return PRELUDE + text


def lives(name: str = "Lives") -> list[dict[str, Any]]:
    return [{"name": name, "path": "hooks.py"}]


def reload(gateway: MemoryGateway) -> str:
    message: str = json.loads(gateway.control("/tyk/reload").body)["message"]
    return message


def test_a_hook_is_checked_once_and_told_when_the_gateway_stops(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    (tmp_path / "hooks.py").write_text(source())
    running = gateway(definition("one", pre=lives()))
    told = hook_modules("one", "hooks")[-1].told
    assert told == ["checked"]
    assert running.get("/one/x").status == 200
    reload(running)
    in_the_end(running)
    assert told == ["checked"], "nothing had changed"
    stops_soon(running)
    assert told == ["checked", "shut down"]


def test_the_old_one_is_told_when_its_last_request_is_over(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    """Also when it has kept that request, and so everything that leads back to it."""
    (tmp_path / "hooks.py").write_text(source())
    running = gateway(definition("one", pre=lives()))
    old = hook_modules("one", "hooks")[-1]
    client = running.connect()
    running.send(client, b"GET /one/held HTTP/1.1\r\nHost: gateway.test\r\n\r\n")
    (tmp_path / "hooks.py").write_text(OTHER + source())
    reload(running)
    in_the_end(running)
    assert old.told == ["checked"]
    assert hook_modules("one", "hooks")[-1].told == ["checked"]
    old.Lives.waiting.pop().callback(None)
    running.settle()
    assert [answer.status for answer in client.answers] == [200]
    in_the_end(running)
    assert old.told == ["checked", "shut down"]
    assert old not in hook_modules("one", "hooks")
    stops_soon(running)
    assert old.told == ["checked", "shut down"], "once is enough"


def test_so_is_that_of_an_api_that_is_gone(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(source())
    running = gateway(definition("one", response=[]), definition("two", pre=lives()))
    told = hook_modules("two", "hooks")[-1].told
    (tmp_path / "apps" / "two.json").unlink()
    reload(running)
    reload(running)
    in_the_end(running)
    assert told == ["checked", "shut down"]


def test_a_check_that_raises_keeps_the_old_one(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(source())
    running = gateway(definition("one", pre=lives()))
    refusing = LIVES.replace('told.append("checked")', 'raise ValueError("no database")')
    (tmp_path / "hooks.py").write_text(source(refusing))
    message = reload(running)
    assert ": Lives: its check raised ValueError: no database" in message
    assert f"{tmp_path}/hooks.py:14" in message
    assert running.get("/one/x").status == 200
    (tmp_path / "hooks.py").write_text(source())
    assert reload(running) == ""


def test_what_was_refused_is_told_of_its_end(gateway: MakeGateway, tmp_path: Path) -> None:
    """It was made, and may have opened what it must close."""
    (tmp_path / "hooks.py").write_text(source())
    running = gateway(definition("one", pre=lives()))
    shared = "told = __import__('builtins').__dict__.setdefault('told_of_test_lives', [])\n"
    refusing = shared + LIVES.replace('told.append("checked")', "1 / 0")
    (tmp_path / "hooks.py").write_text(source(refusing))
    reload(running)
    in_the_end(running)
    import builtins

    try:
        told = builtins.__dict__["told_of_test_lives"]
        assert told
        assert set(told) == {"shut down"}
    finally:
        del builtins.__dict__["told_of_test_lives"]


def test_an_object_of_two_entries_is_one(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(source(LIVES + "one = Lives()\n"))
    running = gateway(definition("one", pre=lives("one"), post=lives("one")))
    told = hook_modules("one", "hooks")[-1].told
    stops_soon(running)
    assert told == ["checked", "shut down"]


def test_methods_that_only_have_the_name_are_left_alone(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    other = LIVES.replace("def check(self)", "def check(self, token)")
    other = other.replace("def shutdown(self)", "def shutdown(self, token)")
    (tmp_path / "hooks.py").write_text(source(other + "    check_all = shutdown_all = 5\n"))
    running = gateway(definition("one", pre=lives()))
    told = hook_modules("one", "hooks")[-1].told
    assert running.control("/ready").status == 200
    stops_soon(running)
    assert told == []


@pytest.mark.parametrize("check", ["async def check(self): pass", "def check(self): return D()"])
def test_a_check_that_would_be_waited_for_is_refused(
    gateway: MakeGateway, tmp_path: Path, check: str
) -> None:
    text = LIVES.replace('def check(self):\n        told.append("checked")', check)
    (tmp_path / "hooks.py").write_text(source(text.replace("D()", "Deferred()")))
    running = gateway(definition("one", pre=lives()))
    assert b"its check would have to be waited for" in running.control("/ready").body
    assert running.get("/one/x").status == 500


def test_who_only_looks_at_a_hook_puts_nothing_to_work(tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(source(LIVES.replace('told.append("checked")', "1 / 0")))
    assert PythonHooks(Places(tmp_path), "api").request_hook("Lives", "hooks.py")


def test_a_shutdown_that_raises_keeps_nobody_from_theirs(
    gateway: MakeGateway, tmp_path: Path, events: Events
) -> None:
    second = LIVES.replace("class Lives", "class Second")
    (tmp_path / "hooks.py").write_text(
        source(LIVES.replace('told.append("shut down")', "1 / 0") + second)
    )
    running = gateway(definition("one", pre=[*lives(), *lives("Second")]))
    told = hook_modules("one", "hooks")[-1].told
    stops_soon(running)
    assert told == ["checked", "checked", "shut down"]
    (line,) = [text for text in events.texts() if "the shutdown of" in text]
    assert line.startswith("the shutdown of GoPluginMiddleware:hooks.py:Lives raised:")
    assert "hooks.py" in line
    assert "ZeroDivisionError" in line


def test_nor_does_one_that_cannot_be_looked_at(
    gateway: MakeGateway, tmp_path: Path, events: Events
) -> None:
    """The gateway stops as it would without it."""
    once = """
    looked = 0
    @property
    def shutdown(self):
        self.looked += 1
        if self.looked == 1:
            return self.hook_is_over
        raise ValueError("once is enough")

    def hook_is_over(self):
        told.append("never")
"""
    other = LIVES.partition("    def shutdown")[0].replace("Lives", "Once") + once
    (tmp_path / "hooks.py").write_text(source(LIVES + other))
    running = gateway(definition("one", pre=lives() + lives("Once")))
    told = hook_modules("one", "hooks")[-1].told
    stops_soon(running)
    assert told == ["checked", "checked", "shut down"]
    (line,) = [text for text in events.texts() if "the shutdown of" in text]
    assert line.startswith("the shutdown of GoPluginMiddleware:hooks.py:Once raised:")
    assert "ValueError: once is enough" in line


def test_a_class_may_raise_anything_for_names_that_it_has_not(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    """Many a ``__getattr__`` raises something else than ``AttributeError``."""
    every = "    def __getattr__(self, name):\n        return {}[name]\n"
    (tmp_path / "hooks.py").write_text(source(LIVES + every))
    running = gateway(definition("one", pre=lives()))
    assert running.get("/one/x").status == 200
    told = hook_modules("one", "hooks")[-1].told
    stops_soon(running)
    assert told == ["checked", "shut down"]


def test_a_shutdown_that_waits_is_waited_for_but_not_for_ever(
    gateway: MakeGateway, tmp_path: Path, events: Events
) -> None:
    waits = LIVES.replace(
        'told.append("shut down")',
        "self.waiting.append(Deferred()); return self.waiting[-1].addCallback(told.append)",
    )
    (tmp_path / "hooks.py").write_text(source(waits))
    first = gateway(definition("one", pre=lives()), settings={"plugin_shutdown_timeout": 3})
    module = hook_modules("one", "hooks")[-1]
    stopped = first.stop()
    first.advance(2)
    assert not stopped.called
    module.Lives.waiting.pop().callback("closed")
    assert stopped.called
    assert module.told == ["checked", "closed"]

    second = gateway(definition("one", pre=lives()), settings={"plugin_shutdown_timeout": 3})
    stopped = second.stop()
    second.advance(3)
    assert stopped.called
    assert any("Lives took longer than 3 s" in text for text in events.texts())


BLOCKS = """\
started, release = threading.Event(), threading.Event()
threads = []

@blocking
@implementer(IRequestHook)
class Blocks:
    def hook(self, rw, request):
        threads.append(threading.current_thread())
        started.set()
        release.wait(10)

    def shutdown(self):
        threads.append(threading.current_thread())
        told.append("shut down")
"""


def test_one_that_blocks_is_told_in_a_thread_when_its_calls_are_over(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    """Also those that nobody waits for any more."""
    import threading

    (tmp_path / "hooks.py").write_text(source(BLOCKS))
    running = gateway(definition("one", pre=lives("Blocks")))
    old = hook_modules("one", "hooks")[-1]
    client = running.connect()
    running.send(client, b"GET /one/held HTTP/1.1\r\nHost: gateway.test\r\n\r\n")
    assert old.started.wait(10)
    running.advance(5.5)
    assert [answer.status for answer in client.answers] == [504]
    (tmp_path / "hooks.py").write_text(OTHER + source(BLOCKS))
    reload(running)
    in_the_end(running)
    assert old.told == []
    old.release.set()
    for _ in range(1000):
        in_the_end(running)
        if old.told:
            break
        threading.Event().wait(0.01)
    assert old.told == ["shut down"]
    assert threading.main_thread() not in old.threads
