"""Records in protobuf, as tyk-pump reads them from the lists that end in ``_protobuf``.

The numbers of the fields are those of tyk-pump's ``analytics/analytics.proto``. It takes
for granted that geography, network and latency are there, if only empty. There is no field
for the gateway's share of the latency.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from twisted_tyk.record.entry import Entry, entry_of_hit, spelled
from twisted_tyk.record.facts import Facts, Who
from twisted_tyk.record.golang import moment, whole_record
from twisted_tyk.record.hit import Hit

_MEMO: Final = "proto"
#: In the order of their numbers. ``*`` is a list, ``%`` a map from texts, ``.`` a message.
_MESSAGES: Final = {
    "Moment": "int64 seconds, int32 nanos",
    "Latency": "int64 Total, int64 Upstream",
    "Country": "string ISOCode",
    "City": "%string Names, uint32 GeoNameID",
    "Location": "double Latitude, double Longitude, string TimeZone",
    "GeoData": ".Country Country, .City City, .Location Location",
    "NetworkStats": "int64 OpenConnections, int64 ClosedConnections, int64 BytesIn, int64 BytesOut",
    "RepeatedFields": "*string fields",
    "GraphQLStats": "bool IsGraphQL, %.RepeatedFields Types, int32 OperationType, string Variables,"
    " *string RootFields, bool HasError, *string GraphErrors",
    "MCPStats": "bool IsMCP, string JSONRPCMethod, string PrimitiveType, string PrimitiveName",
    "AnalyticsRecord": "string Host, string Method, string Path, string RawPath,"
    " int64 ContentLength, string UserAgent, int32 Day, int32 Month, int32 Year, int32 Hour,"
    " int32 ResponseCode, string APIKey, .Moment TimeStamp, string APIVersion, string APIName,"
    " string APIID, string OrgID, int64 RequestTime, .Latency Latency, string RawRequest,"
    " string RawResponse, string IPAddress, .GeoData Geo, .NetworkStats Network, *string Tags,"
    " string Alias, bool TrackPath, .Moment ExpireAt, string OauthID, string TimeZone,"
    " string ApiSchema, .GraphQLStats GraphQLStats, .MCPStats MCPStats, string OriginalPath,"
    " string ListenPath",
}
_KINDS: Final = {
    "string": FieldDescriptorProto.TYPE_STRING,
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
}


def record_class() -> Any:
    """The class of the message, in a pool of its own."""
    file = FileDescriptorProto(name="record.proto", package="record", syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, text in enumerate(fields.split(", "), 1):
            kind, field = text.split(" ")
            _add_field(message, number, kind, field)
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return GetMessageClass(pool.FindMessageTypeByName("record.AnalyticsRecord"))


def _add_field(message: DescriptorProto, number: int, kind: str, name: str) -> None:
    field = message.field.add(name=name, number=number)
    field.label = FieldDescriptorProto.LABEL_OPTIONAL
    if kind[0] in "*%":
        field.label = FieldDescriptorProto.LABEL_REPEATED
    if kind[0] == "%":
        entry = message.nested_type.add(name=f"{name}Entry")
        entry.options.map_entry = True
        _add_field(entry, 1, "string", "key")
        _add_field(entry, 2, kind[1:], "value")
        kind = f".{message.name}.{name}Entry"
    kind = kind.lstrip("*")
    if kind[0] == ".":
        field.type = FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f".record{kind}"
    else:
        field.type = _KINDS[kind]


class Proto:
    """Makes the bytes of records. :ivar suffix: of the list's name.

    What an API or a client gives to many records is serialised once: messages that follow
    one another are one message with the fields of all. It belongs to the reactor thread.
    """

    suffix = "_protobuf"

    def __init__(self) -> None:
        self.message = record_class()
        messages = self.message.DESCRIPTOR.file.message_types_by_name
        self._texts = GetMessageClass(messages["RepeatedFields"])

    def __call__(self, hit: Hit) -> bytes:
        """One record."""
        if type(hit) is Hit:
            return self.entry(entry_of_hit(hit))
        return self.whole(whole_record(hit))

    def entry(self, entry: Entry) -> bytes:
        """The same of what was taken of a hit."""
        (
            facts, who, seconds, method, path, raw_path, original_path, length, agent, status,
            address, total, upstream, tags, tracked, raw_request, raw_response,
        ) = spelled(entry)  # fmt: skip
        whole, nanoseconds = moment(seconds)
        date = time.gmtime(whole)
        own = self.message(
            Method=method, Path=path, RawPath=raw_path, OriginalPath=original_path,
            ContentLength=length, UserAgent=agent, ResponseCode=status, IPAddress=address,
            Day=date.tm_mday, Month=date.tm_mon, Year=date.tm_year, Hour=date.tm_hour,
            TimeStamp={"seconds": whole, "nanos": nanoseconds},
            ExpireAt={"seconds": whole + facts.lifetime, "nanos": nanoseconds},
            RequestTime=total, Latency={"Total": total, "Upstream": upstream},
            TrackPath=tracked, RawRequest=raw_request, RawResponse=raw_response,
        )  # fmt: skip
        return b"".join(
            (
                facts.derived.get(_MEMO) or self._of_api(facts),
                (who.derived.get((_MEMO, facts)) if tags is facts.tags else None)
                or self._of_client(who, facts, tags),
                own.SerializeToString(),
            )
        )

    def _of_api(self, facts: Facts) -> bytes:
        made: bytes = self.message(
            Host=facts.host, APIVersion=facts.api_version, APIName=facts.api_name,
            APIID=facts.api_id, OrgID=facts.org_id, ListenPath=facts.listen_path,
            Geo={"Country": {}, "City": {}, "Location": {}}, Network={}, TimeZone="UTC",
        ).SerializeToString()  # fmt: skip
        facts.derived[_MEMO] = made
        return made

    def _of_client(self, who: Who, facts: Facts, tags: tuple[str, ...]) -> bytes:
        made: bytes = self.message(
            APIKey=who.api_key, OauthID=who.oauth_id, Alias=who.alias,
            Tags=(*who.tags, *tags, *facts.ends(who)),
        ).SerializeToString()  # fmt: skip
        if tags is facts.tags:
            # Others are different with each request.
            who.derived[_MEMO, facts] = made
        return made

    def whole(self, record: dict[str, Any]) -> bytes:
        """Of a record by Go names."""
        fields = {**record, "TimeZone": "UTC"}
        del fields["CollectionName"]
        for name in ("TimeStamp", "ExpireAt"):
            seconds, nanoseconds = record[name]
            fields[name] = {"seconds": seconds, "nanos": nanoseconds}
        fields["Latency"] = {name: record["Latency"][name] for name in ("Total", "Upstream")}
        fields["Network"] = _renamed(record["Network"], ClosedConnection="ClosedConnections")
        graph = _renamed(record["GraphQLStats"], HasErrors="HasError", Errors="GraphErrors")
        types = graph["Types"] or {}
        graph["Types"] = {name: self._texts(fields=each) for name, each in types.items()}
        # As in Tyk, these two are there only where there is something to tell.
        fields["GraphQLStats"] = graph if graph["IsGraphQL"] else None
        fields["MCPStats"] = record["MCPStats"] if record["MCPStats"]["IsMCP"] else None
        made: bytes = self.message(**fields).SerializeToString()
        return made


def _renamed(members: Mapping[str, Any], **names: str) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in members.items()}
