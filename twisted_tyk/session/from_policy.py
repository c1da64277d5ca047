"""A session that a policy gives to whoever has none [gw/mw_jwt.go generateSessionFromPolicy]."""

from __future__ import annotations

from copy import deepcopy

from twisted_tyk.session.policy import Policy
from twisted_tyk.session.state import SessionState


def session_from(policy: Policy, now: float) -> SessionState:
    """A new session with the limits and rights of a policy, whatever its partitions.

    It names the policy, so what is changed there counts later on.

    :param now: Unix time, for ``key_expires_in``.
    """
    return SessionState(
        apply_policies=[policy.id],
        org_id=policy.org_id,
        allowance=policy.rate,
        rate=policy.rate,
        per=policy.per,
        throttle_interval=policy.throttle_interval,
        throttle_retry_limit=policy.throttle_retry_limit,
        max_query_depth=policy.max_query_depth,
        quota_max=policy.quota_max,
        quota_renewal_rate=policy.quota_renewal_rate,
        access_rights=deepcopy(dict(policy.access_rights)),
        hmac_enabled=policy.hmac_enabled,
        enable_http_signature_validation=policy.enable_http_signature_validation,
        is_inactive=policy.is_inactive,
        tags=list(policy.tags),
        expires=int(now) + policy.key_expires_in if policy.key_expires_in > 0 else 0,
        post_expiry_action=policy.post_expiry_action,
        post_expiry_grace_period=policy.post_expiry_grace_period,
    )
