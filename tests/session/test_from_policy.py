"""Sessions that come of a policy."""

from __future__ import annotations

from twisted_tyk.session.from_policy import session_from
from twisted_tyk.session.policy import Policy
from twisted_tyk.session.rights import AccessDefinition


def test_it_has_what_the_policy_has_and_names_it() -> None:
    rights = {"api": AccessDefinition(api_id="api")}
    policy = Policy(
        id="gold", org_id="org", rate=5.0, per=1.0, quota_max=10, quota_renewal_rate=60,
        access_rights=rights, tags=("a",), is_inactive=True, key_expires_in=30,
    )  # fmt: skip
    session = session_from(policy, 1000.9)
    assert (session.apply_policies, session.org_id, session.expires) == (["gold"], "org", 1030)
    assert (session.rate, session.per, session.allowance) == (5.0, 1.0, 5.0)
    assert (session.quota_max, session.quota_renewal_rate) == (10, 60)
    assert (session.tags, session.is_inactive) == (["a"], True)
    assert session.access_rights == rights


def test_it_shares_nothing_with_the_policy() -> None:
    policy = Policy(id="gold", access_rights={"api": AccessDefinition(api_id="api")})
    session = session_from(policy, 0)
    session.access_rights["api"].versions.append("v1")
    session.tags.append("x")
    assert policy.access_rights["api"].versions == []
    assert session_from(policy, 0).tags == []
    assert session.expires == 0
