"""Loading a folder of definitions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twisted_tyk.apidef.load import LoadReport, load_directory
from twisted_tyk.apidef.loaded import LoadedDefinition
from twisted_tyk.jsonfile import ConfigError, Document, References, decode


def api(api_id: str = "one", **more: Any) -> dict[str, Any]:
    proxy = {"listen_path": f"/{api_id}/", "target_url": "http://upstream.test/"}
    return {"api_id": api_id, "use_keyless": True, "proxy": proxy, **more}


class Folder:
    """A folder of definitions, and what it comes to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, value: Any) -> None:
        text = value if isinstance(value, str) else json.dumps(value)
        (self.path / name).write_text(text)

    def load(
        self, before: LoadReport | None = None, references: References | None = None
    ) -> LoadReport:
        previous: Mapping[str, LoadedDefinition] = before.by_file() if before else {}
        return load_directory(self.path, previous, references)

    def told(self, lines: tuple[object, ...]) -> list[str]:
        return [str(line).replace(f"{self.path}/", "") for line in lines]

    def problems(self, report: LoadReport | None = None) -> list[str]:
        return self.told((report or self.load()).problems)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def ids(report: LoadReport) -> list[str]:
    return [loaded.definition.api_id for loaded in report.definitions]


def test_definitions_come_in_the_order_of_their_files(folder: Folder) -> None:
    folder.write("b.json", api("first"))
    folder.write("a.json", api("second"))
    folder.write("c.txt", "not looked at")
    (folder.path / "sub").mkdir()
    (folder.path / "sub" / "d.json").write_text("not looked at")
    report = folder.load()
    assert ids(report) == ["second", "first"]
    assert [loaded.file for loaded in report.definitions] == ["a.json", "b.json"]
    assert report.problems == report.warnings == report.kept == report.inactive == ()


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_directory(tmp_path / "none")
    assert str(caught.value) == (
        f"{tmp_path}/none: the folder of API definitions (app_path) cannot be read: "
        "No such file or directory"
    )


def test_an_empty_folder_is_an_empty_report(folder: Folder) -> None:
    assert folder.load() == LoadReport()


def test_the_whole_document_is_kept(folder: Folder) -> None:
    value = api(unheard_of={"a": [1]}, jwt_source="x")
    folder.write("a.json", value)
    (loaded,) = folder.load().definitions
    assert loaded.definition.raw == value


def test_a_bad_file_is_named_and_the_others_are_loaded(folder: Folder) -> None:
    folder.write("a.json", '{\n "api_id": "x",\n "proxy": {"listen_path": 5}}')
    folder.write("b.json", "{")
    folder.write("c.json", api())
    report = folder.load()
    assert ids(report) == ["one"]
    assert folder.problems(report) == [
        "a.json:3: proxy.listen_path: expected a string, found the number 5",
        "a.json:3: proxy.target_url: expected an http or https URL, found nothing",
        "b.json:1:2: not JSON: expecting property name enclosed in double quotes, but it ends here",
    ]


@pytest.mark.parametrize(
    ("proxy", "problem"),
    [
        ({"listen_path": ""}, "proxy.listen_path: the listen path is empty"),
        ({"listen_path": "/a b"}, "proxy.listen_path: a listen path cannot contain spaces"),
        ({"listen_path": "a"}, "proxy.listen_path: a listen path starts with /"),
        ({"target_url": ""}, "proxy.target_url: expected an http or https URL, found nothing"),
        ({"target_url": "up.test"}, "proxy.target_url: expected an http or https URL"),
        ({"target_url": "http://"}, "proxy.target_url: expected an http or https URL with a host"),
        (
            {"target_url": "http://a b/"},
            "proxy.target_url: expected an http or https URL with a host",
        ),
        ({"target_url": "http://[::1/"}, "proxy.target_url: not a URL"),
        ({"target_url": "http://a:99999/"}, "proxy.target_url: not a URL"),
        (
            {"target_url": "tyk://other"},
            'proxy.target_url: this version cannot call "tyk" URLs, only http and https',
        ),
        (
            {"target_url": "h2c://up.test"},
            'proxy.target_url: this version cannot call "h2c" URLs, only http and https',
        ),
    ],
)
def test_a_definition_nobody_could_serve_is_refused(
    folder: Folder, proxy: dict[str, Any], problem: str
) -> None:
    good = {"listen_path": "/a/", "target_url": "http://upstream.test/"}
    folder.write("a.json", api(proxy=good | proxy))
    assert folder.problems() == [f"a.json:1: {problem}"]


@pytest.mark.parametrize("url", ["https://up.test:8443/base?x=1", "http://[::1]:80", "HTTP://UP"])
def test_http_and_https_targets_are_served(folder: Folder, url: str) -> None:
    folder.write("a.json", api(proxy={"listen_path": "/", "target_url": url}))
    assert ids(folder.load()) == ["one"]


def test_an_internal_api_needs_no_listen_path(folder: Folder) -> None:
    folder.write("a.json", api(internal=True, proxy={"target_url": "http://upstream.test/"}))
    assert ids(folder.load()) == ["one"]


def test_other_protocols_are_refused(folder: Folder) -> None:
    folder.write("a.json", api(protocol="tcp"))
    assert folder.problems() == [
        'a.json:1: protocol: this version cannot serve "tcp", only http and https'
    ]


def test_an_api_needs_an_id(folder: Folder) -> None:
    folder.write("a.json", api(""))
    assert "a.json:1: api_id: an API needs an id" in folder.problems()


def test_of_two_files_with_one_id_the_later_is_refused(folder: Folder) -> None:
    folder.write("a.json", api())
    folder.write("b.json", '{"name": "b",\n' + json.dumps(api())[1:])
    folder.write("c.json", api("other"))
    report = folder.load()
    assert ids(report) == ["one", "other"]
    assert folder.problems(report) == ["b.json:2: api_id: a.json has the same api_id"]


def test_inactive_definitions_are_not_served(folder: Folder) -> None:
    folder.write("a.json", api(active=False, enable_jwt=True, proxy={}))
    folder.write("b.json", api(active=True))
    report = folder.load()
    assert ids(report) == ["one"]
    assert report.inactive == ("a.json",)
    assert report.problems == ()


def test_companions_of_a_definition_are_passed_over(folder: Folder) -> None:
    folder.write("a.json", api())
    folder.write("a-oas.json", {"openapi": "3.0.3"})
    folder.write("a-mcp.json", {"swagger": "2.0"})
    report = folder.load()
    assert (ids(report), report.problems) == (["one"], ())


def test_what_only_looks_like_a_companion_is_a_definition(folder: Folder) -> None:
    folder.write("a.json", api())
    folder.write("a-oas.json", api("two"))
    folder.write("b-oas.json", api("three"))
    assert ids(folder.load()) == ["two", "one", "three"]


def test_an_openapi_document_alone_says_what_is_missing(folder: Folder) -> None:
    folder.write("b-oas.json", {"info": {}, "openapi": "3.0.3"})
    assert folder.problems() == [
        "b-oas.json:1: openapi: an OpenAPI document alone is not a definition: "
        "Tyk's classic file is missing"
    ]


def test_a_file_that_turns_bad_keeps_its_last_good_version(folder: Folder) -> None:
    folder.write("a.json", api())
    first = folder.load()
    folder.write("a.json", "{")
    second = folder.load(first)
    assert second.definitions == first.definitions
    assert second.kept == ("a.json",)
    assert folder.problems(second)[-1] == "a.json: the last good version of this file is kept"
    folder.write("a.json", api(name="new"))
    third = folder.load(second)
    assert third.kept == ()
    assert third.definitions[0].definition.name == "new"


def test_a_version_is_not_kept_beside_a_new_holder_of_its_id(folder: Folder) -> None:
    folder.write("b.json", api())
    first = folder.load()
    folder.write("a.json", api())
    folder.write("b.json", "{")
    second = folder.load(first)
    assert [loaded.file for loaded in second.definitions] == ["a.json"]
    assert second.kept == ()


def test_a_refused_id_keeps_the_version_with_the_other_id(folder: Folder) -> None:
    folder.write("a.json", api())
    folder.write("b.json", api("two"))
    first = folder.load()
    folder.write("b.json", api())
    second = folder.load(first)
    assert ids(second) == ["one", "two"]
    assert second.kept == ("b.json",)


def test_a_kept_id_cannot_be_taken_by_a_later_file(folder: Folder) -> None:
    folder.write("a.json", api())
    first = folder.load()
    folder.write("a.json", "{")
    folder.write("b.json", api(name="other"))
    second = folder.load(first)
    assert [loaded.file for loaded in second.definitions] == ["a.json"]
    assert "b.json:1: api_id: a.json has the same api_id" in folder.problems(second)


def test_removed_and_deactivated_files_are_gone(folder: Folder) -> None:
    folder.write("a.json", api())
    folder.write("b.json", api("two"))
    first = folder.load()
    (folder.path / "a.json").unlink()
    folder.write("b.json", api("two", active=False))
    assert folder.load(first).definitions == ()


def test_what_did_not_change_is_the_same_object(folder: Folder) -> None:
    folder.write("a.json", json.dumps(api()))
    folder.write("b.json", api("two"))
    first = folder.load()
    folder.write("a.json", json.dumps(api(), indent=4, sort_keys=True))
    folder.write("b.json", api("two", name="new"))
    second = folder.load(first)
    assert second.definitions[0].definition is first.definitions[0].definition
    assert second.definitions[1].sha256 != first.definitions[1].sha256


def test_a_file_that_did_not_change_is_not_decoded_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("a.json", api(custom_midleware={}))
    folder.write("b.json", api("two", config_data={"key": "env://KEY"}))
    folder.write("c.json", api("three"))
    first = folder.load(references=References(environ={"KEY": "1"}))
    decoded: list[str] = []

    def noted(content: bytes, file: str) -> Document:
        decoded.append(Path(file).name)
        return decode(content, file)

    monkeypatch.setattr("twisted_tyk.apidef.load.decode", noted)
    folder.write("c.json", api("three", name="new"))
    second = folder.load(first, References(environ={"KEY": "1"}))
    assert decoded == ["b.json", "c.json"], "a value that is elsewhere may have changed"
    assert ids(second) == ["one", "two", "three"]
    assert second.definitions[0] is first.definitions[0]
    assert second.warnings == first.warnings != ()


def test_a_reference_that_stands_for_itself_is_looked_up_again(folder: Folder) -> None:
    folder.write("a.json", api(config_data={"key": "env://KEY"}))
    first = folder.load(references=References(environ={"KEY": "env://KEY"}))
    second = folder.load(first, References(environ={"KEY": "2"}))
    assert second.definitions[0].definition.config_data == {"key": "2"}


def test_a_definition_becomes_a_companion_when_another_comes(folder: Folder) -> None:
    folder.write("a-oas.json", api("one", swagger="2.0"))
    first = folder.load()
    assert ids(first) == ["one"]
    folder.write("a.json", api("two"))
    assert ids(folder.load(first)) == ["two"]


def test_a_changed_secret_is_a_changed_definition(folder: Folder) -> None:
    folder.write("a.json", api(config_data={"key": "env://KEY"}))
    first = folder.load(references=References(environ={"KEY": "1"}))
    second = folder.load(first, References(environ={"KEY": "2"}))
    assert second.definitions[0].definition.config_data == {"key": "2"}
    assert second.definitions[0].definition.raw["config_data"] == {"key": "2"}
    assert second.definitions[0].sha256 != first.definitions[0].sha256


def test_an_unknown_secret_refuses_the_definition(folder: Folder) -> None:
    folder.write("a.json", api(config_data={"key": "env://KEY"}))
    assert folder.problems() == [
        "a.json:1: config_data.key: env://KEY: no such environment variable"
    ]


def test_no_problem_shows_a_resolved_secret(folder: Folder) -> None:
    folder.write("a.json", api(name=["env://KEY"], listen_port="env://KEY"))
    folder.write("b.json", api(proxy={"listen_path": "/x", "target_url": "env://KEY"}))
    report = folder.load(references=References(environ={"KEY": "hunter 2"}))
    assert len(report.problems) == 3
    assert "hunter" not in str(report.problems)


def test_warnings_of_all_definitions_are_together(folder: Folder) -> None:
    folder.write("a.json", api(custom_midleware={}))
    folder.write("b.json", api("two", CORS={"enable": True}, enable_context_vars=True))
    report = folder.load()
    assert folder.told(report.warnings) == [
        'a.json:1: custom_midleware: unknown key "custom_midleware", '
        'did you mean "custom_middleware"?',
        "b.json: left out, this version does not support it: CORS.enable, enable_context_vars",
    ]
    assert report.definitions[0].warnings == report.warnings[:1]


KEYS = [
    "api_id", "active", "proxy", "use_keyless", "auth", "auth_configs", "custom_middleware",
    "config_data", "version_data", "definition", "listen_port", "CORS", "allowed_ips", "tags",
    "event_handlers", "expire_analytics_after", "uptime_tests", "name", "session_lifetime",
]  # fmt: skip
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["listen_path", "versions", "pre", "x", "rate"]), inner)
    ),
    max_leaves=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(KEYS), ANY_JSON)
def test_any_value_loads_or_is_refused_by_its_path(folder: Folder, key: str, value: Any) -> None:
    folder.write("a.json", api() | {key: value})
    report = folder.load()
    if report.definitions or report.inactive:
        assert report.problems == ()
    else:
        assert report.problems
        assert all(problem.path.startswith(key) for problem in report.problems)
