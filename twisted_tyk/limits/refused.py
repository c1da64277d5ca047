"""What is told of limits: to a client that is over one, and to who monitors quotas.

Statuses and messages are Tyk's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from twisted_tyk.errors import Refusal
from twisted_tyk.limits.contract import Kind, Outcome
from twisted_tyk.session.state import SessionState

Words = tuple[int, str, str]
#: Takes a session, what it is called towards others, its quota, and which request of it came.
Monitor = Callable[[SessionState, str, int, int], None]

#: Of keys: status, message and event.
OF_KEYS: Final[Mapping[Kind, Words]] = {
    Kind.KEY: (429, "Rate Limit Exceeded", "RatelimitExceeded"),
    Kind.QUOTA: (403, "Quota exceeded", "QuotaExceeded"),
    Kind.API: (429, "API Rate Limit Exceeded", "RatelimitExceeded"),
}
#: Of organisations.
OF_ORGANISATIONS: Final[Mapping[Kind, Words]] = {
    Kind.KEY: (
        403,
        "This organisation rate limit has been exceeded, please contact your API administrator",
        "OrgRateLimitExceeded",
    ),
    Kind.QUOTA: (
        403,
        "This organisation quota has been exceeded, please contact your API administrator",
        "OrgQuotaExceeded",
    ),
}


def refusal(outcome: Outcome, words: Mapping[Kind, Words] = OF_KEYS) -> Refusal:
    """For an outcome that has one. It says when to come back, if that is of any use."""
    assert outcome.refused is not None
    seconds = outcome.retry_after
    headers = [] if seconds is None else [("Retry-After", str(seconds))]
    return Refusal(*words[outcome.refused.kind], headers=headers)


def watch(outcome: Outcome, session: SessionState, name: str, monitor: Monitor) -> None:
    """Tell a monitor of a request that passed, if it counted against a quota."""
    index = outcome.batch.quota
    if index >= 0 and outcome.refused is None:
        limit = outcome.batch.asks[index].limit
        monitor(session, name, limit, limit - outcome.standings[index][0])
