"""What hooks are run with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen
from twisted.internet.defer import inlineCallbacks

from twisted_tyk.chain.shared import Shared
from twisted_tyk.native.assemble import make_libraries
from twisted_tyk.native.libraries import Libraries
from twisted_tyk.native.services import PluginServices
from twisted_tyk.parts.given import Given
from twisted_tyk.parts.identity import Identity
from twisted_tyk.parts.metering import Metering
from twisted_tyk.parts.routing import Served
from twisted_tyk.parts.working import Working
from twisted_tyk.plugins.lives import HookLives
from twisted_tyk.plugins.runtime import Runtime
from twisted_tyk.plugins.sessions import HookSessions
from twisted_tyk.record.recorder import Recorder
from twisted_tyk.session.lifetime import Lifetimes


@frozen
class Plugins:
    """
    :ivar libraries: the native plugins.
    :ivar runtime: for hooks of every driver.
    :ivar recorder: its records may be on their way through a hook.
    """

    libraries: Libraries
    runtime: Runtime
    recorder: Recorder

    @classmethod
    def make(
        cls,
        given: Given,
        working: Working,
        identity: Identity,
        shared: Shared,
        metering: Metering,
        recorder: Recorder,
        served: Served,
    ) -> Plugins:
        """Nothing is loaded before a definition names it."""
        settings, reactor = given.settings, given.reactor
        sessions = HookSessions(
            shared.keys,
            Lifetimes.asked(settings),
            lambda: {api.api_id: api.definition for api in served()},
            shared.seconds,
        )
        services = PluginServices(shared.store, sessions.json_of)
        libraries = make_libraries(reactor, settings, services, metering.plugins)
        in_thread = working.hooks.run

        def in_reactor(call: Callable[[], None]) -> None:
            reactor.callFromThread(call)

        runtime = Runtime(
            clock=reactor,
            in_thread=in_thread,
            deadlines=working.deadlines,
            in_reactor=in_reactor,
            queue=settings.plugin_queue,
            libraries=libraries,
            lives=HookLives(reactor, in_thread, in_reactor, settings.plugin_shutdown_timeout),
            read_session=identity.read_session,
            keep_session=sessions.keep,
            metered=metering.plugins,
        )
        return cls(libraries, runtime, recorder)

    @inlineCallbacks
    def stop(self) -> Any:
        """Unload all; records that wait for a hook go on without it, and so do those whose
        hook has not come to its end by then.
        """
        self.recorder.close()
        yield self.libraries.stop()
        self.recorder.flush()
        yield self.runtime.lives.stop()
