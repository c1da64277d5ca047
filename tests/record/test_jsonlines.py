"""Records in a file, one JSON object a line."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from recording import WHEN, any_hit, make_hit
from twisted.internet.defer import Deferred, maybeDeferred

from twisted_tyk.record.as_json import EditableRecord, shown
from twisted_tyk.record.hit import Hit
from twisted_tyk.record.jsonlines import FILES, JsonLines
from twisted_tyk.record.lines import Lines
from twisted_tyk.record.writer import Unwritten
from twisted_tyk.session.state import SessionState


def at_once(call: Any, *arguments: Any) -> Deferred[Any]:
    return maybeDeferred(call, *arguments)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def writer(tmp_path: Path, max_bytes: int = 1 << 30, max_age: float = 1e9) -> JsonLines:
    return JsonLines(tmp_path / "a.jsonl", max_bytes, max_age, at_once, lambda: WHEN)


def append(records: JsonLines, *hits: Hit) -> None:
    records.append([records.take(hit) for hit in hits])


def test_a_line_for_each_record(tmp_path: Path) -> None:
    records = writer(tmp_path)
    session = SessionState(key_id="key-1", alias="ann")
    append(records, make_hit(session=session), make_hit(target=b"/one/%22%0a%C3%A9", status=404))
    append(records, make_hit())
    first, second, third = lines(records.path)
    assert first["timestamp"] == "2023-11-14T22:13:20.250000Z"
    assert first["latency"] == {"total": 25, "upstream": 20, "gateway": 5}
    assert (first["api_key"], first["alias"]) == ("key-1", "ann")
    assert first["tags"] == ["key-key-1", "org-org", "api-one"]
    assert (second["path"], second["response_code"]) == ('/one/"\n\u00e9', 404)
    assert third["path"] == "/one/get"


@given(hit=any_hit())
def test_a_line_has_what_analytics_functions_are_shown(hit: Hit) -> None:
    line = Lines()
    records = writer(Path())
    wanted = shown(hit)
    for _ in range(2):
        found = json.loads(line(records.take(hit)))  # type: ignore[arg-type]
        for name in ("timestamp", "expireAt"):
            assert found.pop(name)[:26].rstrip("0.") == wanted[name].rstrip("Z0.")
        assert found == {name: wanted[name] for name in found}
        assert set(found) == set(wanted) - {"timestamp", "expireAt"}


def test_what_an_analytics_function_has_changed(tmp_path: Path) -> None:
    records = writer(tmp_path)
    append(records, EditableRecord(make_hit()).edited({"path": "/x", "geo": {"a": "\x7f\n"}}))
    (found,) = lines(records.path)
    assert (found["path"], found["geo"]) == ("/x", {"a": "\x7f\n"})


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    records = writer(tmp_path)
    assert records.start() == ""
    assert stat.S_IMODE(records.path.stat().st_mode) == 0o600


def test_a_full_file_is_put_aside(tmp_path: Path) -> None:
    records = writer(tmp_path, max_bytes=1000 * FILES)
    for number in range(25):
        append(records, make_hit(target=b"/%d" % number))
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"a.jsonl", *(f"a.jsonl.{number}" for number in range(1, FILES))}
    found = [
        line["raw_path"]
        for number in range(FILES - 1, 0, -1)
        for line in lines(tmp_path / f"a.jsonl.{number}")
    ] + [line["raw_path"] for line in lines(records.path)]
    # The newest are there, in their order.
    assert found == [f"/{number}" for number in range(25 - len(found), 25)]
    assert len(found) >= FILES
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())


def test_an_old_file_is_removed(tmp_path: Path) -> None:
    records = writer(tmp_path, max_bytes=1000 * FILES, max_age=60.0)
    for number in range(3):
        append(records, make_hit(target=b"/%d" % number))
    os.utime(tmp_path / "a.jsonl.1", (WHEN - 10, WHEN - 10))
    os.utime(tmp_path / "a.jsonl.2", (WHEN - 61, WHEN - 61))
    os.utime(tmp_path / "a.jsonl", (WHEN, WHEN))
    append(records, make_hit(target=b"/3"))
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["a.jsonl", "a.jsonl.1", "a.jsonl.2"]


def test_somebody_else_may_put_it_aside(tmp_path: Path) -> None:
    records = writer(tmp_path)
    append(records, make_hit())
    records.path.rename(tmp_path / "mine")
    append(records, make_hit())
    assert len(lines(records.path)) == len(lines(tmp_path / "mine")) == 1


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    records = writer(tmp_path / "nowhere")
    assert records.start().endswith("a.jsonl: No such file or directory")
    with pytest.raises(Unwritten) as caught:
        append(records, make_hit())
    assert len(caught.value.records) == 1


def test_a_disk_that_is_full_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = writer(tmp_path)
    append(records, make_hit())
    write = os.write

    def full(file: int, data: Any) -> int:
        if len(data) > 50:
            return write(file, data[:50])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(Unwritten, match="No space left"):
            append(records, make_hit())
    assert len(lines(records.path)) == 1
    append(records, make_hit())
    assert len(lines(records.path)) == 2
