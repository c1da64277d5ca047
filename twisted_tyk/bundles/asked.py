"""What ``tyk.conf`` and definitions say of bundles."""

from __future__ import annotations

from pathlib import Path

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.bundles.archive import Limits
from twisted_tyk.bundles.shelf import Shelf
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.settings import Settings


def bundles_of(definition: ApiDefinition) -> list[str]:
    """The names of its bundles, in their order."""
    if definition.custom_middleware_bundle_disabled:
        return []
    names = (name.strip() for name in definition.custom_middleware_bundle.split(","))
    return list(dict.fromkeys(name for name in names if name))


def folder_of(settings: Settings) -> Path:
    """Where they are kept: ``bundles`` of ``middleware_path``, as in Tyk."""
    return Path(settings.middleware_path) / "bundles"


def trust_of(settings: Settings) -> Trust:
    """The key of ``public_key_path``.

    :raises BundleError: when there is none in it.
    """
    return Trust.load(settings.public_key_path) if settings.public_key_path else Trust()


def shelf_of(settings: Settings) -> Shelf:
    """What is kept there.

    :raises BundleError: when there is no key in ``public_key_path``.
    """
    return Shelf(
        folder_of(settings),
        trust_of(settings),
        skip_verify=settings.skip_verify_existing_plugin_bundle,
        limits=Limits(archive=settings.bundle_max_size),
    )
