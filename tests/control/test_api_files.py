"""Definitions over the control API: what is written, and what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from control_client import ControlClient
from gateways import MakeGateway
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.control import folder as folder_module
from twisted_tyk.control.folder import Folder, Occupied, is_file_name
from twisted_tyk.testing import definition


@pytest.fixture
def control(gateway: MakeGateway) -> ControlClient:
    return ControlClient(gateway(definition("one")))


@pytest.fixture
def apps(tmp_path: Path) -> Path:
    return tmp_path / "apps"


def stored(file: Path) -> Any:
    return json.loads(file.read_text())


def test_a_new_api_is_served_after_a_reload(control: ControlClient, apps: Path) -> None:
    two = definition("two", unknown={"kept": ["as", "ït", "is"]})
    said = control.post("apis", body=two)
    assert (said.status, said.value) == (200, {"key": "two", "status": "ok", "action": "added"})
    assert stored(apps / "two.json") == two
    assert control.gateway.get("/two/x").status == 404
    assert control.get("reload").status == 200
    assert control.gateway.get("/two/x").status == 200
    assert control.get("apis", "two").value == two


def test_one_without_an_id_gets_one(control: ControlClient, apps: Path) -> None:
    for nothing in ({"api_id": ""}, {"Api_Id": ""}, {}):
        made = {name: value for name, value in definition("x").items() if name != "api_id"}
        said = control.post("apis", body={**nothing, **made})
        key = said.value["key"]
        assert len(key) == 32
        assert stored(apps / f"{key}.json") == {"api_id": key, **made}


def test_one_is_replaced(control: ControlClient, apps: Path) -> None:
    for method, path in (("PUT", ("apis", "one")), ("POST", ("apis",))):
        other = definition("one", name=f"by {method}")
        said = control.ask(method, *path, body=other)
        action = "added" if method == "POST" else "modified"
        assert said.value == {"key": "one", "status": "ok", "action": action}
        assert stored(apps / "one.json") == other
    assert os.listdir(apps) == ["one.json"]


def test_one_in_a_file_of_another_name_is_replaced_there(
    control: ControlClient, apps: Path
) -> None:
    (apps / "one.json").rename(apps / "a fine name.json")
    for method, path in (("PUT", ("apis", "one")), ("POST", ("apis",))):
        other = definition("one", name=method)
        assert control.ask(method, *path, body=other).status == 200
        assert os.listdir(apps) == ["a fine name.json"]
        assert stored(apps / "a fine name.json") == other
    assert control.delete("apis", "one").status == 200
    assert os.listdir(apps) == []


def test_a_file_of_its_name_that_holds_another_is_left_alone(
    control: ControlClient, apps: Path
) -> None:
    (apps / "one.json").rename(apps / "two.json")
    said = control.post("apis", body=definition("two"))
    message = "two.json holds one, so two can not be written there"
    assert (said.status, said.message) == (409, message)
    assert stored(apps / "two.json")["api_id"] == "one"


def test_a_broken_file_of_its_name_is_replaced(control: ControlClient, apps: Path) -> None:
    (apps / "two.json").write_text("{")
    assert control.post("apis", body=definition("two")).status == 200
    assert stored(apps / "two.json") == definition("two")


def test_one_is_deleted(control: ControlClient, apps: Path) -> None:
    said = control.delete("apis", "one")
    assert said.value == {"key": "one", "status": "ok", "action": "deleted"}
    assert os.listdir(apps) == []
    assert control.gateway.get("/one/x").status == 200
    assert control.get("reload").status == 200
    assert control.gateway.get("/one/x").status == 404
    assert control.delete("apis", "one").status == 404


def test_one_that_is_not_there_is_not_replaced(control: ControlClient, apps: Path) -> None:
    said = control.put("apis", "two", body=definition("two"))
    assert (said.status, said.message) == (404, "API not found")
    assert os.listdir(apps) == ["one.json"]


def test_the_ids_of_path_and_definition_are_the_same(control: ControlClient, apps: Path) -> None:
    said = control.put("apis", "one", body=definition("two"))
    assert said.status == 400
    assert said.message == (
        "Request APIID does not match that in Definition! For Update operations these must match."
    )
    assert stored(apps / "one.json") == definition("one")


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"active": "yes"}, 'active: expected true or false, found the string "yes"'),
        ({"proxy": {"target_url": 5}}, "proxy.target_url: expected a string, found the number 5"),
        ({"proxy": {"listen_path": ""}}, "proxy.listen_path: the listen path is empty"),
        ({"protocol": "tcp"}, 'protocol: this version cannot serve "tcp", only http and https'),
        ({"name": "env://NOT_SET_ANYWHERE"}, "name: "),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_what_is_wrong_is_named(
    control: ControlClient, apps: Path, method: str, wrong: dict[str, Any], place: str
) -> None:
    path = ("apis", "one") if method == "PUT" else ("apis",)
    said = control.ask(method, *path, body=definition("one", **wrong))
    assert said.status == 400
    assert said.message.startswith(f"Validation of API Definition failed. Reason: body:1: {place}")
    assert stored(apps / "one.json") == definition("one")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "Request malformed: body:1:1: not JSON: expecting value"),
        (b"{", "Request malformed: body:1:2: not JSON: expecting property name"),
        (b"[]", "Request malformed: body: expected an object"),
        (b'{"api_id": "one", "x": 1e999}', "Request malformed: body:1: a number that is too large"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_what_is_no_definition(
    control: ControlClient, method: str, body: bytes, message: str
) -> None:
    path = ("apis", "one") if method == "PUT" else ("apis",)
    said = control.ask(method, *path, body=body)
    assert said.status == 400
    assert said.message.startswith(message)


@pytest.mark.parametrize(
    "api_id",
    ["../one", "a/b", "/etc/x", "..", ".", ".hidden", "a\\b", "a\0b", "a b", "ä", "x" * 201, "a\n"],
)
def test_an_id_can_not_leave_the_folder(
    control: ControlClient, tmp_path: Path, api_id: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    wrong = {**definition("x"), "api_id": api_id}
    said = control.post("apis", body=wrong)
    assert (said.status, said.message) == (400, "Invalid API ID")
    for method in ("PUT", "DELETE"):
        # Dots are out of a path before it comes here.
        answer = control.send(
            method, f"/tyk/apis/{quote(api_id, safe='')}", json.dumps(wrong).encode()
        )
        assert answer.status in (301, 404)
    assert sorted(tmp_path.rglob("*")) == before


def test_openapi_definitions_are_not_for_here(gateway: MakeGateway, apps: Path) -> None:
    control = ControlClient(gateway(definition("oas", is_oas=True), definition("one")))
    for api_id, is_oas in (("oas", False), ("one", True)):
        said = control.put("apis", api_id, body=definition(api_id, is_oas=is_oas))
        assert said.status == 400
        assert said.message.startswith("this API endpoint only supports Tyk Classic APIs; ")


def test_versions_are_not_added_this_way(control: ControlClient) -> None:
    said = control.post("apis", body=definition("two"), base_api_id="one")
    assert (said.status, said.message.partition(":")[0]) == (400, "base_api_id is not supported")


def test_what_is_not_written_whole_is_not_written(
    control: ControlClient, apps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_module.os, "fsync", full)
    for method, path in (("PUT", ("apis", "one")), ("POST", ("apis",))):
        said = control.ask(method, *path, body=definition("one", name="other"))
        message = "file object creation failed, write error: No space left on device"
        assert (said.status, said.message) == (500, message)
        assert stored(apps / "one.json") == definition("one")
        assert os.listdir(apps) == ["one.json"]


def test_what_can_not_be_deleted(
    control: ControlClient, apps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder_module.os, "unlink", refused)
    said = control.delete("apis", "one")
    assert (said.status, said.message) == (500, "Delete failed: Permission denied")


def test_a_file_is_there_when_it_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def sync(handle: int) -> None:
        done.append("fsync " + os.path.basename(os.readlink(f"/proc/self/fd/{handle}")))

    def replace(old: str, new: str) -> None:
        done.append(f"rename to {os.path.basename(new)}")
        Path(new).write_bytes(Path(old).read_bytes())

    monkeypatch.setattr(folder_module.os, "fsync", sync)
    monkeypatch.setattr(folder_module.os, "replace", replace)
    Folder(str(tmp_path / "apps"), ("api_id",)).put("one", {"api_id": "one"})
    assert done[1:] == ["rename to one.json", "fsync apps"]
    assert done[0].startswith("fsync one.json.")


def test_who_may_read_a_file_stays_so(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path), ("api_id",))
    folder.put("one", {"api_id": "one"})
    # Nobody else may, as long as the operator says nothing else: there can be secrets in it.
    assert (tmp_path / "one.json").stat().st_mode & 0o777 == 0o600
    for mode in (0o600, 0o666):
        (tmp_path / "one.json").chmod(mode)
        folder.put("one", {"api_id": "one", "name": "x"})
        assert (tmp_path / "one.json").stat().st_mode & 0o777 == mode


def test_the_first_member_that_says_something_is_the_id(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path), ("id", "_id"))
    (tmp_path / "a.json").write_text('{"ID": "", "_id": "one"}')
    (tmp_path / "b.json").write_text('{"id": "two", "_id": "one"}')
    assert (folder.file_of("one"), folder.file_of("two")) == ("a.json", "b.json")
    assert Folder(str(tmp_path / "none"), ("id",)).file_of("one") is None
    with pytest.raises(Occupied):
        folder.put("a", {"id": "a"})


@given(st.text(max_size=30))
def test_no_id_leads_out_of_a_folder_or_hides(id: str) -> None:
    if is_file_name(id):
        file = os.path.join("/folder", f"{id}.json")
        assert os.path.normpath(file) == file
        assert os.path.dirname(file) == "/folder"
        assert not id.startswith(".")
