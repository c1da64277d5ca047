"""Key sets: which keys are of use, and what is said of the others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signed_tokens import ec, oct_key, okp, rsa

from twisted_tyk.jose.keyset import MOST, KeySet
from twisted_tyk.jose.methods import METHODS, PUBLIC


def key(made: Any, **more: Any) -> dict[str, Any]:
    return {**made.as_dict(private=made.key_type == "oct"), "kid": "k", **more}


def read(*keys: Any) -> KeySet:
    return KeySet.read(json.dumps({"keys": keys}).encode())


def test_the_key_that_fits_among_those_of_one_name() -> None:
    found = read(key(rsa()), key(ec()), key(okp()), key(oct_key()))
    kinds = {name: found.find("k", method) for name, method in METHODS.items()}
    assert {name: each and each.kind for name, each in kinds.items()} == {
        "hmac": "oct",
        "rsa": "RSA",
        "rsapss": "RSA",
        "ecdsa": "EC",
        "eddsa": "OKP",
    }
    assert found.find("other", METHODS["rsa"]) is None


def test_without_a_name_the_only_one() -> None:
    found = read(key(rsa()), key(ec()))
    only = found.find(None, METHODS["rsa"])
    assert only is not None
    assert only.kind == "RSA"
    assert found.find(None, PUBLIC) is None
    assert found.find(None, METHODS["eddsa"]) is None


E = "not a key of its kind"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (5, "not an object"),
        (key(rsa(), kid=5), "kid is not a text"),
        (key(rsa(), use="enc"), "not for signatures"),
        (key(rsa(), use=5), "not for signatures"),
        (key(rsa(), key_ops=["encrypt"]), "not for signatures"),
        (key(rsa(), key_ops="verify"), "not for signatures"),
        (key(rsa(), alg=5), "alg is not a text"),
        (key(rsa(), kty="rsa"), "kty is none of oct, RSA, EC, OKP"),
        (key(rsa(), kty=["RSA"]), "kty is none of oct, RSA, EC, OKP"),
        (key(rsa(), n="!"), E),
        (key(rsa(), e=""), E),
        (key(rsa(), n="A" * 5000), "a number is not a text, or much too long"),
        (key(rsa(), n=5), "a number is not a text, or much too long"),
        (key(ec(), x="AAAA"), E),
        (key(ec(), crv="P-999"), E),
        (key(ec(), kty="RSA"), E),
        ({"kty": "RSA"}, "neither numbers nor a certificate"),
        ({"kty": "RSA", "x5c": []}, "neither numbers nor a certificate"),
        ({"kty": "RSA", "x5c": ["!"]}, "x5c is not base64"),
        ({"kty": "RSA", "x5c": ["AAAA"]}, "expected a public key or a certificate in PEM"),
        ({"kty": "oct"}, "an empty secret"),
        ({"kty": "oct", "k": "!"}, "k is not base64url"),
        ({"kty": "oct", "k": "\u00e9"}, "k is not base64url"),
        ({}, "kty is none of oct, RSA, EC, OKP"),
    ],
)
def test_keys_that_are_left_out(wrong: Any, why: str) -> None:
    found = read(wrong, key(ec(), kid="good"))
    assert [sentence.partition(" (")[0] for sentence in found.left_out] == [f"key 0: {why}"]
    assert found.find("good", METHODS["ecdsa"]) is not None


def test_a_set_has_an_end() -> None:
    found = read(*[5] * 10_000)
    assert len(found.left_out) == MOST


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
names = st.sampled_from(["kty", "kid", "n", "e", "crv", "x", "y", "k", "x5c", "use", "alg"])
kinds = st.sampled_from(["RSA", "EC", "OKP", "oct", "RSA1"])


@given(st.lists(st.dictionaries(names, values | kinds), max_size=4))
def test_whatever_stands_there(keys: list[Any]) -> None:
    found = read(*keys)
    usable = sum(map(len, found.keys.values()))
    assert usable + len(found.left_out) == len(keys)
