"""``storage`` of the settings as what a connection to Redis needs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from attrs import field, frozen

from twisted_tyk.settings.sections import Storage
from twisted_tyk.transport.trust import TLSSettings, client_tls

_TLS_VERSIONS: Final = ("1.0", "1.1", "1.2", "1.3")


@frozen
class RedisOptions:
    """
    :ivar addresses: host and port of Redis, or of each Sentinel.
    :ivar timeout: seconds to connect, and for each answer.
    :ivar tls: ``None`` to speak in the clear.
    :ivar master_name: what Sentinel calls the master; empty when there is no Sentinel.
    """

    addresses: tuple[tuple[str, int], ...]
    timeout: float = 5.0
    username: str = ""
    password: str = field(default="", repr=False)
    database: int = 0
    tls: TLSSettings | None = None
    master_name: str = ""
    sentinel_password: str = field(default="", repr=False)


def redis_options(storage: Storage, section: str = "storage") -> RedisOptions:
    """Files are read at once.

    :param section: where the settings stand.
    :raises ValueError: one sentence that names the setting.
    """
    try:
        return _options(storage)
    except ValueError as error:
        raise ValueError(f"{section}.{error}") from None


def _options(storage: Storage) -> RedisOptions:
    if storage.enable_cluster:
        raise ValueError(
            "enable_cluster: found true, but Redis Cluster is not supported; "
            "a single Redis and Redis Sentinel (master_name) are"
        )
    if storage.iam_auth.get("enabled"):
        raise ValueError(
            "iam_auth: found enabled, but signing in by IAM is not supported; "
            "username and password are"
        )
    return RedisOptions(
        addresses=_addresses(storage),
        timeout=float(storage.timeout),
        username=storage.username,
        password=storage.password,
        database=storage.database,
        tls=_tls(storage) if storage.use_ssl else None,
        master_name=storage.master_name,
        sentinel_password=storage.sentinel_password,
    )


def _addresses(storage: Storage) -> tuple[tuple[str, int], ...]:
    """Tyk's order: ``addrs``, then ``hosts``, then ``host`` and ``port``.

    Without Sentinel only the first of them counts.
    """
    if storage.addrs:
        texts, where = storage.addrs, "addrs"
    elif storage.hosts:
        texts = tuple(f"{host}:{port}" for host, port in storage.hosts.items())
        where = "hosts"
    else:
        return ((storage.host, storage.port),)
    found = tuple(_address(text, where) for text in texts)
    return found if storage.master_name else found[:1]


def _address(text: str, where: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{where}: found {text!r}, expected host:port")
    return host, int(port)


def _tls(storage: Storage) -> TLSSettings:
    settings = TLSSettings(
        verify=not storage.ssl_insecure_skip_verify,
        min_version=_version(storage.tls_min_version, "tls_min_version"),
        max_version=_version(storage.tls_max_version, "tls_max_version"),
        authorities=_read(storage.ca_file, "ca_file"),
        identity=_identity(storage),
    )
    try:
        client_tls(settings, "localhost")
    except ValueError as error:
        raise ValueError(f"use_ssl: its TLS settings make no sense: {error}") from None
    return settings


def _identity(storage: Storage) -> bytes:
    if bool(storage.cert_file) != bool(storage.key_file):
        given, missing = ("cert_file", "key_file")[:: 1 if storage.cert_file else -1]
        raise ValueError(f"{missing}: found nothing, expected the file for {given}")
    if not storage.cert_file:
        return b""
    certificate = _read(storage.cert_file, "cert_file")
    return certificate + b"\n" + _read(storage.key_file, "key_file")


def _read(file: str, name: str) -> bytes:
    if not file:
        return b""
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise ValueError(f"{name}: cannot read {file}: {error.strerror}") from None


def _version(text: str, name: str) -> int:
    try:
        return 769 + _TLS_VERSIONS.index(text)
    except ValueError:
        expected = ", ".join(_TLS_VERSIONS)
        raise ValueError(f"{name}: found {text!r}, expected one of {expected}") from None
