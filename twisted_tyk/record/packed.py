"""Records in msgpack, as Tyk's gateway writes them and tyk-pump reads them.

A record is a map by Go names, a structure in it a map as well, and a time an array of
seconds and nanoseconds (``vmihailenco/msgpack`` 2, which both programs have).
"""

from __future__ import annotations

import time
from struct import pack
from typing import Any, Final

from msgpack import Packer

from twisted_tyk.record.entry import Entry, entry_of_hit, spelled
from twisted_tyk.record.facts import Facts, Who
from twisted_tyk.record.golang import EMPTY, moment, whole_record
from twisted_tyk.record.hit import Hit

_MEMO: Final = "packed"
#: Length of the header of an array of 16 to 65535 items.
_ARRAY_HEADER: Final = 3
#: Of an hour, of an API, of a client, and of the request itself.
_NAMES: Final = 4 + (6 + len(EMPTY)) + 4 + 15


class Packed:
    """Makes the bytes of records. :ivar suffix: of the list's name.

    What an API, a client or an hour gives to many records is packed once. It belongs to
    the reactor thread.
    """

    suffix = ""

    def __init__(self) -> None:
        self._pack = Packer().pack
        self._header = pack(">BH", 0xDE, _NAMES)
        self._hour = -1
        self._date = b""

    def __call__(self, hit: Hit) -> bytes:
        """One record."""
        if type(hit) is Hit:
            return self.entry(entry_of_hit(hit))
        record = whole_record(hit)
        return bytes(self._pack(record))

    def entry(self, entry: Entry) -> bytes:
        """The same of what was taken of a hit."""
        (
            facts, who, seconds, method, path, raw_path, original_path, length, agent, status,
            address, total, upstream, tags, tracked, raw_request, raw_response,
        ) = spelled(entry)  # fmt: skip
        whole, nanoseconds = moment(seconds)
        if whole // 3600 != self._hour:
            self._begin_hour(whole)
        own = (
            "Method", method,
            "Path", path,
            "RawPath", raw_path,
            "OriginalPath", original_path,
            "ContentLength", length,
            "UserAgent", agent,
            "ResponseCode", status,
            "TimeStamp", (whole, nanoseconds),
            "RequestTime", total,
            "RawRequest", raw_request,
            "RawResponse", raw_response,
            "IPAddress", address,
            "Latency", {
                "Total": total,
                "Upstream": upstream,
                "Gateway": total - upstream if total > upstream else 0,
            },
            "TrackPath", tracked,
            "ExpireAt", (whole + facts.lifetime, nanoseconds),
        )  # fmt: skip
        # An array of names and values is, but for its header, the inside of a map.
        return b"".join(
            (
                self._header,
                self._date,
                facts.derived.get(_MEMO) or self._of_api(facts),
                (who.derived.get(facts) if tags is facts.tags else None)
                or self._of_client(who, facts, tags),
                self._pack(own)[_ARRAY_HEADER:],
            )
        )

    def _begin_hour(self, whole: int) -> None:
        date = time.gmtime(whole)
        self._hour = whole // 3600
        self._date = self._inside(
            {
                "Day": date.tm_mday,
                "Month": date.tm_mon,
                "Year": date.tm_year,
                "Hour": date.tm_hour,
            }
        )

    def _of_api(self, facts: Facts) -> bytes:
        made = self._inside(
            {
                "Host": facts.host,
                "APIVersion": facts.api_version,
                "APIName": facts.api_name,
                "APIID": facts.api_id,
                "OrgID": facts.org_id,
                "ListenPath": facts.listen_path,
                **EMPTY,
            }
        )
        facts.derived[_MEMO] = made
        return made

    def _of_client(self, who: Who, facts: Facts, tags: tuple[str, ...]) -> bytes:
        made = self._inside(
            {
                "APIKey": who.api_key,
                "OauthID": who.oauth_id,
                "Alias": who.alias,
                "Tags": (*who.tags, *tags, *facts.ends(who)),
            }
        )
        if tags is facts.tags:
            # Others are different with each request.
            who.derived[facts] = made
        return made

    def _inside(self, members: dict[str, Any]) -> bytes:
        return b"".join(self._pack(part) for member in members.items() for part in member)
