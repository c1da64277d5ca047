"""``proxy``: where an API listens and what lies behind it [apidef ProxyConfig]."""

from collections.abc import Mapping
from typing import Any

import attrs

from twisted_tyk.jsonfile.keys import Count, key


@attrs.frozen
class Transport:
    """``proxy.transport``: TLS and proxies on the way to the upstream."""

    #: Do not verify the upstream's certificate.
    ssl_insecure_skip_verify: bool = key(False)
    #: Cipher suites by their Go names.
    ssl_ciphers: tuple[str, ...] = key(())
    #: Lowest TLS version, 771 is 1.2; 0 leaves it to tyk.conf.
    ssl_min_version: Count = key(0)
    #: Highest TLS version; 0 leaves it to tyk.conf.
    ssl_max_version: Count = key(0)
    #: Check the certificate's common name as well.
    ssl_force_common_name_check: bool = key(False)
    #: URL of an HTTP proxy; empty means none.
    proxy_url: str = key("", secret=True)


@attrs.frozen
class Proxy:
    """``proxy``."""

    #: Prefix of the paths this API takes.
    listen_path: str = key("")
    #: URL of the upstream; its path is put before the request's.
    target_url: str = key("")
    #: Leave ``listen_path`` out of the path sent upstream.
    strip_listen_path: bool = key(False)
    #: Send the client's ``Host``.
    preserve_host_header: bool = key(False)
    #: Keep a trailing slash of the target when nothing follows it.
    disable_strip_slash: bool = key(False)
    #: Spread requests over ``target_list``.
    enable_load_balancing: bool = key(False)
    target_list: tuple[str, ...] = key(())
    check_host_against_uptime_tests: bool = key(False)
    service_discovery: Mapping[str, Any] = key(attrs.Factory(dict))
    transport: Transport = key(Transport())
