"""The thread that works on the file: what waits is done together, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final

from attrs import define
from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.storage.sqlite.opening import told

#: Jobs of one transaction; what comes later waits for the next.
_TOGETHER: Final = 1000
#: Jobs that may wait; more fail at once.
MOST_WAITING: Final = 20_000


@define(eq=False)
class _Job:
    """:ivar answer: fires in the reactor thread. :ivar outcome: of the work, for it."""

    work: Callable[[], Any]
    writes: bool
    answer: Deferred[Any]
    outcome: Any = None


class Worker:
    """``do`` and ``stop`` are called in the reactor thread.

    :ivar problem: why the last transaction failed; ``""`` once one of its kind has not.
    """

    log = Logger()

    def __init__(
        self,
        reactor: Any,
        connect: Callable[[], sqlite3.Connection],
        connection: sqlite3.Connection | None,
        name: str,
    ) -> None:
        """
        :param connect: opens the file, in the thread, when there is something to do. What
            it raises fails all that waits; it is tried again for what comes later.
        :param connection: of the file, when it is open already.
        :param name: of the file, for messages.
        """
        self.problem = ""
        self._reactor = reactor
        self._connect = connect
        self._connection = connection
        self._name = name
        self._failed_writing = False
        self._waiting = 0
        self._stopped: Deferred[None] | None = None
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        # A disk that never answers must not keep the process from ending.
        Thread(target=self._run, name=f"store {name}", daemon=True).start()

    @property
    def used(self) -> bool:
        """Whether the file is open, or could not be opened."""
        return self._connection is not None or bool(self.problem)

    def do(self, writes: bool, work: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        """Have something done within a transaction; the Deferred fires after its commit.

        What raises ``ValueError`` must have changed nothing.
        """
        if self._stopped is not None:
            return fail(StoreUnavailable(f"{self._name}: the store is closed"))
        if self._waiting >= MOST_WAITING:
            return fail(StoreUnavailable(f"{self._name}: {MOST_WAITING} calls wait for the disk"))
        self._waiting += 1
        answer: Deferred[Any] = Deferred()
        self._jobs.put(_Job(lambda: work(*arguments), writes, answer))
        return answer

    def stop(self) -> Deferred[None]:
        """Do what waits, and close the file."""
        if self._stopped is None:
            self._stopped = Deferred()
            self._jobs.put(None)
        return self._stopped

    def _run(self) -> None:
        ended = False
        while not ended:
            jobs = [self._jobs.get()]
            try:
                while jobs[-1] is not None and len(jobs) < _TOGETHER:
                    jobs.append(self._jobs.get_nowait())
            except Empty:
                pass
            ended = jobs[-1] is None
            batch = [job for job in jobs if job is not None]
            if batch:
                error = self._together(batch)
                self._reactor.callFromThread(self._answer, batch, error)
        try:
            if self._connection is not None:
                self._connection.close()
        finally:
            self._reactor.callFromThread(self._ended)

    def _together(self, jobs: list[_Job]) -> Exception | None:
        """All of them or none. :returns: why it was none."""
        begin = "BEGIN IMMEDIATE" if any(job.writes for job in jobs) else "BEGIN"
        connection = self._connection
        try:
            if connection is None:
                connection = self._connection = self._connect()
        except Exception as error:
            return error
        try:
            connection.execute(begin)
            for job in jobs:
                try:
                    job.outcome = job.work()
                except (ValueError, OverflowError) as error:
                    job.outcome = Failure(ValueError(str(error)))
            connection.execute("COMMIT")
        except Exception as error:
            try:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            except sqlite3.Error:
                pass  # it is the first error that tells
            return error
        return None

    def _answer(self, jobs: list[_Job], error: Exception | None) -> None:
        self._waiting -= len(jobs)
        self._note(error, any(job.writes for job in jobs))
        for job in jobs:
            if error is None:
                job.answer.callback(job.outcome)
            else:
                job.answer.errback(Failure(StoreUnavailable(f"{self._name}: {told(error)}")))

    def _note(self, error: Exception | None, writes: bool) -> None:
        if error is not None:
            if not self.problem:
                self.log.error(
                    "{name}: {error}. Until it can be used, what needs it is answered 503",
                    name=self._name,
                    error=told(error),
                )
            if not isinstance(error, (OSError, sqlite3.Error, ValueError)):
                self.log.failure("a mistake in the store", failure=Failure(error))
            self.problem = f"{self._name}: {told(error)}"
            self._failed_writing = writes
        elif self.problem and (writes or not self._failed_writing):
            self.problem = ""
            self.log.info("{name} can be used again", name=self._name)

    def _ended(self) -> None:
        assert self._stopped is not None
        self._stopped.callback(None)
