"""Opening the file of the store, or saying in one sentence why that can not be."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final

#: The layout below; a later one has the next number.
LAYOUT: Final = 1
#: Tells this gateway's files from other programs' ones.
_APPLICATION: Final = int.from_bytes(b"ttyk", "big")
#: Seconds to wait for another process that has the file locked.
BUSY_TIMEOUT: Final = 5.0
#: Of a file's pages in memory, at most.
_CACHE_KIB: Final = 8192
_REMEDY: Final = (
    "is its folder there, and may it be written to? storage.path of tyk.conf names another place"
)
_MEND: Final = "bring back a copy, or move it away to begin without keys"

_SCHEMA: Final = f"""
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    kind INTEGER NOT NULL, -- 0 a string, 1 a list, 2 a sorted set
    value BLOB,            -- of a string
    until REAL             -- seconds since 1970; NULL is for ever
);
CREATE INDEX entry_until ON entry (until) WHERE until IS NOT NULL;
CREATE TABLE item (
    entry INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    place INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (entry, place)
) WITHOUT ROWID;
CREATE TABLE member (
    entry INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    member BLOB NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (entry, member)
) WITHOUT ROWID;
CREATE INDEX member_score ON member (entry, score, member);
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {LAYOUT};
"""


def open_file(file: Path) -> sqlite3.Connection:
    """Open it, and make it when it is not there. Its keys are not read.

    A commit is in the hands of the operating system before it returns, so the
    process may be killed at any moment. After a power cut the file is sound, but
    what was written last, some seconds at most, may be missing.

    :raises ValueError: one sentence with the file and what is wrong.
    """
    try:
        return connect(file)
    except (OSError, sqlite3.Error, ValueError) as error:
        raise ValueError(f"{file}: {told(error)}") from None


def connect(file: Path) -> sqlite3.Connection:
    """The same, with errors that are for :func:`told`.

    :raises OSError, sqlite3.Error, ValueError: it can not be used.
    """
    if not file.exists():
        # Keys are nobody else's business; SQLite gives its other files the same mode.
        # Only a file that is new may be closed like this: SQLite's locks would end with it.
        with suppress(FileExistsError):
            os.close(os.open(os.path.realpath(file), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    connection = sqlite3.connect(
        file, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
    )
    try:
        _prepare(connection, file)
    except BaseException:
        connection.close()
        raise
    return connection


def told(error: Exception) -> str:
    """What SQLite says, in words that help."""
    text = str(error)
    if "full" in text or "No space" in text:
        return "there is no room left on its disk"
    if isinstance(error, OSError):
        reason = (error.strerror or text).lower()
        return f"it can not be made ({reason}): {_REMEDY}"
    if "locked" in text:
        return "another process has locked it"
    if "not a database" in text or "malformed" in text:
        return f"it is damaged or no store of this gateway ({text}): {_MEND}"
    if "readonly" in text:
        return "it can not be written to"
    if "unable to open" in text:
        return f"it can not be opened or made: {_REMEDY}"
    return text


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    # Whoever can not write is told now, and two processes do not make the tables both.
    connection.execute("BEGIN IMMEDIATE")
    application, layout, tables = (
        connection.execute(sql).fetchone()[0]
        for sql in (
            "PRAGMA application_id",
            "PRAGMA user_version",
            "SELECT count(*) FROM sqlite_master",
        )
    )
    if not application and not layout and not tables:
        for statement in _SCHEMA.split(";\n"):
            connection.execute(statement)
    elif application != _APPLICATION:
        raise ValueError("it is a database of another program")
    elif layout != LAYOUT:
        raise ValueError(
            f"it has layout {layout}, expected {LAYOUT}: a later version of this gateway made it"
        )
    connection.execute("COMMIT")
    _check_length(connection, file)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Have changes in a log of their own, which SQLite only does when nobody has a lock.

    It does not wait for that by itself, and two processes may begin the same file.
    """
    ends = monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or monotonic() >= ends:
                raise
            sleep(0.005)
        else:
            return


def _check_length(connection: sqlite3.Connection, file: Path) -> None:
    """SQLite would find only later, key by key, that an end is missing."""
    busy, pages, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if busy or pages != moved:
        return  # some of it is in the log yet
    count, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
    )
    if os.path.getsize(file) < count * size:
        raise ValueError(f"it is damaged, its end is missing: {_MEND}")
