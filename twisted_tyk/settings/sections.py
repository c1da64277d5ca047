"""The objects inside tyk.conf, one class each. Names and defaults are Tyk's [config/config.go]."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import attrs

from twisted_tyk.jsonfile.keys import Between, Count, Port, RefusalStatus, key, names, zero_means


@attrs.frozen
class Certificate:
    """An item of ``http_server_options.certificates``: a listener's certificate and key."""

    #: The host name it is for; empty means any.
    domain_name: str = key("", env="NAME")
    #: PEM file of the certificate chain.
    cert_file: str = key("", path=True)
    #: PEM file of the private key.
    key_file: str = key("", path=True)


@attrs.frozen
class OverrideMessage:
    """A value of ``override_messages``."""

    #: Empty leaves Tyk's.
    message: str = key("")
    #: HTTP status; 0 leaves Tyk's.
    code: RefusalStatus = key(0)


@attrs.frozen
class JwksCache:
    """``jwks.cache``."""

    #: Seconds that a key set counts after it was fetched; 0 means 240.
    timeout: Count = zero_means(240)


@attrs.frozen
class Jwks:
    """``jwks``: key sets of other servers."""

    cache: JwksCache = key(JwksCache())


@attrs.frozen
class HttpServerOptions:
    """``http_server_options``: the side that faces clients."""

    #: Seconds for the head of a request, and for a body that stands still; 0 means 120.
    read_timeout: Count = zero_means(120)
    #: Seconds that a client may take nothing of its response; 0 means 120.
    write_timeout: Count = zero_means(120)
    #: Seconds a kept-alive connection may stay idle; ours, 0 means 120.
    idle_timeout: Count = zero_means(120)
    #: Largest request line and header section, in bytes; ours, Go's ``net/http`` has 1 MiB.
    max_header_bytes: Count = zero_means(1 << 20)
    #: Largest number of header fields of a request; ours.
    max_header_count: Count = zero_means(1000)
    #: Serve HTTPS on the main port.
    use_ssl: bool = key(False)
    #: Offer HTTP/2 on TLS.
    enable_http2: bool = key(False)
    #: ``/app`` does not take ``/apple``.
    enable_strict_routes: bool = key(False)
    #: Endpoint patterns match from the start of the path.
    enable_path_prefix_matching: bool = key(False)
    #: Endpoint patterns match to the end of the path.
    enable_path_suffix_matching: bool = key(False)
    #: Do not verify client certificates.
    ssl_insecure_skip_verify: bool = key(False)
    #: Let WebSockets and event streams through.
    enable_websockets: bool = key(False)
    #: Certificates of the listener, as files.
    certificates: tuple[Certificate, ...] = key(())
    #: Certificates of the listener: PEM files, or ids of the certificate store.
    ssl_certificates: tuple[str, ...] = key(())
    #: TLS server name.
    server_name: str = key("")
    #: Lowest TLS version, as in the protocol: 769 is 1.0, 771 is 1.2; 0 means 1.2.
    min_version: Count = zero_means(771)
    #: Highest TLS version; 0 means 1.3 (772).
    max_version: Count = zero_means(772)
    #: Cipher suites by their Go names.
    ssl_ciphers: tuple[str, ...] = key((), env="CIPHERS")
    #: Do not name the accepted client authorities in the TLS handshake.
    skip_client_ca_announcement: bool = key(False)
    #: Milliseconds between flushes of a streamed response (Tyk's comment says seconds).
    flush_interval: int = key(0)
    #: Keep ``//`` and ``..`` of request paths.
    skip_url_cleaning: bool = key(False)
    #: Send the path upstream as the client wrote it.
    skip_target_path_escaping: bool = key(False)
    #: Largest request body in bytes, of every API; 0 means any.
    max_request_body_size: Count = key(0)
    #: Largest body that response transforms read, in bytes; 0 means any.
    max_response_body_size: Count = key(0)
    #: Which address of ``X-Forwarded-For`` is the client: 0 the first, N the Nth from the right.
    xff_depth: Count = key(0)


@attrs.frozen
class Storage:
    """``storage``: where keys, policies and counters are kept.

    ``type`` may be ``redis`` as in Tyk, or one of ours, ``sqlite`` (default) and ``memory``.
    """

    NOT_ACTED_ON: ClassVar[Mapping[str, str]] = names(
        "compress_api_definitions compress_policies max_decompressed_size"
    )

    #: The kind of store; empty means ``sqlite``.
    type: Literal["", "sqlite", "memory", "redis"] = zero_means("sqlite")
    #: Used with ``port`` when ``addrs`` and ``hosts`` are empty.
    host: str = zero_means("localhost")
    #: TCP port; 0 means 6379.
    port: Port = zero_means(6379)
    #: Host name to port, deprecated by ``addrs``.
    hosts: Mapping[str, str] = key(attrs.Factory(dict))
    #: ``host:port`` of each node; wins over ``hosts`` and ``host``.
    addrs: tuple[str, ...] = key(())
    #: Name of the Redis Sentinel master.
    master_name: str = key("")
    sentinel_password: str = key("", secret=True)
    username: str = key("")
    password: str = key("", secret=True)
    #: Number of the Redis database.
    database: Count = key(0)
    #: Connections kept when idle; 0 means 100.
    optimisation_max_idle: Count = zero_means(100, env="MAXIDLE")
    #: Connections at most; 0 means 500.
    optimisation_max_active: Count = zero_means(500, env="MAXACTIVE")
    #: Seconds to connect, read or write; 0 means 5.
    timeout: Count = zero_means(5)
    #: Redis Cluster.
    enable_cluster: bool = key(False)
    use_ssl: bool = key(False)
    ssl_insecure_skip_verify: bool = key(False)
    ca_file: str = key("", path=True)
    cert_file: str = key("", path=True)
    key_file: str = key("", path=True)
    #: ``1.0`` to ``1.3``; empty means 1.2.
    tls_min_version: str = zero_means("1.2")
    #: ``1.0`` to ``1.3``; empty means 1.3.
    tls_max_version: str = zero_means("1.3")
    #: Signing in by a cloud's identities; refused when its ``enabled`` is true.
    iam_auth: Mapping[str, Any] = key(attrs.Factory(dict))
    #: File of the SQLite store; ours, empty means ``tyk.db``.
    path: str = zero_means("tyk.db", path=True)


@attrs.frozen
class DbAppConfOptions:
    """``db_app_conf_options``: of the Dashboard, which there is none of here."""

    NOT_ACTED_ON: ClassVar[Mapping[str, str]] = names(
        "connection_string connection_timeout disable_zeroconf node_is_segmented"
    )

    #: Nodes with other tags are of another group and do not share rates with this one.
    tags: tuple[str, ...] = key(())


@attrs.frozen
class NormaliseUrls:
    """``analytics_config.normalise_urls``: fold ids in recorded paths into placeholders."""

    enabled: bool = key(False)
    #: A UUID becomes ``{uuid}``.
    normalise_uuids: bool = key(False)
    #: A ULID becomes ``{ulid}``.
    normalise_ulids: bool = key(False)
    #: A path segment of digits becomes ``{id}``.
    normalise_numbers: bool = key(False)
    #: Regular expressions whose matches become ``{var}``.
    custom_patterns: tuple[str, ...] = key((), env="CUSTOM")


@attrs.frozen
class AnalyticsConfig:
    """``analytics_config``: what is recorded of each request, when ``enable_analytics`` is on."""

    NOT_ACTED_ON: ClassVar[Mapping[str, str]] = names(
        "enable_geo_ip geo_ip_db_path=GEOIPDBLOCATION pool_size purge_interval"
    )

    #: Where records go: ``redis`` as in Tyk, or one of ours, ``sqlite`` and ``jsonl``. Empty
    #: means ``redis`` when ``storage`` is Redis, else ``sqlite``.
    type: Literal["", "redis", "sqlite", "jsonl"] = key("")
    #: File of ``sqlite`` or ``jsonl``; ours. Empty means ``analytics.db`` or
    #: ``analytics.jsonl`` beside ``tyk.conf``.
    path: str = key("", path=True)
    #: Days that such a file keeps records; ours, 0 means 30.
    keep_days: Count = zero_means(30)
    #: MiB that such a file and those it was split into may have; ours, 0 means 1024.
    max_size: Count = zero_means(1024)
    #: Client addresses that are not recorded; exact, no networks.
    ignored_ips: tuple[str, ...] = key(())
    #: Keep whole requests and responses.
    enable_detailed_recording: bool = key(False)
    #: Bytes of a body that detailed recording keeps; ours, 0 means 65536.
    detail_limit: Count = zero_means(65536)
    normalise_urls: NormaliseUrls = key(NormaliseUrls())
    #: Records waiting to be written at most, more are dropped; 0 means 20000 (Tyk: 1000).
    records_buffer_size: Count = zero_means(20000)
    #: Seconds that records stay in Redis; 0 means 60, -1 for ever.
    storage_expiration_time: Annotated[int, Between(-1)] = zero_means(60)
    #: Spread records over ten lists in Redis.
    enable_multiple_analytics_keys: bool = key(False)
    #: What records are in Redis: ``msgpack`` or ``protobuf``; empty means ``msgpack``.
    serializer_type: Literal["", "msgpack", "protobuf"] = zero_means("msgpack")


@attrs.frozen
class AccessLogs:
    """``access_logs``: one log line for each request."""

    #: Write them.
    enabled: bool = key(False)
    #: Names of the fields to log; empty means all.
    template: tuple[str, ...] = key(())


@attrs.frozen
class Policies:
    """``policies``: where policies come from."""

    NOT_ACTED_ON: ClassVar[Mapping[str, str]] = names(
        "policy_connection_string allow_explicit_policy_id"
    )

    #: ``file`` or empty; Tyk's ``service`` and ``rpc`` have no policies here.
    policy_source: str = key("")
    #: A folder whose ``*.json`` files are policies.
    policy_path: str = key("", path=True)
    #: One JSON file that maps ids to policies.
    policy_record_name: str = key("", path=True)


@attrs.frozen
class HealthCheck:
    """``health_check``: how APIs fare, for ``/tyk/health``."""

    enable_health_checks: bool = key(False)
    #: Seconds that are looked at; 0 means 60.
    health_check_value_timeouts: Count = zero_means(60, env="HEALTHCHECKVALUETIMEOUT")


@attrs.frozen
class KvFile:
    """``kv.file``: the store behind ``file://`` references."""

    #: Where relative ``file://`` paths start.
    base_path: str = key("", path=True)


@attrs.frozen
class Kv:
    """``kv``: stores for secrets. Only files are known here; ``env://`` needs none."""

    NOT_ACTED_ON: ClassVar[Mapping[str, str]] = names("consul vault stores")

    file: KvFile = key(KvFile())
