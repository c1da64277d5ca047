"""Definitions, made into chains and put to work, at the start and again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from attrs import evolve, frozen
from cattrs import Converter
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.apidef.load import load_directory
from twisted_tyk.bundles.bundles import Bundles
from twisted_tyk.chain.build import Builder
from twisted_tyk.chain.shared import Shared
from twisted_tyk.control.api_health import Samples
from twisted_tyk.jsonfile import make_converter
from twisted_tyk.native.libraries import Libraries
from twisted_tyk.parts.given import Given
from twisted_tyk.parts.metering import Metering
from twisted_tyk.parts.plugins import Plugins
from twisted_tyk.parts.recording import Recording
from twisted_tyk.parts.routing import tables
from twisted_tyk.parts.upstream import Upstream
from twisted_tyk.patches.choice import PatchesReport
from twisted_tyk.patches.patches import Patches
from twisted_tyk.reload import Reloader, Report, Serving, Sources
from twisted_tyk.reload.delivery import Deliveries
from twisted_tyk.reload.soon import ReloadSoon
from twisted_tyk.respond.ending import Ending
from twisted_tyk.respond.error_pages import ErrorPages
from twisted_tyk.respond.limit_fields import LimitFields
from twisted_tyk.respond.telling import Telling
from twisted_tyk.route.root import Root
from twisted_tyk.settings import Settings

#: Seconds after which bundles are asked for again that could not be had.
_AGAIN: Final = 60.0


@frozen
class Definitions:
    """
    :ivar converter: reads their JSON.
    :ivar builder: makes an API of one.
    :ivar reloader: reads all of them, and has the root serve them.
    :ivar libraries: the native plugins that they name.
    :ivar downloads: whether bundles are fetched.
    """

    log = Logger()

    converter: Converter
    builder: Builder
    reloader: Reloader
    libraries: Libraries
    downloads: bool

    @classmethod
    def make(
        cls,
        given: Given,
        root: Root,
        shared: Shared,
        upstream: Upstream,
        metering: Metering,
        recording: Recording,
        plugins: Plugins,
        bundles: Bundles,
        patches: Patches,
    ) -> Definitions:
        """Nothing is read yet, but templates of errors.

        :raises TemplateError: when one of those is wrong.
        """
        settings, loaded = given.settings, given.loaded
        converter = make_converter()
        builder = Builder(
            settings,
            given.base,
            plugins.runtime,
            _ending(settings, shared, recording.samples),
            upstream.client,
            shared,
            recording.enter,
            metering.steps,
            patches,
        )
        deliveries = Deliveries(bundles)
        sources = Sources(
            lambda last: load_directory(
                settings.app_path, last.by_file() if last else {}, loaded.references, converter
            ),
            shared.policies.load,
            patches,
            deliveries.at_hand,
            deliveries.ask,
            deliveries.arrived,
            bundles.settle,
            plugins.libraries,
            shared.in_thread,
            given.reactor,
        )
        swap = partial(setattr, root, "table")
        reloader = Reloader(Serving(sources, builder, tables(settings), swap))
        downloads = settings.enable_bundle_downloader
        return cls(converter, builder, reloader, plugins.libraries, downloads)

    def start(self) -> None:
        """Load what is there, and have bundles asked for that may have changed meanwhile.

        Until they have come an API is served with the one of an earlier start, or not.
        """
        try:
            self.reloader.start()
        except Exception as error:
            self.log.error("no API is served: {error}", error=error)
            return
        if self.lacks_bundles:
            self.reload().addErrback(self._not_reloaded)

    @property
    def lacks_bundles(self) -> bool:
        """Whether there are newer ones to be had, perhaps, than those that were loaded."""
        return self.downloads and self.reloader.wants_bundles

    def _not_reloaded(self, why: Failure) -> None:
        if not why.check(CancelledError):
            self.log.error("bundles were not asked for: {problem}", problem=why.value)

    def reload(self) -> Deferred[Report]:
        """Read everything anew, and serve what it says."""
        return self.reloader.reload()

    def patches(self) -> PatchesReport:
        """What there is in place of built-in steps."""
        patches = self.builder.patches
        return PatchesReport() if patches is None else patches.report

    def report(self) -> Report | None:
        """The last one, with what the processes of plugins have said since."""
        report = self.reloader.report
        failures = self.libraries.failures()
        if report is None or not failures:
            return report
        return evolve(report, problems=(*report.problems, *failures))

    def reload_until_had(self, given: Given) -> ReloadSoon:
        """What reloads again and again while an API lacks a bundle.

        Nobody else may notice that the server of bundles has come back.
        """
        soon = ReloadSoon(given.reactor, self.reload, _AGAIN)
        if self.downloads:
            self.reloader.heard.append(lambda report: soon.heard("") if report.lacks else None)
        return soon

    def reload_soon(self, given: Given, shared: Shared) -> ReloadSoon:
        """What reloads when other nodes say so."""
        settings = given.settings
        soon = ReloadSoon(given.reactor, self.reload, settings.reload_interval)
        if not settings.suppress_redis_signal_reload:
            soon.listen(shared.notifications)
        return soon


def _ending(settings: Settings, shared: Shared, samples: Samples | None) -> Ending:
    """What sends responses and errors."""
    happened = shared.events.of_request
    return Ending(
        ErrorPages.load(Path(settings.template_path)),
        happened if samples is None else samples.watching(happened),
        Telling(shared.events.clock),
        () if settings.hide_generator_header else ((b"X-Generator", b"tyk.io"),),
        LimitFields(
            settings.rate_limit_response_headers == "rate_limits",
            settings.enable_rate_limit_fields,
        ),
    )
