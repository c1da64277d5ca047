"""``tyk.conf`` as one frozen object. Names, types and defaults are Tyk's [config/config.go].

Where Tyk puts a number in place of 0 at start, the field already holds that
number. Keys that are ours say so.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import attrs

from twisted_tyk.events.definition import EventHandlers, Monitor
from twisted_tyk.jsonfile.keys import Between, Count, Port, Seconds, key, names, zero_means
from twisted_tyk.settings.sections import (
    AccessLogs,
    AnalyticsConfig,
    DbAppConfOptions,
    HealthCheck,
    HttpServerOptions,
    Jwks,
    Kv,
    OverrideMessage,
    Policies,
    Storage,
)

#: A status that an error may have; 0 means "not given".
ErrorStatus = Annotated[int, Between(200, 599, "a status", or_zero=True)]
#: A way to hash keys.
HashFunction = Literal["", "murmur32", "murmur64", "murmur128", "sha256"]


@attrs.frozen
class Settings:
    """Every key of ``tyk.conf`` that this gateway reads."""

    #: Tyk's keys that change nothing here, with or without a field below; each is
    #: named once at start when it is set.
    NOT_ACTED_ON: ClassVar[Mapping[str, str]] = names(
        """
        allow_remote_config allow_unsafe_policy_ids
        auth_override cache_storage cloud coprocess_options
        disable_auto_max_procs disable_dashboard_zeroconf
        disable_ports_whitelist=DISABLEPORTWHITELIST
        disable_regexp_cache disable_regexp_cache_bound disable_virtual_path_blobs dns_cache
        enable_config_inspection
        enable_http_profiler=HTTPPROFILE enable_jsvm enable_key_logging
        enable_non_transactional_rate_limiter
        enable_separate_cache_store=ENABLESEPERATECACHESTORE enforce_org_data_age
        enforce_org_data_detail_logging error_overrides
        event_trigers_defunct=EVENTTRIGGERS event_triggers_defunct
        experimental_process_org_off_thread external_services
        ignore_canonical_mime_header_key jsvm_timeout labs
        legacy_enable_allowance_countdown liveness_check local_session_cache
        newrelic oas_config=OAS opentelemetry
        ports_whitelist=PORTWHITELIST proxy_enable_http2 proxy_ssl_ciphers=PROXYSSLCIPHERSUITES
        proxy_ssl_disable_renegotiation proxy_ssl_max_version proxy_ssl_min_version
        regexp_cache_expire regexp_cache_max_entries resource_sync
        security service_discovery slave_options streaming
        suppress_default_org_store=SUPRESSDEFAULTORGSTORE
        tracing=TRACER tyk_js_path uptime_tests use_db_app_configs version_header
        graylog_network_addr logstash_network_addr logstash_transport sentry_code
        sentry_log_level syslog_network_addr syslog_transport use_graylog use_logstash
        use_redis_log use_sentry use_syslog
        """
    )

    # -- where it listens, and what it reads --

    #: Address to bind; empty means all.
    listen_address: str = key("")
    #: Main port. Tyk's missing key is 0; ours is 8080, as in Tyk's built-in default.
    listen_port: Port = zero_means(8080)
    #: When set, APIs and the control API answer for this ``Host`` only.
    hostname: str = key("")
    #: Port of the control API; 0 means the main port.
    control_api_port: Port = key(0)
    #: When set, the control API answers for this ``Host`` only.
    control_api_hostname: str = key("")
    #: Secret of the control API; empty means that nobody has it.
    secret: str = key("", secret=True)
    #: Secret that signs messages between nodes.
    node_secret: str = key("", secret=True)
    #: Believe messages of other nodes that are not signed.
    allow_insecure_configs: bool = key(False)
    #: Do not reload when other nodes ask for it.
    suppress_redis_signal_reload: bool = key(False)
    #: Folder of API definitions, ``*.json``.
    app_path: str = zero_means("apps", path=True)
    #: Folder of plugins; bundles are kept in ``bundles`` below it.
    middleware_path: str = zero_means("middleware", path=True)
    #: Folder of error templates.
    template_path: str = zero_means("templates", path=True)
    policies: Policies = key(Policies())
    #: Values of ``secrets://`` references.
    secrets: Mapping[str, str] = key(attrs.Factory(dict), secret=True)
    kv: Kv = key(Kv())
    #: Honour the ``domain`` of definitions.
    enable_custom_domains: bool = key(False)
    http_server_options: HttpServerOptions = key(HttpServerOptions())
    #: Endpoint patterns match without regard to case.
    ignore_endpoint_case: bool = key(False)
    #: Close each client connection after its response.
    close_connections: bool = key(False)

    # -- upstream --

    #: Seconds to wait for an upstream's response; 0 means 30.
    proxy_default_timeout: Seconds = zero_means(30.0)
    #: Do not verify upstream certificates.
    proxy_ssl_insecure_skip_verify: bool = key(False)
    #: Close each upstream connection after its response.
    proxy_close_connections: bool = key(False)
    #: Idle upstream connections at most; 0 means any number.
    max_idle_connections: Count = key(0, env="MAXIDLECONNS")
    #: The same for each host; 0 means 100.
    max_idle_connections_per_host: Count = key(0, env="MAXIDLECONNSPERHOST")
    #: Seconds after which upstream connections are made anew; 0 means never.
    max_conn_time: Count = key(0)
    #: Check the common name of upstream certificates as well.
    ssl_force_common_name_check: bool = key(False)
    #: Name lookups: ``enabled``, ``ttl``, ``multiple_ips_handle_strategy``.
    dns_cache: Mapping[str, Any] = key(attrs.Factory(dict))
    #: Health checks of upstreams.
    uptime_tests: Mapping[str, Any] = key(attrs.Factory(dict))

    # -- plugins --

    #: Fetch bundles; without it, those that are on disk are used.
    enable_bundle_downloader: bool = key(False)
    #: URL that bundle names are joined to: ``http``, ``https`` or ``file``. A user and password
    #: in it are for the server, and its query is kept.
    bundle_base_url: str = key("")
    #: Do not verify the bundle server's certificate.
    bundle_insecure_skip_verify: bool = key(False)
    #: Bytes of a bundle at most; ours, 0 means 256 MiB.
    bundle_max_size: Count = zero_means(256 * 1024 * 1024)
    #: Believe the signatures of bundles that are on disk already; their sums are checked.
    skip_verify_existing_plugin_bundle: bool = key(False)
    #: PEM file of the key that bundles must be signed with, RSA or Ed25519; with an RSA key,
    #: messages of a Dashboard as well.
    public_key_path: str = key("", path=True)
    #: JavaScript plugins.
    enable_jsvm: bool = key(False)
    #: Seconds for a JavaScript call; 0 means 5.
    jsvm_timeout: Count = zero_means(5)
    #: gRPC and other processes: ``enable_coprocess``, ``coprocess_grpc_server``, …
    coprocess_options: Mapping[str, Any] = key(attrs.Factory(dict))
    #: Threads for hooks that block; ours, 0 means 20.
    hook_threads: Count = zero_means(20)
    #: Seconds a hook may take that waits or blocks; ours, 0 means 5.
    hook_timeout: Seconds = zero_means(5.0)
    #: Threads for each native plugin that is not called inline; ours, 0 means 128.
    plugin_threads: Count = zero_means(128)
    #: Calls of one hook that may wait for their turn; ours, 0 means 1000. More are answered 503.
    plugin_queue: Count = zero_means(1000)
    #: MiB of memory for each native plugin in a process of its own; ours, 0 means 512.
    plugin_memory_limit: Count = zero_means(512)
    #: Seconds that a native plugin which is not used any more may take to end; ours, 0 means 5.
    plugin_shutdown_timeout: Seconds = zero_means(5.0)
    #: Folder for the copies of native plugins and patches that are loaded; ours. Empty means one in
    #: ``$XDG_RUNTIME_DIR``, or else in the folder for temporary files.
    plugin_cache_path: str = key("", path=True)
    #: Folder of patches, which stand in place of built-in steps; ours. Empty means none.
    patches_path: str = key("", path=True)

    # -- keys and limits --

    storage: Storage = key(Storage())
    #: Store hashes of keys.
    hash_keys: bool = key(False)
    #: ``murmur32``, ``murmur64``, ``murmur128`` or ``sha256``; empty means Tyk's old murmur32.
    hash_key_function: HashFunction = key("")
    #: What else keys may have been hashed with.
    hash_key_function_fallback: tuple[HashFunction, ...] = key(())
    #: Shorter keys are neither made nor looked for; 0 means 3.
    min_token_length: Count = zero_means(3)
    #: What clients are told in place of Tyk's own messages: ``{message, code}`` by ids such
    #: as ``auth.key_not_found``.
    override_messages: Mapping[str, OverrideMessage] = key(attrs.Factory(dict))
    jwks: Jwks = key(Jwks())
    #: Fetch key sets without verifying the certificates of their servers.
    jwt_ssl_insecure_skip_verify: bool = key(False)
    #: A user's name or another bare id does not stand for the key that was made of it.
    disable_key_actions_by_username: bool = key(False)
    #: The store keeps all sessions for ``global_session_lifetime`` seconds.
    force_global_session_lifetime: bool = key(False)
    #: Seconds; 0 means for ever.
    global_session_lifetime: Count = key(0)
    #: The store keeps no session for less time than its key is good for.
    session_lifetime_respects_key_expiration: bool = key(False)
    #: ``bcrypt``, ``sha256``, ``murmur32``, ``murmur64`` or ``murmur128``, for passwords of
    #: users; anything else is ``bcrypt``.
    basic_auth_hash_key_function: str = key("")
    #: The control API lists the hashes of keys.
    enable_hashed_keys_listing: bool = key(False)
    #: Seconds that an access token is good for; 0 means 3600.
    oauth_token_expire: Count = zero_means(3600)
    #: Seconds that a refresh token is good for; 0 means 14 days.
    oauth_refresh_token_expire: Count = zero_means(14 * 86400, env="OAUTHREFRESHEXPIRE")
    #: Seconds that access tokens which have lapsed stay in the lists of clients; 0 means for ever.
    oauth_token_expired_retain_period: Count = key(0)
    #: Stands between the redirect URIs of a client; empty means that each has one.
    oauth_redirect_uri_separator: str = key("")
    #: Status of the OAuth server's errors; 0 means 403.
    oauth_error_status_code: ErrorStatus = zero_means(403)
    #: Allow keys without access rights, which open every API.
    allow_master_keys: bool = key(False)
    #: Count rates in windows that begin at fixed times. This and the next two: the first that
    #: is on decides; without any, each node has a bucket for each key in memory.
    enable_fixed_window_rate_limiter: bool = key(False)
    #: Count rates in rolling windows that lock a client out when they are full.
    enable_sentinel_rate_limiter: bool = key(False)
    #: Count rates in rolling windows.
    enable_redis_rolling_limiter: bool = key(False)
    #: Honour ``smoothing`` of keys and policies, where rates are counted in rolling windows.
    enable_rate_limit_smoothing: bool = key(False)
    enable_non_transactional_rate_limiter: bool = key(False)
    #: Seconds between the nodes' messages that they are there; 0 means 2.
    drl_notification_frequency: Count = zero_means(2)
    #: Requests per second and node, up to which several nodes on one Redis count a rate
    #: together and exactly; 0 means 5.
    drl_threshold: Seconds = zero_means(5.0)
    #: Those then also lock out for gateways that go by ``enable_sentinel_rate_limiter``.
    drl_enable_sentinel_rate_limiter: bool = key(False)
    #: Takes part in no rate that nodes share.
    management_node: bool = key(False)
    db_app_conf_options: DbAppConfOptions = key(DbAppConfOptions())
    #: What ``X-RateLimit-*`` tell of: ``quotas`` or ``rate_limits``; empty means ``quotas``.
    rate_limit_response_headers: Literal["", "quotas", "rate_limits"] = zero_means("quotas")
    #: Also send ``RateLimit`` and ``RateLimit-Policy`` of the IETF's draft; ours.
    enable_rate_limit_fields: bool = key(False)
    #: Limit organisations as their keys (``/tyk/org/keys``) say.
    enforce_org_quotas: bool = key(False)

    # -- what is told of it --

    #: ``debug``, ``info``, ``warn`` or ``error``; empty means ``TYK_LOGLEVEL``, else ``info``.
    log_level: str = key("")
    #: ``text``, ``json`` or ``legacy``; empty means ``TYK_LOGFORMAT``, else ``text``.
    log_format: str = key("")
    access_logs: AccessLogs = key(AccessLogs())
    #: Log requests that no API takes.
    track_404_logs: bool = key(False)
    #: Leave ``X-Generator`` out of errors.
    hide_generator_header: bool = key(False)
    #: Record requests.
    enable_analytics: bool = key(False)
    analytics_config: AnalyticsConfig = key(AnalyticsConfig())
    #: Keep records in the Redis of ``analytics_storage``.
    enable_separate_analytics_store: bool = key(False, env="ENABLESEPERATEANALYTICSSTORE")
    #: The Redis of records; its ``type`` does not count.
    analytics_storage: Storage = key(Storage())
    #: ``host:port`` of statsd; empty means none.
    statsd_connection_string: str = key("")
    #: Tell Prometheus of requests and of the gateway, at ``/tyk/metrics``; ours.
    enable_prometheus: bool = key(False)
    #: And of each step of each API; ours.
    prometheus_steps: bool = key(False)
    #: Put before every statsd name.
    statsd_prefix: str = key("")
    #: Handlers of ``TokenCreated``, ``TokenUpdated`` and ``TokenDeleted``.
    event_handlers: EventHandlers = key(EventHandlers())
    monitor: Monitor = key(Monitor())

    # -- its life --

    #: Path of the liveness check; a missing ``/`` is put before it by the router.
    health_check_endpoint_name: str = zero_means("hello")
    health_check: HealthCheck = key(HealthCheck())
    #: Path of the readiness check.
    readiness_check_endpoint_name: str = zero_means("ready")
    #: Seconds that running requests get at a stop; 0 means 30.
    graceful_shutdown_timeout_duration: Count = zero_means(30)
    #: Seconds between "not ready" and the stop.
    graceful_shutdown_delay_seconds: Count = key(0)
    #: Reload when definitions, policies, hooks, plugins, bundles or patches change on disk, for
    #: development; ours. On Linux only.
    watch: bool = key(False)
    #: Seconds over which reload requests are merged; 0 means 1.
    reload_interval: Count = zero_means(1)
    #: File of the process id.
    pid_file_location: str = zero_means("/var/run/tyk/tyk-gateway.pid", path=True)
