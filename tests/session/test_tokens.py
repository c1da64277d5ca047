"""Tokens and their hashes, as Tyk makes them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.session.tokens import FUNCTIONS, Tokens, key_id_of, org_of

ORG = "53ac07777cbb8c2d53000002"


# Published test vectors of MurmurHash3, and FIPS 180's of SHA-256.
@pytest.mark.parametrize(
    ("function", "hash"),
    [
        ("murmur64", "cbd8a7b341bd9b02"),
        ("murmur128", "cbd8a7b341bd9b025b1e906a48ae1d19"),
        ("sha256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
    ],
)
def test_hash_functions(function: str, hash: str) -> None:
    assert FUNCTIONS[function](b"hello") == hash


# What a Tyk gateway has in Redis for such tokens.
@pytest.mark.parametrize(
    ("token", "hash"),
    [
        ("", "00000000"),
        ("abc", "00000000"),
        ("abcd", "86a7049e"),
        ("abcde", "86a7049e"),
        ("abcdefgh", "a6c877af"),
        ("org1abcdefghijkl", "d3cfbdb0"),
        ("ünï", "fd979e8e"),
    ],
)
def test_murmur32_is_tyks_which_leaves_off_what_fills_no_four_bytes(token: str, hash: str) -> None:
    assert FUNCTIONS["murmur32"](token.encode()) == hash
    assert Tokens(hash_keys=True).hashed(token) == hash


@given(st.binary())
def test_murmur32_is_the_state_before_the_last_mixing(data: bytes) -> None:
    state = 0
    for start in range(0, len(data) & ~3, 4):
        group = int.from_bytes(data[start : start + 4], "little") * 0xCC9E2D51 % 2**32
        group = (group << 15 | group >> 17) * 0x1B873593 % 2**32
        state = (state ^ group) % 2**32
        state = ((state << 13 | state >> 19) % 2**32 * 5 + 0xE6546B64) % 2**32
    assert FUNCTIONS["murmur32"](data) == f"{state:08x}"


def test_a_token_of_the_old_form_is_organisation_and_id() -> None:
    token = Tokens().generate(ORG, "abc")
    assert token == ORG + "abc"
    assert org_of(token) == ORG
    assert len(Tokens().generate(ORG)) == 24 + 32


def test_a_token_that_names_its_function_is_json_in_base64() -> None:
    token = Tokens(function="murmur64").generate("default", "abc")
    assert base64.b64decode(token) == b'{"org":"default","id":"abc","h":"murmur64"}'
    assert (org_of(token), key_id_of(token)) == ("default", "abc")


def test_the_organisation_in_front_of_an_id_is_not_said_twice() -> None:
    assert Tokens().generate(ORG, ORG + "abc") == ORG + "abc"
    assert key_id_of(Tokens(function="sha256").generate(ORG, ORG + "abc")) == "abc"


def test_without_hash_keys_a_token_stands_for_itself() -> None:
    assert Tokens(function="sha256").hashed("token") == "token"


def test_a_token_is_hashed_by_the_function_it_names_and_an_old_one_by_murmur32() -> None:
    tokens = Tokens(hash_keys=True, function="murmur128")
    assert len(tokens.hashed(tokens.generate("o", "a", "sha256"))) == 64
    assert len(tokens.hashed(tokens.generate("o", "a"))) == 32
    assert len(tokens.hashed("anything")) == 8
    assert len(tokens.hashed(tokens.generate("o", "a", "strange"))) == 8


def test_a_bare_id_may_mean_any_token_made_of_it() -> None:
    tokens = Tokens(function="murmur64", fallback=["sha256", ""])
    assert tokens.candidates("me", "org") == [
        tokens.generate("org", "me"), "me", tokens.generate("org", "me", "sha256"), "orgme",
    ]  # fmt: skip


def test_a_token_of_the_organisation_means_itself() -> None:
    token = Tokens(function="murmur64").generate("org", "me")
    assert Tokens(function="sha256", fallback=["murmur64"]).candidates(token, "org") == [token]
    assert Tokens().candidates("me", "") == ["me"]


def test_where_no_tyk_gateway_looks_tokens_are_not_hashed_as_weakly() -> None:
    tokens = Tokens(hash_keys=True, unnamed="sha256")
    assert len({tokens.hashed("orguser1"), tokens.hashed("orguser2")}) == 2
    assert len(tokens.hashed("orguser1")) == 64


def test_names_that_may_not_stand_for_keys() -> None:
    assert Tokens(function="murmur64", by_name=False).candidates("me", "org") == ["me"]


@given(st.text())
def test_any_text_has_a_hash_and_an_organisation(text: str) -> None:
    tokens = Tokens(hash_keys=True)
    assert tokens.hashed(text)
    assert isinstance(org_of(text), str)
    assert isinstance(org_of("ey" + text), str)
    assert text in tokens.candidates(text, "org")


@pytest.mark.parametrize("inside", [b"[]", b"1", b"{", b'{"org":1,"id":2}', b"[" * 5000])
def test_base64_that_holds_something_else(inside: bytes) -> None:
    token = "ey" + base64.b64encode(b"__" + inside).decode()
    assert org_of(token) == ""
    assert Tokens(hash_keys=True).hashed(base64.b64encode(inside).decode())
