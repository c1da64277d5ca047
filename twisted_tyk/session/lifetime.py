"""For how long a store keeps a session [user/session.go Lifetime, gw/api.go ApplyLifetime]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.session.state import SessionState
from twisted_tyk.settings import Settings


@frozen
class Lifetimes:
    """The rule, with what the settings say.

    :ivar forced: seconds that all sessions are kept (``global_session_lifetime``), 0 for
        ever; ``None`` unless ``force_global_session_lifetime``.
    :ivar respects_expiry: no session is dropped before its key expires, whatever its API
        says of that.
    """

    forced: int | None = None
    respects_expiry: bool = False

    @classmethod
    def asked(cls, settings: Settings) -> Lifetimes:
        """As the settings have it."""
        forced = settings.global_session_lifetime
        return cls(
            forced if settings.force_global_session_lifetime else None,
            settings.session_lifetime_respects_key_expiration,
        )

    def of(self, session: SessionState, definitions: Iterable[ApiDefinition], now: float) -> int:
        """Seconds from now, 0 for ever.

        :param definitions: of the APIs that the session is for; see :func:`concerned`. The
            one that keeps it longest counts.
        :param now: Unix time.
        """
        if self.forced is not None:
            return max(0, self.forced)
        if _says_what_follows(session):
            return _after_expiry(session, int(now))
        longest = 0
        for definition in definitions:
            respects = self.respects_expiry or definition.session_lifetime_respects_key_expiration
            seconds = max(0, session.session_lifetime) or max(0, definition.session_lifetime)
            if seconds and respects:
                if session.expires < 1:
                    # The key never expires, and the session is there as long.
                    return 0
                seconds = max(seconds, session.expires - int(now))
            longest = max(longest, seconds)
        return longest


def concerned(
    session: SessionState, definitions: Mapping[str, ApiDefinition], asked: ApiDefinition | None
) -> list[ApiDefinition]:
    """The APIs that a session is for.

    :param definitions: of all APIs, by id.
    :param asked: the one that was asked for; it counts when the session names none.
    """
    if not session.access_rights:
        return [] if asked is None else [asked]
    return [definitions[api_id] for api_id in session.access_rights if api_id in definitions]


def _says_what_follows(session: SessionState) -> bool:
    action, grace = session.post_expiry_action, session.post_expiry_grace_period
    return action == "delete" or (action == "retain" and grace != 0)


def _after_expiry(session: SessionState, now: int) -> int:
    if session.expires < 1:
        return 0
    grace = 0
    if session.post_expiry_action == "retain":
        grace = session.post_expiry_grace_period
        if grace == -1:
            return 0
    return max(1, session.expires - now + grace)
