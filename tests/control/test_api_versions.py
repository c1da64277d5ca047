"""The versions of an API that are APIs of their own."""

from __future__ import annotations

from typing import Any

import pytest
from control_client import ControlClient
from gateways import MakeGateway

from twisted_tyk.testing import definition


@pytest.fixture
def control(gateway: MakeGateway) -> ControlClient:
    versions = {"v3": "three", "v2": "two", "v9": "nowhere"}
    base = definition("one", definition={"name": "v1", "default": "v2", "versions": versions})
    two = definition("two", internal=True, expiration="-1")
    return ControlClient(gateway(base, two, definition("three", name="Three")))


def names(control: ControlClient, **query: str) -> list[str]:
    said = control.get("apis", "one", "versions", **query)
    assert (said.status, said.value["status"]) == (200, "success")
    return [version["versionName"] for version in said.value["apis"]]


def test_the_base_comes_first_and_then_those_that_are_served(control: ControlClient) -> None:
    _, two, three = control.get("apis", "one", "versions").value["apis"]
    assert two == {
        "id": "two", "name": "two", "versionName": "v2", "internal": True,
        "expirationDate": "-1", "isDefaultVersion": True,
    }  # fmt: skip
    assert (three["name"], three["isDefaultVersion"]) == ("Three", False)
    assert names(control) == ["v1", "v2", "v3"]


def test_some_of_them(control: ControlClient) -> None:
    assert names(control, searchText="V2") == ["v2"]
    assert names(control, accessType="internal") == ["v2"]
    assert names(control, accessType="external") == ["v1", "v3"]
    assert names(control, accessType="any") == ["v1", "v2", "v3"]


@pytest.mark.parametrize("default", ["self", "v1"])
def test_the_base_can_be_the_default(gateway: MakeGateway, default: str) -> None:
    made: Any = {"name": "v1", "default": default, "versions": {}}
    control = ControlClient(gateway(definition("one", definition=made)))
    [version] = control.get("apis", "one", "versions").value["apis"]
    assert version["isDefaultVersion"]


def test_an_api_that_is_not_there(control: ControlClient) -> None:
    said = control.get("apis", "nowhere", "versions")
    assert (said.status, said.message) == (404, "API not found")
