"""Who is known may not always come in: expiry, inactive keys, rights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from gateways import Events, MakeGateway

from twisted_tyk.authorize.access import Access
from twisted_tyk.authorize.expiry import Expiry
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers
from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import MemoryGateway, definition

NOW = 1_700_000_000.5


def exchange(session: SessionState | None) -> Exchange:
    made = Exchange(b"GET", b"/", b"", Headers())
    made.session = session
    return made


@pytest.mark.parametrize("expires", [0, -1, 1_700_000_001])
def test_a_key_before_its_date_passes(expires: int) -> None:
    # It would raise.
    Expiry(lambda: NOW).process(exchange(SessionState(expires=expires)))


@pytest.mark.parametrize(
    ("session", "status", "message", "event"),
    [
        (
            None,
            400,
            "Session state is missing or unset! "
            "Please make sure that auth headers are properly applied",
            None,
        ),
        (SessionState(is_inactive=True), 403, "Key is inactive, please renew", "KeyExpired"),
        (SessionState(expires=1), 401, "Key has expired, please renew", "KeyExpired"),
        (SessionState(expires=1_700_000_000), 401, "Key has expired, please renew", "KeyExpired"),
        (
            SessionState(is_inactive=True, expires=1),
            403,
            "Key is inactive, please renew",
            "KeyExpired",
        ),
    ],
)
def test_who_is_turned_away(
    session: SessionState | None, status: int, message: str, event: str | None
) -> None:
    with pytest.raises(Refusal) as caught:
        Expiry(lambda: NOW).process(exchange(session))
    refusal = caught.value
    assert (refusal.status, refusal.message, refusal.event) == (status, message, event)


HOOK = """\
from twisted_tyk import ctx
from twisted_tyk.session.rights import AccessDefinition
from twisted_tyk.session.state import SessionState

RIGHTS = {rights}
SESSION = {session}

def check(rw, request):
    session = SessionState(**SESSION)
    session.access_rights = {api_id: AccessDefinition() for api_id in RIGHTS}
    ctx.set_session(request, session)

def nothing(rw, request):
    pass

def forbids(rw, request):
    rw.headers.set("X-Why", "unknown")
    rw.write_header(403)
    rw.write("go away")

def answers(rw, request):
    rw.write("welcome")

def marks(rw, request):
    request.headers.set("Post-Key-Auth", ctx.get_auth_token(request))
"""
Guarded = Callable[..., MemoryGateway]


@pytest.fixture
def guarded(gateway: MakeGateway, tmp_path: Path) -> Guarded:
    """A gateway whose API ``one`` is guarded by an ``auth_check`` hook."""

    def make(name: str = "check", rights: object = (), **session: object) -> MemoryGateway:
        text = HOOK.replace("{rights}", repr(rights)).replace("{session}", repr(session))
        (tmp_path / "hooks.py").write_text(text)
        return gateway(
            definition(
                "one",
                use_keyless=False,
                custom_plugin_auth_enabled=True,
                auth_check={"name": name, "path": "hooks.py"},
                post_key_auth=[{"name": "marks", "path": "hooks.py"}],
            )
        )

    return make


def refused(gateway: MemoryGateway) -> tuple[int, str]:
    answer = gateway.get("/one/x")
    assert gateway.upstream.requests == []
    return answer.status, json.loads(answer.body)["error"]


def test_a_hook_that_sets_a_session_opens_the_api(guarded: Guarded) -> None:
    running = guarded(key_id="ann")
    assert running.get("/one/x").status == 200
    assert running.upstream.requests[0].headers.get("Post-Key-Auth") == "ann"
    assert running.records.hits[0].api_key == "ann"


def test_a_hook_that_sets_none_leaves_it_closed(guarded: Guarded) -> None:
    assert refused(guarded("nothing")) == (
        400,
        "Session state is missing or unset! "
        "Please make sure that auth headers are properly applied",
    )


def test_a_hook_that_forbids_is_obeyed_to_the_letter(guarded: Guarded, events: Events) -> None:
    running = guarded("forbids")
    answer = running.get("/one/x")
    assert (answer.status, answer.body) == (403, b"go away")
    assert {name for name, _ in answer.headers} == {"X-Why", "Content-Length", "Date"}
    assert running.upstream.requests == []
    assert running.records.hits[0].response_code == 403
    told = [text for text in events.texts() if "AuthFailure" in text]
    assert told == ["AuthFailure: GET /one/x of API one from 127.0.0.1: Auth Failure"]


def test_a_hook_that_answers_is_the_end(guarded: Guarded) -> None:
    running = guarded("answers")
    assert running.get("/one/x").body == b"welcome"
    assert running.upstream.requests == []


def test_a_hook_that_did_not_load_leaves_it_closed(guarded: Guarded) -> None:
    assert refused(guarded("missing")) == (500, "Internal Server Error")


def test_an_expired_key(guarded: Guarded, events: Events) -> None:
    assert refused(guarded(expires=1)) == (401, "Key has expired, please renew")
    assert [text for text in events.texts() if text.startswith("KeyExpired: GET /one/x")]


def test_an_inactive_key(guarded: Guarded) -> None:
    assert refused(guarded(is_inactive=True)) == (403, "Key is inactive, please renew")


def test_rights_for_another_api_only(guarded: Guarded) -> None:
    running = guarded(rights=["two"])
    assert refused(running) == (403, "Access to this API has been disallowed")


@pytest.mark.parametrize("rights", [[], ["one"], ["two", "one"]])
def test_rights_for_this_api_or_for_all(guarded: Guarded, rights: list[str]) -> None:
    assert guarded(rights=rights).get("/one/x").status == 200


def test_rights_are_nobodys_where_nobody_is_known() -> None:
    # It would raise.
    Access().process(exchange(None))
