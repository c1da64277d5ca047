"""The areas of the control API that have to do with keys, put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from twisted_tyk.chain.api import Api
from twisted_tyk.control.key_changes import KeyChanges
from twisted_tyk.control.key_counters import KeyCounters
from twisted_tyk.control.key_names import KeyNames
from twisted_tyk.control.key_policies import KeyPolicies
from twisted_tyk.control.key_views import KeyViews
from twisted_tyk.control.key_writer import KeyWriter
from twisted_tyk.control.org_keys import OrgKeys
from twisted_tyk.control.routes import Area
from twisted_tyk.session.lifetime import Lifetimes
from twisted_tyk.session.state import BasicAuthData
from twisted_tyk.settings import Settings

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from twisted_tyk.chain.shared import Shared


@frozen
class KeyAreas:
    """
    :ivar hash_password: a password made into what is stored.
    :ivar served: the APIs of the routing table in force.
    """

    settings: Settings
    shared: Shared
    lifetimes: Lifetimes
    hash_password: Callable[[str], Deferred[BasicAuthData]]
    served: Callable[[], Sequence[Api]]

    def _organisations(self) -> list[str]:
        return list(dict.fromkeys(api.definition.org_id for api in self.served()))

    def all(self) -> list[Area]:
        """Everything about keys."""
        settings, shared = self.settings, self.shared
        writer = KeyWriter(
            keys=shared.keys,
            policies=shared.policies,
            counters=KeyCounters(shared.quotas),
            lifetimes=self.lifetimes,
            served=self.served,
            seconds=shared.seconds,
            hash_password=self.hash_password,
            announce=shared.announce,
            masters=settings.allow_master_keys,
        )
        names = KeyNames(
            shared.keys, self._organisations, not settings.disable_key_actions_by_username
        )
        return [
            KeyViews(writer, names, self.served, settings.enable_hashed_keys_listing),
            KeyChanges(writer, names, settings.min_token_length),
            KeyPolicies(writer, names),
            OrgKeys(shared.store, shared.notifications, writer),
        ]
