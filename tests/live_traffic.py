"""Clients that ask without a pause while versions change, and know what may come back."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException

from attrs import define, field


@define(eq=False)
class Told:
    """The numbers that an API has had, the newest last.

    :ivar since: where that begins which a request may be answered with now: it is moved on
        when a reload has answered.
    """

    numbers: list[str] = field(factory=list)
    since: int = 0

    def coming(self, number: str) -> None:
        """A good version is about to be put there: from now on it may be the answer."""
        self.numbers.append(number)

    def settled(self) -> None:
        """The newest good version is at work, and nothing older."""
        self.since = len(self.numbers) - 1

    @property
    def newest(self) -> str:
        return self.numbers[-1]


class Client(threading.Thread):
    """Asks one API over and over, on one connection.

    :ivar asked: how often it got a good answer.
    :ivar wrong: what it got else, or why it stopped.
    """

    def __init__(
        self,
        port: int,
        path: str,
        told: Told,
        over: threading.Event,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(daemon=True)
        self.asked = 0
        self.wrong: list[object] = []
        self._port = port
        self._path = path
        self._told = told
        self._over = over
        self._headers = headers

    def run(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            while not self._over.is_set() and not self.wrong:
                self._ask(connection)
        except (OSError, HTTPException) as error:
            self.wrong.append((self._path, error))
        finally:
            connection.close()

    def _ask(self, connection: HTTPConnection) -> None:
        since = self._told.since
        connection.request("GET", self._path, headers=dict(self._headers))
        response = connection.getresponse()
        got = response.read().decode()
        may = set(self._told.numbers[since:])
        if response.status != 200 or got not in may:
            self.wrong.append((self._path, response.status, got[:100], sorted(may)))
        self.asked += 1
        self._over.wait(0.002)  # the gateway shares the machine with these
