"""APIs that want certificates of their clients, where there is no TLS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gateways import Events, MakeGateway

from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import definition

MUTUAL: dict[str, Any] = {
    "use_mutual_tls_auth": True,
    "client_certificates": ["default" + "a1" * 32],
}


@pytest.mark.parametrize("keyless", [True, False])
def test_nobody_is_let_in(gateway: MakeGateway, events: Events, keyless: bool) -> None:
    running = gateway(definition("one", use_keyless=keyless, **MUTUAL))
    certificates = ["default" + "a1" * 32]
    bound = SessionState(mtls_static_certificate_bindings=certificates)
    running.service.shared.keys.write("bound", bound)
    for fields in ({}, {"Authorization": "bound"}, {"X-Forwarded-Proto": "https"}):
        answer = running.request("GET", "/one/x", fields)
        assert answer.status == 403
        assert json.loads(answer.body) == {"error": "TLS not enabled"}
    assert running.upstream.requests == []
    assert not [text for text in events.texts() if "AuthFailure" in text]


def test_it_stands_where_tyk_has_it(gateway: MakeGateway, tmp_path: Any) -> None:
    """Behind the hooks at ``pre``, before anything else."""
    (tmp_path / "hooks.py").write_text("def hook(rw, request): pass\n")
    hook = {"name": "hook", "path": "hooks.py"}
    running = gateway(definition("one", use_keyless=False, pre=[hook], **MUTUAL))
    steps = running.service.root.table.apis[0].steps
    assert [step.rpartition(":")[2] for step in steps[:3]] == [
        "hook",
        "CertificateCheckMW",
        "AuthKey",
    ]


def test_its_operator_is_told(gateway: MakeGateway, events: Events) -> None:
    gateway(definition("one", **MUTUAL), definition("two"))
    told = [text for text in events.texts() if "use_mutual_tls_auth" in text]
    assert len(told) == 1
    assert told[0].endswith(
        "use_mutual_tls_auth: this version has no TLS for clients, so every request is turned away"
    )


def test_it_takes_effect_at_a_reload(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    assert running.get("/one/x").status == 200
    running.define(definition("one", **MUTUAL))
    running.control("/tyk/reload?block=true")
    assert running.get("/one/x").status == 403
