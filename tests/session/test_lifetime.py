"""For how long the store keeps a session."""

from __future__ import annotations

from typing import Any

import pytest

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.session.lifetime import Lifetimes, concerned
from twisted_tyk.session.rights import AccessDefinition
from twisted_tyk.session.state import SessionState

NOW = 1_700_000_000.9
RULE = Lifetimes()
SOON, LATE, PAST = 1_700_000_030, 1_700_001_000, 1_699_999_000


def api(session_lifetime: int = 0, respects: bool = False, api_id: str = "one") -> ApiDefinition:
    return ApiDefinition(
        api_id=api_id,
        session_lifetime=session_lifetime,
        session_lifetime_respects_key_expiration=respects,
    )


def seconds(*apis: ApiDefinition, rule: Lifetimes = RULE, **session: Any) -> int:
    return rule.of(SessionState(**session), apis, NOW)


@pytest.mark.parametrize(
    ("own", "of_the_api", "kept"), [(0, 0, 0), (0, 60, 60), (7, 60, 7), (7, 0, 7), (-1, 0, 0)]
)
def test_the_session_says_it_or_else_its_api(own: int, of_the_api: int, kept: int) -> None:
    assert seconds(api(of_the_api), session_lifetime=own) == kept


def test_of_several_apis_the_longest_counts() -> None:
    assert seconds(api(60), api(90), api(0)) == 90
    assert seconds() == 0


@pytest.mark.parametrize(
    ("expires", "kept"), [(SOON, 60), (LATE, 1000), (PAST, 60), (0, 0), (-1, 0)]
)
def test_the_expiry_of_the_key_can_be_respected(expires: int, kept: int) -> None:
    assert seconds(api(60, respects=True), expires=expires) == kept
    everywhere = Lifetimes(respects_expiry=True)
    assert seconds(api(60), rule=everywhere, expires=expires) == kept
    assert seconds(api(60), expires=expires) == 60


def test_a_key_without_end_is_kept_whatever_another_api_says() -> None:
    assert seconds(api(60, respects=True), api(90)) == 0


@pytest.mark.parametrize("forced", [0, 30])
def test_a_gateway_can_force_one_for_all(forced: int) -> None:
    rule = Lifetimes(forced=forced)
    session = {"session_lifetime": 7, "expires": LATE, "post_expiry_action": "delete"}
    assert seconds(api(60, respects=True), rule=rule, **session) == forced


@pytest.mark.parametrize(
    ("action", "grace", "expires", "kept"),
    [
        ("delete", 0, SOON, 30),
        ("delete", 99, SOON, 30),
        ("delete", 0, PAST, 1),
        ("delete", 0, 0, 0),
        ("retain", 10, SOON, 40),
        ("retain", 10, PAST, 1),
        ("retain", -1, SOON, 0),
        ("retain", -1, PAST, 0),
        ("retain", 10, 0, 0),
        # Nothing is said of how long.
        ("retain", 0, SOON, 60),
        ("", 10, SOON, 60),
    ],
)
def test_what_becomes_of_an_expired_key_goes_before(
    action: str, grace: int, expires: int, kept: int
) -> None:
    session = {"post_expiry_action": action, "post_expiry_grace_period": grace}
    assert seconds(api(60), expires=expires, **session) == kept


def test_the_apis_that_a_session_is_for() -> None:
    one, two = api(), api(api_id="two")
    known = {"one": one, "two": two}
    rights = {name: AccessDefinition() for name in ("two", "gone")}
    assert concerned(SessionState(access_rights=rights), known, one) == [two]
    assert concerned(SessionState(), known, one) == [one]
    assert concerned(SessionState(), known, None) == []
