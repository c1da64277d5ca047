"""tyk.conf and the environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from twisted_tyk.jsonfile import ConfigError
from twisted_tyk.settings import Loaded, Settings, load
from twisted_tyk.settings.sections import Certificate, Policies


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    return tmp_path / "tyk.conf"


def loaded(conf: Path, value: Any, **environ: str) -> Loaded:
    conf.write_text(json.dumps(value))
    return load(conf, environ)


def problems(conf: Path, value: Any, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(conf, value, **environ)
    return [str(problem).replace(str(conf), "tyk.conf") for problem in caught.value.problems]


def warnings(conf: Path, value: Any, **environ: str) -> list[str]:
    found = loaded(conf, value, **environ).warnings
    return [str(warning).replace(str(conf), "tyk.conf") for warning in found]


def test_an_empty_file_gives_the_documented_defaults(conf: Path) -> None:
    settings = loaded(conf, {}).settings
    assert settings.listen_port == 8080
    assert settings.secret == ""
    assert settings.proxy_default_timeout == 30.0
    assert settings.http_server_options.write_timeout == 120
    assert settings.http_server_options.max_header_bytes == 1048576
    assert settings.http_server_options.max_header_count == 1000
    assert settings.http_server_options.min_version == 771
    assert settings.health_check_endpoint_name == "hello"
    assert settings.readiness_check_endpoint_name == "ready"
    assert settings.graceful_shutdown_timeout_duration == 30
    assert (settings.hook_threads, settings.hook_timeout) == (20, 5.0)
    assert settings.storage.type == "sqlite"
    assert (settings.log_level, settings.log_format) == ("info", "text")


def test_zero_and_empty_are_as_good_as_missing(conf: Path) -> None:
    value = {"proxy_default_timeout": 0, "health_check_endpoint_name": "", "storage": {"port": 0}}
    assert loaded(conf, value).settings == loaded(conf, {}).settings


def test_the_file_is_read(conf: Path) -> None:
    settings = loaded(
        conf,
        {
            "listen_port": 9000,
            "proxy_default_timeout": 2,
            "http_server_options": {"enable_strict_routes": True, "ssl_ciphers": ["A"]},
            "access_logs": {"enabled": True, "template": ["api_id"]},
        },
    ).settings
    assert settings.listen_port == 9000
    assert settings.proxy_default_timeout == 2.0
    assert settings.http_server_options.enable_strict_routes
    assert settings.http_server_options.ssl_ciphers == ("A",)
    assert settings.access_logs.template == ("api_id",)


def test_file_names_start_from_the_folder_of_the_file(conf: Path) -> None:
    settings = loaded(
        conf,
        {
            "app_path": "my/apps",
            "middleware_path": "/opt/mw",
            "policies": {"policy_path": "policies"},
            "http_server_options": {"certificates": [{"cert_file": "c.pem", "key_file": "/k.pem"}]},
        },
    ).settings
    folder = conf.parent
    assert settings.app_path == str(folder / "my/apps")
    assert settings.middleware_path == "/opt/mw"
    assert settings.template_path == str(folder / "templates")
    assert settings.policies == Policies(policy_path=str(folder / "policies"))
    assert settings.public_key_path == ""
    assert settings.http_server_options.certificates == (
        Certificate(cert_file=str(folder / "c.pem"), key_file="/k.pem"),
    )


def test_a_missing_file_is_one_sentence(conf: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(conf, {})
    assert str(caught.value) == f"{conf}: cannot be read: No such file or directory"


def test_all_problems_of_file_and_environment_are_told(conf: Path) -> None:
    found = problems(
        conf, {"listen_port": "80", "hash_keys": 1}, TYK_GW_HASHKEYS="maybe", TYK_GW_NOPE="1"
    )
    assert found == [
        'tyk.conf:1: listen_port: expected an integer, found the string "80"',
        "tyk.conf:1: hash_keys: expected true or false, found the number 1",
        'environment: TYK_GW_HASHKEYS: expected true or false, found the string "maybe"',
    ]


def test_keys_of_tyk_without_effect_are_listed_once(conf: Path) -> None:
    value = {"use_sentry": True, "uptime_tests": {"disable": True}, "kv": {"vault": {"token": "x"}},
             "use_syslog": False, "listn_port": 1}  # fmt: skip
    assert warnings(conf, value, TYK_GW_SLAVEOPTIONS_USERPC="true") == [
        'tyk.conf:1: listn_port: unknown key "listn_port", did you mean "listen_port"?',
        "tyk.conf: known to Tyk, not acted on here: use_sentry, uptime_tests, kv.vault",
        "environment: known to Tyk, not acted on here: TYK_GW_SLAVEOPTIONS_USERPC",
    ]


@pytest.mark.parametrize(
    ("name", "text", "value", "path"),
    [
        ("LISTENPORT", "9000", 9000, "listen_port"),
        ("LISTENADDRESS", "", "", "listen_address"),
        ("PROXYDEFAULTTIMEOUT", "2.5", 2.5, "proxy_default_timeout"),
        ("MAXIDLECONNSPERHOST", "500", 500, "max_idle_connections_per_host"),
        ("HASHKEYS", "T", True, "hash_keys"),
        ("ENABLEANALYTICS", "1", True, "enable_analytics"),
        ("STORAGE_TYPE", "redis", "redis", "storage.type"),
        ("HASHKEYFUNCTION", "sha256", "sha256", "hash_key_function"),
        (
            "HASHKEYFUNCTIONFALLBACK",
            "sha256,",
            ("sha256", ""),
            "hash_key_function_fallback",
        ),
        ("STORAGE_MAXIDLE", "7", 7, "storage.optimisation_max_idle"),
        ("STORAGE_ADDRS", "a:1,b:2", ("a:1", "b:2"), "storage.addrs"),
        ("STORAGE_HOSTS", "a:1,b:2", {"a": "1", "b": "2"}, "storage.hosts"),
        ("SECRETS", "key:a:b", {"key": "a:b"}, "secrets"),
        ("SECRETS", "", {}, "secrets"),
        ("ACCESSLOGS_TEMPLATE", "", (), "access_logs.template"),
        ("HTTPSERVEROPTIONS_CIPHERS", "A,B", ("A", "B"), "http_server_options.ssl_ciphers"),
        ("HTTPSERVEROPTIONS_XFFDEPTH", "2", 2, "http_server_options.xff_depth"),
        (
            "ANALYTICSCONFIG_NORMALISEURLS_CUSTOM",
            "x+",
            ("x+",),
            "analytics_config.normalise_urls.custom_patterns",
        ),
        (
            "HTTPSERVEROPTIONS_CERTIFICATES",
            '[{"domain_name": "d", "cert_file": "/c"}]',
            (Certificate("d", "/c"),),
            "http_server_options.certificates",
        ),
    ],
)
def test_the_environment_wins_over_the_file(
    conf: Path, name: str, text: str, value: Any, path: str
) -> None:
    given: Any = loaded(
        conf, {"listen_port": 1, "secrets": {"x": "y"}}, **{"TYK_GW_" + name: text}
    ).settings
    for step in path.split("."):
        given = getattr(given, step)
    assert given == value


def test_the_environment_leaves_the_rest_of_an_object(conf: Path) -> None:
    value = {"http_server_options": {"xff_depth": 1, "enable_strict_routes": True}}
    options = loaded(
        conf, value, TYK_GW_HTTPSERVEROPTIONS_XFFDEPTH="3"
    ).settings.http_server_options
    assert (options.xff_depth, options.enable_strict_routes) == (3, True)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("LISTENPORT", "x", 'expected an integer, found the string "x"'),
        ("LISTENPORT", "", "expected an integer, found an empty string"),
        ("LISTENPORT", "70000", "expected a number from 0 to 65535, found the number 70000"),
        ("LISTENPORT", "9" * 5000, f'expected an integer, found the string "{"9" * 60}…"'),
        ("PROXYDEFAULTTIMEOUT", "nan", "expected a number of ordinary size, found the number nan"),
        ("PROXYDEFAULTTIMEOUT", "2s", 'expected a number, found the string "2s"'),
        ("HASHKEYS", "yes", 'expected true or false, found the string "yes"'),
        (
            "SECRETS",
            "hunter2",
            "expected key:value pairs with commas between, found a string (not shown)",
        ),
        (
            "STORAGE_TYPE",
            "disk",
            'expected one of "", "sqlite", "memory", "redis", found the string "disk"',
        ),
        ("HTTPSERVEROPTIONS_CERTIFICATES", "[", 'expected JSON, found the string "["'),
    ],
)
def test_a_wrong_variable_is_named(conf: Path, name: str, text: str, problem: str) -> None:
    found = problems(conf, {}, **{"TYK_GW_" + name: text})
    assert found == [f"environment: TYK_GW_{name}: {problem}"]


def test_a_wrong_item_of_a_json_variable_is_placed(conf: Path) -> None:
    found = problems(conf, {}, TYK_GW_HTTPSERVEROPTIONS_CERTIFICATES='[{"key_file": 5}]')
    assert found == [
        "environment: TYK_GW_HTTPSERVEROPTIONS_CERTIFICATES: [0].key_file: "
        "expected a string, found the number 5"
    ]


def test_an_unknown_variable_is_warned_of_with_the_nearest(conf: Path) -> None:
    assert warnings(conf, {}, TYK_GW_LISENPORT="1", OTHER="x") == [
        'environment: unknown variable "TYK_GW_LISENPORT", did you mean "TYK_GW_LISTENPORT"?'
    ]


def test_the_file_can_be_left_unread(conf: Path) -> None:
    conf.write_text("not json")
    environ = {"TYK_GW_OMITCONFIGFILE": "True", "TYK_GW_LISTENPORT": "9000"}
    found = load(conf, environ)
    assert found.settings.listen_port == 9000
    assert found.warnings == ()


def test_the_log_variables_count_when_the_file_is_silent(conf: Path) -> None:
    environ = {"TYK_LOGLEVEL": "debug", "TYK_LOGFORMAT": "json"}
    silent = loaded(conf, {}, **environ).settings
    assert (silent.log_level, silent.log_format) == ("debug", "json")
    spoken = loaded(conf, {"log_level": "warn", "log_format": "legacy"}, **environ).settings
    assert (spoken.log_level, spoken.log_format) == ("warn", "legacy")


def test_secrets_may_stand_elsewhere(conf: Path) -> None:
    (conf.parent / "pw").write_text("from-file\n")
    value = {
        "secret": "env://CONTROL",
        "node_secret": "secrets://node",
        "secrets": {"node": "n0de"},
        "storage": {"password": "file://pw"},
        "hostname": "env://CONTROL",
    }
    settings = loaded(conf, value, CONTROL="c0ntrol").settings
    assert settings.secret == "c0ntrol"
    assert settings.node_secret == "n0de"
    assert settings.storage.password == "from-file"
    assert settings.hostname == "env://CONTROL"


def test_a_secret_that_cannot_be_found_is_a_problem(conf: Path) -> None:
    assert problems(conf, {"secret": "env://NONE", "node_secret": "vault://x"}) == [
        "tyk.conf: secret: env://NONE: no such environment variable",
        "tyk.conf: node_secret: vault:// references are not supported by this version",
    ]


def test_references_of_definitions_are_resolved_from_these_settings(conf: Path) -> None:
    (conf.parent / "kv").mkdir()
    (conf.parent / "kv" / "a").write_text("found")
    value = {"secrets": {"s": "secret"}, "kv": {"file": {"base_path": "kv"}}}
    references = loaded(conf, value, E="env").references
    assert [references.resolve(text) for text in ("file://a", "secrets://s", "env://E")] == [
        "found",
        "secret",
        "env",
    ]


def test_secrets_are_not_in_repr(conf: Path) -> None:
    value = {
        "secret": "hunter2",
        "node_secret": "hunter2",
        "secrets": {"a": "hunter2"},
        "storage": {"password": "hunter2", "sentinel_password": "hunter2"},
    }
    found = loaded(conf, value, ENV="hunter2")
    assert "hunter2" not in repr(found)
    assert found.settings.secret == "hunter2"


ANY_JSON = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.just([])
    | st.just({})
    | st.just([None])
    | st.just({"a": None})
)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from([field.name for field in attrs.fields(Settings)]), ANY_JSON)
def test_any_value_of_any_key_loads_or_is_refused_by_name(
    conf: Path, name: str, value: Any
) -> None:
    conf.write_text(json.dumps({name: value}))
    try:
        paths = [load(conf, {}).settings and name]
    except ConfigError as error:
        paths = [problem.path for problem in error.problems]
    assert paths
    assert all(path.startswith(name) for path in paths)
