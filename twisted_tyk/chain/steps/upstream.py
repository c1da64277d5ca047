"""The end of the way there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted_tyk.interfaces import IRelay
from twisted_tyk.proxy.proxy import Proxy
from twisted_tyk.proxy.target import Target
from twisted_tyk.transport.trust import TLSSettings

if TYPE_CHECKING:
    from twisted_tyk.chain.build import Plan


def proxy(plan: Plan) -> list[IRelay]:
    """The upstream."""
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
