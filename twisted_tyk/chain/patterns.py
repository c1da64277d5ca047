"""Paths of a definition, compiled as it and the settings want them matched."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from twisted_tyk.apidef.patterns import PathPattern

if TYPE_CHECKING:
    from twisted_tyk.apidef.model import ApiDefinition
    from twisted_tyk.settings import Settings


def patterns(definition: ApiDefinition, settings: Settings) -> partial[PathPattern]:
    """What compiles them."""
    version, options = definition.version, settings.http_server_options
    ignore_case = settings.ignore_endpoint_case or (
        version is not None and version.ignore_endpoint_case
    )
    return partial(
        PathPattern.compile,
        ignore_case=ignore_case,
        prefix=options.enable_path_prefix_matching,
        suffix=options.enable_path_suffix_matching,
    )
