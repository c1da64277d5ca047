"""What brings the bundles that definitions name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from treq.client import HTTPClient
from twisted.internet.defer import Deferred, DeferredSemaphore
from twisted.web.client import Agent

from twisted_tyk.bundles.asked import folder_of, shelf_of
from twisted_tyk.bundles.bundles import Bundles
from twisted_tyk.bundles.download import PATIENCE
from twisted_tyk.bundles.fetch import Fetcher
from twisted_tyk.bundles.plain import PlainAgent
from twisted_tyk.parts.given import Given
from twisted_tyk.parts.working import Working
from twisted_tyk.transport.fetch import TLSPolicy
from twisted_tyk.transport.trust import TLSSettings

#: Where on the shelf is what is not whole yet.
_FETCHED: Final = "fetched"
#: Threads that are at work on bundles at a time.
_HANDS: Final = 2


def make_bundles(given: Given, working: Working) -> Bundles:
    """Nothing is fetched before a definition names it.

    :raises BundleError: when there is no key in ``public_key_path``.
    """
    settings = given.settings
    # Others wait for these threads too, such as whoever has sent a password.
    in_thread = partial(DeferredSemaphore(_HANDS).run, working.tasks.run)
    fetcher = _fetcher(given, in_thread) if settings.enable_bundle_downloader else None
    return Bundles(shelf_of(settings), fetcher, in_thread)


def _fetcher(given: Given, in_thread: Callable[..., Deferred[Any]]) -> Fetcher:
    settings = given.settings
    policy = TLSPolicy(TLSSettings(verify=not settings.bundle_insecure_skip_verify))
    return Fetcher(
        HTTPClient(PlainAgent(Agent(given.reactor, policy, connectTimeout=PATIENCE))),
        given.reactor,
        given.seconds,
        in_thread,
        settings.bundle_base_url,
        given.base,
        folder_of(settings) / _FETCHED,
        settings.bundle_max_size,
    )
