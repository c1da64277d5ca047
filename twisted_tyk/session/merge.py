"""Policies put over a session: Tyk's rules [internal/policy/apply.go].

Of several policies the one that allows more counts: the fastest rate, the largest quota,
the rights of each. A policy with partitions decides the parts it names, one with none
all four; one that is ``per_api`` gives each API limits of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from twisted_tyk.session.merge_apis import COMPLEXITY, QUOTA, RATE, Merging, parts_of
from twisted_tyk.session.merge_rights import united
from twisted_tyk.session.policy import Policy
from twisted_tyk.session.state import SessionState


class PolicyError(ValueError):
    """The key can not be used with the policies it names; the message says why."""


def merge(session: SessionState, policies: Sequence[Policy]) -> None:
    """Put policies over a session, which changes. They share nothing with it then.

    :raises PolicyError: when they do not go together, or give no right on any API.
    """
    _check(policies)
    _clear(session, policies)
    merging = Merging(session)
    for policy in policies:
        merging.take(policy)
    _take_rest(session, policies)
    if not merging.finish():
        raise PolicyError("none of its policies gives the key a right")


def _check(policies: Sequence[Policy]) -> None:
    for policy in policies:
        if policy.partitions.per_api and policy.partitions.named:
            raise PolicyError(f"policy {policy.id} is per_api, and has other partitions, too")
    per_api = any(policy.partitions.per_api and policy.access_rights for policy in policies)
    if per_api and any(policy.partitions.named for policy in policies):
        raise PolicyError(
            "a policy that is per_api and one with other partitions do not go together"
        )


def _clear(session: SessionState, policies: Sequence[Policy]) -> None:
    """Take out of the session what policies decide: a larger value of its own would win."""
    parts = frozenset[str]().union(*map(parts_of, policies))
    if QUOTA in parts:
        session.quota_max = session.quota_remaining = 0
    if RATE in parts:
        session.rate = session.per = session.throttle_interval = 0.0
        session.throttle_retry_limit = 0
        session.smoothing = None
    if COMPLEXITY in parts:
        session.max_query_depth = 0


def _take_rest(session: SessionState, policies: Sequence[Policy]) -> None:
    """What is neither a limit nor a right. The key's own ``is_inactive`` does not count."""
    session.is_inactive = any(policy.is_inactive for policy in policies)
    session.tags = united(*(policy.tags for policy in policies), session.tags)
    updates = [session.last_updated, *(policy.last_updated for policy in policies)]
    # Numbers, as text.
    session.last_updated = max(updates, key=lambda text: (len(text), text))
    for policy in policies:
        if policy.meta_data:
            session.meta_data.update(deepcopy(dict(policy.meta_data)))
        session.hmac_enabled |= policy.hmac_enabled
        session.enable_http_signature_validation |= policy.enable_http_signature_validation
        session.post_expiry_action = policy.post_expiry_action or session.post_expiry_action
        session.post_expiry_grace_period = (
            policy.post_expiry_grace_period or session.post_expiry_grace_period
        )
