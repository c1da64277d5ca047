"""What two gateways on one Redis count together, and that they reload together."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from tyk_apis import ORG, rights
from tyk_keys import made
from tyk_pair import Pair, Row


def quotas(pair: Pair) -> Iterator[Row]:
    """Both count in one counter."""
    for maker, user in pair.ways:
        way = f"{maker.name}, then {user.name}: "
        key = made(maker, quota_max=4, quota_renewal_rate=3600)["key"]
        seen = [each.get("/key/", key) for each in (maker, user) * 3]
        yield way + "quota of 4", [each.status for each in seen], [200] * 4 + [403] * 2
        yield (
            way + "what remains",
            [each.fields.get("x-ratelimit-remaining") for each in seen[:4]],
            ["3", "2", "1", "0"],
        )
        resets = [int(each.fields["x-ratelimit-reset"]) for each in seen[:4]]
        yield way + "one time of renewal", max(resets) - min(resets) <= 1 or resets, True
        limit = {"quota_max": 2, "quota_renewal_rate": 3600}
        key = made(maker, access_rights=rights("key", "other", limit=limit))["key"]
        asked = [each.get(path, key).status for path in ("/key/", "/other/") for each in pair.both]
        yield way + "quota by API", asked, [200] * 4
        more = [each.get(path, key).status for path in ("/key/", "/other/") for each in pair.both]
        yield way + "quota by API, used up", more, [403] * 4
        changed = {"org_id": ORG, "access_rights": rights("key", "other", limit=limit)}
        assert maker.control("PUT", f"/keys/{key}", changed).status == 200
        found = user.until(200, "/key/", key)
        yield way + "quota set back", found, 200


def rates(pair: Pair) -> Iterator[Row]:
    """Both count in one window, where limiters are in Redis."""
    for maker, user in pair.ways:
        way = f"{maker.name}, then {user.name}: "
        key = made(maker, rate=4, per=3600)["key"]
        asked = [each.get("/key/", key).status for each in (maker, user) * 3]
        yield way + "rate of 4 an hour", asked, [200] * 4 + [429] * 2
    asked = [each.get("/rated/").status for each in pair.both * 2]
    yield "rate of an API", asked, [200] * 3 + [429]


def buckets(pair: Pair) -> Iterator[Row]:
    """Two nodes share a rate that each counts in memory."""
    time.sleep(5)  # until both have heard of each other
    key = made(pair.tyk, rate=600, per=50)["key"]
    passed = {
        each.name: [each.get("/key/", key).status for _ in range(400)].count(200)
        for each in pair.both
    }
    yield "requests that pass", passed["ours"], passed["tyk"]


def organisations(pair: Pair) -> Iterator[Row]:
    """The quota of an organisation (``enforce_org_quotas``)."""
    # An API that was asked before there was a session has none in Tyk, whatever comes.
    for (maker, user), name in zip(pair.ways, ("key", "other"), strict=True):
        way = f"{maker.name}, then {user.name}: "
        session = {"org_id": ORG, "quota_max": 4, "quota_renewal_rate": 3600}
        answer = maker.control("POST", f"/org/keys/{ORG}?reset_quota=1", session)
        yield way + "stored", answer.status, 200
        key = made(maker, access_rights=rights(name))["key"]
        seen = [each.get(f"/{name}/", key).status for each in (maker, user) * 3]
        yield way + "quota of 4", seen, [200] * 4 + [403] * 2


def reloads(pair: Pair) -> Iterator[Row]:
    """A reload of the group reaches the other."""
    for maker, user in pair.ways:
        way = f"{maker.name} to {user.name}: "
        for side in pair.both:
            apps = pair.folder / side.name / "apps"
            api = json.loads((apps / "open.json").read_text())
            name = f"by-{maker.name}"
            api.update(name=name, api_id=name)
            api["proxy"]["listen_path"] = f"/{name}/"
            (apps / f"{name}.json").write_text(json.dumps(api))
        yield way + "not yet", user.get(f"/by-{maker.name}/").status, 404
        for _ in range(5):  # what is said before the other listens is lost
            maker.control("GET", "/reload/group")
            if (found := user.until(200, f"/by-{maker.name}/")) == 200:
                break
        yield way + "reloaded", found, 200
