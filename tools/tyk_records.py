"""Records of requests and messages between nodes, as both write them to Redis."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

import hiredis
import msgpack
from tyk_apis import ORG, rights
from tyk_keys import made
from tyk_pair import Pair, Row, Side, packed

LIST: Final = "analytics-tyk-system-analytics"


def records(pair: Pair) -> Iterator[Row]:
    """One request each: names, types and values."""
    key = made(pair.tyk, alias="Anna", tags=["a"], apply_policies=["gold"])["key"]
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("let in", "/key/some/path?q=1", {"Authorization": key}),
        ("keyless", "/open/", {}),
        ("refused", "/key/", {}),
        ("unknown key", "/key/", {"Authorization": "unknown-key"}),
    ]
    for name, path, headers in asked:
        both = [_recorded(pair, each, path, headers) for each in pair.both]
        for field in sorted({*both[0], *both[1]}):
            yield f"{name}: {field}", both[1].get(field), both[0].get(field)


def _recorded(pair: Pair, side: Side, path: str, headers: dict[str, str]) -> dict[str, Any]:
    mark = uuid4().hex
    side.ask("GET", path, {**headers, "User-Agent": mark})
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        for name in _lists(pair):
            for raw in pair.redis("LRANGE", name, 0, -1):
                record = msgpack.unpackb(raw, strict_map_key=False)
                if record.get("UserAgent") == mark:
                    return {
                        "the list": name[: len(LIST)],
                        "the list ends": _ends(pair, name),
                        "the map": raw[:1],
                        **{key: _kind(key, value) for key, value in record.items()},
                    }
        time.sleep(0.05)
    return {"": "nothing was recorded"}


def _ends(pair: Pair, name: bytes) -> bool:
    """Whether a list has a time to live; it comes after the list."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        if pair.redis("TTL", name) > 0:
            return True
        time.sleep(0.05)
    return False


def _lists(pair: Pair) -> list[bytes]:
    found: list[bytes] = pair.redis("KEYS", LIST + "*")
    return found


def _kind(name: str, value: Any) -> Any:
    """Its type, and its value unless that differs from request to request."""
    if name == "Latency":
        return {each: type(time) for each, time in value.items()}
    if name in ("TimeStamp", "ExpireAt"):
        return [type(each) for each in value]
    if name == "Tags":
        value = sorted(value)  # those of policies come from a map in Tyk
    return type(value), "" if name in ("RequestTime", "UserAgent") else value


def messages(pair: Pair) -> Iterator[Row]:
    """What a change of a key, and a reload of the group, tell other nodes."""
    for maker in pair.both:
        with socket.create_connection(("127.0.0.1", pair.redis_port), 10) as connection:
            connection.sendall(packed("SUBSCRIBE", "tyk.cluster.notifications"))
            connection.recv(65536)
            answer = made(maker)
            key = answer["key"]
            maker.control("PUT", f"/keys/{key}", {"org_id": ORG, "access_rights": rights("key")})
            maker.control("DELETE", f"/keys/{key}")
            maker.control("GET", "/reload/group")
            heard = _heard(connection)
        name = answer.get("key_hash", key)
        commands = [each["command"] for each in heard]
        wanted = ["KeySpaceUpdateNotification"] * 3 + ["GroupReload"]
        yield f"commands of {maker.name}", commands, wanted
        for said in heard:
            command, payload = said["command"], said["payload"]
            signature = hashlib.sha256((command + payload).encode()).hexdigest()
            way = f"{command} of {maker.name}: "
            yield way + "signature", (said["signature"], said["algorithm"]), (signature, 5)
            # Tyk's nodes hold keys that they hash by another hash, which ours names behind it.
            about = "" if command == "GroupReload" else name
            yield way + "payload", payload.split(",")[0], about


def _heard(connection: socket.socket) -> list[dict[str, Any]]:
    """Messages, without those that nodes send by themselves, of the next two seconds."""
    reader, heard = hiredis.Reader(), []
    connection.settimeout(2)
    with suppress(TimeoutError):
        end = time.monotonic() + 2
        while time.monotonic() < end and (data := connection.recv(65536)):
            reader.feed(data)
    while (answer := reader.gets()) is not False:
        said = json.loads(answer[2])
        if said["command"] != "NoticeGatewayDRLNotification":
            heard.append(said)
    return heard
