"""What is stored, as osin and Tyk have it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.oauth.client import Client, new_secret, read_client
from twisted_tyk.oauth.records import Access, Code, read_access, read_code

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
NUMBERS = st.integers(0, 2**31)

#: In Tyk's words, with the grant before it inside, as Tyk writes it after a refresh.
OF_TYK = """{
"Client":{"id":"c1","secret":"cs","redirecturi":"https://client.test/","policyid":"p",
"description":""},
"AuthorizeData":{"Client":{"Id":"c1","Secret":"cs","RedirectUri":"https://client.test/"},
"Code":"x","ExpiresIn":250,"Scope":"","RedirectUri":"https://client.test/","State":"",
"CreatedAt":"2024-05-06T07:08:09.123456789+02:00","UserData":""},
"AccessData":{"Client":{"Id":"c1"},"AuthorizeData":null,"AccessData":null,"AccessToken":"before"},
"AccessToken":"eyJ","RefreshToken":"r","ExpiresIn":3600,"Scope":"s","RedirectUri":"u",
"CreatedAt":"2024-05-06T05:08:09Z","UserData":"{\\"rate\\":5}"}"""


def test_a_token_of_tyks_is_read() -> None:
    assert read_access(OF_TYK.encode()) == Access(
        "eyJ", "r", "c1", "https://client.test/", 1714972089.0, 3600, "u", "s", '{"rate":5}'
    )


def test_a_code_of_tyks_is_read() -> None:
    text = json.dumps(json.loads(OF_TYK)["AuthorizeData"] | {"Client": {"id": "c1"}})
    code = read_code(text.encode())
    assert (code.code, code.client_id, code.created, code.session) == ("x", "c1", 1714972089.0, "")


def test_a_token_has_what_tyk_looks_for() -> None:
    access = Access("t", "r", "c", "u", 1714972089.5, 60, "v", "s", "{}")
    assert json.loads(access.stored()) == {
        "Client": {"id": "c", "redirecturi": "u"}, "AuthorizeData": None, "AccessData": None,
        "AccessToken": "t", "RefreshToken": "r", "ExpiresIn": 60, "Scope": "s",
        "RedirectUri": "v", "CreatedAt": "2024-05-06T05:08:09+00:00", "UserData": "{}",
    }  # fmt: skip
    # In Tyk a text that is there and empty is no session, and one that is not there neither.
    access.session = ""
    assert "UserData" not in json.loads(access.stored())


@given(st.builds(Code, TEXTS, TEXTS, TEXTS, TEXTS, NUMBERS, NUMBERS, TEXTS, TEXTS, TEXTS))
def test_codes_come_back(code: Code) -> None:
    assert read_code(code.stored()) == code


@given(st.builds(Access, TEXTS, TEXTS, TEXTS, TEXTS, NUMBERS, NUMBERS, TEXTS, TEXTS, TEXTS))
def test_tokens_come_back(access: Access) -> None:
    assert read_access(access.stored()) == access


@given(st.builds(Client, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.none() | st.just({"a": [1]})))
def test_clients_come_back(client: Client) -> None:
    assert read_client(client.stored()) == client


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"{}", b"null", b'{"CreatedAt": 5}', b'{"CreatedAt": "today"}',
        b'{"CreatedAt": "2024-99-06T05:08:09Z"}', b'{"Client": []  , "CreatedAt": 1}',
        b'{"CreatedAt": "2024-05-06T05:08:09Z", "ExpiresIn": "1"}', b"[" * 100_000, b"\xff",
    ],
)  # fmt: skip
def test_what_is_none(text: bytes) -> None:
    for read in (read_code, read_access):
        with pytest.raises(ValueError, match=r"."):
            read(text)


def test_secrets_are_in_no_message() -> None:
    things = (
        Client("c", "the-secret"),
        Code("the-secret", "c", "u", "u", 0, 0, session="the-secret"),
        Access("the-secret", "the-secret", "c", "u", 0, 0, session="the-secret"),
    )
    for thing in things:
        assert "the-secret" not in repr(thing)


def test_a_secret_is_known_whole() -> None:
    secret = new_secret()
    assert len(secret) == 48
    assert Client("c", secret).knows(secret)
    for wrong in ("", secret[:-1], secret + "=", secret.lower(), "ä", "\udcff"):
        assert not Client("c", secret).knows(wrong)
    assert not Client("c", "").knows("")
