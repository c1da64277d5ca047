"""Records in a file, one JSON object a line, with the names of Tyk's JSON."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed

from twisted_tyk.record.as_json import shown
from twisted_tyk.record.buffer import Unwritten
from twisted_tyk.record.entry import Entry, entry_of_hit, spelled
from twisted_tyk.record.facts import Facts, Who
from twisted_tyk.record.golang import moment
from twisted_tyk.record.hit import Hit

#: Files that a full set has, the one that is written included.
FILES: Final = 10
_MEMO: Final = "json"
_LINE: Final = (
    '{"method":%s,"path":%s,"raw_path":%s,"original_path":%s,"content_length":%d,'
    '"user_agent":%s,"response_code":%d,"ip_address":%s,"request_time":%d,'
    '"latency":{"total":%d,"upstream":%d,"gateway":%d},"track_path":%s,'
    '"raw_request":"%s","raw_response":"%s","timestamp":"%s.%06dZ",%s"expireAt":"%s.%06dZ",'
    "%s,%s}\n"
)


class Lines:
    """Makes lines of what was taken of hits. It belongs to one thread."""

    def __init__(self) -> None:
        self._seconds: dict[int, tuple[str, str]] = {}

    def __call__(self, record: Entry | dict[str, Any]) -> str:
        """The line of one record."""
        if isinstance(record, dict):
            return json.dumps(record, separators=(",", ":")) + "\n"
        (
            facts, who, seconds, method, path, raw_path, original_path, length, agent, status,
            address, total, upstream, tags, tracked, raw_request, raw_response,
        ) = spelled(record)  # fmt: skip
        whole, nanoseconds = moment(seconds)
        text, date = self._at(whole)
        raw = quoted(raw_path)
        return _LINE % (
            quoted(method),
            raw if path == raw_path else quoted(path),
            raw,
            raw if original_path == raw_path else quoted(original_path),
            length,
            quoted(agent),
            status,
            quoted(address),
            total,
            total,
            upstream,
            total - upstream if total > upstream else 0,
            "true" if tracked else "false",
            raw_request,
            raw_response,
            text,
            nanoseconds // 1000,
            date,
            self._at(whole + facts.lifetime)[0],
            nanoseconds // 1000,
            (who.derived.get(facts) if tags is facts.tags else None)
            or _of_client(who, facts, tags),
            facts.derived.get(_MEMO) or _of_api(facts),
        )

    def _at(self, whole: int) -> tuple[str, str]:
        """A second as text, and its date as members."""
        known = self._seconds.get(whole)
        if known is None:
            if len(self._seconds) > 1000:
                self._seconds.clear()
            at = time.gmtime(whole)
            known = self._seconds[whole] = (
                time.strftime("%Y-%m-%dT%H:%M:%S", at),
                f'"day":{at.tm_mday},"month":{at.tm_mon},"year":{at.tm_year},"hour":{at.tm_hour},',
            )
        return known


class JsonLines:
    """Appends records to a file, which is renamed and begun anew when it is large.

    The file is opened for each write, so that others may rename it as well.
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
        :param max_bytes: of all files together, about.
        :param max_age: seconds after which a file that is full is removed.
        :param in_thread: runs a callable with arguments in another thread.
        :param seconds: Unix time.
        """
        self.path = path
        self._max_bytes = max_bytes // FILES
        self._max_age = max_age
        self._in_thread = in_thread
        self._seconds = seconds
        self._line = Lines()

    def start(self) -> str:
        """Try whether the file can be written."""
        try:
            self.append([])
        except Unwritten as error:
            return error.reason
        return ""

    def take(self, hit: Hit) -> Entry | dict[str, Any]:
        """What is to be written of a hit."""
        return entry_of_hit(hit) if type(hit) is Hit else shown(hit)

    def ready(self, records: list[Any]) -> list[Any]:
        """They are made ready in the thread."""
        return records

    def write(self, records: list[Any]) -> Deferred[None]:
        """Append them, in a thread."""
        return self._in_thread(self.append, records)

    def stop(self) -> Deferred[None]:
        """Nothing is open."""
        return succeed(None)

    def append(self, records: list[Any]) -> None:
        """Append them, in the caller's thread. :raises Unwritten:"""
        data = "".join(map(self._line, records)).encode("ascii")
        try:
            # Of requests there may be more in it than everybody shall see.
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                size = os.fstat(file).st_size
                if size and size + len(data) > self._max_bytes:
                    os.close(file)
                    file = -1
                    self._make_room()
                    file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                    size = 0
                _write_all(file, data, size)
            finally:
                if file >= 0:
                    os.close(file)
        except OSError as error:
            raise Unwritten(records, f"{self.path}: {error.strerror}") from None

    def _make_room(self) -> None:
        """``name`` becomes ``name.1``, that ``name.2``, and so on; old files go."""
        numbered = [self.path, *(Path(f"{self.path}.{number}") for number in range(1, FILES))]
        for number in range(FILES - 1, 0, -1):
            if numbered[number - 1].exists():
                os.replace(numbered[number - 1], numbered[number])
        for file in numbered[1:]:
            if file.exists() and self._seconds() - file.stat().st_mtime > self._max_age:
                file.unlink()


def _write_all(file: int, data: bytes, size: int) -> None:
    """Append ``data``; when that fails halfway the file is as before."""
    left = memoryview(data)
    try:
        while left:
            left = left[os.write(file, left) :]
    except OSError:
        os.ftruncate(file, size)
        raise


def _of_api(facts: Facts) -> str:
    made = _inside(
        host=facts.host, listen_path=facts.listen_path, api_version=facts.api_version,
        api_name=facts.api_name, api_id=facts.api_id, org_id=facts.org_id, api_schema="",
    )  # fmt: skip
    facts.derived[_MEMO] = made
    return made


def _of_client(who: Who, facts: Facts, tags: tuple[str, ...]) -> str:
    made = _inside(
        api_key=who.api_key, oauth_id=who.oauth_id, alias=who.alias,
        tags=(*who.tags, *tags, *facts.ends(who)),
    )  # fmt: skip
    if tags is facts.tags:
        # Others are different with each request.
        who.derived[facts] = made
    return made


def _inside(**members: Any) -> str:
    return json.dumps(members, separators=(",", ":"))[1:-1]
