"""What clients are told, and how tyk.conf puts it otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway

from twisted_tyk.authenticate.messages import DEFAULTS, Messages
from twisted_tyk.jsonfile import ConfigError
from twisted_tyk.settings import load
from twisted_tyk.settings.sections import OverrideMessage
from twisted_tyk.testing import definition

KEYED = definition("one", use_keyless=False)


@pytest.mark.parametrize(
    ("over", "status", "message"),
    [
        ({}, 401, "Authorization field missing"),
        ({"message": "Who are you?"}, 401, "Who are you?"),
        ({"code": 400}, 400, "Authorization field missing"),
        ({"message": "Who are you?", "code": 418}, 418, "Who are you?"),
    ],
)
def test_message_and_status_each_stand_for_themselves(
    gateway: MakeGateway, over: dict[str, Any], status: int, message: str
) -> None:
    running = gateway(KEYED, settings={"override_messages": {"auth.auth_field_missing": over}})
    answer = running.get("/one/x")
    assert answer.status == status
    assert json.loads(answer.body) == {"error": message}
    assert running.get("/one/x", Authorization="guess").status == 403


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_id_can_be_put_otherwise(name: str) -> None:
    refusal = Messages.of({name: OverrideMessage("Other", 499)}).refusal(name, "AuthFailure")
    assert (refusal.status, refusal.message, refusal.event) == (499, "Other", "AuthFailure")


def test_ids_that_are_none_change_nothing() -> None:
    assert Messages.of({"auth.other": OverrideMessage("Other", 499)}).by_id == DEFAULTS


@pytest.mark.parametrize("code", [100, 200, 399, 600, -1])
def test_a_status_that_lets_nobody_know_is_a_problem(tmp_path: Path, code: int) -> None:
    file = tmp_path / "tyk.conf"
    given = {"override_messages": {"auth.key_not_found": {"code": code}}}
    file.write_text(json.dumps(given))
    with pytest.raises(ConfigError, match=r"auth.key_not_found.*400 to 599"):
        load(file, {})


def test_messages_in_a_variable(tmp_path: Path) -> None:
    file = tmp_path / "tyk.conf"
    file.write_text("{}")
    text = '{"auth.key_not_found": {"message": "Who?", "code": 404}}'
    settings = load(file, {"TYK_GW_OVERRIDEMESSAGES": text}).settings
    assert Messages.of(settings.override_messages).by_id["auth.key_not_found"] == (404, "Who?")
