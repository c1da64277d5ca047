"""Records in a file of SQLite."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from recording import WHEN, any_hit, make_hit
from twisted.internet.defer import Deferred, maybeDeferred

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.record import tidy
from twisted_tyk.record.as_json import EditableRecord, shown
from twisted_tyk.record.hit import Hit
from twisted_tyk.record.sqlite import TIDY_INTERVAL, SqliteRecords
from twisted_tyk.record.writer import Unwritten
from twisted_tyk.session.state import SessionState

DAY = 86400.0


class Now:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.seconds = WHEN

    def __call__(self) -> float:
        return self.seconds


def at_once(call: Any, *arguments: Any) -> Deferred[Any]:
    return maybeDeferred(call, *arguments)


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def records(tmp_path: Path, now: Now) -> Any:
    made = SqliteRecords(tmp_path / "analytics.db", 1 << 30, 30 * DAY, at_once, now)
    yield made
    made.close()


def insert(records: SqliteRecords, *hits: Hit) -> None:
    records.insert([records.take(hit) for hit in hits])


def rows(records: SqliteRecords, query: str = "SELECT * FROM records") -> list[dict[str, Any]]:
    with closing(sqlite3.connect(records.path)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(query)]


def test_a_record_under_tyks_names(records: SqliteRecords) -> None:
    session = SessionState(key_id="key-1", alias="ann", oauth_client_id="client", tags=["vip"])
    definition = ApiDefinition(
        api_id="one", name="The one", org_id="org", tags=("a", 'b"'), expire_analytics_after=60
    )
    insert(records, make_hit(definition, headers={"User-Agent": "agent/1"}, session=session))
    (row,) = rows(records)
    assert json.loads(row.pop("tags")) == ["vip", "a", 'b"', "key-key-1", "org-org", "api-one"]
    assert row == {
        "id": 1,
        "timestamp": "2023-11-14T22:13:20.250Z",
        "time": WHEN,
        "method": "GET",
        "host": "",
        "path": "/one/get",
        "raw_path": "/one/get",
        "original_path": "/one/get",
        "listen_path": "/one/",
        "content_length": 0,
        "user_agent": "agent/1",
        "response_code": 200,
        "ip_address": "192.0.2.1",
        "api_key": "key-1",
        "api_version": "Non Versioned",
        "api_name": "The one",
        "api_id": "one",
        "org_id": "org",
        "oauth_id": "client",
        "alias": "ann",
        "request_time": 25,
        "latency_total": 25,
        "latency_upstream": 20,
        "latency_gateway": 5,
        "track_path": 0,
        "raw_request": "",
        "raw_response": "",
        "expireAt": "2023-11-14T22:14:20.250Z",
        "more": "",
    }


@pytest.mark.parametrize("token", ["", 'key-"1"\\', "\0é"])
def test_tags_that_say_nothing_new_are_not_stored(records: SqliteRecords, token: str) -> None:
    definition = ApiDefinition(api_id="o'ne", org_id="", tags=("a",))
    session = SessionState(key_id=token) if token else None
    insert(records, make_hit(definition, session=session))
    (row,) = rows(records)
    assert json.loads(row["tags"]) == ["a", *([f"key-{token}"] if token else []), "api-o'ne"]
    assert rows(records, "SELECT tags FROM hit") == [{"tags": ""}]


@given(hits=any_hit())
def test_whatever_happens_can_be_read_again(
    tmp_path_factory: pytest.TempPathFactory, hits: Hit
) -> None:
    records = SqliteRecords(
        tmp_path_factory.mktemp("r") / "a.db", 1 << 30, 1e12, at_once, lambda: 0.0
    )
    # As it was, and as a function changed it that changed hardly anything.
    edited = EditableRecord(hits).edited({"day": 99})
    insert(records, hits, edited)
    records.close()
    for row, hit in zip(rows(records), (hits, edited), strict=True):
        wanted = shown(hit)
        for name in ("day", "month", "year", "hour", "timestamp", "expireAt", "api_schema"):
            del wanted[name]
        latency = wanted.pop("latency")
        assert [row[f"latency_{name}"] for name in latency] == list(latency.values())
        row["tags"] = json.loads(row["tags"])
        assert {name: row[name] for name in wanted} == wanted
        assert row["time"] == pytest.approx(hit.seconds, abs=1e-6)


def test_what_an_analytics_function_adds_is_in_more(records: SqliteRecords) -> None:
    geo = {"country": {"iso_code": "DE"}}
    edited = EditableRecord(make_hit()).edited(
        {"geo": geo, "path": "/x", "expireAt": "2023-11-15T00:00:00Z", "api_name": "Other"}
    )
    insert(records, edited, edited)
    row, again = rows(records)
    assert json.loads(row["more"]) == {"geo": geo}
    assert (row["path"], row["raw_path"], row["api_name"]) == ("/x", "/one/get", "Other")
    assert row["expireAt"] == "2023-11-15T00:00:00.000Z"
    assert again["api_name"] == "Other"
    assert rows(records, "SELECT count(*) AS count FROM api") == [{"count": 1}]


def test_nobody_else_may_read_it(records: SqliteRecords) -> None:
    insert(records, make_hit())
    for file in records.path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_old_records_go(records: SqliteRecords, now: Now) -> None:
    for day in range(3):
        insert(records, *(make_hit(seconds=WHEN + day * DAY) for _ in range(2)))
    now.seconds = WHEN + 31.5 * DAY
    insert(records, make_hit(seconds=now.seconds))
    assert [row["time"] for row in rows(records)] == [WHEN + 2 * DAY, WHEN + 2 * DAY, now.seconds]


def test_records_that_expire_go_first(records: SqliteRecords, now: Now) -> None:
    soon = ApiDefinition(api_id="soon", expire_analytics_after=100)
    insert(records, make_hit(soon), make_hit())
    now.seconds += TIDY_INTERVAL + 1
    insert(records, make_hit(soon, seconds=now.seconds))
    assert len(rows(records)) == 3
    now.seconds += TIDY_INTERVAL
    insert(records)
    assert [row["api_id"] for row in rows(records)] == ["one", "soon"]


def test_there_is_an_end_to_its_size(
    tmp_path: Path, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidy, "_GO", 20)
    records = SqliteRecords(tmp_path / "small.db", 100_000, 30 * DAY, at_once, now)
    wide = {"User-Agent": "x" * 500}
    for _ in range(10):
        insert(records, *(make_hit(headers=wide, seconds=now.seconds) for _ in range(50)))
        now.seconds += TIDY_INTERVAL
    insert(records)
    records.close()
    found = rows(records)
    assert 50 < len(found) < 200
    assert found[-1]["id"] == 500
    assert records.path.stat().st_size < 120_000


def test_what_was_written_is_there_in_the_next_life(records: SqliteRecords) -> None:
    insert(records, make_hit())
    records.close()
    insert(records, make_hit())
    assert [row["id"] for row in rows(records)] == [1, 2]
    assert rows(records, "SELECT count(*) AS count FROM api") == [{"count": 1}]


def test_two_gateways_may_have_one_file(records: SqliteRecords, now: Now) -> None:
    other = SqliteRecords(records.path, 1 << 30, 30 * DAY, at_once, now)
    insert(records, make_hit())
    insert(other, make_hit())
    insert(records, make_hit())
    other.close()
    assert len(rows(records)) == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no database at all, but quite a lot of text", "file is not a database"),
        (None, "unable to open database file|Is a directory"),
    ],
)
def test_a_file_that_is_none(records: SqliteRecords, content: bytes | None, reason: str) -> None:
    if content is None:
        records.path.mkdir()
    else:
        records.path.write_bytes(content)
    assert records.path.name in records.start()
    with pytest.raises(Unwritten, match=reason) as caught:
        insert(records, make_hit())
    assert len(caught.value.records) == 1


def test_a_file_of_a_later_version_is_left_alone(records: SqliteRecords) -> None:
    with closing(sqlite3.connect(records.path)) as database:
        database.execute("PRAGMA user_version = 7")
    assert records.start().endswith("expected records of version 1, found 7")


def test_after_an_error_the_file_is_opened_anew(records: SqliteRecords) -> None:
    insert(records, make_hit())
    assert records._database is not None
    records._database.close()
    with pytest.raises(Unwritten, match="closed database"):
        insert(records, make_hit())
    insert(records, make_hit())
    assert len(rows(records)) == 2


def test_it_starts_without_a_word(records: SqliteRecords) -> None:
    assert records.start() == ""
    assert rows(records) == []
