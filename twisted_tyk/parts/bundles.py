"""What brings the bundles that definitions name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from treq.client import HTTPClient
from twisted.web.client import Agent

from twisted_tyk.bundles.archive import Limits
from twisted_tyk.bundles.bundles import Bundles
from twisted_tyk.bundles.download import PATIENCE
from twisted_tyk.bundles.fetch import Fetcher
from twisted_tyk.bundles.shelf import Shelf
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.parts.given import Given
from twisted_tyk.parts.working import Working
from twisted_tyk.settings import Settings
from twisted_tyk.transport.fetch import TLSPolicy
from twisted_tyk.transport.trust import TLSSettings

#: Where they are in ``middleware_path``, as in Tyk; and what is not whole yet, in there.
_SHELF: Final = "bundles"
_FETCHED: Final = "fetched"


def shelf_of(settings: Settings, base: Path) -> Shelf:
    """What is kept on disk.

    :param base: the folder of ``tyk.conf``.
    :raises BundleError: when there is no key in ``public_key_path``.
    """
    trust = Trust.load(base / settings.public_key_path) if settings.public_key_path else Trust()
    return Shelf(
        _folder(settings, base),
        trust,
        skip_verify=settings.skip_verify_existing_plugin_bundle,
        limits=Limits(archive=settings.bundle_max_size),
    )


def make_bundles(given: Given, working: Working) -> Bundles:
    """Nothing is fetched before a definition names it.

    :raises BundleError: when there is no key in ``public_key_path``.
    """
    settings = given.settings
    shelf = shelf_of(settings, given.base)
    fetcher = _fetcher(given, working) if settings.enable_bundle_downloader else None
    return Bundles(shelf, fetcher, working.tasks.run)


def _fetcher(given: Given, working: Working) -> Fetcher:
    settings = given.settings
    policy = TLSPolicy(TLSSettings(verify=not settings.bundle_insecure_skip_verify))
    return Fetcher(
        HTTPClient(Agent(given.reactor, policy, connectTimeout=PATIENCE)),
        given.reactor,
        given.seconds,
        working.tasks.run,
        settings.bundle_base_url,
        given.base,
        _folder(settings, given.base) / _FETCHED,
        settings.bundle_max_size,
    )


def _folder(settings: Settings, base: Path) -> Path:
    return base / settings.middleware_path / _SHELF
