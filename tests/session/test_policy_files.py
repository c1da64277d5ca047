"""Policies from files: good ones, bad ones, and those that were good before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from twisted_tyk.jsonfile import References
from twisted_tyk.session.policy_files import PolicyFiles
from twisted_tyk.session.policy_report import NOTHING, PolicyReport
from twisted_tyk.session.reading import SessionReader
from twisted_tyk.session.rights import AccessDefinition, AllowedURL, Limit, Smoothing


@cache
def reader() -> SessionReader:
    return SessionReader()


@pytest.fixture
def files(tmp_path: Path) -> PolicyFiles:
    references = References({"PLAN": "gold"}, {"rate": "7"}, str(tmp_path))
    return PolicyFiles(references, reader().converter)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "policies"
    path.mkdir()
    yield path
    path.chmod(0o700)


def write(path: Path, value: Any) -> None:
    path.write_text(value if isinstance(value, str) else json.dumps(value, indent=1))


def told(report: PolicyReport) -> list[str]:
    return [Path(each.file).name + str(each)[len(each.file) :] for each in report.problems]


WHOLE = {
    "_id": "5f", "id": "gold", "name": "Gold", "org_id": "default", "rate": 10, "per": 60,
    "quota_max": -1, "quota_renewal_rate": 3600, "throttle_interval": 0.5,
    "throttle_retry_limit": 3, "max_query_depth": -1, "hmac_enabled": True,
    "enable_http_signature_validation": True, "active": True, "is_inactive": False,
    "tags": ["a"], "key_expires_in": 60, "post_expiry_action": "retain",
    "post_expiry_grace_period": 5, "partitions": {"acl": True, "quota": True},
    "last_updated": "1700000000", "meta_data": {"plan": {"name": "gold"}},
    "smoothing": {"enabled": True, "threshold": 1, "trigger": 0.5, "step": 2, "delay": 3},
    "access_rights": {
        "one": {
            "api_name": "One", "api_id": "one", "versions": ["Default"],
            "allowed_urls": [{"url": "/get", "methods": ["GET"]}],
            "limit": {"rate": 1, "per": 2},
        },
        "two": {"limit": None},
    },
}  # fmt: skip


def test_a_folder_of_policies(files: PolicyFiles, folder: Path) -> None:
    write(folder / "b.json", WHOLE)
    write(folder / "a.json", {"_id": "by-database-id"})
    write(folder / "c.txt", "no policy")
    report = files.folder(str(folder), NOTHING)
    assert (report.problems, report.warnings) == ((), ())
    assert list(report.policies) == ["by-database-id", "gold"]
    gold = report.policies["gold"]
    assert (gold.name, gold.org_id, gold.database_id, gold.tags) == (
        "Gold", "default", "5f", ("a",),
    )  # fmt: skip
    assert (gold.rate, gold.per, gold.quota_max, gold.key_expires_in) == (10, 60, -1, 60)
    assert gold.smoothing == Smoothing(True, 1, 0.5, 2, 3)
    assert (gold.partitions.acl, gold.partitions.quota, gold.partitions.per_api) == (1, 1, 0)
    assert gold.access_rights == {
        "one": AccessDefinition(
            api_name="One",
            api_id="one",
            versions=["Default"],
            allowed_urls=[AllowedURL("/get", ["GET"])],
            limit=Limit(rate=1, per=2),
        ),
        "two": AccessDefinition(),
    }
    assert gold.raw == WHOLE
    assert report.places["gold"] == str(folder / "b.json")


def test_one_file_with_all_of_them(files: PolicyFiles, tmp_path: Path) -> None:
    record = tmp_path / "policies.json"
    policies = {"gold": {"id": "other", "rate": 1}, "silver": {}, "": {"id": "inside"}}
    write(record, {"$schema": "policies.schema.json", **policies})
    report = files.record(str(record), NOTHING)
    assert (report.problems, report.warnings) == ((), ())
    # The name in the map goes before the one inside.
    assert {id: policy.id for id, policy in report.policies.items()} == {
        "gold": "gold", "silver": "silver", "inside": "inside",
    }  # fmt: skip
    assert report.policies["gold"].raw == {"id": "gold", "rate": 1}


def test_what_is_refused_goes_by_what_it_says_of_itself(files: PolicyFiles, folder: Path) -> None:
    write(folder / "1.json", {"id": "gold", "rate": "x"})
    write(folder / "2.json", {"_id": "silver", "rate": "x"})
    write(folder / "3.json", {"id": 5})
    write(folder / "4.json", {"id": "good"})
    write(folder / "good.json", "{")
    assert files.folder(str(folder), NOTHING).refused == {"gold", "silver", "3"}


def test_references(files: PolicyFiles, folder: Path, tmp_path: Path) -> None:
    write(folder / "a.json", {"id": "env://PLAN", "meta_data": {"plan": "env://PLAN"}})
    assert files.folder(str(folder), NOTHING).policies["gold"].meta_data == {"plan": "gold"}
    write(tmp_path / "all.json", {"x": {"name": "env://PLAN"}})
    assert files.record(str(tmp_path / "all.json"), NOTHING).policies["x"].name == "gold"


BAD = [
    (
        '{\n"id": "a",\n"rate": "fast"}',
        'a.json:3: rate: expected a number, found the string "fast"',
    ),
    ('{"id": "a",\n"tags": "x"}', 'a.json:2: tags: expected a list, found the string "x"'),
    (
        '{"id": "a", "access_rights": {"one": {\n"versions": "v1"}}}',
        'a.json:2: access_rights.one.versions: expected a list, found the string "v1"',
    ),
    (
        "{",
        "a.json:1:2: not JSON: expecting property name enclosed in double quotes, but it ends here",
    ),
    ("[]", "a.json:1: expected an object, found a list"),
    ('{"name": "nameless"}', "a.json:1: id: a policy needs an id"),
    (
        '{"id": "a", "partitions": {\n"per_api": true, "acl": true}}',
        "a.json:2: partitions.per_api: per_api goes without quota, rate_limit, acl and complexity",
    ),
    (
        '{"id": "a", "post_expiry_action": "drop"}',
        'a.json:1: post_expiry_action: expected one of "", "retain", "delete", '
        'found the string "drop"',
    ),
    ('{"id": "a", "name": "env://NO"}', "a.json:1: name: env://NO: no such environment variable"),
]


@pytest.mark.parametrize(("text", "problem"), BAD)
def test_a_bad_file_is_named_and_is_no_empty_policy(
    files: PolicyFiles, folder: Path, text: str, problem: str
) -> None:
    write(folder / "a.json", text)
    write(folder / "b.json", {"id": "b"})
    report = files.folder(str(folder), NOTHING)
    assert told(report) == [problem]
    assert list(report.policies) == ["b"]
    assert report.refused == {"a"}


@pytest.mark.parametrize(("text", "problem"), BAD)
def test_the_last_good_version_of_a_file_is_kept(
    files: PolicyFiles, folder: Path, text: str, problem: str
) -> None:
    write(folder / "a.json", {"id": "old", "rate": 5})
    first = files.folder(str(folder), NOTHING)
    write(folder / "a.json", text)
    second = files.folder(str(folder), first)
    assert told(second) == [problem, "a.json: policy old: the last good version is kept"]
    assert second.policies == first.policies
    assert not second.refused & second.policies.keys()
    # For as long as it takes.
    third = files.folder(str(folder), second)
    assert third.policies == first.policies
    (folder / "a.json").unlink()
    assert files.folder(str(folder), third).policies == {}


def test_of_two_files_with_one_id_the_first_counts(files: PolicyFiles, folder: Path) -> None:
    write(folder / "a.json", {"id": "gold", "rate": 1})
    write(folder / "b.json", {"id": "gold", "rate": 2})
    report = files.folder(str(folder), NOTHING)
    assert report.policies["gold"].rate == 1
    assert told(report) == [f"b.json:2: id: {folder / 'a.json'} has the same id"]


def test_one_bad_policy_of_a_record(files: PolicyFiles, tmp_path: Path) -> None:
    record = tmp_path / "all.json"
    write(record, {"good": {"rate": 1}, "bad": {"rate": 2}})
    first = files.record(str(record), NOTHING)
    write(record, {"good": {"rate": 10}, "bad": {"rate": "x"}, "worse": None})
    second = files.record(str(record), first)
    assert told(second) == [
        'all.json:6: bad.rate: expected a number, found the string "x"',
        "all.json: policy bad: the last good version is kept",
        "all.json:8: worse: expected an object, found null",
    ]
    assert {id: policy.rate for id, policy in second.policies.items()} == {"good": 10, "bad": 2}


@pytest.mark.parametrize("text", ["{", "[]", '{"a": {}, "a": {}}'])
def test_a_record_that_is_none_leaves_all_as_it_was(
    files: PolicyFiles, tmp_path: Path, text: str
) -> None:
    record = tmp_path / "all.json"
    write(record, {"gold": {"rate": 1}})
    first = files.record(str(record), NOTHING)
    write(record, text)
    second = files.record(str(record), first)
    assert second.policies == first.policies
    assert told(second)[-1] == "all.json: the last good versions of all policies are kept"
    assert files.record(str(record), NOTHING).policies == {}
    assert len(files.record(str(record), NOTHING).problems) == 1


def test_a_record_that_is_not_there(files: PolicyFiles, tmp_path: Path) -> None:
    report = files.record(str(tmp_path / "no.json"), NOTHING)
    assert told(report) == ["no.json: cannot be read: No such file or directory"]


def test_a_folder_that_is_not_there_yet(files: PolicyFiles, folder: Path) -> None:
    path = str(folder / "none")
    report = files.folder(path, NOTHING)
    assert report.problems == ()
    assert [str(warning) for warning in report.warnings] == [
        f"{path}: the folder of policies (policy_path) cannot be read: No such file or directory"
    ]


def test_a_folder_that_is_not_there_any_more(files: PolicyFiles, folder: Path) -> None:
    write(folder / "a.json", {"id": "gold"})
    first = files.folder(str(folder), NOTHING)
    gone = files.folder(str(folder / "none"), first)
    assert gone.policies == first.policies
    assert len(gone.problems) == 2


def test_what_nobody_knows_is_told(files: PolicyFiles, folder: Path) -> None:
    write(
        folder / "a.json",
        {"id": "a", "rates": 1, "graphql_access_rights": {"x": {}},
         "access_rights": {"one": {"version": ["a"], "allowed_urls": [{"urls": "/"}]}}},
    )  # fmt: skip
    report = files.folder(str(folder), NOTHING)
    assert report.problems == ()
    assert [str(warning).rpartition("/")[2] for warning in report.warnings] == [
        'a.json:3: rates: unknown key "rates", did you mean "rate"?',
        'a.json:9: access_rights.one.version: unknown key "version", did you mean "versions"?',
        'a.json:14: access_rights.one.allowed_urls[0].urls: unknown key "urls", '
        'did you mean "url"?',
        "a.json: known to Tyk, not acted on here: graphql_access_rights",
    ]
