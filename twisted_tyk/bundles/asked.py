"""What ``tyk.conf`` says of bundles."""

from __future__ import annotations

from pathlib import Path

from twisted_tyk.bundles.archive import Limits
from twisted_tyk.bundles.shelf import Shelf
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.settings import Settings


def folder_of(settings: Settings) -> Path:
    """Where they are kept: ``bundles`` of ``middleware_path``, as in Tyk."""
    return Path(settings.middleware_path) / "bundles"


def shelf_of(settings: Settings) -> Shelf:
    """What is kept there.

    :raises BundleError: when there is no key in ``public_key_path``.
    """
    return Shelf(
        folder_of(settings),
        Trust.load(settings.public_key_path) if settings.public_key_path else Trust(),
        skip_verify=settings.skip_verify_existing_plugin_bundle,
        limits=Limits(archive=settings.bundle_max_size),
    )
