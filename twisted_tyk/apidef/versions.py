"""``version_data`` and ``definition``: the versions of an API and their endpoints.

Kinds of endpoint rules that this version does not act on are free-form lists.
"""

from collections.abc import Mapping
from typing import Any

import attrs

from twisted_tyk.apidef.hooks import GoPlugin
from twisted_tyk.jsonfile.keys import Count, key

#: Endpoint rules as they stand in the file.
Rules = tuple[Mapping[str, Any], ...]


@attrs.frozen
class TrackedEndpoint:
    """An item of ``track_endpoints`` or ``do_not_track_endpoints`` [apidef TrackEndpointMeta]."""

    disabled: bool = key(False)
    #: Pattern of the request path.
    path: str = key("")
    #: Matches exactly.
    method: str = key("")


@attrs.frozen
class PathRateLimit:
    """An item of ``extended_paths.rate_limit``: ``rate`` requests in ``per`` seconds, of all."""

    disabled: bool = key(False)
    path: str = key("")
    #: It must be the same to the letter.
    method: str = key("")
    rate: float = key(0.0)
    per: float = key(0.0)


@attrs.frozen
class ExtendedPaths:
    """``extended_paths``: rules for single endpoints, by kind [apidef ExtendedPathsSet]."""

    ignored: Rules = key(())
    white_list: Rules = key(())
    black_list: Rules = key(())
    mock_response: Rules = key(())
    cache: tuple[str, ...] = key(())
    advance_cache_config: Rules = key(())
    transform: Rules = key(())
    transform_response: Rules = key(())
    transform_jq: Rules = key(())
    transform_jq_response: Rules = key(())
    transform_headers: Rules = key(())
    transform_response_headers: Rules = key(())
    hard_timeouts: Rules = key(())
    circuit_breakers: Rules = key(())
    url_rewrites: Rules = key(())
    virtual: Rules = key(())
    size_limits: Rules = key(())
    method_transforms: Rules = key(())
    track_endpoints: tuple[TrackedEndpoint, ...] = key(())
    do_not_track_endpoints: tuple[TrackedEndpoint, ...] = key(())
    validate_json: Rules = key(())
    validate_request: Rules = key(())
    internal: Rules = key(())
    go_plugin: tuple[GoPlugin, ...] = key(())
    persist_graphql: Rules = key(())
    rate_limit: tuple[PathRateLimit, ...] = key(())


@attrs.frozen
class Paths:
    """``paths``: the older rules, in force when ``use_extended_paths`` is off."""

    ignored: tuple[str, ...] = key(())
    white_list: tuple[str, ...] = key(())
    black_list: tuple[str, ...] = key(())


@attrs.frozen
class VersionInfo:
    """One version of an API."""

    name: str = key("")
    #: ``YYYY-MM-DD HH:MM``; empty or ``-1`` means never.
    expires: str = key("")
    paths: Paths = key(Paths())
    use_extended_paths: bool = key(False)
    extended_paths: ExtendedPaths = key(ExtendedPaths())
    global_headers: Mapping[str, str] = key(attrs.Factory(dict))
    global_headers_remove: tuple[str, ...] = key(())
    global_headers_disabled: bool = key(False)
    global_response_headers: Mapping[str, str] = key(attrs.Factory(dict))
    global_response_headers_remove: tuple[str, ...] = key(())
    global_response_headers_disabled: bool = key(False)
    #: Endpoint patterns match without regard to case.
    ignore_endpoint_case: bool = key(False)
    #: Largest request body in bytes; 0 means any.
    global_size_limit: Count = key(0)
    global_size_limit_disabled: bool = key(False)
    #: A Go duration such as ``500ms``, or its number of nanoseconds.
    global_enforce_timeout: Any = key("")
    global_enforce_timeout_disabled: bool = key(False)
    #: URL in place of ``proxy.target_url``.
    override_target: str = key("")


@attrs.frozen
class VersionData:
    """``version_data``."""

    not_versioned: bool = key(False)
    default_version: str = key("")
    #: By name.
    versions: Mapping[str, VersionInfo] = key(attrs.Factory(dict))

    @property
    def acting(self) -> VersionInfo | None:
        """The one version that takes every request, as Tyk picks it.

        The only one there is, else of several in an API that is not versioned the
        one called ``Default``, ``default`` or nothing at all; an API without
        versions has an empty one. ``None`` when the request, or nothing, decides.
        """
        versions = self.versions
        if len(versions) > 1:
            standard = [versions[name] for name in ("Default", "default", "") if name in versions]
            return standard[0] if self.not_versioned and len(standard) == 1 else None
        return next(iter(versions.values()), None) or VersionInfo()


@attrs.frozen
class VersionDefinition:
    """``definition``: how a request names the version it wants."""

    enabled: bool = key(False)
    #: The name of the base API's own version.
    name: str = key("")
    #: The version of requests that name none.
    default: str = key("")
    #: ``header``, ``url-param`` or ``url``.
    location: str = key("")
    #: Name of the header or parameter.
    location_key: str = key("", name="key")
    strip_path: bool = key(False)
    strip_versioning_data: bool = key(False)
    url_versioning_pattern: str = key("")
    fallback_to_default: bool = key(False)
    #: Version name to API id.
    versions: Mapping[str, str] = key(attrs.Factory(dict))
