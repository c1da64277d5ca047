"""What the steps of all APIs share: one for a gateway."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from treq.client import HTTPClient
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IReactorTime

    from twisted_tyk.events.events import Events
    from twisted_tyk.interfaces import INotifications, IStore
    from twisted_tyk.jose.sets import KeySets
    from twisted_tyk.limits.contract import ILimiter
    from twisted_tyk.limits.reader import QuotaReader
    from twisted_tyk.session.keys import Keys
    from twisted_tyk.session.organisations import Organisations
    from twisted_tyk.session.password_check import Passwords
    from twisted_tyk.session.policies import Policies
    from twisted_tyk.session.tokens import Tokens


@frozen
class Shared:
    """
    :ivar store: keys and what else outlives a request.
    :ivar notifications: messages between nodes.
    :ivar tokens: how keys are made and hashed.
    :ivar keys: the keys of clients.
    :ivar passwords: checks those of users.
    :ivar clock: for what waits; its seconds do not jump.
    :ivar seconds: Unix time.
    :ivar in_thread: runs a callable with arguments in a thread for work that takes the
        processor long, such as hashing a password; the Deferred fires in the reactor thread.
    :ivar web: asks other servers.
    :ivar key_sets: keys of those whose tokens APIs believe.
    :ivar policies: what keys may name in place of limits and rights of their own.
    :ivar organisations: what limits all keys of an organisation together.
    :ivar limiter: counts requests against rates and quotas.
    :ivar quotas: looks at quotas without counting, and begins them anew.
    :ivar events: makes the handlers of events, and tells them.
    :ivar announce: tells the handlers of tyk.conf of an event of the gateway itself, such as
        ``TokenCreated``, and what is known of it by Tyk's names.
    """

    store: IStore
    notifications: INotifications
    tokens: Tokens
    keys: Keys
    passwords: Passwords
    clock: IReactorTime
    seconds: Callable[[], float]
    in_thread: Callable[..., Deferred[Any]]
    web: HTTPClient
    key_sets: KeySets
    policies: Policies
    organisations: Organisations
    limiter: ILimiter
    quotas: QuotaReader
    events: Events
    announce: Callable[[str, Mapping[str, Any]], None]
