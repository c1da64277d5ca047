"""The control API, put together of its areas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from attrs import frozen

from twisted_tyk.chain.shared import Shared
from twisted_tyk.control.api_files import ApiFiles
from twisted_tyk.control.api_health import ApiHealth
from twisted_tyk.control.api_versions import ApiVersions
from twisted_tyk.control.apis import Apis
from twisted_tyk.control.caches import Caches
from twisted_tyk.control.debug import Debug
from twisted_tyk.control.folder import Folder
from twisted_tyk.control.health import Health
from twisted_tyk.control.key_areas import KeyAreas
from twisted_tyk.control.metrics import Metrics
from twisted_tyk.control.oauth_clients import OAuthClients
from twisted_tyk.control.oauth_tokens import OAuthTokens
from twisted_tyk.control.patches import PatchList
from twisted_tyk.control.plugins import Plugins as PluginArea
from twisted_tyk.control.policies import PolicyFiles
from twisted_tyk.control.reloading import Reloading
from twisted_tyk.control.root import Control
from twisted_tyk.control.routes import Area
from twisted_tyk.parts.definitions import Definitions
from twisted_tyk.parts.given import Given
from twisted_tyk.parts.metering import Metering
from twisted_tyk.parts.oauth import OAuth
from twisted_tyk.parts.recording import Recording
from twisted_tyk.parts.routing import Served, root_of_one
from twisted_tyk.parts.stored import stored
from twisted_tyk.session.lifetime import Lifetimes
from twisted_tyk.session.passwords import hash_password
from twisted_tyk.storage.make import Storage


@frozen
class Areas:
    """The parts that the areas show and change. :ivar stopping: the gateway is on its way out."""

    given: Given
    stopping: Callable[[], bool]
    served: Served
    storage: Storage
    shared: Shared
    oauth: OAuth
    metering: Metering
    recording: Recording
    definitions: Definitions

    def joined(self) -> Control:
        """All of them, behind one secret."""
        settings = self.given.settings
        areas = [
            *self._state(),
            *self._definitions(),
            *self._keys(),
            OAuthClients(self.oauth.apis),
            OAuthTokens(self.oauth.apis, self.oauth.purger),
            *self._prometheus(),
        ]
        return Control(
            settings.secret,
            areas,
            settings.control_api_hostname or settings.hostname,
            seconds=self.given.reactor.seconds,
        )

    def _state(self) -> list[Area]:
        """How the gateway is, and what can be said to all nodes."""
        settings, shared, definitions = self.given.settings, self.shared, self.definitions
        paths = (settings.health_check_endpoint_name, settings.readiness_check_endpoint_name)
        leased = definitions.libraries.leased
        return [
            Health(definitions.report, self.stopping, paths, partial(stored, self.storage)),
            Reloading(definitions.reload, shared.notifications.publish),
            Caches(shared.store, shared.notifications),
            PluginArea(leased.values, self.metering.plugins.as_json),
            PatchList(definitions.patches, self.served),
        ]

    def _definitions(self) -> list[Area]:
        """APIs and policies."""
        settings, references = self.given.settings, self.given.loaded.references
        definitions, in_thread = self.definitions, self.shared.in_thread
        converter = definitions.converter
        folder = Folder(settings.app_path, ("api_id",))
        return [
            Apis(self.served),
            ApiVersions(self.served),
            ApiFiles(folder, references, converter, self.served, in_thread),
            ApiHealth(self.recording.samples, self.served),
            PolicyFiles(settings.policies, self.shared.policies, in_thread),
            Debug(definitions.builder, references, converter, partial(root_of_one, settings)),
        ]

    def _keys(self) -> list[Area]:
        settings, shared = self.given.settings, self.shared
        function = settings.basic_auth_hash_key_function
        return KeyAreas(
            settings,
            shared,
            Lifetimes.asked(settings),
            lambda password: shared.in_thread(hash_password, password, function),
            self.served,
        ).all()

    def _prometheus(self) -> list[Area]:
        if self.metering.requests is None:
            return []
        # Imported here, as in :mod:`twisted_tyk.parts.metering`.
        from twisted_tyk.record.gateway_metrics import Exposition, GatewayMetrics

        settings, leased = self.given.settings, self.definitions.libraries.leased
        told = GatewayMetrics(
            lambda: len(self.served()),
            self._problems,
            lambda: self.storage.store.problem,
            lambda: [entry for each in leased.values() for entry in each.entries],
            self.recording.analytics,
        )
        apart = settings.control_api_port not in (0, settings.listen_port)
        return [Metrics(Exposition(self.metering.requests, told), apart)]

    def _problems(self) -> int:
        report = self.definitions.report()
        return 0 if report is None else len(report.problems) + len(report.held)
