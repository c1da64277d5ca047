"""The policies of a gateway: which ones a session gets, and what goes on at a reload."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from twisted_tyk.jsonfile import References
from twisted_tyk.session.policies import Policies, PolicyError
from twisted_tyk.session.reading import SessionReader
from twisted_tyk.session.rights import AccessDefinition, Limit
from twisted_tyk.session.state import SessionState
from twisted_tyk.settings.sections import Policies as PolicySettings


@cache
def reader() -> SessionReader:
    return SessionReader()


ONE: dict[str, Any] = {"one": {"api_id": "one"}}


class Files:
    """A folder of policies, and what reads it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.policies = self.made(policy_path=str(folder))

    def made(self, **settings: str) -> Policies:
        return Policies(PolicySettings(**settings), References(), reader().converter)

    def write(self, id: str, **policy: Any) -> None:
        value = {"id": id, "org_id": "acme", "access_rights": ONE, **policy}
        (self.folder / f"{id}.json").write_text(json.dumps(value))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_policies_are_found_by_id(files: Files) -> None:
    files.write("gold", rate=1)
    files.write("silver")
    assert files.policies.all() == []
    files.policies.load()
    assert [policy.id for policy in files.policies.all()] == ["gold", "silver"]
    gold = files.policies.get("gold")
    assert gold is not None
    assert gold.rate == 1
    assert files.policies.file_of("gold") == str(files.folder / "gold.json")
    assert files.policies.get("bronze") is None
    assert files.policies.file_of("bronze") == ""


def test_the_revision_changes_with_the_policies_only(files: Files) -> None:
    policies = files.policies
    files.write("gold", rate=1)
    policies.load()
    first = policies.revision
    policies.load()
    assert policies.revision == first
    files.write("gold", rate=2)
    policies.load()
    assert policies.revision != first
    second = policies.revision
    (files.folder / "gold.json").write_text("{")
    policies.load()
    assert policies.revision == second
    (files.folder / "gold.json").unlink()
    policies.load()
    assert policies.revision not in (first, second)


def test_the_folder_goes_before_the_record(files: Files, tmp_path: Path) -> None:
    files.write("gold")
    record = tmp_path / "record"
    record.write_text('{"silver": {}}')
    both = files.made(policy_path=str(files.folder), policy_record_name=str(record))
    both.load()
    assert [policy.id for policy in both.all()] == ["gold"]
    alone = files.made(policy_record_name=str(record))
    alone.load()
    assert [policy.id for policy in alone.all()] == ["silver"]


@pytest.mark.parametrize(("source", "problems"), [("", 0), ("file", 0), ("service", 1), ("rpc", 1)])
def test_policies_of_a_service_are_not_had(files: Files, source: str, problems: int) -> None:
    report = files.made(policy_source=source).load()
    assert len(report.problems) == problems
    assert all("policies.policy_source: expected" in str(each) for each in report.problems)


def test_the_older_field_counts_when_the_newer_is_empty(files: Files) -> None:
    files.write("gold", rate=1, per=1)
    files.write("silver", rate=2, per=1)
    files.policies.load()
    session = SessionState(apply_policy_id="gold")
    files.policies.apply(session, "acme")
    assert session.rate == 1
    session = SessionState(apply_policy_id="gold", apply_policies=["silver"])
    files.policies.apply(session, "acme")
    assert session.rate == 2


def test_of_several_policies_one_may_be_missing(files: Files) -> None:
    files.write("gold", rate=1, per=1)
    files.policies.load()
    session = SessionState(apply_policies=["gone", "gold"])
    files.policies.apply(session, "acme")
    assert session.rate == 1


def test_none_of_several_may_have_been_refused(files: Files) -> None:
    files.write("gold", rate=1, per=1)
    files.write("limited", rate="x")
    files.policies.load()
    session = SessionState(apply_policies=["gold", "limited"])
    with pytest.raises(PolicyError) as caught:
        files.policies.apply(session, "acme")
    assert str(caught.value) == 'policy can not be used: "limited"'


@pytest.mark.parametrize(
    ("ids", "org_id", "why"),
    [
        (["gone"], "acme", 'policy not found: "gone"'),
        (["gone", "lost"], "acme", "none of its policies gives the key a right"),
        (
            ["gold"],
            "other",
            "a policy is of another organisation than the key",
        ),
        (["gold"], "", "a policy is of another organisation than the key"),
    ],
)
def test_a_key_that_can_not_be_used(files: Files, ids: list[str], org_id: str, why: str) -> None:
    files.write("gold")
    files.policies.load()
    with pytest.raises(PolicyError) as caught:
        files.policies.apply(SessionState(apply_policies=ids), org_id)
    assert str(caught.value) == why


def test_where_no_api_is_asked_for_any_organisation_will_do(files: Files) -> None:
    files.write("gold", rate=1, per=1)
    files.policies.load()
    session = SessionState(apply_policies=["gold"])
    files.policies.apply(session)
    assert session.rate == 1


def test_a_key_without_policies_counts_its_apis_apart_that_have_limits(files: Files) -> None:
    session = SessionState(
        rate=5,
        is_inactive=True,
        access_rights={"one": AccessDefinition(limit=Limit(rate=1)), "two": AccessDefinition()},
    )
    files.policies.apply(session, "acme")
    assert (session.rate, session.is_inactive) == (5, True)
    scopes = {api_id: access.allowance_scope for api_id, access in session.access_rights.items()}
    assert scopes == {"one": "one", "two": ""}


def test_a_session_can_carry_policies_of_its_own(files: Files) -> None:
    files.write("gold", rate=1, per=1)
    files.policies.load()
    carried = {"id": "own", "org_id": "acme", "rate": 9, "per": 1, "access_rights": {"two": {}}}
    session = SessionState(apply_policies=["gold"], meta_data={"policies": [carried]})
    files.policies.apply(session, "acme")
    assert session.rate == 9
    assert list(session.access_rights) == ["two"]


def test_what_else_is_called_policies_is_none(files: Files) -> None:
    files.write("gold", rate=1, per=1)
    files.policies.load()
    for value in (["gold"], "gold", {"gold": 1}, 5):
        session = SessionState(apply_policies=["gold"], meta_data={"policies": value})
        files.policies.apply(session, "acme")
        assert session.rate == 1


@pytest.mark.parametrize(
    ("carried", "why"),
    [
        ([], "none of its policies gives the key a right"),
        ([{"org_id": "other"}], "a policy is of another organisation"),
        ([{"rate": "secret"}], "a policy in the meta data of the key is malformed"),
    ],
)
def test_carried_policies_that_can_not_be_used(files: Files, carried: list[Any], why: str) -> None:
    with pytest.raises(PolicyError) as caught:
        files.policies.apply(SessionState(meta_data={"policies": carried}), "acme")
    assert str(caught.value).startswith(why)


def test_a_new_key_expires_when_its_policies_say_so(files: Files) -> None:
    files.write("trial", key_expires_in=60)
    files.write("gold")
    files.policies.load()
    session = SessionState(apply_policies=["trial", "gone", "gold"], expires=5)
    files.policies.begin(session, 1_700_000_000.9)
    assert session.expires == 1_700_000_060
    session = SessionState(apply_policies=["gold"], expires=5)
    files.policies.begin(session, 1_700_000_000.9)
    assert session.expires == 5
    # Not each time that policies are applied.
    session = SessionState(apply_policies=["trial"], expires=5)
    files.policies.apply(session, "acme")
    assert session.expires == 5
