"""Records in a file of SQLite, for gateways without Redis."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred

from twisted_tyk.record.as_json import shown
from twisted_tyk.record.entry import Entry, entry_of_hit
from twisted_tyk.record.facts import FOR_GOOD
from twisted_tyk.record.hit import Hit
from twisted_tyk.record.tables import (
    FIND_API,
    INSERT,
    INSERT_API,
    INSERT_ROWS,
    ROWS,
    SCHEMA,
    VERSION,
    api_row,
    edited_api_row,
    edited_hit_row,
    hit_row,
)
from twisted_tyk.record.tidy import tidy
from twisted_tyk.record.writer import Unwritten

#: Seconds between two looks for records that are too old or too many.
TIDY_INTERVAL: Final = 60.0
#: Seconds to wait for another process that writes.
_BUSY: Final = 5.0


class SqliteRecords:
    """Writes records in a thread, many in one transaction.

    What was written is there after a crash of the gateway; a crash of the machine may
    cost the last seconds.
    """

    def __init__(
        self,
        path: Path,
        max_bytes: int,
        max_age: float,
        in_thread: Callable[..., Deferred[Any]],
        seconds: Callable[[], float],
    ) -> None:
        """
        :param max_bytes: of the file; beyond, the oldest records go.
        :param max_age: seconds that records are kept at most.
        :param in_thread: runs a callable with arguments in a thread; never two at once.
        :param seconds: Unix time.
        """
        self.path = path
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._in_thread = in_thread
        self._seconds = seconds
        self._database: sqlite3.Connection | None = None
        self._apis: dict[Any, int] = {}
        self._tidied = 0.0

    def start(self) -> str:
        """Try whether the file can be written."""
        try:
            self.insert([])
        except Unwritten as error:
            return error.reason
        return ""

    def take(self, hit: Hit) -> Entry | tuple[dict[str, Any], float, float]:
        """What is to be written of a hit."""
        if type(hit) is Hit:
            return entry_of_hit(hit)
        timestamp: datetime = hit.timestamp
        lives = hit.expire_at - timestamp
        expires = 0.0 if lives.total_seconds() >= FOR_GOOD else hit.expire_at.timestamp()
        return shown(hit), timestamp.timestamp(), expires

    def ready(self, records: list[Any]) -> list[Any]:
        """They are made ready in the thread."""
        return records

    def write(self, records: list[Any]) -> Deferred[None]:
        """Insert them, in a thread."""
        return self._in_thread(self.insert, records)

    def stop(self) -> Deferred[None]:
        """Close the file, in a thread."""
        return self._in_thread(self.close)

    def insert(self, records: list[Any]) -> None:
        """Insert them, in the caller's thread. :raises Unwritten:"""
        try:
            database = self._opened()
            with database:
                database.execute("BEGIN IMMEDIATE")
                _insert(database, [self._row(database, each) for each in records])
            now = self._seconds()
            if now - self._tidied >= TIDY_INTERVAL:
                self._tidied = now
                tidy(database, now - self._max_age, now, self._max_bytes)
        except (sqlite3.Error, OSError) as error:
            # Whatever it was, a file opened anew is as good as can be.
            self.close()
            raise Unwritten(records, f"{self.path}: {error}") from None

    def close(self) -> None:
        """Close the file, in the caller's thread; the next record opens it again."""
        database, self._database = self._database, None
        self._apis.clear()
        if database is not None:
            database.close()

    def _opened(self) -> sqlite3.Connection:
        if self._database is not None:
            return self._database
        # Of requests there may be more in it than everybody shall see.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        database = sqlite3.connect(
            self.path, timeout=_BUSY, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(database)
        except BaseException:
            database.close()
            raise
        self._database = database
        return database

    def _row(self, database: sqlite3.Connection, record: Any) -> tuple[Any, ...]:
        if len(record) == 3:
            members, seconds, expires = record
            of_api = edited_api_row(members)
            return edited_hit_row(members, seconds, expires, self._api(database, of_api, of_api))
        facts = record[0]
        api = self._apis.get(facts)
        if api is None:
            api = self._api(database, facts, api_row(facts))
        return hit_row(record, api)

    def _api(self, database: sqlite3.Connection, known_as: Any, row: tuple[str, ...]) -> int:
        found = self._apis.get(known_as)
        if found is None:
            if len(self._apis) > 10_000:
                # Of reloads, and of functions that call each request by another name.
                self._apis.clear()
            database.execute(INSERT_API, row)
            (found,) = database.execute(FIND_API, row).fetchone()
            self._apis[known_as] = found
        return found


def _insert(database: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
    whole = len(rows) - len(rows) % ROWS
    for begin in range(0, whole, ROWS):
        database.execute(INSERT_ROWS, list(chain.from_iterable(rows[begin : begin + ROWS])))
    database.executemany(INSERT, rows[whole:])


def _prepare(database: sqlite3.Connection) -> None:
    # Before the first table, or it does nothing.
    database.execute("PRAGMA auto_vacuum = INCREMENTAL")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    with closing(database.execute("PRAGMA user_version")) as cursor:
        (version,) = cursor.fetchone()
    if version == 0:
        database.executescript(f"BEGIN IMMEDIATE;{SCHEMA}PRAGMA user_version = {VERSION};COMMIT;")
    elif version != VERSION:
        raise sqlite3.DatabaseError(f"expected records of version {VERSION}, found {version}")
