"""What ``storage`` of the settings says of a Redis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twisted_tyk.settings.sections import Storage
from twisted_tyk.storage.redis.options import redis_options


@pytest.mark.parametrize(
    ("given", "addresses"),
    [
        ({}, (("localhost", 6379),)),
        ({"host": "redis", "port": 7000}, (("redis", 7000),)),
        ({"hosts": {"a": "7001"}, "host": "redis"}, (("a", 7001),)),
        ({"addrs": ("b:7002",), "hosts": {"a": "7001"}}, (("b", 7002),)),
        ({"addrs": ("[::1]:7003",)}, (("::1", 7003),)),
        ({"addrs": ("b:1", "c:2")}, (("b", 1),)),
        ({"addrs": ("b:1", "c:2"), "master_name": "m"}, (("b", 1), ("c", 2))),
    ],
)
def test_where_it_is(given: dict[str, Any], addresses: object) -> None:
    assert redis_options(Storage(**given)).addresses == addresses


def test_how_to_sign_in() -> None:
    asked = Storage(username="tyk", password="p", sentinel_password="q", database=3, timeout=7)
    options = redis_options(asked)
    assert (options.username, options.password, options.sentinel_password) == ("tyk", "p", "q")
    assert (options.database, options.timeout, options.tls) == (3, 7.0, None)
    assert "'p'" not in repr(options)
    assert "'q'" not in repr(options)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"enable_cluster": True}, "storage.enable_cluster: found true, but Redis Cluster"),
        ({"iam_auth": {"enabled": True}}, "storage.iam_auth: found enabled, but signing in"),
        ({"addrs": ("redis",)}, "storage.addrs: found 'redis', expected host:port"),
        ({"addrs": ("redis:0",)}, "storage.addrs: found 'redis:0', expected host:port"),
        ({"addrs": (":6379",)}, "storage.addrs: found ':6379', expected host:port"),
        ({"hosts": {"a": "x"}}, "storage.hosts: found 'a:x', expected host:port"),
        ({"use_ssl": True, "tls_min_version": "2"}, "storage.tls_min_version: found '2', expect"),
        ({"use_ssl": True, "ca_file": "/none"}, "storage.ca_file: cannot read /none: No such"),
        ({"use_ssl": True, "cert_file": "/c"}, "storage.key_file: found nothing, expected"),
        ({"use_ssl": True, "key_file": "/c"}, "storage.cert_file: found nothing, expected"),
    ],
)
def test_what_makes_no_sense(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match="storage") as refused:
        redis_options(Storage(**given))
    assert str(refused.value).startswith(sentence)


def test_iam_that_is_off_is_no_matter() -> None:
    assert redis_options(Storage(iam_auth={"enabled": False})).addresses


def test_a_certificate_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "x.pem"
    file.write_text("hello")
    for given in ({"ca_file": str(file)}, {"cert_file": str(file), "key_file": str(file)}):
        with pytest.raises(ValueError, match=r"^analytics_storage\.use_ssl: its TLS settings"):
            redis_options(Storage(use_ssl=True, **given), "analytics_storage")
