"""The native host of a gateway, put together."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from twisted_tyk._version import TYK_VERSION
from twisted_tyk.native.contract import Loading, Services
from twisted_tyk.native.copies import Copies
from twisted_tyk.native.host import make_host
from twisted_tyk.native.leased import Found
from twisted_tyk.native.libraries import Libraries
from twisted_tyk.native.own_folder import default_directory
from twisted_tyk.native.own_host import OwnHost
from twisted_tyk.native.process.options import Options
from twisted_tyk.native.process.supervisor import InHelper
from twisted_tyk.native.told import log_line
from twisted_tyk.settings import Settings


def make_libraries(
    reactor: Any,
    settings: Settings,
    services: Services,
    metered: Callable[[str, int, str, float], None],
) -> Libraries:
    """Nothing is loaded or started before an entry needs it.

    :param services: what plugins may ask for.
    :param metered: takes what plugins measure.
    """
    config = json.dumps(plugin_config(settings)).encode()

    def loading(found: Found) -> Loading:
        return Loading(found.path, str(found.copy), found.manifest, config, settings.plugin_threads)

    def helper(loading: Loading) -> InHelper:
        options = Options(
            memory=settings.plugin_memory_limit,
            overdue=settings.hook_timeout,
            shutdown=settings.plugin_shutdown_timeout,
            waiting=settings.plugin_queue,
        )
        return InHelper(reactor, loading, services, log_line, metered, options)

    host = partial(
        make_host,
        services,
        log_line,
        metered,
        grace=settings.plugin_shutdown_timeout,
        soon=partial(reactor.callLater, 0),
    )
    return Libraries(
        reactor,
        Copies(Path(settings.plugin_cache_path or default_directory())),
        TYK_VERSION,
        helper,
        OwnHost(reactor, host),
        loading,
    )


def plugin_config(settings: Settings) -> dict[str, Any]:
    """What ``tyk_plugin_init`` is given."""
    return {
        "gateway": {"version": TYK_VERSION},
        "settings": {
            "hash_keys": settings.hash_keys,
            "hash_key_function": settings.hash_key_function,
            "xff_depth": settings.http_server_options.xff_depth,
            "log_level": settings.log_level,
            "storage": {"type": settings.storage.type},
        },
    }
