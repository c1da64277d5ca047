"""What a store does, as statements of SQL, in the thread of the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final

from twisted_tyk.storage.values import added, checked_score, lifetime, other_kind

_STRING, _LIST, _SET = range(3)
#: Keys in one statement.
_SOME: Final = 500


class Operations:
    """Called within a transaction. ``ValueError`` comes before anything is changed."""

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], float]) -> None:
        """:param now: seconds since 1970; called in the thread of the file."""
        self._do = connection.execute
        self._do_all = connection.executemany
        self._now = now

    def get(self, key: bytes) -> bytes | None:
        found = self._find(key, _STRING)
        return None if found is None else found[1]

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), _SOME):
            some = keys[start : start + _SOME]
            marks = ",".join("?" * len(some))
            found.update(
                self._do(
                    f"SELECT key, value FROM entry WHERE key IN ({marks}) AND kind = 0"
                    " AND (until IS NULL OR until > ?)",
                    (*some, self._now()),
                )
            )
        return [found.get(key) for key in keys]

    def set(self, key: bytes, value: bytes, seconds: float) -> None:
        self._put(key, value, self._until(seconds))

    def set_new(self, key: bytes, value: bytes, seconds: float) -> bool:
        until, new = self._until(seconds), self._find(key) is None
        if new:
            self._put(key, value, until)
        return new

    def replace(self, key: bytes, value: bytes, seconds: float) -> bool:
        until, there = self._until(seconds), self._find(key) is not None
        if there:
            self._put(key, value, until)
        return there

    def delete(self, *keys: bytes) -> int:
        return sum(self._find(key) is not None and self._drop(key) for key in keys)

    def increment(self, key: bytes, by: int, seconds: float) -> int:
        until = self._until(seconds)
        found = self._find(key, _STRING)
        total = added(None if found is None else found[1], by)
        self._put(key, b"%d" % total, until if found is None else found[2])
        return total

    def expire(self, key: bytes, seconds: float) -> bool:
        until, found = self._until(seconds), self._find(key)
        if found is not None:
            self._do("UPDATE entry SET until = ? WHERE id = ?", (until, found[0]))
        return found is not None

    def ttl(self, key: bytes) -> float | None:
        found = self._find(key)
        if found is None:
            return None
        return -1.0 if found[2] is None else found[2] - self._now()

    def keys(self, prefix: bytes) -> list[bytes]:
        end = _after(prefix)
        rows = self._do(
            "SELECT key FROM entry WHERE key >= ? AND (? OR key < ?)"
            " AND (until IS NULL OR until > ?)",
            (prefix, end is None, end, self._now()),
        )
        return [key for (key,) in rows]

    def append(self, key: bytes, *values: bytes) -> None:
        if values:
            entry = self._found_or_made(key, _LIST)
            (last,) = self._do("SELECT max(place) FROM item WHERE entry = ?", (entry,)).fetchone()
            places = enumerate(values, start=0 if last is None else last + 1)
            self._do_all(
                "INSERT INTO item VALUES (?, ?, ?)", [(entry, *placed) for placed in places]
            )

    def items(self, key: bytes) -> list[bytes]:
        found = self._find(key, _LIST)
        if found is None:
            return []
        rows = self._do("SELECT value FROM item WHERE entry = ? ORDER BY place", found[:1])
        return [value for (value,) in rows]

    def remove_item(self, key: bytes, value: bytes) -> int:
        return self._remove(key, _LIST, "item", "value = ?", value)

    def add_member(self, key: bytes, member: bytes, score: float) -> None:
        number = checked_score(score)
        self._do(
            "INSERT OR REPLACE INTO member VALUES (?, ?, ?)",
            (self._found_or_made(key, _SET), member, number),
        )

    def members(self, key: bytes, low: float, high: float) -> list[tuple[bytes, float]]:
        found = self._find(key, _SET)
        if found is None:
            return []
        return self._do(
            "SELECT member, score FROM member WHERE entry = ? AND score >= ? AND score <= ?"
            " ORDER BY score, member",
            (found[0], low, high),
        ).fetchall()

    def remove_member(self, key: bytes, member: bytes) -> bool:
        return bool(self._remove(key, _SET, "member", "member = ?", member))

    def remove_scores(self, key: bytes, low: float, high: float) -> int:
        return self._remove(key, _SET, "member", "score >= ? AND score <= ?", low, high)

    def sweep(self, most: int) -> int:
        """Take away what is over. :returns: how many keys, ``most`` at most."""
        return self._do(
            "DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE until <= ? LIMIT ?)",
            (self._now(), most),
        ).rowcount

    def _until(self, seconds: float) -> float | None:
        checked = lifetime(seconds)
        return self._now() + checked if checked else None

    def _find(self, key: bytes, kind: int | None = None) -> tuple[int, Any, float | None] | None:
        """The id, the value and the end of what is there and of that kind."""
        row = self._do("SELECT id, value, until, kind FROM entry WHERE key = ?", (key,)).fetchone()
        if row is None or (row[2] is not None and row[2] <= self._now()):
            return None
        if kind not in (None, row[3]):
            raise other_kind()
        return row[0], row[1], row[2]

    def _put(self, key: bytes, value: bytes, until: float | None) -> None:
        self._do("DELETE FROM entry WHERE key = ? AND kind != 0", (key,))
        self._do(
            "INSERT INTO entry (key, kind, value, until) VALUES (?1, 0, ?2, ?3)"
            " ON CONFLICT (key) DO UPDATE SET value = ?2, until = ?3",
            (key, value, until),
        )

    def _drop(self, key: bytes) -> int:
        return self._do("DELETE FROM entry WHERE key = ?", (key,)).rowcount

    def _found_or_made(self, key: bytes, kind: int) -> int | None:
        found = self._find(key, kind)
        if found is not None:
            return found[0]
        self._drop(key)  # it may be there and over
        return self._do("INSERT INTO entry (key, kind) VALUES (?, ?)", (key, kind)).lastrowid

    def _remove(self, key: bytes, kind: int, table: str, which: str, *values: Any) -> int:
        found = self._find(key, kind)
        if found is None:
            return 0
        entry = found[0]
        removed = self._do(f"DELETE FROM {table} WHERE entry = ? AND {which}", (entry, *values))
        # What is empty is not there any more, as in Redis.
        self._do(
            f"DELETE FROM entry WHERE id = ?1 AND NOT EXISTS"
            f" (SELECT 1 FROM {table} WHERE entry = ?1)",
            (entry,),
        )
        return removed.rowcount


def _after(prefix: bytes) -> bytes | None:
    """The first string behind all that begin so, if there is one."""
    kept = prefix.rstrip(b"\xff")
    return kept[:-1] + bytes((kept[-1] + 1,)) if kept else None
