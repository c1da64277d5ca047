"""The one ordered table of every step. Its order is Tyk's (``processSpec``).

Below the last line lies the client again: what comes after ``ReverseProxy``
is rendered when the upstream has answered, and only then. An API that is
keyless has no session, so the steps marked ``asks_who`` are left out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from attrs import frozen

from twisted_tyk.admit.certificate import CertificateCheck
from twisted_tyk.admit.organisation import OrganisationLimits
from twisted_tyk.admit.tracking import Tracked, Tracking
from twisted_tyk.answer.endpoint import Endpoint, EndpointHooks
from twisted_tyk.apidef.model import MiddlewareDefinition
from twisted_tyk.apidef.patterns import PathPattern
from twisted_tyk.apidef.versions import VersionInfo
from twisted_tyk.authenticate.detail import KeyDetail
from twisted_tyk.authenticate.identity import Making
from twisted_tyk.authenticate.methods import steps
from twisted_tyk.authorize.access import Access, version_name
from twisted_tyk.authorize.expiry import Expiry
from twisted_tyk.authorize.granular import Granular
from twisted_tyk.authorize.limits import KeyLimits, OwnLimits
from twisted_tyk.authorize.strip import StripAuth, sources
from twisted_tyk.chain.limiting import monitor, wanted_of_keys
from twisted_tyk.interfaces import IRelay, IStep
from twisted_tyk.plugins.bridge import as_step
from twisted_tyk.plugins.loader import named
from twisted_tyk.proxy.proxy import Proxy
from twisted_tyk.proxy.target import Target
from twisted_tyk.transport.trust import TLSSettings

if TYPE_CHECKING:
    from twisted_tyk.chain.build import Plan


@frozen
class Place:
    """One line of the table.

    :ivar stage: the package that the step belongs to.
    :ivar name: Tyk's name of the step, or the hook point.
    :ivar make: the steps that an API wants here, often none.
    :ivar asks_who: left out of keyless APIs.
    """

    stage: str
    name: str
    make: Callable[[Plan], Iterable[IStep | IRelay]]
    asks_who: bool = False


def _certificate(plan: Plan) -> list[IStep]:
    return [CertificateCheck()] if plan.definition.use_mutual_tls_auth else []


def _authenticate(plan: Plan) -> list[IStep | IRelay]:
    definition = plan.definition
    entry = definition.custom_middleware.auth_check
    on = entry is not None and named(entry) and definition.custom_auth
    hooks = plan.hooks.request_hooks([entry], "auth_check") if entry and on else []
    return steps(Making(definition, plan.settings, plan.shared), hooks)


def _endpoints(plan: Plan) -> list[IStep]:
    version = plan.definition.version
    if version is None or not version.use_extended_paths:
        return []
    endpoints = []
    for entry in version.extended_paths.go_plugin:
        if entry.disabled:
            continue
        pattern = _pattern(plan, version, entry.path)
        hook = MiddlewareDefinition(
            name=entry.func_name,
            path=entry.plugin_path,
            timeout=entry.timeout,
            on_error=entry.on_error,
            concurrency=entry.concurrency,
            mode=entry.mode,
        )
        for step in plan.hooks.request_hooks([hook], "go_plugin"):
            endpoints.append(Endpoint(pattern, entry.method, as_step(step)))
    return [EndpointHooks(tuple(endpoints))] if endpoints else []


def _tracking(plan: Plan) -> list[IStep]:
    version = plan.definition.version
    if (
        version is None
        or not version.use_extended_paths
        or not plan.settings.enable_analytics
        or plan.definition.do_not_track
    ):
        return []
    paths = version.extended_paths
    tracked, untracked = (
        tuple(
            Tracked(_pattern(plan, version, entry.path), entry.method, entry.path)
            for entry in entries
            if not entry.disabled
        )
        for entries in (paths.track_endpoints, paths.do_not_track_endpoints)
    )
    return [Tracking(tracked, untracked)] if tracked or untracked else []


def _key_detail(plan: Plan) -> list[IStep]:
    analytics = plan.settings.analytics_config
    definition = plan.definition
    if (
        not plan.settings.enable_analytics
        or definition.do_not_track
        or definition.enable_detailed_recording
        or analytics.enable_detailed_recording
    ):
        return []
    return [KeyDetail(analytics.detail_limit)]


def _pattern(plan: Plan, version: VersionInfo, path: str) -> PathPattern:
    options = plan.settings.http_server_options
    return PathPattern.compile(
        path,
        version.ignore_endpoint_case or plan.settings.ignore_endpoint_case,
        options.enable_path_prefix_matching,
        options.enable_path_suffix_matching,
    )


def _strip(plan: Plan) -> list[IStep]:
    definition = plan.definition
    return [StripAuth.of(sources(definition))] if definition.strip_auth_data else []


def _granular(plan: Plan) -> list[IStep]:
    options = plan.settings.http_server_options
    prefix, suffix = options.enable_path_prefix_matching, options.enable_path_suffix_matching
    return [Granular(plan.definition.api_id, prefix, suffix)]


def _organisation(plan: Plan) -> list[IStep]:
    definition, shared = plan.definition, plan.shared
    if not plan.settings.enforce_org_quotas or not definition.org_id:
        return []
    return [
        OrganisationLimits(
            shared.organisations,
            shared.limiter,
            definition.org_id,
            wanted_of_keys(definition, plan.settings, shared, of_organisation=True),
            definition.storage_outage == "local",
            monitor(plan.settings.monitor.monitor_org_keys, plan.settings, shared),
        )
    ]


def _key_limits(plan: Plan) -> list[IStep]:
    definition, shared = plan.definition, plan.shared
    if definition.disable_rate_limit and definition.disable_quota:
        return []
    return [
        KeyLimits(
            shared.limiter,
            wanted_of_keys(definition, plan.settings, shared),
            plan.own_limits,
            definition.storage_outage == "local",
            shared.clock,
            shared.events.of_request,
            monitor(plan.settings.monitor.monitor_user_keys, plan.settings, shared),
        )
    ]


def _own_limits(plan: Plan) -> list[IStep]:
    own = plan.own_limits
    local = plan.definition.storage_outage == "local"
    return [OwnLimits(plan.shared.limiter, own, local)] if own.limited else []


def _proxy(plan: Plan) -> list[IRelay]:
    proxy = plan.definition.proxy
    target = Target(
        listen_path=plan.listen_path.encode("utf-8", "surrogateescape"),
        strip=proxy.strip_listen_path,
        target_url=proxy.target_url,
        preserve_host=proxy.preserve_host_header,
        disable_strip_slash=proxy.disable_strip_slash,
        tls=_tls(plan),
    )
    return [Proxy(plan.client, target)]


def _tls(plan: Plan) -> TLSSettings:
    transport = plan.definition.proxy.transport
    return TLSSettings(
        verify=not (
            transport.ssl_insecure_skip_verify or plan.settings.proxy_ssl_insecure_skip_verify
        ),
        min_version=transport.ssl_min_version,
        max_version=transport.ssl_max_version,
    )


ORDER: Final = (
    Place(
        "admit",
        "pre",
        lambda p: p.hooks.request_hooks(p.definition.custom_middleware.pre, "pre"),
    ),
    Place("admit", "CertificateCheckMW", _certificate),
    Place("admit", "OrganizationMonitor", _organisation),
    Place("admit", "TrackEndpointMiddleware", _tracking),
    Place("authenticate", "AuthKey", _authenticate, asks_who=True),
    Place("authenticate", "DetailRecording", _key_detail, asks_who=True),
    Place(
        "authenticate",
        "post_key_auth",
        lambda p: p.hooks.request_hooks(
            p.definition.custom_middleware.post_key_auth, "post_key_auth"
        ),
        asks_who=True,
    ),
    Place("authorize", "StripAuth", _strip, asks_who=True),
    Place("authorize", "KeyExpired", lambda p: [Expiry(p.shared.seconds)], asks_who=True),
    Place(
        "authorize",
        "AccessRightsCheck",
        lambda p: [Access(version_name(p.definition.version_data))],
        asks_who=True,
    ),
    Place("authorize", "GranularAccessMiddleware", _granular, asks_who=True),
    Place("authorize", "RateLimitAndQuotaCheck", _key_limits, asks_who=True),
    Place("authorize", "RateLimitForAPI", _own_limits),
    Place("answer", "GoPluginMiddleware", _endpoints),
    Place(
        "answer",
        "post",
        lambda p: p.hooks.request_hooks(p.definition.custom_middleware.post, "post"),
    ),
    Place("proxy", "ReverseProxy", _proxy),
    Place(
        "respond",
        "response",
        lambda p: p.hooks.response_hooks(p.definition.custom_middleware.response),
    ),
)
