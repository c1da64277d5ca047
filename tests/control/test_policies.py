"""Policies over the control API."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from control_client import ControlClient
from gateways import MakeGateway

from twisted_tyk.control import folder as folder_module

FOLDER = {"policies": {"policy_source": "file", "policy_path": "policies"}}
GOLD = {"id": "gold", "org_id": "acme", "rate": 10, "per": 1, "extra": ["kept"]}


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return tmp_path / "policies"


@pytest.fixture
def control(gateway: MakeGateway, policies: Path) -> ControlClient:
    policies.mkdir()
    (policies / "gold.json").write_text(json.dumps(GOLD))
    return ControlClient(gateway(settings=FOLDER))


def test_policies_are_shown(control: ControlClient) -> None:
    assert control.get("policies").value == [GOLD]
    assert control.get("policies", "gold").value == GOLD
    said = control.get("policies", "silver")
    assert (said.status, said.message) == (404, "Policy not found")


def test_a_policy_counts_after_a_reload(control: ControlClient, policies: Path) -> None:
    silver = {**GOLD, "id": "silver"}
    said = control.post("policies", body=silver)
    assert said.value == {"key": "silver", "status": "ok", "action": "added"}
    assert json.loads((policies / "silver.json").read_text()) == silver
    assert control.get("policies", "silver").status == 404
    assert control.get("reload").status == 200
    assert control.get("policies", "silver").value == silver


def test_the_first_policy_makes_the_folder(gateway: MakeGateway, policies: Path) -> None:
    control = ControlClient(gateway(settings=FOLDER))
    assert control.get("policies").value == []
    assert control.post("policies", body=GOLD).status == 200
    assert os.listdir(policies) == ["gold.json"]


def test_a_policy_is_replaced(control: ControlClient, policies: Path) -> None:
    (policies / "gold.json").rename(policies / "other name.json")
    said = control.put("policies", "gold", body={**GOLD, "rate": 5})
    assert said.value == {"key": "gold", "status": "ok", "action": "modified"}
    assert os.listdir(policies) == ["other name.json"]
    assert json.loads((policies / "other name.json").read_text())["rate"] == 5
    assert control.put("policies", "new", body={"id": "new"}).status == 200
    assert sorted(os.listdir(policies)) == ["new.json", "other name.json"]


def test_the_id_of_a_database_will_do(control: ControlClient, policies: Path) -> None:
    assert control.post("policies", body={"_id": "5f", "id": ""}).value["key"] == "5f"
    assert control.put("policies", "5f", body={"_id": "5f", "rate": 1}).status == 200
    assert control.get("reload").status == 200
    assert control.get("policies", "5f").value == {"_id": "5f", "rate": 1, "id": "5f"}


def test_a_policy_is_deleted(control: ControlClient, policies: Path) -> None:
    said = control.delete("policies", "gold")
    assert said.value == {"key": "gold", "status": "ok", "action": "deleted"}
    assert os.listdir(policies) == []
    said = control.delete("policies", "gold")
    assert (said.status, said.message) == (404, "Policy not found")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"{", "Request malformed: body:1:2: not JSON: "),
        (b"[]", "Request malformed: body:1: expected an object, found a list"),
        (b"{}", "Unable to create policy without id."),
        (b'{"id": "../a"}', "Invalid policy ID"),
        (b'{"id": "a/b"}', "Invalid policy ID"),
        (
            b'{"id": "a",\n"rate": "1"}',
            'Request malformed: body:2: rate: expected a number, found the string "1"',
        ),
        (
            b'{"id": "a", "partitions": {"per_api": true, "acl": true}}',
            "Request malformed: body:1: partitions.per_api: per_api goes without",
        ),
    ],
)
def test_what_is_wrong_is_named(
    control: ControlClient, policies: Path, body: bytes, wrong: str
) -> None:
    said = control.post("policies", body=body)
    assert said.status == 400
    assert said.message.startswith(wrong)
    assert os.listdir(policies) == ["gold.json"]


@pytest.mark.parametrize("body", [{**GOLD, "id": "silver"}, {}, []])
def test_the_ids_of_path_and_policy_are_the_same(control: ControlClient, body: Any) -> None:
    said = control.put("policies", "gold", body=body)
    assert (said.status, said.message) == (
        400,
        "Request ID does not match that in policy! For Update operations these must match.",
    )


def test_a_file_that_holds_another_is_left_alone(control: ControlClient, policies: Path) -> None:
    (policies / "gold.json").rename(policies / "silver.json")
    said = control.post("policies", body={"id": "silver"})
    assert (said.status, said.message) == (
        409, "silver.json holds gold, so silver can not be written there"
    )  # fmt: skip


def test_what_can_not_be_written_or_deleted(
    control: ControlClient, policies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: Any) -> None:
        raise PermissionError(13, "Permission denied")

    for name in ("replace", "unlink"):
        monkeypatch.setattr(folder_module.os, name, refused)
    said = control.post("policies", body=GOLD)
    assert (said.status, said.message) == (500, "Failed to create file! Permission denied")
    said = control.delete("policies", "gold")
    assert (said.status, said.message) == (500, "Delete failed: Permission denied")
    assert json.loads((policies / "gold.json").read_text()) == GOLD


def test_without_a_folder_there_is_nowhere_to_write(gateway: MakeGateway) -> None:
    control = ControlClient(gateway())
    note = "policies are not read from a folder: tyk.conf has no policies.policy_path"
    for said in (control.post("policies", body=GOLD), control.delete("policies", "gold")):
        assert (said.status, said.message) == (400, note)


def test_policies_of_a_dashboard_are_not_for_here(gateway: MakeGateway) -> None:
    settings = {"policies": {"policy_source": "service", "policy_path": "policies"}}
    said = ControlClient(gateway(settings=settings)).post("policies", body=GOLD)
    note = "Due to enabled service policy source, please use the Dashboard API"
    assert (said.status, said.message) == (500, note)
