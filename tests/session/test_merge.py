"""Policies over sessions: what each rule of Tyk's does to a key."""

from __future__ import annotations

from typing import Any

import pytest

from twisted_tyk.session.merge import PolicyError, merge
from twisted_tyk.session.merge_apis import parts_of
from twisted_tyk.session.policy import Partitions, Policy
from twisted_tyk.session.rights import (
    AccessDefinition,
    AllowedURL,
    Endpoint,
    EndpointMethod,
    Limit,
    Smoothing,
)
from twisted_tyk.session.state import SessionState


def rights(*api_ids: str, **more: Any) -> dict[str, AccessDefinition]:
    return {api_id: AccessDefinition(api_id=api_id, **more) for api_id in api_ids}


def policy(id: str = "gold", partitions: str = "", **more: Any) -> Policy:
    more.setdefault("access_rights", rights("one"))
    named = Partitions(**dict.fromkeys(partitions.split(), True))
    return Policy(id=id, partitions=named, **more)


def merged(*policies: Policy, **own: Any) -> SessionState:
    session = SessionState(**own)
    merge(session, policies)
    return session


def test_a_policy_decides_all_of_a_key() -> None:
    gold = policy(rate=10.0, per=1.0, quota_max=100, quota_renewal_rate=60, max_query_depth=3)
    key = merged(
        gold, rate=1000.0, per=1.0, quota_max=-1, quota_remaining=5, access_rights=rights("two")
    )
    assert (key.rate, key.per, key.quota_max, key.quota_remaining) == (10, 1, 100, 0)
    assert list(key.access_rights) == ["one"]
    limit = key.access_rights["one"].limit
    assert limit == Limit(rate=10, per=1, quota_max=100, quota_renewal_rate=60, max_query_depth=3)
    assert key.access_rights["one"].allowance_scope == ""


def test_a_key_has_a_copy_of_the_policy() -> None:
    gold = policy(
        access_rights=rights("one", versions=["v1"], allowed_urls=[AllowedURL("/a", ["GET"])]),
        meta_data={"plan": {"name": "gold"}},
        smoothing=Smoothing(enabled=True),
        rate=1.0,
        per=1.0,
    )
    key = merged(gold)
    key.access_rights["one"].versions.append("v2")
    key.access_rights["one"].allowed_urls[0].methods.append("PUT")
    key.meta_data["plan"]["name"] = "silver"
    assert key.smoothing is not None
    key.smoothing.enabled = False
    assert merged(gold).access_rights["one"].versions == ["v1"]
    assert merged(gold).access_rights["one"].allowed_urls == [AllowedURL("/a", ["GET"])]
    assert merged(gold).meta_data == {"plan": {"name": "gold"}}
    assert merged(gold).smoothing == Smoothing(enabled=True)


@pytest.mark.parametrize(
    ("partitions", "parts"),
    [
        ("", {"quota", "rate_limit", "acl", "complexity"}),
        ("per_api", {"quota", "rate_limit", "acl", "complexity"}),
        ("acl", {"acl"}),
        ("quota rate_limit", {"quota", "rate_limit"}),
    ],
)
def test_the_parts_a_policy_decides(partitions: str, parts: set[str]) -> None:
    assert parts_of(policy(partitions=partitions)) == parts


def test_what_no_policy_decides_is_the_keys_own() -> None:
    key = merged(
        policy(partitions="acl", rate=1.0, per=1.0, quota_max=1, max_query_depth=1),
        rate=5.0,
        per=2.0,
        quota_max=50,
        quota_renewal_rate=7,
        max_query_depth=9,
        throttle_interval=0.5,
        throttle_retry_limit=2,
    )
    assert (key.rate, key.per, key.quota_max, key.max_query_depth) == (5, 2, 50, 9)
    limit = key.access_rights["one"].limit
    assert (limit.rate, limit.per, limit.quota_max, limit.max_query_depth) == (5, 2, 50, 9)
    assert (limit.quota_renewal_rate, limit.throttle_retry_limit) == (7, 2)


def test_parts_from_several_policies() -> None:
    key = merged(
        policy("rights", "acl"),
        policy("rates", "rate_limit", rate=3.0, per=1.0, access_rights=rights("one", "two")),
        policy("quotas", "quota", quota_max=9, access_rights=rights("one")),
    )
    limit = key.access_rights["one"].limit
    assert (limit.rate, limit.per, limit.quota_max) == (3, 1, 9)
    # A rate is no right.
    assert list(key.access_rights) == ["one"]


def test_the_policy_with_rights_need_not_be_the_first() -> None:
    key = merged(
        policy("rates", "rate_limit", rate=3.0, per=1.0),
        policy("rights", "acl", access_rights=rights("one", versions=["v1"])),
    )
    assert key.access_rights["one"].versions == ["v1"]
    assert key.access_rights["one"].limit.rate == 3


def test_rights_without_end() -> None:
    with pytest.raises(PolicyError, match=r"^none of its policies gives the key a right$"):
        merged(policy("rates", "rate_limit", rate=1.0, per=1.0))
    with pytest.raises(PolicyError, match=r"^none of its policies gives the key a right$"):
        merged(policy(access_rights={}, rate=1.0, per=1.0))
    with pytest.raises(PolicyError, match=r"^none of its policies gives the key a right$"):
        merged()


def test_urls_and_versions_of_several_policies() -> None:
    one = rights("one", versions=["v1", "v2"], allowed_urls=[AllowedURL("/a", ["GET"])])
    two = rights(
        "one",
        versions=["v2", "v3"],
        allowed_urls=[AllowedURL("/b", ["GET"]), AllowedURL("/a", ["PUT", "GET"])],
    )
    access = merged(policy("1", access_rights=one), policy("2", access_rights=two)).access_rights
    assert access["one"].versions == ["v1", "v2", "v3"]
    assert access["one"].allowed_urls == [
        AllowedURL("/a", ["GET", "PUT"]),
        AllowedURL("/b", ["GET"]),
    ]


def test_rights_of_other_protocols_are_joined() -> None:
    one = rights(
        "one",
        restricted_types=[{"name": "Query", "fields": ["a", "b"]}],
        allowed_types=[{"name": "Query", "fields": ["c"]}],
        field_access_rights=[
            {"type_name": "Query", "field_name": "a", "limits": {"max_query_depth": 2}}
        ],
        json_rpc_methods_access_rights={"allowed": ["call"]},
        mcp_access_rights={"tools": {"blocked": ["rm"]}},
        json_rpc_methods=[{"name": "call", "limit": {"rate": 1, "per": 1}}],
    )
    two = rights(
        "one",
        disable_introspection=True,
        restricted_types=[{"name": "Query", "fields": ["b", "d"]}, {"name": "Other"}],
        field_access_rights=[
            {"type_name": "Query", "field_name": "a", "limits": {"max_query_depth": -1}},
            {"type_name": "Query", "field_name": "b"},
        ],
        json_rpc_methods_access_rights={"allowed": ["list", "call"], "blocked": ["x"]},
        mcp_access_rights={"tools": {"blocked": ["mv"]}, "prompts": {"allowed": ["p"]}},
        json_rpc_methods=[
            {"name": "call", "limit": {"rate": 5, "per": 1}},
            {"name": "list", "limit": {"rate": 1, "per": 1}},
        ],
        mcp_primitives=[{"type": "tool", "name": "t", "limit": {"rate": 1, "per": 2}}],
    )
    access = merged(policy("1", access_rights=one), policy("2", access_rights=two)).access_rights
    known = access["one"]
    assert known.disable_introspection
    assert known.restricted_types == [
        {"name": "Query", "fields": ["a", "b", "d"]},
        {"name": "Other"},
    ]
    assert known.allowed_types == [{"name": "Query", "fields": ["c"]}]
    assert known.field_access_rights == [
        {"type_name": "Query", "field_name": "a", "limits": {"max_query_depth": -1}},
        {"type_name": "Query", "field_name": "b"},
    ]
    assert known.json_rpc_methods_access_rights == {"allowed": ["call", "list"], "blocked": ["x"]}
    assert known.mcp_access_rights == {
        "tools": {"blocked": ["rm", "mv"]},
        "prompts": {"allowed": ["p"]},
    }
    assert known.json_rpc_methods == [
        {"name": "call", "limit": {"rate": 5, "per": 1}},
        {"name": "list", "limit": {"rate": 1, "per": 1}},
    ]
    assert known.mcp_primitives == [{"type": "tool", "name": "t", "limit": {"rate": 1, "per": 2}}]


def endpoint(path: str, method: str, rate: float, per: float) -> Endpoint:
    return Endpoint(path, [EndpointMethod(method, Limit(rate=rate, per=per))])


def test_the_fastest_limit_of_each_endpoint() -> None:
    one = rights("one", endpoints=[endpoint("/a", "GET", 1, 60), endpoint("/b", "GET", 5, 30)])
    two = rights(
        "one",
        endpoints=[
            endpoint("/a", "GET", 2, 60),
            endpoint("/b", "GET", 10, 60),
            endpoint("/a", "PUT", 1, 1),
        ],
    )
    access = merged(policy("1", access_rights=one), policy("2", access_rights=two)).access_rights
    assert access["one"].endpoints == [
        Endpoint(
            "/a",
            [
                EndpointMethod("GET", Limit(rate=2, per=60)),
                EndpointMethod("PUT", Limit(rate=1, per=1)),
            ],
        ),
        endpoint("/b", "GET", 10, 60),
    ]


def test_endpoint_limits_belong_to_rates() -> None:
    slow = rights("one", endpoints=[endpoint("/a", "GET", 1, 60)])
    assert merged(policy(partitions="acl", access_rights=slow)).access_rights["one"].endpoints == []


def test_limits_of_each_api() -> None:
    of_its_own = rights("one", limit=Limit(rate=2, per=1, quota_max=5))
    key = merged(
        policy("p", "per_api", access_rights={**of_its_own, **rights("two", "three")}, rate=7.0,
               per=1.0)
    )  # fmt: skip
    one, two, three = (key.access_rights[api_id] for api_id in ("one", "two", "three"))
    assert (one.limit.rate, one.limit.quota_max, one.allowance_scope) == (2, 5, "one")
    # The others share what the policy has, and its counters.
    assert (two.limit.rate, two.allowance_scope) == (7, "p")
    assert (three.limit.rate, three.allowance_scope) == (7, "p")


def test_of_two_limits_of_an_api_the_greater_counts_with_its_counters() -> None:
    slow = policy("slow", "per_api", access_rights=rights("one"), rate=1.0, per=1.0, quota_max=10)
    fast = policy("fast", "per_api", access_rights=rights("one"), rate=9.0, per=1.0, quota_max=10)
    for order in ((slow, fast), (fast, slow)):
        access = merged(*order).access_rights["one"]
        assert (access.limit.rate, access.limit.quota_max) == (9, 10)
        assert access.allowance_scope == "fast"


def test_no_quota_does_not_renew() -> None:
    endless = rights("one", limit=Limit(quota_max=-1))
    bounded = rights("one", limit=Limit(quota_max=5, quota_renewal_rate=60))
    for order in ((endless, bounded), (bounded, endless)):
        policies = [policy(str(n), "per_api", access_rights=each) for n, each in enumerate(order)]
        limit = merged(*policies).access_rights["one"].limit
        assert (limit.quota_max, limit.quota_renewal_rate) == (-1, 0)


def test_two_policies_with_rights_of_their_own_count_apart() -> None:
    key = merged(policy("1", access_rights=rights("one")), policy("2", access_rights=rights("two")))
    scopes = {api_id: access.allowance_scope for api_id, access in key.access_rights.items()}
    assert scopes == {"one": "1", "two": "2"}


def test_when_the_quota_renews_is_not_forgotten() -> None:
    before = rights("one", limit=Limit(quota_max=3, quota_renews=1234))
    for partitions in ("", "per_api"):
        key = merged(policy(partitions=partitions, quota_max=9), access_rights=before)
        assert key.access_rights["one"].limit.quota_renews == 1234


def test_introspection_that_a_key_may_not_do_stays_so() -> None:
    before = rights("one", disable_introspection=True)
    key = merged(policy(partitions="per_api"), access_rights=before)
    assert key.access_rights["one"].disable_introspection


def test_limits_of_a_policy_without_apis() -> None:
    master = policy("all", access_rights={}, rate=4.0, per=2.0, quota_max=7, max_query_depth=1)
    key = merged(policy("rights", "acl"), master)
    assert (key.rate, key.per, key.quota_max, key.max_query_depth) == (4, 2, 7, 1)
    assert key.access_rights["one"].limit.rate == 4


def test_limits_of_the_one_api_that_has_any_are_the_keys() -> None:
    limits = policy("limits", "quota rate_limit complexity", rate=3.0, per=1.0, quota_max=9)
    both = policy("rights", "acl", access_rights=rights("one", "two"))
    key = merged(limits, both, quota_renewal_rate=60)
    assert (key.rate, key.quota_max, key.quota_renewal_rate) == (3, 9, 0)
    other = policy("rights", "acl", access_rights=rights("two"))
    key = merged(limits, other, quota_renewal_rate=60)
    assert (key.rate, key.quota_max, key.quota_renewal_rate) == (3, 9, 60)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("flags", [(False, False), (True, False), (False, True)])
def test_policies_alone_say_whether_a_key_is_active(own: bool, flags: tuple[bool, ...]) -> None:
    policies = [policy(str(n), is_inactive=flag) for n, flag in enumerate(flags)]
    assert merged(*policies, is_inactive=own).is_inactive == any(flags)


def test_the_rest_of_a_policy() -> None:
    one = policy(
        "1",
        tags=("a", "b"),
        meta_data={"plan": "gold", "x": 1},
        last_updated="1700000002",
        hmac_enabled=True,
        post_expiry_action="delete",
    )
    two = policy("2", tags=("b", "c"), meta_data={"x": 2}, post_expiry_grace_period=60)
    key = merged(
        one,
        two,
        tags=["own", "a"],
        meta_data={"plan": "own", "name": "ann"},
        last_updated="900000000",
    )
    assert key.tags == ["a", "b", "c", "own"]
    assert key.meta_data == {"plan": "gold", "x": 2, "name": "ann"}
    assert key.last_updated == "1700000002"
    assert key.hmac_enabled
    assert not key.enable_http_signature_validation
    assert (key.post_expiry_action, key.post_expiry_grace_period) == ("delete", 60)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_limits_per_api_do_not_go_with_partitions(order: tuple[int, int]) -> None:
    policies = policy("1", "per_api"), policy("2", "acl")
    with pytest.raises(PolicyError) as caught:
        merged(*(policies[index] for index in order))
    assert str(caught.value) == (
        "a policy that is per_api and one with other partitions do not go together"
    )


def test_nor_in_one_policy() -> None:
    with pytest.raises(PolicyError) as caught:
        merged(policy("p", "per_api quota"))
    assert str(caught.value) == "policy p is per_api, and has other partitions, too"
