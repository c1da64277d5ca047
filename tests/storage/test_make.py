"""Which store the settings give, and a whole gateway on each."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from gateways import MakeGateway
from redis_server import RedisServer
from twisted.internet import reactor as _reactor
from twisted.internet.task import Clock
from waiting import until

from twisted_tyk.jsonfile.problem import ConfigError
from twisted_tyk.parts.stored import stored
from twisted_tyk.service import Gateway
from twisted_tyk.settings import load
from twisted_tyk.storage.make import make_storage
from twisted_tyk.storage.memory import MemoryStore
from twisted_tyk.storage.notifications import LocalNotifications
from twisted_tyk.storage.sqlite.store import SqliteStore
from twisted_tyk.testing import definition

reactor: Any = _reactor


def settings(folder: Path, **storage: Any) -> Any:
    conf = folder / "tyk.conf"
    conf.write_text(json.dumps({"storage": storage}))
    return load(conf, {}).settings


class TestTheKind:
    def test_sqlite_beside_the_settings_unless_told_otherwise(self, tmp_path: Path) -> None:
        made = make_storage(Clock(), settings(tmp_path), tmp_path)
        assert isinstance(made.store, SqliteStore)
        assert str(tmp_path / "tyk.db") in made.store.problem
        elsewhere = make_storage(Clock(), settings(tmp_path, path="keys/k.db"), tmp_path)
        assert str(tmp_path / "keys" / "k.db") in elsewhere.store.problem

    def test_memory(self, tmp_path: Path) -> None:
        made = make_storage(Clock(), settings(tmp_path, type="memory"), tmp_path)
        assert isinstance(made.store, MemoryStore)
        assert made.redis is None

    def test_any_other(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError) as refused:
            settings(tmp_path, type="postgres")
        assert '"sqlite"' in str(refused.value)
        assert '"redis"' in str(refused.value)

    def test_who_has_no_redis_imports_nothing_of_it(self) -> None:
        """Above all not txredisapi, which would choose the reactor."""
        program = (
            "import sys, twisted_tyk.tap, twisted_tyk.storage.redis.notifications\n"
            "print([m for m in ('txredisapi', 'twisted.internet.reactor') if m in sys.modules])"
        )
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
        assert ran.stdout.strip() == b"[]"


class TestLocalMessages:
    def test_heard_in_the_next_turn(self, logged_failures: Any) -> None:
        clock = Clock()
        notifications = LocalNotifications(clock)
        heard: list[str] = []

        def broken(payload: str) -> None:
            raise RuntimeError(payload)

        notifications.subscribe("GroupReload", broken)
        notifications.subscribe("GroupReload", heard.append)
        notifications.publish("GroupReload", "a")
        notifications.publish("Other", "b")
        assert heard == []
        clock.advance(0)
        assert heard == ["a"]
        assert len(logged_failures.flush(RuntimeError)) == 1


def test_what_is_over_does_not_pile_up_in_memory() -> None:
    clock = Clock()
    store = MemoryStore(clock)
    for number in range(20_000):
        store.set(b"%d" % number, b"x", 10)
        store.set(b"one", b"x", 10)
        clock.advance(0.01)
    table = store._table
    assert len(table._entries) <= 1010
    assert len(table._ends) <= 2 * 1010 + 64


class TestTheGateway:
    def test_a_file_that_can_not_be_opened_keeps_it_from_starting(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        conf = tmp_path / "tyk.conf"
        conf.write_text(json.dumps({"storage": {"path": "apps"}}))
        (tmp_path / "apps").mkdir()
        gateway = Gateway(reactor, load(conf, {}), tmp_path)
        with pytest.raises(SystemExit):
            gateway.startService()
        assert capsys.readouterr().err == (
            f"storage: {tmp_path / 'apps'}: it can not be opened or made: is its folder there, "
            "and may it be written to? storage.path of tyk.conf names another place\n"
        )

    def test_without_a_place_for_the_file_what_needs_no_key_goes_on(
        self, gateway: MakeGateway
    ) -> None:
        closed = definition("closed", use_keyless=False)
        settings = {"storage": {"type": "sqlite", "path": "none/tyk.db"}}
        running = gateway(definition("open"), closed, settings=settings)
        assert running.get("/open/").status == 200
        assert json.loads(running.control("/hello").body)["status"] == "pass"
        client = running.connect()
        running.send(client, b"GET /closed/ HTTP/1.1\r\nHost: h\r\nAuthorization: ann\r\n\r\n")
        running.wait_for_thread()
        assert client.answers[0].status == 503
        assert running.get("/open/").status == 200
        hello = json.loads(running.control("/hello").body)
        assert hello["status"] == "warn"
        assert "can not be made" in hello["details"]["storage"]["output"]

    def test_a_setting_that_makes_no_sense_does_too(self, tmp_path: Path) -> None:
        conf = tmp_path / "tyk.conf"
        conf.write_text(json.dumps({"storage": {"type": "redis", "enable_cluster": True}}))
        with pytest.raises(ValueError, match=r"storage\.enable_cluster"):
            Gateway(reactor, load(conf, {}), tmp_path)

    def test_on_sqlite(self, gateway: MakeGateway, tmp_path: Path) -> None:
        running = gateway(settings={"storage": {"type": "sqlite"}})
        kept: list[Any] = []
        running.service.shared.store.set(b"a", b"1").addCallback(kept.append)
        running.wait_for_thread()
        assert kept == [None]
        assert (tmp_path / "tyk.db").exists()
        stopped = running.stop()
        while not stopped.called:
            running.advance(0.25)
            if not running.reactor.from_threads.empty():
                running.wait_for_thread()

    @pytest_twisted.inlineCallbacks
    def test_redis_is_not_there_yet(
        self, make_redis: Callable[..., RedisServer], tmp_path: Path
    ) -> Any:
        server = make_redis()
        server.kill()
        (tmp_path / "apps").mkdir()
        conf = tmp_path / "tyk.conf"
        storage = {"type": "redis", "host": "127.0.0.1", "port": server.port}
        conf.write_text(json.dumps({"secret": "s", "storage": storage}))
        gateway = Gateway(reactor, load(conf, {}), tmp_path)
        gateway.startService()
        assert stored(gateway.storage).seen is False
        server.start()
        yield until(lambda: stored(gateway.storage).seen)
        heard: list[str] = []
        notifications = gateway.shared.notifications
        notifications.subscribe("Test", heard.append)
        yield until(lambda: notifications.listens)
        yield notifications.publish("Test", "x")
        yield until(lambda: heard == ["x"])
        yield gateway.stopService()
