"""What of the records in a file of SQLite has to go."""

from __future__ import annotations

import sqlite3
from typing import Final

#: Records that are removed in one go.
_GO: Final = 5000


def tidy(database: sqlite3.Connection, oldest: float, now: float, max_bytes: int) -> None:
    """Remove what is too old, has expired, or is too much.

    :param oldest: Unix time of the oldest record that may stay.
    :param max_bytes: of all records together; beyond, the oldest ones go.
    :raises sqlite3.Error: when the file can not be written.
    """
    # Records come in the order of their ids, and nearly in that of their times.
    first = f"SELECT id FROM hit ORDER BY id LIMIT {_GO}"
    expired = f"SELECT id FROM hit WHERE expires > 0 AND expires < ? LIMIT {_GO}"
    for query, value in (
        (f"DELETE FROM hit WHERE id IN ({first}) AND time < ?", oldest),
        (f"DELETE FROM hit WHERE id IN ({expired})", now),
    ):
        while database.execute(query, (value,)).rowcount == _GO:
            pass
    while _size(database) > max_bytes:
        if not database.execute(f"DELETE FROM hit WHERE id IN ({first})").rowcount:
            break
    database.execute("PRAGMA incremental_vacuum")


def _size(database: sqlite3.Connection) -> int:
    """Bytes in use."""
    values = [
        database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    ]
    return int((values[0] - values[1]) * values[2])
