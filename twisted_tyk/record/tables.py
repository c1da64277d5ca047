"""The tables of records in SQLite, and the view that shows them under Tyk's names."""

from __future__ import annotations

import json
from typing import Any, Final

from twisted_tyk.record.entry import Entry, spelled
from twisted_tyk.record.facts import FOR_GOOD, Facts
from twisted_tyk.record.members import GIVEN

#: Kept in ``PRAGMA user_version``; a file with another one is not touched.
VERSION: Final = 1
#: What is the same for many records stands once in ``api``, and what is as elsewhere is
#: empty: paths that are ``raw_path``, tags that are those of the API, the end of records
#: that are kept for good. It is not NULL, nor is anything true or false, since Python's
#: sqlite3 takes longer for one of these than for all the texts of a record.
SCHEMA: Final = """
CREATE TABLE api (
    id INTEGER PRIMARY KEY,
    api_id TEXT, api_name TEXT, org_id TEXT, api_version TEXT, listen_path TEXT, host TEXT,
    tags_before TEXT, tags_after TEXT,
    UNIQUE (api_id, api_name, org_id, api_version, listen_path, host, tags_before, tags_after)
);
CREATE TABLE hit (
    id INTEGER PRIMARY KEY,
    time REAL NOT NULL,
    api INTEGER NOT NULL,
    method TEXT, raw_path TEXT, path TEXT, original_path TEXT,
    content_length INTEGER, user_agent TEXT, response_code INTEGER,
    ip_address TEXT, api_key TEXT, oauth_id TEXT, alias TEXT,
    request_time INTEGER, upstream INTEGER, tags TEXT, track_path INTEGER,
    raw_request TEXT, raw_response TEXT,
    expires REAL,
    more TEXT
);
CREATE INDEX hit_expires ON hit (expires) WHERE expires > 0;
CREATE VIEW records AS SELECT
    hit.id AS id,
    strftime('%Y-%m-%dT%H:%M:%fZ', time, 'unixepoch') AS timestamp, time,
    method, host, iif(path = '', raw_path, path) AS path, raw_path,
    iif(original_path = '', raw_path, original_path) AS original_path, listen_path,
    content_length, user_agent, response_code, ip_address,
    api_key, api_version, api_name, api_id, org_id, oauth_id, alias,
    request_time, request_time AS latency_total, upstream AS latency_upstream,
    max(request_time - upstream, 0) AS latency_gateway,
    CASE
        WHEN tags <> '' THEN tags
        WHEN api_key = '' THEN '[' || tags_before || tags_after
        ELSE '[' || tags_before || json_quote('key-' || api_key) || ', ' || tags_after
    END AS tags,
    track_path, raw_request, raw_response,
    iif(expires = 0, '', strftime('%Y-%m-%dT%H:%M:%fZ', expires, 'unixepoch')) AS expireAt,
    more
FROM hit JOIN api ON api.id = hit.api;
"""
#: Rows that one statement inserts: each statement lets go of the interpreter's lock and has
#: to get it back, which the reactor's thread holds.
ROWS: Final = 40
_ROW: Final = "(NULL" + ", ?" * 21 + ")"
INSERT: Final = f"INSERT INTO hit VALUES {_ROW}"
INSERT_ROWS: Final = f"INSERT INTO hit VALUES {', '.join([_ROW] * ROWS)}"
_COLUMNS: Final = (
    "api_id, api_name, org_id, api_version, listen_path, host, tags_before, tags_after"
)
INSERT_API: Final = f"INSERT OR IGNORE INTO api ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
FIND_API: Final = f"SELECT id FROM api WHERE ({_COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?)"
#: What an analytics function may have changed and has no column.
_MORE: Final = (*GIVEN, "api_schema")


def api_row(facts: Facts) -> tuple[str, ...]:
    """What stands in ``api``."""
    return (
        facts.api_id, facts.api_name, facts.org_id, facts.api_version, facts.listen_path,
        facts.host, *_around_key(facts),
    )  # fmt: skip


def _around_key(facts: Facts) -> tuple[str, str]:
    """The tags of an API as JSON: those before the one of the key, and those after."""
    before = "".join(f"{json.dumps(tag)}, " for tag in facts.tags)
    return before, json.dumps(facts.ends(facts.nobody))[1:]


def hit_row(entry: Entry, api: int) -> tuple[Any, ...]:
    """What stands in ``hit``. :param api: id of its row there."""
    (
        facts, who, seconds, method, path, raw_path, original_path, length, agent, status,
        address, total, upstream, tags, tracked, raw_request, raw_response,
    ) = spelled(entry)  # fmt: skip
    usual = tags is facts.tags and not who.tags
    return (
        seconds, api, method, raw_path,
        "" if path == raw_path else path,
        "" if original_path == raw_path else original_path,
        length, agent, status, address,
        who.api_key, who.oauth_id, who.alias, total, upstream,
        "" if usual else json.dumps((*who.tags, *tags, *facts.ends(who))),
        1 if tracked else 0, raw_request, raw_response,
        0 if facts.lifetime == FOR_GOOD else seconds + facts.lifetime, "",
    )  # fmt: skip


def edited_api_row(record: dict[str, Any]) -> tuple[str, ...]:
    """:func:`api_row` of a record by its names in JSON; it has its tags itself."""
    names = ("api_id", "api_name", "org_id", "api_version", "listen_path", "host")
    return (*(record[name] for name in names), "", "")


def edited_hit_row(
    record: dict[str, Any], seconds: float, expires: float, api: int
) -> tuple[Any, ...]:
    """:func:`hit_row` of a record by its names in JSON."""
    path, raw_path = record["path"], record["raw_path"]
    original_path = record["original_path"]
    more = {name: record[name] for name in _MORE if record.get(name)}
    return (
        seconds, api, record["method"], raw_path,
        "" if path == raw_path else path,
        "" if original_path == raw_path else original_path,
        record["content_length"], record["user_agent"], record["response_code"],
        record["ip_address"], record["api_key"], record["oauth_id"], record["alias"],
        record["request_time"], record["latency"]["upstream"],
        json.dumps(record["tags"]), int(record["track_path"]),
        record["raw_request"], record["raw_response"], expires, json.dumps(more) if more else "",
    )  # fmt: skip
