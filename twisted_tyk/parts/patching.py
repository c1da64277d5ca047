"""What stands in place of built-in steps."""

from __future__ import annotations

from pathlib import Path

from twisted_tyk._version import __version__
from twisted_tyk.bundles.asked import trust_of
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.chain.order import ORDER
from twisted_tyk.native.own_folder import default_directory
from twisted_tyk.parts.given import Given
from twisted_tyk.parts.plugins import Plugins
from twisted_tyk.parts.working import Working
from twisted_tyk.patches.copies import Copies
from twisted_tyk.patches.patches import Patches


def make_patches(given: Given, working: Working, plugins: Plugins) -> Patches:
    """None are read yet.

    :raises BundleError: when there is no key in ``public_key_path``.
    """
    settings = given.settings
    path = settings.patches_path
    return Patches(
        Path(path) if path else None,
        Copies(Path(settings.plugin_cache_path or default_directory())),
        trust_of(settings) if path else Trust(),
        [place.name for place in ORDER],
        __version__,
        plugins.libraries,
        working.tasks.run,
    )
