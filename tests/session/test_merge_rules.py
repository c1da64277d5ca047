"""Policies over sessions, against a plain model, and in any order."""

from __future__ import annotations

from itertools import permutations
from math import inf

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from twisted_tyk.session.merge import PolicyError, merge
from twisted_tyk.session.policy import Partitions, Policy
from twisted_tyk.session.rights import AccessDefinition, AllowedURL, Limit
from twisted_tyk.session.state import SessionState

APIS = ("one", "two", "three")
QUOTAS = st.sampled_from([-1, 0, 1, 50, 1000])
RATES = st.sampled_from([-1.0, 0.0, 1.0, 5.0, 60.0])
PERS = st.sampled_from([0.0, 1.0, 30.0])
URLS = st.builds(
    AllowedURL,
    st.sampled_from(["/a", "/b", "/c"]),
    st.lists(st.sampled_from(["GET", "PUT", "POST"]), unique=True),
)
LIMITS = st.builds(
    Limit, rate=RATES, per=PERS, quota_max=QUOTAS, quota_renewal_rate=st.integers(0, 3)
)
ACCESS = st.builds(
    AccessDefinition,
    versions=st.lists(st.sampled_from(["v1", "v2", "v3"]), unique=True),
    allowed_urls=st.lists(URLS, max_size=3),
    limit=LIMITS,
)
PARTITIONED = st.builds(
    Partitions, quota=st.booleans(), rate_limit=st.booleans(), complexity=st.booleans(),
    acl=st.booleans(),
)  # fmt: skip
PER_API = st.just(Partitions(per_api=True))


def policies(partitions: st.SearchStrategy[Partitions]) -> st.SearchStrategy[list[Policy]]:
    one = st.builds(
        Policy,
        id=st.uuids().map(str),
        partitions=partitions,
        rate=RATES,
        per=PERS,
        quota_max=QUOTAS,
        quota_renewal_rate=st.integers(0, 3),
        throttle_retry_limit=st.integers(0, 3),
        max_query_depth=st.integers(-1, 3),
        is_inactive=st.booleans(),
        tags=st.lists(st.sampled_from("abc"), unique=True).map(tuple),
        access_rights=st.dictionaries(st.sampled_from(APIS), ACCESS, min_size=1),
    )
    return st.lists(one, min_size=1, max_size=4, unique_by=lambda policy: policy.id)


def merged(chosen: list[Policy]) -> SessionState | None:
    session = SessionState(
        rate=2.0, per=1.0, quota_max=20, max_query_depth=2, tags=["own"],
        access_rights={"own": AccessDefinition(limit=Limit(rate=1))},
    )  # fmt: skip
    try:
        merge(session, chosen)
    except PolicyError:
        return None
    return session


def decides(policy: Policy, part: str) -> bool:
    named = policy.partitions
    return getattr(named, part) or not (
        named.quota or named.rate_limit or named.complexity or named.acl
    )


def size(quota: int) -> float:
    return inf if quota == -1 else quota


def pause(rate: float, per: float) -> float:
    return per / rate if rate > 0 and per > 0 else 0.0


@given(policies(PARTITIONED))
def test_rights_are_those_of_all_policies_with_rights(chosen: list[Policy]) -> None:
    session = merged(chosen)
    granting = [policy for policy in chosen if decides(policy, "acl")]
    expected = {api_id for policy in granting for api_id in policy.access_rights}
    if not expected:
        assert session is None
        return
    assert session is not None
    assert set(session.access_rights) == expected
    for api_id, access in session.access_rights.items():
        given = [p.access_rights[api_id] for p in granting if api_id in p.access_rights]
        assert set(access.versions) == {version for each in given for version in each.versions}
        pairs = {(u.url, m) for each in given for u in each.allowed_urls for m in u.methods}
        assert {(u.url, m) for u in access.allowed_urls for m in u.methods} == pairs
        assert len({u.url for u in access.allowed_urls}) == len(access.allowed_urls)


@given(policies(PARTITIONED))
def test_the_largest_quota_and_depth_and_the_fastest_rate(chosen: list[Policy]) -> None:
    session = merged(chosen)
    assume(session is not None)
    assert session is not None
    for api_id, access in session.access_rights.items():
        concerned = [policy for policy in chosen if api_id in policy.access_rights]
        limit = access.limit
        quotas = [policy.quota_max for policy in concerned if decides(policy, "quota")]
        if quotas:
            assert size(limit.quota_max) == max(map(size, quotas))
            renewals = [p.quota_renewal_rate for p in concerned if decides(p, "quota")]
            assert limit.quota_renewal_rate == max(renewals)
        depths = [p.max_query_depth for p in concerned if decides(p, "complexity")]
        if depths:
            assert size(limit.max_query_depth) == max(map(size, depths))
        said = [p for p in concerned if decides(p, "rate_limit")]
        rates = [(p.rate, p.per) for p in said if p.rate and p.per]
        if rates:
            assert (limit.rate, limit.per) in rates
            assert pause(limit.rate, limit.per) == min(pause(*rate) for rate in rates)
        elif said:
            assert (limit.rate, limit.per) == (0, 0)
        if said:
            assert limit.throttle_retry_limit == max(p.throttle_retry_limit for p in said)
    assert session.is_inactive == any(policy.is_inactive for policy in chosen)
    assert set(session.tags) == {"own"}.union(*(policy.tags for policy in chosen))


def plain(session: SessionState | None) -> object:
    """What must not depend on an order: rates as pauses, lists as sets, no scopes."""
    if session is None:
        return None
    return (
        session.is_inactive,
        frozenset(session.tags),
        size(session.quota_max),
        pause(session.rate, session.per),
        size(session.max_query_depth),
        {
            api_id: (
                frozenset(access.versions),
                frozenset((u.url, m) for u in access.allowed_urls for m in u.methods),
                pause(access.limit.rate, access.limit.per),
                size(access.limit.quota_max),
                access.limit.throttle_retry_limit,
                size(access.limit.max_query_depth),
            )
            for api_id, access in session.access_rights.items()
        },
    )


@given(st.one_of(policies(PARTITIONED), policies(PER_API)))
def test_the_order_of_policies_is_of_no_matter(chosen: list[Policy]) -> None:
    outcomes = [plain(merged(list(order))) for order in permutations(chosen)]
    assert all(outcome == outcomes[0] for outcome in outcomes)


@given(policies(PARTITIONED))
def test_a_policy_twice_is_a_policy_once(chosen: list[Policy]) -> None:
    assert plain(merged(chosen + chosen)) == plain(merged(chosen))


@given(policies(PER_API))
def test_each_api_has_its_own_limit_or_that_of_a_policy(chosen: list[Policy]) -> None:
    session = merged(chosen)
    assert session is not None
    for api_id, access in session.access_rights.items():
        limits = {
            policy.id: (policy.limit() if own.empty else own)
            for policy in chosen
            if (own := policy.access_rights.get(api_id, _NONE).limit) is not _NONE.limit
        }
        own_limits = any(not p.access_rights[api_id].limit.empty for p in chosen
                         if api_id in p.access_rights)  # fmt: skip
        assert access.allowance_scope in {api_id, *limits} if own_limits else limits
        pauses = [pause(limit.rate, limit.per) for limit in limits.values()]
        assert pause(access.limit.rate, access.limit.per) == min(pauses)
        assert size(access.limit.quota_max) == max(size(x.quota_max) for x in limits.values())


_NONE = AccessDefinition()


@given(policies(st.one_of(PARTITIONED, PER_API)))
def test_what_goes_in_is_not_changed(chosen: list[Policy]) -> None:
    before = [attrs.asdict(policy) for policy in chosen]
    merged(chosen)
    assert [attrs.asdict(policy) for policy in chosen] == before
