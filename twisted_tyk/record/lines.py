"""A record as a line of JSON, with the names of Tyk's."""

from __future__ import annotations

import json
import time
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Final

from twisted_tyk.record.entry import Entry, spelled
from twisted_tyk.record.facts import Facts, Who
from twisted_tyk.record.golang import moment

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
